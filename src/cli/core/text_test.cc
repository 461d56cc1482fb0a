#include "cli/core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ostraka::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view k_result =
    R"({"election":"e","state":"open","final":false,"as_of":"2026-01-01T00:00:00.000Z",
 "ballots":{"counted":4,"repeated":1,"held":0},"covers":{"0":5},"development":true,
 "contests":[{"id":"mayor","method":"ranked","winners":["ann"],
   "options":[{"id":"ann","title":"Ann","votes":3,"share":0.75},{"id":"bob","title":"B\u001b[2Job","votes":1,"share":0.25}],
   "rounds":[{"tally":{"ann":3,"bob":1},"eliminated":["bob"],"exhausted":0}]}]})";

TEST(ResultsText, ShowsBarsInProportionAndTheWinner) {
  const auto text = results_text(k_result, {Colours::none, 46}).value();
  EXPECT_THAT(text, HasSubstr("4 ballots counted, 1 repeated, 0 held"));
  EXPECT_THAT(text, HasSubstr("* Ann                 3   75.0%  █████████\n"));
  EXPECT_THAT(text, HasSubstr("1   25.0%  ███\n"));
  EXPECT_THAT(text, HasSubstr("round 1: ann 3, bob 1; 1 out; 0 exhausted"));
  EXPECT_THAT(text, HasSubstr("development sign-in"));
}

TEST(ResultsText, TitlesCannotSteerTheTerminal) {
  EXPECT_THAT(results_text(k_result, {}).value(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(results_text(k_result, {Colours::ansi, 80}).value(), Not(HasSubstr("\x1b[2J")));
}

TEST(ResultsText, WhatIsNoResultIsAnError) {
  EXPECT_FALSE(results_text("{}", {}));
  EXPECT_FALSE(results_text("<html>", {}));
}

TEST(ElectionsText, ListsThemAsATable) {
  EXPECT_EQ(elections_text(R"([{"id":"a","state":"open","title":"A"}])").value(),
            "ID  STATE  CLOSES      TITLE\na   open   by command  A\n");
  EXPECT_EQ(elections_text(R"({"elections":[]})").value(), "no elections\n");
  EXPECT_FALSE(elections_text(R"({"x":1})"));
}

TEST(ElectionText, ShowsContestsAndOptions) {
  const auto text = election_text(R"({"id":"e","state":"draft","title":"E","contests":[{"id":"c","method":"single",
    "title":"C?","options":[{"id":"o","title":"Oh"}]}]})");
  EXPECT_THAT(text.value(), HasSubstr("e (draft): E"));
  EXPECT_THAT(text.value(), HasSubstr("  o  Oh\n"));
}

TEST(Table, CountsCodePointsNotBytes) {
  EXPECT_EQ(table({{"ü", "x"}, {"abc", "y"}}), "ü    x\nabc  y\n");
}

}  // namespace
}  // namespace ostraka::cli
