#include "election/catalogue.h"

#include <gtest/gtest.h>

#include <functional>

#include "ostraka/v1/election_records.pb.h"

namespace ostraka::election {
namespace {

Definition definition_of(std::string_view id, bool scheduled = false) {
  Definition definition;
  definition.id = id;
  definition.title = "T";
  Contest& contest = definition.contests.emplace_back();
  contest.id = "c";
  contest.title = "C";
  contest.options.push_back({"a", "A", "", false});
  if (scheduled) {
    definition.opens_at = wall_time(1'000'000);
  }
  return definition;
}

v1::ElectionRecord record_of(std::string_view id) {
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  return record;
}

v1::ElectionRecord defined(const Definition& definition, std::uint64_t revision) {
  v1::ElectionRecord record = record_of(definition.id);
  record.mutable_defined()->set_definition(to_canonical_json(definition));
  record.mutable_defined()->set_revision(revision);
  return record;
}

v1::ElectionRecord opened(const Definition& definition) {
  v1::ElectionRecord record = record_of(definition.id);
  record.mutable_opened()->set_definition_hash(definition_hash(definition));
  record.mutable_opened()->set_partitions(2);
  record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
  return record;
}

v1::ElectionRecord end_moved(std::string_view id, std::int64_t closes_at_ms) {
  v1::ElectionRecord record = record_of(id);
  record.mutable_end_moved()->set_closes_at_ms(closes_at_ms);
  return record;
}

v1::ElectionRecord closed(std::string_view id) {
  v1::ElectionRecord record = record_of(id);
  record.mutable_closed();
  return record;
}

v1::ElectionRecord certified(std::string_view id) {
  v1::ElectionRecord record = record_of(id);
  (*record.mutable_certified()->mutable_closed_at())[0] = 7;
  (*record.mutable_certified()->mutable_closed_at())[1] = 9;
  return record;
}

// A catalogue that has brought election "e" into the given state.
Catalogue in_state(State state) {
  Catalogue catalogue;
  const Definition definition = definition_of("e", state == State::scheduled);
  EXPECT_TRUE(catalogue.apply(defined(definition, 1).SerializeAsString()));
  if (state >= State::open) {
    EXPECT_TRUE(catalogue.apply(opened(definition).SerializeAsString()));
  }
  if (state >= State::closed) {
    EXPECT_TRUE(catalogue.apply(closed("e").SerializeAsString()));
  }
  if (state >= State::certified) {
    EXPECT_TRUE(catalogue.apply(certified("e").SerializeAsString()));
  }
  EXPECT_EQ(catalogue.find("e")->state, state);
  return catalogue;
}

// As the present version writes it.
std::string decided_at(v1::ElectionRecord record, std::uint64_t offset) {
  record.set_decided_at(offset);
  return record.SerializeAsString();
}

TEST(Catalogue, ARecordTakesEffectWhereItWasDecidedForAndNowhereElse) {
  const Definition definition = definition_of("e");
  Catalogue catalogue;
  const std::string creation = decided_at(defined(definition, 1), 0);
  const std::string opening = decided_at(opened(definition), 1);
  ASSERT_TRUE(catalogue.apply(creation));
  ASSERT_TRUE(catalogue.apply(opening));
  const std::string close_late = decided_at(closed("e"), 2);
  // Somebody else's comes first; then the late one, and every one once more.
  ASSERT_TRUE(catalogue.apply(decided_at(end_moved("e", 5), 2)));
  ASSERT_TRUE(catalogue.apply(close_late));
  ASSERT_TRUE(catalogue.apply(creation));
  ASSERT_TRUE(catalogue.apply(opening));
  EXPECT_EQ(catalogue.position(), Offset{6});
  EXPECT_EQ(catalogue.without_effect(), 3U);
  EXPECT_EQ(catalogue.find("e")->state, State::open);
  EXPECT_EQ(catalogue.find("e")->definition.closes_at, wall_time(5));
  ASSERT_TRUE(catalogue.apply(decided_at(closed("e"), 6)));
  EXPECT_EQ(catalogue.find("e")->state, State::closed);
}

TEST(Catalogue, ARecordThatWasDecidedForThisOffsetAndContradictsIsDamage) {
  Catalogue catalogue = in_state(State::closed);
  EXPECT_EQ(catalogue.apply(decided_at(closed("e"), catalogue.position().value)).error().kind, ErrorKind::damaged);
}

TEST(Catalogue, EveryChangeIsAllowedInItsStatesOnly) {
  using S = State;
  struct Row {
    const char* name;
    v1::ElectionRecord record;
    std::vector<State> allowed;
    State after;
  };
  const Definition draft = definition_of("e");
  const std::vector<Row> rows = {
      {"defined", defined(draft, 2), {S::draft, S::scheduled}, S::draft},
      {"opened", opened(draft), {S::draft, S::scheduled}, S::open},
      {"end moved", end_moved("e", 5), {S::open}, S::open},
      {"closed", closed("e"), {S::open}, S::closed},
      {"certified", certified("e"), {S::closed}, S::certified},
  };
  for (const Row& row : rows) {
    for (const State state : {S::draft, S::scheduled, S::open, S::closed, S::certified}) {
      Catalogue catalogue = in_state(state);
      const Offset before = catalogue.position();
      const bool allowed = std::find(row.allowed.begin(), row.allowed.end(), state) != row.allowed.end();
      const Status status = catalogue.apply(row.record.SerializeAsString());
      EXPECT_EQ(status.has_value(), allowed) << row.name << " while " << state_name(state);
      EXPECT_EQ(catalogue.find("e")->state, allowed ? row.after : state);
      EXPECT_EQ(catalogue.position(), allowed ? before.next() : before);
      if (!allowed) {
        EXPECT_EQ(status.error().kind, ErrorKind::damaged);
      }
    }
  }
}

TEST(Catalogue, EntryTellsWhatTheStreamSaid) {
  Catalogue catalogue = in_state(State::certified);
  const auto entry = catalogue.find("e");
  EXPECT_EQ(entry->partitions, 2U);
  EXPECT_EQ(entry->pepper_commitment, std::string(32, 'p'));
  EXPECT_EQ(entry->hash, definition_hash(definition_of("e")));
  EXPECT_EQ(entry->defined_json, to_canonical_json(definition_of("e")));
  EXPECT_EQ(entry->revision, 1U);
  EXPECT_EQ(entry->certified_at, (std::map<std::uint32_t, std::uint64_t>{{0, 7}, {1, 9}}));
  EXPECT_EQ(catalogue.find("other"), nullptr);
}

TEST(Catalogue, MovedEndIsInForceAndTheHashStays) {
  Catalogue catalogue = in_state(State::open);
  const auto before = catalogue.find("e");
  ASSERT_TRUE(catalogue.apply(end_moved("e", 5'000).SerializeAsString()));
  EXPECT_EQ(catalogue.find("e")->definition.closes_at, wall_time(5'000));
  EXPECT_EQ(catalogue.find("e")->hash, before->hash);
  EXPECT_EQ(catalogue.find("e")->defined_json, before->defined_json);
  ASSERT_TRUE(catalogue.apply(end_moved("e", 0).SerializeAsString()));
  EXPECT_FALSE(catalogue.find("e")->definition.closes_at);
  // A snapshot that somebody holds does not change.
  EXPECT_FALSE(before->definition.closes_at);
}

TEST(Catalogue, RecordsThatContradictAreDamage) {
  const Definition definition = definition_of("e");
  const auto broken = [&](const std::function<void(v1::ElectionRecord&)>& breaks, v1::ElectionRecord record) {
    breaks(record);
    return record.SerializeAsString();
  };
  const std::vector<std::string> records = {
      "\xff\xff",
      record_of("e").SerializeAsString(),
      closed("unknown").SerializeAsString(),
      defined(definition, 1).SerializeAsString(),
      defined(definition, 3).SerializeAsString(),
      broken([](auto& r) { r.set_election("f"); }, defined(definition, 1)),
      broken([](auto& r) { r.mutable_defined()->mutable_definition()->append(" "); }, defined(definition, 2)),
      broken([](auto& r) { r.mutable_defined()->set_definition("{}"); }, defined(definition, 2)),
      broken([](auto& r) { r.mutable_opened()->set_definition_hash("x"); }, opened(definition)),
      broken([](auto& r) { r.mutable_opened()->set_partitions(0); }, opened(definition)),
      broken([](auto& r) { r.mutable_opened()->clear_pepper_commitment(); }, opened(definition)),
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    Catalogue catalogue = in_state(State::draft);
    const auto before = catalogue.find("e");
    const Status status = catalogue.apply(records[i]);
    ASSERT_FALSE(status) << i;
    EXPECT_EQ(status.error().kind, ErrorKind::damaged) << i;
    EXPECT_EQ(catalogue.position(), Offset{1});
    EXPECT_EQ(catalogue.find("e"), before);
  }
  Catalogue catalogue = in_state(State::closed);
  EXPECT_FALSE(
      catalogue.apply(broken([](auto& r) { r.mutable_certified()->mutable_closed_at()->erase(1); }, certified("e"))));
  EXPECT_FALSE(catalogue.apply(broken(
      [](auto& r) {
        r.mutable_certified()->mutable_closed_at()->erase(1);
        (*r.mutable_certified()->mutable_closed_at())[2] = 3;
      },
      certified("e"))));
  EXPECT_FALSE(Catalogue(in_state(State::open)).apply(end_moved("e", -1).SerializeAsString()));
}

TEST(Catalogue, RedefinitionFollowsTheScheduleAndTheRevision) {
  Catalogue catalogue = in_state(State::draft);
  ASSERT_TRUE(catalogue.apply(defined(definition_of("e", true), 2).SerializeAsString()));
  EXPECT_EQ(catalogue.find("e")->state, State::scheduled);
  EXPECT_EQ(catalogue.find("e")->revision, 2U);
}

}  // namespace
}  // namespace ostraka::election
