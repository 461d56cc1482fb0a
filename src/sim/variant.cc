#include "sim/variant.h"

#include <algorithm>
#include <vector>

#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::sim {
namespace {

bool is_closed_marker(std::string_view bytes) {
  v1::BallotRecord record;
  return record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && record.has_closed();
}

class VariantAppender final : public log::Appender {
 public:
  VariantAppender(Variant variant, std::unique_ptr<log::Appender> inner, std::set<std::uint64_t>& unanswered)
      : variant_(variant), inner_(std::move(inner)), unanswered_(unanswered), expected_(inner_->end()) {}

  Result<Offset> append(std::span<const std::string_view> records) override {
    const Offset before = inner_->end();
    // They stay only if the process dies in here.
    for (std::size_t i = 0; i < records.size(); ++i) {
      unanswered_.insert(before.plus(i).value);
    }
    auto first = inner_->append(records);
    for (std::size_t i = 0; i < records.size(); ++i) {
      unanswered_.erase(before.plus(i).value);
    }
    if (!first) {
      const bool full = first.error().kind == ErrorKind::disk_full;
      if ((variant_ == Variant::disk_full_is_success && full) || (variant_ == Variant::uncertain_is_success && !full)) {
        first = expected_;
      } else {
        return first;
      }
    }
    if (variant_ == Variant::hide_foreign_records) {
      first = expected_;
    }
    expected_ = first->plus(records.size());
    return first;
  }
  Offset end() const override { return inner_->end(); }

 private:
  Variant variant_;
  std::unique_ptr<log::Appender> inner_;
  std::set<std::uint64_t>& unanswered_;
  Offset expected_;
};

class VariantReader final : public log::Reader {
 public:
  VariantReader(Variant variant, std::unique_ptr<log::Reader> inner, const std::set<std::uint64_t>& unanswered)
      : variant_(variant), inner_(std::move(inner)), unanswered_(unanswered) {}

  Result<log::Records> read() override {
    auto read = inner_->read();
    if (!read) {
      return read;
    }
    for (std::size_t i = 0; i < read->records.size(); ++i) {
      const bool forgotten =
          variant_ == Variant::forget_pending_on_replay && unanswered_.contains(read->first.plus(i).value);
      const bool unseen = variant_ == Variant::count_behind_marker && is_closed_marker(read->records[i]);
      if (forgotten || unseen) {
        read->records[i] = {};
      }
    }
    return read;
  }
  Offset position() const override { return inner_->position(); }
  Result<Offset> end() override { return inner_->end(); }
  bool wait(Milliseconds at_most) override { return inner_->wait(at_most); }
  void interrupt() override { inner_->interrupt(); }

 private:
  Variant variant_;
  std::unique_ptr<log::Reader> inner_;
  const std::set<std::uint64_t>& unanswered_;
};

class VariantLog final : public log::Log {
 public:
  VariantLog(Variant variant, log::Log& inner, VariantMemory& memory)
      : variant_(variant), inner_(inner), memory_(memory) {}

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName& name) override {
    auto inner = inner_.open_appender(name);
    if (!inner) {
      return inner;
    }
    return std::make_unique<VariantAppender>(variant_, std::move(*inner), memory_.unanswered[name.partition.value]);
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset from) override {
    auto inner = inner_.open_reader(name, from);
    if (!inner) {
      return inner;
    }
    return std::make_unique<VariantReader>(variant_, std::move(*inner), memory_.unanswered[name.partition.value]);
  }
  Result<log::Mark> mark(const log::PartitionName& name, Offset at) override { return inner_.mark(name, at); }
  bool end_may_lag() const override { return inner_.end_may_lag(); }

 private:
  Variant variant_;
  log::Log& inner_;
  VariantMemory& memory_;
};

}  // namespace

std::string_view variant_name(Variant variant) {
  switch (variant) {
    case Variant::none:
      return "none";
    case Variant::answer_before_sync:
      return "answer_before_sync";
    case Variant::forget_pending_on_replay:
      return "forget_pending_on_replay";
    case Variant::hide_foreign_records:
      return "hide_foreign_records";
    case Variant::disk_full_is_success:
      return "disk_full_is_success";
    case Variant::uncertain_is_success:
      return "uncertain_is_success";
    case Variant::count_behind_marker:
      return "count_behind_marker";
    case Variant::believe_any_clock:
      return "believe_any_clock";
    case Variant::never_refresh:
      return "never_refresh";
    case Variant::decide_for_any_offset:
      return "decide_for_any_offset";
    case Variant::tally_counts_repeats:
      return "tally_counts_repeats";
    case Variant::tally_counts_behind_marker:
      return "tally_counts_behind_marker";
    case Variant::tally_forgets_votes:
      return "tally_forgets_votes";
    case Variant::tally_publishes_early:
      return "tally_publishes_early";
    case Variant::tally_ahead_of_writers:
      return "tally_ahead_of_writers";
    case Variant::recount_counts_repeats:
      return "recount_counts_repeats";
  }
  return "unknown";
}

std::optional<Variant> variant_of(std::string_view name) {
  if (name == variant_name(Variant::none)) {
    return Variant::none;
  }
  const auto found = std::find_if(k_broken_variants.begin(), k_broken_variants.end(),
                                  [&](Variant variant) { return variant_name(variant) == name; });
  return found == k_broken_variants.end() ? std::nullopt : std::optional(*found);
}

std::unique_ptr<log::Log> variant_log(Variant variant, log::Log& inner, VariantMemory& memory) {
  return std::make_unique<VariantLog>(variant, inner, memory);
}

}  // namespace ostraka::sim
