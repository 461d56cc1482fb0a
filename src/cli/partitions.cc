#include "cli/partitions.h"

#include <algorithm>
#include <charconv>

#include "cli/small_file.h"
#include "io/posix_file_system.h"
#include "log/embedded/layout.h"
#include "log/kafka/streams.h"

namespace ostraka::cli {

namespace {

constexpr unsigned k_cores_a_partition = 4;
constexpr std::size_t k_note_bytes_max = 16;

// 0 when there is none.
Result<std::uint32_t> noted(const std::string& path) {
  const auto text = read_file(path, k_note_bytes_max);
  if (!text) {
    return text.error().kind == ErrorKind::not_found ? Result<std::uint32_t>(0) : tl::make_unexpected(text.error());
  }
  std::uint32_t number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  if (read.ec != std::errc() || number == 0 || number > k_partitions_max) {
    return fail(ErrorKind::damaged, "{} does not hold a number of partitions", path);
  }
  return number;
}

// 0 when there are none.
Result<std::uint32_t> in_log(const std::string& directory) {
  const auto names = log::list_partitions(io::posix_file_system(), directory);
  if (!names) {
    return tl::make_unexpected(names.error());
  }
  std::uint32_t number = 0;
  for (const log::PartitionName& name : *names) {
    if (name.stream == log::k_ballots_stream || name.stream == log::k_issuances_stream) {
      number = std::max(number, name.partition.value + 1);
    }
  }
  return number;
}

}  // namespace

std::uint32_t default_partitions(unsigned cores) {
  return std::clamp(cores / k_cores_a_partition, 1U, k_partitions_max);
}

Result<std::uint32_t> settle_partitions(const PartitionsQuestion& question) {
  const auto note = noted(question.note);
  const auto begun_with = note && *note == 0 ? in_log(question.log_directory) : note;
  if (!begun_with) {
    return begun_with;
  }
  if (*begun_with != 0 && question.asked_for && *question.asked_for != *begun_with) {
    return fail(ErrorKind::conflict, "the log has {} partitions, which cannot change: --partitions {} is for a new one",
                *begun_with, *question.asked_for);
  }
  const std::uint32_t number =
      *begun_with != 0 ? *begun_with : question.asked_for.value_or(default_partitions(question.cores));
  if (*note == 0) {
    const SmallFile file{.path = question.note, .durability = Durability::synced};
    if (const Status written = replace_file(file, std::to_string(number) + "\n"); !written) {
      return tl::make_unexpected(written.error());
    }
  }
  return number;
}

Result<std::uint32_t> settle_kafka_partitions(const std::string& log_url, std::optional<std::uint32_t> asked_for) {
  const auto options = log::kafka_options_from_url(log_url);
  if (!options) {
    return tl::make_unexpected(options.error());
  }
  const auto state = log::look_at_streams(*options);
  if (!state) {
    return tl::make_unexpected(state.error());
  }
  if (const std::string wrong = state->what_is_wrong(); !wrong.empty()) {
    return fail(ErrorKind::not_found, "{}; `ostraka topics create --log {} --partitions N` makes what is missing",
                wrong, log_url);
  }
  if (!state->are_safe() && !options->development) {
    return fail(ErrorKind::invalid, "the topics could lose votes: `ostraka topics check --log {}` says how", log_url);
  }
  if (asked_for && *asked_for != state->partitions()) {
    return fail(ErrorKind::conflict, "the log has {} partitions, which cannot change: --partitions {} is another number",
                state->partitions(), *asked_for);
  }
  return state->partitions();
}

}  // namespace ostraka::cli
