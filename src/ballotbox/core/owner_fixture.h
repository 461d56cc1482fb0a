// For the tests of this folder: a log in memory that fails on demand, rules without keys and JSON, and a world of
// elections and clocks around one owner.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ballotbox/core/ballot_record.h"
#include "ballotbox/core/partition_owner.h"
#include "base/crc32c.h"

namespace ostraka::ballotbox {

enum class NextAppend { works, disk_full, lost, landed_late };

// One partition. What an append does is decided in advance, by a queue; empty: it works.
class MemoryLog final : public log::Log {
 public:
  std::vector<std::string> records;
  std::deque<NextAppend> next_appends;
  std::function<void()> before_append;
  Offset given_offset_is_less_by{0};
  bool reads_fail = false;        // for now
  std::size_t hidden_at_end = 0;  // durable records that a reader is not shown yet
  std::size_t appends = 0;
  std::string id = "the test's log..";

  // At any offset.
  Result<log::Mark> mark(const log::PartitionName&, Offset at) override {
    if (at.value > records.size()) {
      return fail(ErrorKind::not_found, "the log ends before");
    }
    std::uint32_t running = 0;
    for (std::size_t i = 0; i < at.value; ++i) {
      running = crc32c(fmt::format("{:08x}", running) + records[i]);
    }
    return log::Mark{id, at, running};
  }
  bool end_may_lag() const override { return hidden_at_end > 0; }
  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName&) override {
    return std::make_unique<MemoryAppender>(*this);
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName&, Offset from) override {
    return std::make_unique<MemoryReader>(*this, from);
  }

 private:
  class MemoryAppender final : public log::Appender {
   public:
    explicit MemoryAppender(MemoryLog& log) : log_(log) {}
    Result<Offset> append(std::span<const std::string_view> records) override {
      ++log_.appends;
      if (log_.before_append) {
        std::exchange(log_.before_append, {})();
      }
      const NextAppend next = log_.next_appends.empty() ? NextAppend::works : log_.next_appends.front();
      if (!log_.next_appends.empty()) {
        log_.next_appends.pop_front();
      }
      if (next == NextAppend::disk_full) {
        return fail(ErrorKind::disk_full, "full");
      }
      if (next == NextAppend::lost) {
        return fail(ErrorKind::unavailable, "timed out");
      }
      const Offset first{log_.records.size() - log_.given_offset_is_less_by.value};
      log_.records.insert(log_.records.end(), records.begin(), records.end());
      if (next == NextAppend::landed_late) {
        return fail(ErrorKind::unavailable, "timed out");
      }
      return first;
    }
    Offset end() const override { return Offset{log_.records.size()}; }

   private:
    MemoryLog& log_;
  };
  class MemoryReader final : public log::Reader {
   public:
    MemoryReader(MemoryLog& log, Offset from) : log_(log), position_(from) {}
    Result<log::Records> read() override {
      if (log_.reads_fail) {
        return fail(ErrorKind::unavailable, "no leader");
      }
      log::Records read{position_, {}};
      // In pieces, so that a limit inside of one is met too.
      for (int i = 0; i < 3 && position_.value + log_.hidden_at_end < log_.records.size(); ++i) {
        read.records.push_back(log_.records[position_.value]);
        position_ = position_.next();
      }
      return read;
    }
    Offset position() const override { return position_; }
    Result<Offset> end() override { return Offset{log_.records.size()}; }
    bool wait(Milliseconds) override { return position_.value < log_.records.size(); }
    void interrupt() override {}

   private:
    MemoryLog& log_;
    Offset position_;
  };
};

// Token: "<election> <voter hex> <revision>", "expired" is not valid. Ballot: {"ballot":N} is written as N, valid from
// 0 to 9; "impossible" is parsed but never valid in a record.
class PlainRules final : public VoteRules {
 public:
  token::VerifiedBallotToken verify_token(std::string_view compact, WallTime) override {
    token::VerifiedBallotToken verified;
    const std::size_t first = compact.find(' ');
    const std::size_t second = compact.find(' ', first + 1);
    if (first == compact.npos || second == compact.npos) {
      verified.verdict = token::TokenVerdict::forged;
      return verified;
    }
    verified.verdict = token::TokenVerdict::valid;
    verified.token.election = compact.substr(0, first);
    verified.token.voter = *VoterKey::from_hex(compact.substr(first + 1, second - first - 1));
    verified.token.revision = std::stoull(std::string(compact.substr(second + 1)));
    return verified;
  }
  election::ParsedBallot parse_ballot(const election::Definition&, std::string_view body) override {
    if (body == "{") {
      return {{}, {{"", "not JSON"}}, true};
    }
    if (body != "impossible" && (body.size() != 1 || body[0] < '0' || body[0] > '9')) {
      return {{}, {{"/ballot", "no such option"}}, false};
    }
    return {std::string(body), {}, false};
  }
  bool is_valid_ballot(const election::Definition&, std::string_view canonical) override {
    return canonical.size() == 1 && canonical[0] >= '0' && canonical[0] <= '9';
  }
  ReceiptMac receipt_mac(std::string_view bytes) override {
    ReceiptMac mac{};
    std::uint64_t state = 14695981039346656037ULL;
    for (const char byte : bytes) {
      state = (state ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
    }
    std::memcpy(mac.data(), &state, sizeof state);
    return mac;
  }
};

class HandClock final : public Clock {
 public:
  WallTime wall = wall_time(1'000'000);
  MonotonicTime monotonic{std::chrono::seconds(50)};
  WallTime wall_now() const override { return wall; }
  MonotonicTime monotonic_now() const override { return monotonic; }
  void pass(Milliseconds time) {
    wall += time;
    monotonic += time;
  }
};

class OwnerFixture : public ::testing::Test {
 protected:
  static constexpr std::string_view k_hash = "definition hash";
  static constexpr std::string_view k_pepper = "pepper commitment";

  void set_election(std::string id, election::State state, std::optional<WallTime> closes_at = {},
                    std::uint32_t partitions = 1) {
    auto entry = std::make_shared<election::Entry>();
    entry->definition.id = id;
    entry->definition.closes_at = closes_at;
    entry->revision = 1;
    entry->state = state;
    if (state != election::State::draft && state != election::State::scheduled) {
      entry->hash = k_hash;
      entry->partitions = partitions;
      entry->pepper_commitment = k_pepper;
    }
    auto changed = std::make_shared<Elections>(*stream_);
    changed->insert_or_assign(std::move(id), std::move(entry));
    stream_ = std::move(changed);
  }

  void start(std::uint32_t partitions = 1) {
    OwnerOptions options;
    options.partitions = partitions;
    auto owner = PartitionOwner::start(options, log_, clock_, rules_, [this]() -> Result<ElectionsView> {
      if (stream_fails_) {
        return fail(ErrorKind::unavailable, "stream");
      }
      return stream_;
    });
    ASSERT_TRUE(owner) << owner.error().message;
    owner_ = std::move(*owner);
  }
  void start_open() {
    set_election("song", election::State::open);
    start();
    ASSERT_TRUE(owner_->settle());
  }

  static VoterKey voter(std::uint8_t number) {
    VoterKey key;
    key.bytes[15] = number;
    return key;
  }
  static std::string token(const VoterKey& key, std::string_view election = "song", int revision = 1) {
    return fmt::format("{} {} {}", election, key.hex(), revision);
  }
  CastAnswer cast(const VoterKey& key, std::string_view body, std::string_view election = "song") {
    const std::string ballot_token = token(key, election);
    const CastInput input{election, ballot_token, body};
    return owner_->cast({&input, 1})[0];
  }
  std::string vote_record(const VoterKey& key, std::string_view ballot, std::string_view election = "song") {
    std::string bytes(election);
    bytes.push_back('\0');
    bytes.append(key.view()).append(ballot);
    return encode_vote({election, key, ballot, BallotHash(view_of(rules_.receipt_mac(bytes))).view(), false});
  }

  MemoryLog log_;
  HandClock clock_;
  PlainRules rules_;
  ElectionsView stream_ = std::make_shared<const Elections>();
  bool stream_fails_ = false;
  std::unique_ptr<PartitionOwner> owner_;
};

}  // namespace ostraka::ballotbox
