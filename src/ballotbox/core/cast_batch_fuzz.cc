// A gateway's batch of votes, as bytes: whatever is in it, every vote is answered, the log holds exactly the votes that
// were answered as counted, one for a voter, and an answer names a record that says what it says. Nobody guesses a MAC,
// so a token of one byte stands for the honest token of the voter with that number.
#include <cstdint>
#include <list>
#include <map>

#include "ballotbox/core/ballot_record.h"
#include "ballotbox/core/partition_owner.h"
#include "base/check.h"
#include "log/memory_log.h"
#include "net/rpc/cast_codec.h"

namespace ostraka::ballotbox {
namespace {

constexpr int k_votes_max = 64;
const log::PartitionName k_name{"ballots", Partition{0}};

class SameClock final : public Clock {
 public:
  WallTime wall_now() const override { return wall_time(1'767'225'600'000); }
  MonotonicTime monotonic_now() const override { return {}; }
};

ElectionsView elections() {
  auto entry = std::make_shared<election::Entry>();
  entry->definition = *election::parse_definition(R"({"id":"song","title":"Song","contests":[
      {"id":"song","title":"Song","method":"ranked","min_choices":0,"max_choices":2,
       "options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})")
                           .definition;
  entry->hash = definition_hash(entry->definition);
  entry->revision = 1;
  entry->state = election::State::open;
  entry->partitions = 1;
  entry->pepper_commitment = std::string(32, 'p');
  auto all = std::make_shared<Elections>();
  all->emplace("song", std::move(entry));
  return all;
}

class Box {
 public:
  Box() {
    static const ElectionsView k_elections = elections();
    owner_ =
        PartitionOwner::start({}, *log_, clock_, *rules_, [] { return Result<ElectionsView>(k_elections); }).value();
    check(owner_->settle().has_value(), "the election opens");
  }

  std::string token_of(std::uint8_t number) {
    VoterKey voter;
    voter.bytes[15] = number;
    const WallTime now = clock_.wall_now();
    return token::BallotTokenSigner(key_).sign({voter, "song", 1, false, now, now + std::chrono::minutes(5)});
  }
  std::vector<CastAnswer> cast(const std::vector<CastInput>& inputs) { return owner_->cast(inputs); }
  bool is_healthy() const { return owner_->health().has_value(); }

  std::vector<std::string> records() {
    auto reader = log_->open_reader(k_name, Offset{0}).value();
    std::vector<std::string> records;
    for (auto read = reader->read().value(); !read.records.empty(); read = reader->read().value()) {
      records.insert(records.end(), read.records.begin(), read.records.end());
    }
    return records;
  }

 private:
  const token::TokenKey key_{"k1", std::string(32, 'k')};
  SameClock clock_;
  std::unique_ptr<log::Log> log_ = log::make_memory_log();
  std::unique_ptr<VoteRules> rules_ = standard_vote_rules({key_}, std::string(k_receipt_key_bytes, 'r'));
  std::unique_ptr<PartitionOwner> owner_;
};

// The votes in the log, by offset; none twice of one voter.
std::map<std::uint64_t, std::string> stored_votes(Box& box) {
  std::map<std::uint64_t, std::string> hashes;
  std::map<VoterKey, std::uint64_t> voters;
  RecordReader reader;
  const std::vector<std::string> records = box.records();
  for (std::uint64_t at = 0; at < records.size(); ++at) {
    const RecordKind kind = reader.read(records[at]);
    check(kind != RecordKind::unreadable, "what a ballot box writes can be read");
    if (kind == RecordKind::vote) {
      check(voters.emplace(reader.vote().voter, at).second, "one record a voter");
      hashes.emplace(at, reader.vote().ballot_hash);
    }
  }
  return hashes;
}

void check_answers(const std::vector<CastAnswer>& answers, const std::map<std::uint64_t, std::string>& stored) {
  std::map<std::uint64_t, int> counted;
  for (const CastAnswer& answer : answers) {
    const auto record = stored.find(answer.offset.value);
    switch (answer.outcome) {
      case CastOutcome::counted:
        ++counted[answer.offset.value];
        [[fallthrough]];
      case CastOutcome::already_counts:
        check(record != stored.end() && record->second == answer.ballot_hash.view(), "the record is this very ballot");
        break;
      case CastOutcome::already_voted:
        check(record != stored.end() && answer.ballot_hash.empty(), "another ballot counts, and stays secret");
        break;
      case CastOutcome::unavailable:
        check(false, "nothing is wrong, so everybody is told");
        break;
      default:
        check(answer.ballot_hash.empty(), "what does not count has no receipt");
        break;
    }
  }
  check(counted.size() == stored.size(), "what is stored was answered as counted");
  for (const auto& [at, times] : counted) {
    check(times == 1, "and once");
  }
}

void check_told_the_same(const CastAnswer& first, const CastAnswer& again) {
  if (first.outcome == CastOutcome::invalid_ballot && again.outcome == CastOutcome::already_voted) {
    return;  // a good ballot of the same voter was on its way beside the bad one, and counts now
  }
  const bool counts = first.outcome == CastOutcome::counted;
  check(again.outcome == (counts ? CastOutcome::already_counts : first.outcome), "asked again, told the same");
  check(again.offset == first.offset && again.ballot_hash == first.ballot_hash, "of the same ballot");
}

// What was read can be written, and is then read as the same.
void check_written_again(const std::vector<rpc::CastRequest>& votes) {
  std::string written;
  for (const rpc::CastRequest& vote : votes) {
    rpc::append_cast_request(vote, written);
  }
  std::vector<rpc::CastRequest> again;
  check(rpc::read_cast_requests(written, again) && again.size() == votes.size(), "what was written can be read");
  for (std::size_t i = 0; i < votes.size(); ++i) {
    check(again[i].election == votes[i].election && again[i].ballot_token == votes[i].ballot_token &&
              again[i].body == votes[i].body,
          "and says the same");
  }
}

}  // namespace

void fuzz_cast_batch(std::string_view input) {
  std::vector<rpc::CastRequest> votes;
  if (!rpc::read_cast_requests(input, votes) || votes.size() > k_votes_max) {
    return;
  }
  check_written_again(votes);
  Box box;
  std::vector<CastInput> inputs;
  std::list<std::string> honest_tokens;
  std::string scratch;
  for (rpc::CastRequest& vote : votes) {
    if (vote.ballot_token.size() == 1) {
      vote.ballot_token = honest_tokens.emplace_back(box.token_of(static_cast<std::uint8_t>(vote.ballot_token[0])));
    }
    // As the service does before it knows whose the vote is.
    if (token::peek_ballot_token(vote.ballot_token, scratch)) {
      inputs.push_back({vote.election, vote.ballot_token, vote.body});
    }
  }
  // Twice: whoever got no answer asks again, and is told the same.
  std::vector<CastAnswer> answers = box.cast(inputs);
  const std::vector<CastAnswer> again = box.cast(inputs);
  check(box.is_healthy() && answers.size() == inputs.size() && again.size() == inputs.size(), "every vote is answered");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    check_told_the_same(answers[i], again[i]);
  }
  answers.insert(answers.end(), again.begin(), again.end());
  check_answers(answers, stored_votes(box));
}

}  // namespace ostraka::ballotbox

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::ballotbox::fuzz_cast_batch({reinterpret_cast<const char*>(data), size});
  return 0;
}
