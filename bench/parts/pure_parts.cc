// The parts that touch no disk and no socket.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ballotbox/core/ballot_record.h"
#include "base/check.h"
#include "election/ballot.h"
#include "election/catalogue.h"
#include "election/counting/runoff.h"
#include "once/door.h"
#include "ostraka/v1/election_records.pb.h"
#include "parts/parts.h"
#include "tally/core/tally.h"
#include "token/ballot_token.h"

namespace ostraka::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_votes_a_batch = 64;
constexpr std::size_t k_tokens = 4'096;

// SplitMix64: voter keys are PRF output, so random bytes are as good.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

VoterKey voter(std::uint64_t number) {
  VoterKey key;
  const std::uint64_t halves[] = {mixed(2 * number), mixed(2 * number + 1)};
  std::memcpy(key.bytes.data(), halves, sizeof halves);
  return key;
}

election::Definition definition(std::size_t options, const std::string& method) {
  std::string listed;
  for (std::size_t i = 0; i < options; ++i) {
    listed += fmt::format(R"({}{{"id":"o{}","title":"O{}"}})", i == 0 ? "" : ",", i, i);
  }
  const std::string limits = method == "ranked" ? fmt::format(R"(,"max_choices":{})", options) : "";
  const auto parsed = election::parse_definition(
      fmt::format(R"({{"id":"song","title":"Song","contests":[{{"id":"song","title":"Song","method":"{}"{},"options":[{}]}}]}})",
                  method, limits, listed));
  check(parsed.definition.has_value(), "the benchmark's definition");
  return *parsed.definition;
}

template <class Body>
Json per_second(double seconds, Body body) {
  std::uint64_t done = 0;
  const Stopwatch watch;
  while (watch.seconds() < seconds) {
    done += body();
  }
  return {{"per_second", static_cast<double>(done) / watch.cpu_seconds()},
          {"ns", watch.cpu_seconds() * 1e9 / static_cast<double>(done)}};
}

std::vector<std::string> tokens(token::BallotTokenSigner& signer, WallTime now) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < k_tokens; ++i) {
    made.push_back(signer.sign({voter(i), "song", 1, false, now, now + 5min}));
  }
  return made;
}

const token::TokenKey k_key{"k1", std::string(32, 'k')};

}  // namespace

Json ledger(const Size& size) {
  once::Fold fold(Partition{0});
  fold.apply_opened("song", 1, Offset{0});
  const Stopwatch filling;
  for (std::uint64_t i = 0; i < size.voters; ++i) {
    fold.apply_vote({"song", voter(i), i, once::BallotForm::valid}, fold.next());
  }
  const double filled = filling.cpu_seconds();
  const std::size_t bytes = fold.index_bytes();
  once::Door door(fold);
  std::vector<once::Ticket> tickets(k_votes_a_batch);
  const Stopwatch deciding;
  for (std::uint64_t i = 0; i < size.decisions; i += k_votes_a_batch) {
    for (std::size_t j = 0; j < k_votes_a_batch; ++j) {
      tickets[j] = door.propose({"song", voter(size.voters + i + j), i, once::BallotForm::valid}).ticket;
    }
    for (std::size_t j = 0; j < k_votes_a_batch; ++j) {
      const Offset at = fold.next();
      fold.apply_vote({"song", voter(size.voters + i + j), i, once::BallotForm::valid}, at);
      check(door.resolve(tickets[j], at).size() == 1, "one vote, one answer");
    }
  }
  const double decided = deciding.cpu_seconds();
  const Stopwatch repeating;
  std::uint64_t known = 0;
  for (std::uint64_t i = 0; i < size.decisions; ++i) {
    const std::uint64_t number = mixed(i) % size.voters;
    known += door.propose({"song", voter(number), number, once::BallotForm::valid}).decision ==
                     once::Decision::already_counts
                 ? 1
                 : 0;
  }
  check(known == size.decisions, "everyone has voted");
  return {{"voters", size.voters},
          {"decisions_per_second", static_cast<double>(size.decisions) / decided},
          {"repeats_per_second", static_cast<double>(size.decisions) / repeating.cpu_seconds()},
          {"replayed_per_second", static_cast<double>(size.voters) / filled},
          {"index_bytes_per_voter", static_cast<double>(bytes) / static_cast<double>(size.voters)}};
}

Json token_check(const Size& size) {
  const WallTime now = system_clock().wall_now();
  token::BallotTokenSigner signer(k_key);
  const std::vector<std::string> made = tokens(signer, std::chrono::floor<std::chrono::seconds>(now));
  token::BallotTokenVerifier verifier({k_key});
  return per_second(size.seconds, [&] {
    for (const std::string& compact : made) {
      check(verifier.verify(compact, now).verdict == token::TokenVerdict::valid, "a valid token");
    }
    return made.size();
  });
}

Json token_issue(const Size& size) {
  const WallTime now = std::chrono::floor<std::chrono::seconds>(system_clock().wall_now());
  token::BallotTokenSigner signer(k_key);
  return per_second(size.seconds, [&] { return tokens(signer, now).size(); });
}

Json tally_replay(const Size& size) {
  const election::Definition song = definition(8, "single");
  election::Catalogue catalogue;
  v1::ElectionRecord record;
  record.set_election("song");
  record.mutable_defined()->set_definition(election::to_canonical_json(song));
  record.mutable_defined()->set_revision(1);
  check(catalogue.apply(record.SerializeAsString()).has_value(), "defined");
  record.mutable_opened()->set_definition_hash(election::definition_hash(song));
  record.mutable_opened()->set_partitions(1);
  record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
  check(catalogue.apply(record.SerializeAsString()).has_value(), "opened");
  std::vector<std::string> records{ballotbox::encode_opened(
      {"song", election::definition_hash(song), 1, std::string(32, 'p'), system_clock().wall_now()})};
  records.reserve(size.records + 1);
  const std::string hash(16, 'h');
  for (std::uint64_t i = 0; i < size.records; ++i) {
    const std::string ballot = election::encode_ballot(song, {{{static_cast<std::uint32_t>(i % 8), 1}}});
    records.push_back(ballotbox::encode_vote({"song", voter(i), ballot, hash, false}));
  }
  tally::Tally tally(1);
  tally::TallyPartition& partition = tally.partition(Partition{0});
  const Stopwatch watch;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i + tally::TallyPartition::k_look_ahead < records.size()) {
      partition.prefetch(records[i + tally::TallyPartition::k_look_ahead]);
    }
    check(partition.apply(catalogue, partition.next(), records[i]).has_value(), "a record of the log");
  }
  const double seconds = watch.cpu_seconds();
  check(partition.voters() == size.records, "everyone is counted");
  return {{"records", size.records}, {"records_per_second", static_cast<double>(size.records) / seconds}};
}

Json ranked_count(const Size& size) {
  constexpr std::size_t k_options = 40;
  const election::Definition song = definition(k_options, "ranked");
  election::counting::RankingCounts rankings(election::counting::k_distinct_rankings_unlimited);
  std::vector<std::uint32_t> order(k_options);
  for (std::uint64_t i = 0; i < size.rankings; ++i) {
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t j = 0; j < k_options; ++j) {
      // Some options are liked more: the rounds go on for long.
      std::swap(order[j], order[j + mixed(i * k_options + j) % (k_options - j)]);
    }
    std::vector<election::Choice> choices;
    for (std::size_t j = 0; j < k_options; ++j) {
      choices.push_back({order[j], 1});
    }
    rankings.add(election::counting::ranking_key(choices), size.ballots / size.rankings);
  }
  const Stopwatch watch;
  const election::counting::Runoff runoff = election::counting::count_runoff("song", song.contests[0], rankings);
  return {{"ballots", size.ballots},
          {"rankings", size.rankings},
          {"rounds", runoff.rounds.size()},
          {"ms", watch.cpu_seconds() * 1000}};
}

}  // namespace ostraka::bench
