#include "election/definition.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "election/testing/random_election.h"

namespace ostraka::election {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::string> pointers(const ParsedDefinition& parsed) {
  std::vector<std::string> out;
  for (const Mistake& mistake : parsed.mistakes) {
    out.push_back(mistake.pointer);
  }
  return out;
}

constexpr std::string_view k_smallest = R"({"title":"Best song!","contests":[
  {"title":"Which song?","method":"single","options":[{"title":"Song A"},{"title":"Song B"}]}]})";

TEST(Definition, DefaultsAndIdsAreMadeFromTheSmallestDocument) {
  const ParsedDefinition parsed = parse_definition(k_smallest);
  ASSERT_TRUE(parsed.definition);
  EXPECT_EQ(parsed.definition->id, "best-song");
  const Contest& contest = parsed.definition->contests.at(0);
  EXPECT_EQ(contest.id, "which-song");
  EXPECT_EQ(contest.min_choices, 1U);
  EXPECT_EQ(contest.max_choices, 1U);
  EXPECT_EQ(contest.seats, 1U);
  EXPECT_EQ(contest.options.at(1).id, "song-b");
  EXPECT_EQ(parsed.definition->results, ResultsPolicy::live);
  EXPECT_EQ(parsed.definition->eligibility.claim, "sub");
  EXPECT_FALSE(parsed.definition->closes_at);
}

TEST(Definition, MaxChoicesIsAllOptionsWhereMoreThanOneMayBeChosen) {
  for (const char* method : {"approval", "ranked"}) {
    const auto parsed = parse_definition(fmt::format(
        R"({{"title":"T","contests":[{{"method":"{}","options":[{{"id":"a"}},{{"id":"b"}},{{"id":"c"}}]}}]}})",
        method));
    // A contest needs a title or an id.
    EXPECT_THAT(pointers(parsed), ElementsAre("/contests/0/title"));
    const auto named = parse_definition(fmt::format(
        R"({{"title":"T","contests":[{{"id":"x","method":"{}","options":[{{"id":"a"}},{{"id":"b"}},{{"id":"c"}}]}}]}})",
        method));
    ASSERT_TRUE(named.definition);
    EXPECT_EQ(named.definition->contests[0].max_choices, 3U);
    EXPECT_EQ(named.definition->contests[0].title, "x");
  }
}

TEST(Definition, EveryMistakeIsNamedByItsPointer) {
  const ParsedDefinition parsed = parse_definition(R"({"title":"","a/b~c":1,"opens_at":"2026-01-02T00:00:00Z",
    "closes_at":"2026-01-01T00:00:00Z","results":"never","description":7,
    "contests":[
      {"title":"A","method":"ranked","min_choices":3,"max_choices":2,"seats":2,"options":[{"title":"x"},{"title":"y"}]},
      {"title":"B","method":"score","options":[{"title":"x"},{"id":"Ä"},{},5]},
      {"id":"same","method":"borda","max_score":3,"options":[]},
      {"id":"same","method":"single","max_choices":2,"max_score":3,"options":[{"id":"o"},{"id":"o","undeclared":"yes"}]}],
    "eligibility":{"issuers":["i",1,"i"],"claim":"","unique_by":"name","require_mfa":1,"more":[]}})");
  EXPECT_FALSE(parsed.malformed);
  EXPECT_FALSE(parsed.definition);
  EXPECT_THAT(pointers(parsed),
              UnorderedElementsAre(
                  "/title", "/a~1b~0c", "/closes_at", "/results", "/description", "/contests/0/min_choices",
                  "/contests/0/seats", "/contests/1/max_score", "/contests/1/options/1/id",
                  "/contests/1/options/2/title", "/contests/1/options/3", "/contests/2/method", "/contests/2/options",
                  "/contests/3/id", "/contests/3/max_choices", "/contests/3/max_score", "/contests/3/options/1/id",
                  "/contests/3/options/1/undeclared", "/eligibility/issuers/1", "/eligibility/issuers/2",
                  "/eligibility/claim", "/eligibility/unique_by", "/eligibility/require_mfa", "/eligibility/more"));
}

TEST(Definition, RequiredMembersAreAskedFor) {
  EXPECT_THAT(pointers(parse_definition("{}")), UnorderedElementsAre("/title", "/contests"));
  EXPECT_THAT(pointers(parse_definition("[]")), ElementsAre(""));
  EXPECT_THAT(pointers(parse_definition(R"({"title":"T","contests":[{"title":"C"}]})")),
              UnorderedElementsAre("/contests/0/method", "/contests/0/options"));
}

TEST(Definition, SeveralSeatsSayThatTheyAreNotSupportedYet) {
  const auto parsed = parse_definition(
      R"({"title":"T","contests":[{"title":"C","method":"ranked","seats":3,"options":[{"id":"a"}]}]})");
  ASSERT_EQ(parsed.mistakes.size(), 1U);
  EXPECT_EQ(parsed.mistakes[0].pointer, "/contests/0/seats");
  EXPECT_THAT(parsed.mistakes[0].detail, ::testing::HasSubstr("not supported yet"));
}

TEST(Definition, EqualTitlesGetNumbersAndNeverTakeAGivenId) {
  const auto parsed = parse_definition(R"({"title":"T","contests":[{"title":"C","method":"single","options":[
      {"title":"Same"},{"title":"same!"},{"id":"same-2","title":"Given"},{"title":"Ελλάδα"}]}]})");
  ASSERT_TRUE(parsed.definition);
  std::vector<std::string> ids;
  for (const Option& option : parsed.definition->contests[0].options) {
    ids.push_back(option.id);
  }
  EXPECT_THAT(ids, ElementsAre("same", "same-3", "same-2", "option-4"));
}

TEST(Definition, AnElectionWhoseTitleMakesNoIdNeedsOne) {
  EXPECT_THAT(pointers(parse_definition(
                  R"({"title":"Ελλάδα","contests":[{"title":"C","method":"single","options":[{"id":"a"}]}]})")),
              ElementsAre("/id"));
}

TEST(Definition, LongTitlesMakeIdsOfTheRightLength) {
  const std::string title = std::string(62, 'x') + " y z";
  const auto parsed = parse_definition(fmt::format(
      R"({{"title":"T","contests":[{{"title":"C","method":"single","options":[{{"title":"{0}"}},{{"title":"{0}"}}]}}]}})",
      title));
  ASSERT_TRUE(parsed.definition);
  EXPECT_EQ(parsed.definition->contests[0].options[0].id, std::string(62, 'x'));
  EXPECT_EQ(parsed.definition->contests[0].options[1].id, std::string(61, 'x') + "-2");
}

TEST(Definition, AThousandEqualTitlesAreFine) {
  std::string options;
  for (std::size_t i = 0; i < k_options_max; ++i) {
    options += i == 0 ? R"({"title":"song"})" : R"(,{"title":"song"})";
  }
  const auto document = [](const std::string& list) {
    return R"({"title":"T","contests":[{"title":"C","method":"single","options":[)" + list + "]}]}";
  };
  const auto parsed = parse_definition(document(options));
  ASSERT_TRUE(parsed.definition);
  EXPECT_EQ(parsed.definition->contests[0].options.back().id, "song-1024");
  EXPECT_THAT(pointers(parse_definition(document(options + R"(,{"title":"song"})"))),
              ElementsAre("/contests/0/options"));
  // What may be sent may also be stored, although the canonical form is larger.
  const std::string canonical = to_canonical_json(*parsed.definition);
  EXPECT_GT(canonical.size(), k_definition_bytes_max);
  EXPECT_TRUE(parse_canonical_definition(canonical).definition);
}

TEST(Definition, TextsHaveLengthsAndNoControlCharacters) {
  const auto with_title = [](std::string_view title) {
    return pointers(parse_definition(fmt::format(
        R"({{"id":"x","title":"{}","contests":[{{"id":"c","method":"single","options":[{{"id":"a"}}]}}]}})", title)));
  };
  std::string long_title;
  for (int i = 0; i < 256; ++i) {
    long_title += "ü";
  }
  EXPECT_THAT(with_title(long_title), ElementsAre());
  EXPECT_THAT(with_title(long_title + "ü"), ElementsAre("/title"));
  for (const char* bad : {"a\\nb", "a\\u0000b", "\\u007f", "\\u0085", "\\u2028"}) {
    EXPECT_THAT(with_title(bad), ElementsAre("/title")) << bad;
  }
  EXPECT_THAT(with_title("  kept as it is  "), ElementsAre());
}

TEST(Definition, MalformedDocumentsAreToldApartFromWrongOnes) {
  std::string deep(40, '[');
  deep += std::string(40, ']');
  const std::vector<std::string> documents = {
      "",
      "{",
      "nonsense",
      "{} {}",
      std::string("{}\0", 3),
      std::string("{}\0{}", 5),
      "\xEF\xBB\xBF{}",
      "{\"title\":\"\xff\"}",
      "{\"title\":\"\\ud800\"}",
      "{\"title\":\"a\",\"title\":\"b\"}",
      R"({"contests":[{"options":[{"id":"a","id":"b"}]}]})",
      "{\"x\":" + deep + "}",
      "{\"x\":1e999}",
      "{\"title\":\"" + std::string(k_definition_bytes_max, 'a') + "\"}",
      "{/**/}",
      "{\"a\":01}",
  };
  for (const std::string& document : documents) {
    const ParsedDefinition parsed = parse_definition(document);
    EXPECT_TRUE(parsed.malformed) << document.substr(0, 60);
    EXPECT_FALSE(parsed.definition);
    EXPECT_EQ(parsed.mistakes.size(), 1U);
  }
}

TEST(Definition, MomentsOutsideOfFourDigitYearsAreRefused) {
  for (const char* bad : {"9999-12-31T23:59:59-10:00", "0000-01-01T00:00:00+10:00", "1969-12-31T23:59:59Z", "soon"}) {
    const auto parsed = parse_definition(fmt::format(
        R"({{"title":"T","closes_at":"{}","contests":[{{"id":"c","method":"single","options":[{{"id":"a"}}]}}]}})",
        bad));
    EXPECT_THAT(pointers(parsed), ElementsAre("/closes_at")) << bad;
  }
}

TEST(Definition, CanonicalFormRoundTripsAndDoesNotDependOnTheWayItWasWritten) {
  EXPECT_TRUE(rc::check("canonical JSON round trip", [](std::uint64_t seed) {
    testing::Engine engine(seed);
    const Definition definition = testing::random_definition(engine);
    const std::string canonical = to_canonical_json(definition);
    const ParsedDefinition parsed = parse_canonical_definition(canonical);
    RC_ASSERT(parsed.definition.has_value());
    RC_ASSERT(to_canonical_json(*parsed.definition) == canonical);
    RC_ASSERT(definition_hash(*parsed.definition) == definition_hash(definition));
  }));
  const auto one = parse_definition(R"({ "id":"a", "title":"T", "contests":[{"id":"c","method":"single",
    "options":[{"id":"x","title":"X"}]}], "closes_at":"2026-01-01T01:00:00+01:00" })");
  const auto other = parse_definition(R"({"closes_at":"2026-01-01T00:00:00.000Z","contests":[{"seats":1,"options":
    [{"title":"X","id":"x"}],"method":"single","id":"c","title":"c"}],"results":"live","title":"T","id":"a"})");
  ASSERT_TRUE(one.definition && other.definition);
  EXPECT_EQ(to_canonical_json(*one.definition), to_canonical_json(*other.definition));
}

TEST(Definition, HashLeavesTheScheduleOutAndNothingElse) {
  const Definition definition = *parse_definition(k_smallest).definition;
  Definition moved = definition;
  moved.closes_at = wall_time(1'800'000'000'000);
  EXPECT_EQ(definition_hash(moved), definition_hash(definition));
  Definition renamed = definition;
  renamed.contests[0].options[0].description = "live";
  EXPECT_NE(definition_hash(renamed), definition_hash(definition));
  EXPECT_EQ(definition_hash(definition).size(), 32U);
}

TEST(Definition, PatchReplacesRemovesAndKeeps) {
  const Definition definition = *parse_definition(k_smallest).definition;
  const auto with_end = patch_definition(definition, R"({"closes_at":"2030-01-01T00:00:00Z","title":"Better"})");
  ASSERT_TRUE(with_end.definition);
  EXPECT_EQ(with_end.definition->title, "Better");
  EXPECT_EQ(with_end.definition->id, "best-song");
  EXPECT_TRUE(with_end.definition->closes_at);
  const auto without = patch_definition(*with_end.definition, R"({"closes_at":null})");
  ASSERT_TRUE(without.definition);
  EXPECT_FALSE(without.definition->closes_at);
  const auto same = patch_definition(definition, "{}");
  ASSERT_TRUE(same.definition);
  EXPECT_EQ(to_canonical_json(*same.definition), to_canonical_json(definition));
}

TEST(Definition, PatchThatIsWrongSaysWhere) {
  const Definition definition = *parse_definition(k_smallest).definition;
  EXPECT_THAT(pointers(patch_definition(definition, R"({"id":"other"})")), ElementsAre("/id"));
  EXPECT_THAT(pointers(patch_definition(definition, R"({"id":null})")), ElementsAre("/id"));
  EXPECT_THAT(pointers(patch_definition(definition, R"({"title":null,"x":1})")), UnorderedElementsAre("/title", "/x"));
  EXPECT_TRUE(patch_definition(definition, "[]").malformed);
  EXPECT_TRUE(patch_definition(definition, "{").malformed);
  EXPECT_TRUE(patch_definition(definition, R"({"x":1,"x":1})").malformed);
}

TEST(Definition, RandomAndTruncatedBytesAreRefusedInOrder) {
  EXPECT_TRUE(rc::check("random bytes", [](const std::string& bytes) {
    const ParsedDefinition parsed = parse_definition(bytes);
    RC_ASSERT(parsed.definition.has_value() != !parsed.mistakes.empty());
  }));
  for (std::size_t length = 0; length < k_smallest.size(); ++length) {
    EXPECT_TRUE(parse_definition(k_smallest.substr(0, length)).malformed);
  }
}

// docs/formats/definition.md: the block after "As sent" is read, and must give the block after "Canonical" and the
// hash.
TEST(Definition, WorkedExampleOfTheFormatPageIsTrue) {
  std::ifstream file(OSTRAKA_SOURCE_DIR "/docs/formats/definition.md");
  ASSERT_TRUE(file) << "docs/formats/definition.md is missing";
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const auto block_after = [&](std::string_view heading) {
    const std::size_t begin = text.find('\n', text.find("```", text.find(heading))) + 1;
    return text.substr(begin, text.find("\n```", begin) - begin);
  };
  const auto parsed = parse_definition(block_after("### As sent"));
  ASSERT_TRUE(parsed.definition);
  EXPECT_EQ(to_canonical_json(*parsed.definition), block_after("### Canonical"));
  EXPECT_EQ(to_hex(definition_hash(*parsed.definition)), block_after("### Hash"));
}

}  // namespace
}  // namespace ostraka::election
