#include "cli/core/ballot_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ostraka::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view k_definition = R"({"id":"e","contests":[
  {"id":"mayor","method":"ranked","min_choices":0,"options":[{"id":"ann","title":"Ann A."},{"id":"bob","title":"Bob"},
    {"id":"cy","title":"Twin"},{"id":"di","title":"Twin"},{"id":"eve","title":"bob"}]},
  {"id":"points","method":"score","min_choices":0,"options":[{"id":"x","title":"X!"},{"id":"y","title":"Y!"}]}]})";

std::vector<SheetRow> rows_of(std::string_view text, std::string_view contest,
                              const std::vector<std::string>& columns) {
  auto sheet = BallotSheet::open(text, contest_choices(k_definition, contest).value(), columns);
  EXPECT_TRUE(sheet) << sheet.error().message;
  std::vector<SheetRow> rows;
  for (auto row = sheet->next().value(); row; row = sheet->next().value()) {
    rows.push_back(*row);
  }
  return rows;
}

TEST(BallotSheet, ColumnsAreRanksInTheOrderTheyAreNamed) {
  const auto rows = rows_of("precinct,r1,r2\nA,Ann A.,bob\nB,, Bob \n", "mayor", {"r2", "r1"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].body, R"({"ballot":{"mayor":["bob","ann"]}})");
  EXPECT_EQ(rows[1].body, R"({"ballot":{"mayor":["bob"]}})");
  EXPECT_EQ(rows[1].number, 2U);
}

TEST(BallotSheet, RowsThatCannotBeVotesSayWhyAndKeepTheirNumber) {
  const auto rows = rows_of("r1,r2\n,\nNobody,\nTwin,\ncy,di\n", "mayor", {"r1", "r2"});
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].refused, "empty");
  EXPECT_EQ(rows[1].refused, "unknown-option");
  EXPECT_EQ(rows[2].refused, "unknown-option") << "two options share the title";
  EXPECT_EQ(rows[3].body, R"({"ballot":{"mayor":["cy","di"]}})");
  EXPECT_EQ(rows[3].number, 4U);
}

TEST(BallotSheet, ScoresAreColumnsNamedByTheirOption) {
  const auto rows = rows_of("X!,y\n3,0\n,2\nmany,1\n-1,1\n,\n", "points", {"X!", "y"});
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].body, R"({"ballot":{"points":{"x":3,"y":0}}})");
  EXPECT_EQ(rows[1].body, R"({"ballot":{"points":{"y":2}}})");
  EXPECT_EQ(rows[2].refused, "invalid-points");
  EXPECT_EQ(rows[3].refused, "invalid-points");
  EXPECT_EQ(rows[4].refused, "empty");
}

TEST(BallotSheet, BlankLinesAreNoBallots) {
  EXPECT_EQ(rows_of("r1,r2\n\nbob,\n\n", "mayor", {"r1"}).size(), 1U);
}

TEST(BallotSheet, InAOneColumnFileABlankLineIsAnEmptyBallot) {
  EXPECT_EQ(rows_of("r1\n\nbob\n", "mayor", {"r1"}).size(), 2U);
}

TEST(BallotSheet, AnElectionWhoseOtherContestsNeedChoicesIsRefused) {
  constexpr std::string_view definition = R"({"contests":[
    {"id":"a","method":"single","min_choices":0,"options":[]},{"id":"b","method":"single","min_choices":1,"options":[]}]})";
  EXPECT_THAT(contest_choices(definition, "a").error().message, HasSubstr("choices in b"));
  EXPECT_TRUE(contest_choices(definition, "b"));
}

TEST(BallotSheet, CheckingTheRestFindsALateErrorAndMovesNothing) {
  auto sheet = BallotSheet::open("r1,r2\nbob,\nbob\n", contest_choices(k_definition, "mayor").value(), {"r1"});
  EXPECT_THAT(sheet->check_rest().error().message, HasSubstr("line 3"));
  EXPECT_EQ(sheet->next().value()->number, 1U);
}

TEST(BallotSheet, WhatDoesNotFitIsSaid) {
  const auto mayor = contest_choices(k_definition, "mayor").value();
  EXPECT_THAT(BallotSheet::open("r1,r2\n", mayor, {"r3"}).error().message, HasSubstr("r1, r2"));
  EXPECT_FALSE(BallotSheet::open("z\n", contest_choices(k_definition, "points").value(), {"z"}));
  EXPECT_EQ(contest_choices(k_definition, "senate").error().kind, ErrorKind::not_found);
  EXPECT_EQ(contest_choices("{", "mayor").error().kind, ErrorKind::invalid);
  auto sheet = BallotSheet::open("r1,r2\nbob\n", mayor, {"r1"});
  EXPECT_THAT(sheet->next().error().message, HasSubstr("line 2"));
}

}  // namespace
}  // namespace ostraka::cli
