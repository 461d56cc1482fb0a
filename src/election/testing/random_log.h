// A random log of two elections over a few partitions, with everything that can be in one: repeats, votes before and
// behind the markers, votes in the wrong partition, ballots of another form, markers twice, bytes that are no record.
// What should come of it is written down while it is made, by the plainest means. Tests only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "election/testing/random_election.h"
#include "ostraka/v1/ballot_records.pb.h"
#include "ostraka/v1/election_records.pb.h"
#include "ostraka/v1/issuance_records.pb.h"

namespace ostraka::election::testing {

struct ExpectedCounts {
  std::uint64_t counted = 0;
  std::uint64_t repeated = 0;
  std::uint64_t outside = 0;
  bool development = false;
  std::vector<Choices> ballots;  // those that count
  std::set<std::string> voters;  // whose ballot counts, raw keys
};

struct RandomLog {
  std::uint32_t partitions = 0;
  std::vector<Definition> definitions;
  std::vector<std::string> elections;                   // records of the `elections` stream
  std::vector<std::vector<std::string>> ballots;        // per partition
  std::vector<std::vector<std::string>> issuances;      // per partition
  std::map<std::string, ExpectedCounts> expected;       // by election
  std::map<std::string, std::set<std::string>> issued;  // by election, raw voter keys
  std::uint64_t markers = 0;
  std::uint64_t unreadable = 0;
};

enum class EveryoneIsIssued { yes, some_are_not };

class LogMaker {
 public:
  LogMaker(std::uint64_t seed, EveryoneIsIssued issued) : engine_(seed), everyone_is_issued_(issued) {}

  // The whole life of one election in which the voters, one key each, cast these rankings in its first contest.
  RandomLog make(const Definition& definition, std::uint32_t partitions,
                 const std::vector<std::vector<std::uint32_t>>& rankings) {
    begin(partitions, {definition});
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
      open(0, partition);
    }
    for (const auto& ranking : rankings) {
      Choices choices(1);
      for (const std::uint32_t option : ranking) {
        choices[0].push_back({option, 1});
      }
      std::string key(16, '\0');
      std::generate(key.begin(), key.end(), [&] { return static_cast<char>(engine_()); });
      const Partition home = partition_of(*VoterKey::from_bytes(key), partitions);
      write_vote(0, home.value, key, {choices, Form::right, false});
    }
    finish();
    return std::move(log_);
  }

  RandomLog make(std::uint32_t records) {
    Definition first = random_definition(engine_);
    first.id = "election-0";
    Definition second = random_definition(engine_);
    second.id = "election-1";
    begin(draw(engine_, 1, 4), {first, second});
    for (std::uint32_t i = 0; i < records; ++i) {
      // Mostly votes; markers come early and late, and now and then twice.
      const std::uint32_t election = draw(engine_, 0, 1);
      const std::uint32_t partition = draw(engine_, 0, log_.partitions - 1);
      const std::uint32_t kind = draw(engine_, 0, 99);
      if (kind < 6 || (i < records / 4 && kind < 20)) {
        open(election, partition);
      } else if (kind < 7 && i > records / 2) {
        close(election, partition);
      } else if (kind < 10) {
        log_.ballots[partition].push_back(kind < 9 ? "\xff\xffnonsense" : vote_with_short_key(election));
        ++log_.unreadable;
      } else {
        vote(election, partition);
      }
    }
    finish();
    return std::move(log_);
  }

 private:
  struct Window {
    bool opened = false;
    bool closed = false;
  };

  enum class Form { right, broken };
  struct Cast {
    Choices choices;
    Form form = Form::right;
    bool development = false;
  };

  void begin(std::uint32_t partitions, const std::vector<Definition>& definitions) {
    log_.partitions = partitions;
    log_.ballots.resize(partitions);
    log_.issuances.resize(partitions);
    log_.definitions = definitions;
    for (const Definition& definition : definitions) {
      define_and_open(definition);
      windows_.emplace_back(partitions);
      log_.expected[definition.id];
    }
  }

  void finish() {
    for (std::uint32_t election = 0; election < log_.definitions.size(); ++election) {
      for (std::uint32_t partition = 0; partition < log_.partitions; ++partition) {
        open(election, partition);
        close(election, partition);
      }
      v1::ElectionRecord closed;
      closed.set_election(log_.definitions[election].id);
      closed.mutable_closed();
      log_.elections.push_back(closed.SerializeAsString());
    }
  }

  void define_and_open(const Definition& definition) {
    v1::ElectionRecord defined;
    defined.set_election(definition.id);
    defined.mutable_defined()->set_definition(to_canonical_json(definition));
    defined.mutable_defined()->set_revision(1);
    log_.elections.push_back(defined.SerializeAsString());
    v1::ElectionRecord opened;
    opened.set_election(definition.id);
    opened.mutable_opened()->set_definition_hash(definition_hash(definition));
    opened.mutable_opened()->set_partitions(log_.partitions);
    opened.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
    log_.elections.push_back(opened.SerializeAsString());
  }

  void open(std::uint32_t election, std::uint32_t partition) {
    v1::BallotRecord record;
    record.mutable_opened()->set_election(log_.definitions[election].id);
    record.mutable_opened()->set_definition_hash(definition_hash(log_.definitions[election]));
    record.mutable_opened()->set_partitions(log_.partitions);
    record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
    log_.ballots[partition].push_back(record.SerializeAsString());
    ++log_.markers;
    Window& window = windows_[election][partition];
    window.opened |= !window.closed;
  }

  void close(std::uint32_t election, std::uint32_t partition) {
    v1::BallotRecord record;
    record.mutable_closed()->set_election(log_.definitions[election].id);
    log_.ballots[partition].push_back(record.SerializeAsString());
    ++log_.markers;
    windows_[election][partition].closed = true;
  }

  std::string vote_with_short_key(std::uint32_t election) {
    v1::BallotRecord record;
    record.mutable_vote()->set_election(log_.definitions[election].id);
    record.mutable_vote()->set_voter_key("short");
    record.mutable_vote()->set_ballot_hash(std::string(16, 'h'));
    return record.SerializeAsString();
  }

  // Few voters, so that most of them come back.
  std::string voter_key() {
    std::string key(16, '\x5a');
    key[0] = static_cast<char>(draw(engine_, 0, 1));
    key[7] = static_cast<char>(draw(engine_, 0, 9));
    key[15] = static_cast<char>(draw(engine_, 0, 2));
    return key;
  }

  void vote(std::uint32_t election, std::uint32_t in_partition) {
    const std::string key = voter_key();
    const Partition home = partition_of(*VoterKey::from_bytes(key), log_.partitions);
    const Form form = draw(engine_, 0, 19) == 0 ? Form::broken : Form::right;
    write_vote(election, draw(engine_, 0, 9) == 0 ? in_partition : home.value, key,
               {random_choices(engine_, log_.definitions[election]), form, draw(engine_, 0, 30) == 0});
  }

  void write_vote(std::uint32_t election, std::uint32_t partition, const std::string& key, const Cast& cast) {
    const Definition& definition = log_.definitions[election];
    const Partition home = partition_of(*VoterKey::from_bytes(key), log_.partitions);
    v1::BallotRecord record;
    v1::Vote& vote = *record.mutable_vote();
    vote.set_election(definition.id);
    vote.set_voter_key(key);
    vote.set_ballot(encode_ballot(definition, cast.choices) + (cast.form == Form::broken ? "x" : ""));
    vote.set_ballot_hash(std::string(16, 'h'));
    vote.set_development(cast.development);
    log_.ballots[partition].push_back(record.SerializeAsString());
    issue(definition.id, key, home);

    ExpectedCounts& expected = log_.expected[definition.id];
    const Window& window = windows_[election][partition];
    if (!window.opened || window.closed || partition != home.value || cast.form == Form::broken) {
      ++expected.outside;
    } else if (!expected.voters.insert(key).second) {
      ++expected.repeated;
    } else {
      ++expected.counted;
      expected.ballots.push_back(cast.choices);
      expected.development |= cast.development;
    }
  }

  void issue(const std::string& election, const std::string& key, Partition home) {
    if (everyone_is_issued_ == EveryoneIsIssued::some_are_not && key[15] == 1) {
      return;
    }
    v1::Issuance issuance;
    issuance.set_election(election);
    issuance.set_voter_key(key);
    log_.issuances[home.value].push_back(issuance.SerializeAsString());
    log_.issued[election].insert(key);
  }

  Engine engine_;
  EveryoneIsIssued everyone_is_issued_;
  RandomLog log_;
  std::vector<std::vector<Window>> windows_;  // by election and partition
};

}  // namespace ostraka::election::testing
