#include "elections/core/lifecycle.h"

#include <gtest/gtest.h>

namespace ostraka::elections {
namespace {

using election::State;

const WallTime k_now = wall_time(1'800'000'000'000);

std::string definition(const std::string& members = "") {
  return R"({"id":"e","title":"E")" + members +
         R"(,"contests":[{"id":"c","title":"C","method":"single","options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})";
}

std::string at(Milliseconds from_now) { return to_rfc3339(k_now + from_now); }

class LifecycleTest : public testing::Test {
 protected:
  Decision apply(Decision decision) {
    if (decision.record) {
      EXPECT_TRUE(catalogue_.apply(decision.record->SerializeAsString()));
    }
    return decision;
  }
  Decision create(const std::string& members = "") { return apply(decide_create(catalogue_, definition(members), k_now)); }
  Decision update(std::string_view patch, WallTime now = k_now) {
    return apply(decide_update(catalogue_, "e", patch, now));
  }
  Decision open(WallTime now = k_now) {
    return apply(decide_open(catalogue_, "e", {4, std::string(32, 'p')}, now));
  }
  Decision close() { return apply(decide_close(catalogue_, "e", ClosedBy::command, k_now)); }
  Decision certify(std::size_t partitions = 4) {
    std::map<std::uint32_t, std::uint64_t> closed_at;
    for (std::uint32_t i = 0; i < partitions; ++i) {
      closed_at[i] = 10 + i;
    }
    return apply(decide_certify(catalogue_, "e", closed_at, k_now));
  }
  State state() { return catalogue_.find("e")->state; }

  election::Catalogue catalogue_;
};

TEST_F(LifecycleTest, EveryActInEveryStateIsDoneIsRepeatedWithoutARecordOrIsRefused) {
  EXPECT_EQ(create().outcome, Outcome::created);
  EXPECT_EQ(close().outcome, Outcome::wrong_state);
  EXPECT_EQ(certify().outcome, Outcome::wrong_state);

  EXPECT_TRUE(open().record);
  EXPECT_EQ(state(), State::open);
  EXPECT_EQ(open().outcome, Outcome::done);
  EXPECT_FALSE(open().record);
  EXPECT_EQ(certify().outcome, Outcome::wrong_state);
  EXPECT_EQ(update(R"({"title":"other"})").outcome, Outcome::wrong_state);

  EXPECT_TRUE(close().record);
  EXPECT_EQ(state(), State::closed);
  EXPECT_EQ(close().outcome, Outcome::done);
  EXPECT_EQ(open().outcome, Outcome::wrong_state);
  EXPECT_EQ(update(R"({"closes_at":null})").outcome, Outcome::wrong_state);

  EXPECT_EQ(certify(3).outcome, Outcome::unavailable);
  EXPECT_TRUE(certify().record);
  EXPECT_EQ(state(), State::certified);
  EXPECT_EQ(certify().outcome, Outcome::done);
  EXPECT_EQ(close().outcome, Outcome::wrong_state);
  EXPECT_EQ(open().outcome, Outcome::wrong_state);
  EXPECT_EQ(update(R"({"title":"x"})").outcome, Outcome::wrong_state);
}

TEST_F(LifecycleTest, ACertificateNamesThePartitionsThereAreAndNoOther) {
  create();
  open();
  close();
  const std::map<std::uint32_t, std::uint64_t> shifted{{1, 1}, {2, 2}, {3, 3}, {4, 4}};
  EXPECT_EQ(decide_certify(catalogue_, "e", shifted, k_now).outcome, Outcome::unavailable);
}

TEST_F(LifecycleTest, AnUnknownElectionIsUnknownToEveryAct) {
  EXPECT_EQ(open().outcome, Outcome::unknown_election);
  EXPECT_EQ(close().outcome, Outcome::unknown_election);
  EXPECT_EQ(certify().outcome, Outcome::unknown_election);
  EXPECT_EQ(update("{}").outcome, Outcome::unknown_election);
}

TEST_F(LifecycleTest, TheVerySameDefinitionAgainIsDoneAndAnotherExists) {
  create();
  EXPECT_EQ(create().outcome, Outcome::done);
  EXPECT_EQ(create(R"(,"description":"other")").outcome, Outcome::exists);
}

TEST_F(LifecycleTest, TheVerySameDefinitionIsRecognisedAfterItsEndHasPassed) {
  const std::string members = R"(,"closes_at":")" + at(Milliseconds(1'000)) + R"(")";
  create(members);
  const Decision again = decide_create(catalogue_, definition(members), k_now + Milliseconds(5'000));
  EXPECT_EQ(again.outcome, Outcome::done);
}

TEST_F(LifecycleTest, AnEndInThePastIsAMistakeWithItsPointer) {
  const Decision decision = create(R"(,"closes_at":")" + at(Milliseconds(-1)) + R"(")");
  EXPECT_EQ(decision.outcome, Outcome::invalid);
  ASSERT_EQ(decision.mistakes.size(), 1U);
  EXPECT_EQ(decision.mistakes[0].pointer, "/closes_at");
}

TEST_F(LifecycleTest, ADraftIsPatchedUnderANewRevision) {
  create();
  EXPECT_EQ(update(R"({"title":"New"})").outcome, Outcome::done);
  EXPECT_EQ(catalogue_.find("e")->revision, 2U);
  EXPECT_FALSE(update(R"({"title":"New"})").record);
  EXPECT_EQ(update(R"({"contests":[]})").outcome, Outcome::invalid);
  EXPECT_EQ(update("nonsense").outcome, Outcome::malformed);
}

TEST_F(LifecycleTest, WhileOpenTheEndMovesForwardBackAndAway) {
  create(R"(,"closes_at":")" + at(Milliseconds(60'000)) + R"(")");
  open();
  EXPECT_TRUE(update(R"({"closes_at":")" + at(Milliseconds(90'000)) + R"("})").record);
  EXPECT_EQ(catalogue_.find("e")->definition.closes_at, k_now + Milliseconds(90'000));
  EXPECT_FALSE(update(R"({"closes_at":")" + at(Milliseconds(90'000)) + R"("})").record);
  EXPECT_EQ(update(R"({"closes_at":")" + at(Milliseconds(0)) + R"("})").outcome, Outcome::invalid);
  EXPECT_EQ(update(R"({"closes_at":7})").outcome, Outcome::invalid);
  EXPECT_EQ(update("{}").outcome, Outcome::done);
  EXPECT_EQ(update(R"({"closes_at":null,"title":"x"})").outcome, Outcome::wrong_state);
  EXPECT_EQ(update(R"([])").outcome, Outcome::malformed);
  EXPECT_TRUE(update(R"({"closes_at":null})").record);
  EXPECT_FALSE(catalogue_.find("e")->definition.closes_at);
}

TEST_F(LifecycleTest, AnEndThatHasPassedCannotBeMoved) {
  create(R"(,"closes_at":")" + at(Milliseconds(60'000)) + R"(")");
  open();
  const Decision late = update(R"({"closes_at":null})", k_now + Milliseconds(60'000));
  EXPECT_EQ(late.outcome, Outcome::wrong_state);
}

TEST_F(LifecycleTest, TheScheduleOpensAndCloses) {
  create(R"(,"opens_at":")" + at(Milliseconds(1'000)) + R"(","closes_at":")" + at(Milliseconds(9'000)) + R"(")");
  EXPECT_EQ(state(), State::scheduled);
  EXPECT_TRUE(due_acts(catalogue_, k_now).empty());
  EXPECT_EQ(next_due(catalogue_, k_now), k_now + Milliseconds(1'000));

  const auto opening = due_acts(catalogue_, k_now + Milliseconds(1'000));
  ASSERT_EQ(opening.size(), 1U);
  EXPECT_EQ(opening[0].kind, DueAct::Kind::open);
  open(k_now + Milliseconds(1'000));
  EXPECT_EQ(next_due(catalogue_, k_now), k_now + Milliseconds(9'000));

  const auto closing = due_acts(catalogue_, k_now + Milliseconds(9'000));
  ASSERT_EQ(closing.size(), 1U);
  EXPECT_EQ(closing[0].kind, DueAct::Kind::close);
  apply(decide_close(catalogue_, "e", ClosedBy::schedule, k_now + Milliseconds(9'000)));
  EXPECT_EQ(state(), State::closed);
  EXPECT_EQ(next_due(catalogue_, k_now), std::nullopt);
}

TEST_F(LifecycleTest, AnElectionWhoseEndPassedBeforeItOpenedStaysScheduled) {
  create(R"(,"opens_at":")" + at(Milliseconds(1'000)) + R"(","closes_at":")" + at(Milliseconds(9'000)) + R"(")");
  const WallTime late = k_now + Milliseconds(10'000);
  EXPECT_TRUE(due_acts(catalogue_, late).empty());
  EXPECT_EQ(next_due(catalogue_, late), std::nullopt);
  EXPECT_EQ(open(late).outcome, Outcome::wrong_state);
}

}  // namespace
}  // namespace ostraka::elections
