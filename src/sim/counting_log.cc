#include "sim/counting_log.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::sim {
namespace {

enum class Lie : std::uint8_t { none, fresh_voters_for_repeats, no_closed_markers, lost_votes, no_end };

Lie lie_of(Variant variant, Counter counter) {
  if (counter == Counter::recount) {
    return variant == Variant::recount_counts_repeats ? Lie::fresh_voters_for_repeats : Lie::none;
  }
  switch (variant) {
    case Variant::tally_counts_repeats:
      return Lie::fresh_voters_for_repeats;
    case Variant::tally_counts_behind_marker:
      return Lie::no_closed_markers;
    case Variant::tally_forgets_votes:
      return Lie::lost_votes;
    case Variant::tally_publishes_early:
      return Lie::no_end;
    default:
      return Lie::none;
  }
}

class CountingReader final : public log::Reader {
 public:
  CountingReader(Lie lie, std::unique_ptr<log::Reader> inner) : lie_(lie), inner_(std::move(inner)) {}

  Result<log::Records> read() override {
    auto read = inner_->read();
    if (!read || lie_ == Lie::none || lie_ == Lie::no_end) {
      return read;
    }
    altered_.clear();
    altered_.reserve(read->records.size());  // the views point into its strings
    for (std::string_view& bytes : read->records) {
      const bool last = &bytes == &read->records.back();
      altered_.push_back(altered(bytes, last));
      bytes = altered_.back();
    }
    return read;
  }
  Offset position() const override { return inner_->position(); }
  Result<Offset> end() override { return lie_ == Lie::no_end ? Offset{0} : inner_->end(); }
  bool wait(Milliseconds at_most) override { return inner_->wait(at_most); }
  void interrupt() override { inner_->interrupt(); }

 private:
  std::string altered(std::string_view bytes, bool last_of_batch) {
    v1::BallotRecord record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return std::string(bytes);
    }
    const bool lost = lie_ == Lie::lost_votes && record.has_vote() && last_of_batch;
    const bool unseen = lie_ == Lie::no_closed_markers && record.has_closed();
    if (lost || unseen) {
      return {};
    }
    if (lie_ == Lie::fresh_voters_for_repeats && record.has_vote()) {
      std::string& voter = *record.mutable_vote()->mutable_voter_key();
      while (!seen_.emplace(record.vote().election(), voter).second) {
        ++voter.back();  // behind the bytes that choose the partition
      }
      return record.SerializeAsString();
    }
    return std::string(bytes);
  }

  Lie lie_;
  std::unique_ptr<log::Reader> inner_;
  std::vector<std::string> altered_;
  std::set<std::pair<std::string, std::string>> seen_;
};

class CountingLog final : public log::Log {
 public:
  CountingLog(Lie lie, log::Log& inner) : lie_(lie), inner_(inner) {}

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName& name) override {
    return fail(ErrorKind::invalid, "who counts does not write {}", name.stream);
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset from) override {
    auto inner = inner_.open_reader(name, from);
    if (!inner || name.stream != log::k_ballots_stream) {
      return inner;
    }
    return std::make_unique<CountingReader>(lie_, std::move(*inner));
  }
  Result<log::Mark> mark(const log::PartitionName& name, Offset at) override { return inner_.mark(name, at); }
  bool end_may_lag() const override { return inner_.end_may_lag(); }

 private:
  Lie lie_;
  log::Log& inner_;
};

}  // namespace

std::unique_ptr<log::Log> counting_log(Variant variant, Counter counter, log::Log& inner) {
  return std::make_unique<CountingLog>(lie_of(variant, counter), inner);
}

}  // namespace ostraka::sim
