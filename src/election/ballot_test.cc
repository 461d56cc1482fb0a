#include "election/ballot.h"

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

Definition four_contests() {
  const auto parsed = parse_definition(R"({"id":"e","title":"E","contests":[
    {"id":"song","method":"single","options":[{"id":"a"},{"id":"b"},{"id":"c"}]},
    {"id":"board","method":"approval","min_choices":0,"max_choices":2,"options":[{"id":"a"},{"id":"b"},{"id":"c"}]},
    {"id":"mayor","method":"ranked","min_choices":2,"options":[{"id":"a"},{"id":"b"},{"id":"c"}]},
    {"id":"film","method":"score","max_score":300,"min_choices":0,"options":[{"id":"a"},{"id":"b"}]}]})");
  return *parsed.definition;
}

std::vector<std::string> pointers(const ParsedBallot& parsed) {
  std::vector<std::string> out;
  for (const Mistake& mistake : parsed.mistakes) {
    out.push_back(mistake.pointer);
  }
  return out;
}

ParsedBallot parse(std::string_view body) {
  static BallotParser parser;
  return parser.parse(four_contests(), body);
}

TEST(Ballot, CanonicalFormIsInTheDefinitionsOrderNotTheVoters) {
  const ParsedBallot parsed =
      parse(R"({"ballot":{"film":{"b":300,"a":0},"mayor":["c","a"],"board":["b","a"],"song":["b"]}})");
  ASSERT_THAT(pointers(parsed), ElementsAre());
  EXPECT_EQ(to_hex(parsed.canonical),
            "0101"
            "020001"
            "020200"
            "02000001ac02");
  EXPECT_EQ(parsed.canonical, parse(R"( { "ballot" : {"song":["b"],"board":["a","b"],"mayor":["c","\u0061"],
      "film":{"a":0,"b":300}}} )")
                                  .canonical);
}

TEST(Ballot, ContestsThatMayBeLeftOutMay) {
  const ParsedBallot parsed = parse(R"({"ballot":{"song":["a"],"mayor":["a","b"]}})");
  ASSERT_THAT(pointers(parsed), ElementsAre());
  EXPECT_EQ(parsed.canonical, parse(R"({"ballot":{"song":["a"],"mayor":["a","b"],"board":[],"film":{}}})").canonical);
}

TEST(Ballot, EveryMistakeIsNamedByItsPointer) {
  EXPECT_THAT(
      pointers(parse(R"({"ballot":{"song":["a","b"],"board":["a","x",5,"a"],"film":{"a":301,"x":1,"b":-1},
                             "no/such~one":[]},"more":1})")),
      UnorderedElementsAre("/ballot/song", "/ballot/board/1", "/ballot/board/2", "/ballot/board/3", "/ballot/film/a",
                           "/ballot/film/x", "/ballot/film/b", "/ballot/no~1such~0one", "/ballot/mayor", "/more"));
  EXPECT_THAT(pointers(parse(R"({"ballot":{"song":{"a":1},"mayor":"a","board":null,"film":["a"]}})")),
              UnorderedElementsAre("/ballot/song", "/ballot/mayor", "/ballot/board", "/ballot/film"));
  EXPECT_THAT(pointers(parse(R"({"ballot":{"song":[],"mayor":["a"],"film":{"a":1.0,"b":"1"}}})")),
              UnorderedElementsAre("/ballot/song", "/ballot/mayor", "/ballot/film/a", "/ballot/film/b"));
}

TEST(Ballot, MembersThatAppearTwiceAreMistakes) {
  EXPECT_THAT(pointers(parse(R"({"ballot":{"song":["a"],"song":["b"],"mayor":["a","b"],"film":{"a":1,"a":2}}})")),
              UnorderedElementsAre("/ballot/song", "/ballot/film/a"));
  EXPECT_THAT(pointers(parse(R"({"ballot":{"song":["a"],"mayor":["a","b"]},"ballot":{"song":["b"]}})")),
              ElementsAre("/ballot"));
}

TEST(Ballot, BodiesOfAnotherFormAreMalformed) {
  std::string deep = R"({"ballot":{"song":)" + std::string(40, '[') + std::string(40, ']') + "}}";
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "[]",
                                           "{}",
                                           "null",
                                           "{\"ballot\":[]}",
                                           "{\"ballot\":1}",
                                           "{\"x\":{}}",
                                           "\xEF\xBB\xBF{\"ballot\":{}}",
                                           "{\"ballot\":{}} {}",
                                           "{\"ballot\":{}}}",
                                           "{\"ballot\":{\"song\":[\"a\",]}}",
                                           "{\"ballot\":{\"song\":[\"\xff\"]}}",
                                           "{\"ballot\":{\"song\":[\"\\ud800\"]}}",
                                           "{\"ballot\":{\"song\":[\"a\nb\"]}}",
                                           "{\"ballot\":{\"song\":[01]}}",
                                           "{'ballot':{}}",
                                           std::string("{\"ballot\":{}}\0", 14),
                                           deep,
                                           "{\"ballot\":{\"x\":\"" + std::string(k_vote_body_bytes_max, 'x') + "\"}}"};
  for (const std::string& body : bodies) {
    const ParsedBallot parsed = parse(body);
    EXPECT_TRUE(parsed.malformed) << body.substr(0, 60);
    EXPECT_EQ(parsed.mistakes.size(), 1U) << body.substr(0, 60);
  }
}

TEST(Ballot, MistakesAreBounded) {
  std::string entries = "1";
  for (int i = 0; i < 1000; ++i) {
    entries += ",1";
  }
  EXPECT_EQ(parse("{\"ballot\":{\"mayor\":[" + entries + "]}}").mistakes.size(), k_mistakes_max);
}

TEST(Ballot, LongListsAreLookedUpTheSameWay) {
  testing::Engine engine(7);
  Definition definition;
  definition.id = "big";
  Contest& contest = definition.contests.emplace_back();
  contest.id = "c";
  contest.method = Method::ranked;
  contest.max_choices = k_options_max;
  std::vector<Choice> choices;
  for (std::uint32_t i = 0; i < k_options_max; ++i) {
    contest.options.push_back({fmt::format("o{}", i), "", "", false});
    choices.push_back({i, 1});
  }
  std::shuffle(choices.begin(), choices.end(), engine);
  BallotParser parser;
  const ParsedBallot parsed = parser.parse(definition, testing::body_of(definition, {choices}));
  ASSERT_THAT(pointers(parsed), ElementsAre());
  EXPECT_EQ(parsed.canonical, encode_ballot(definition, {choices}));
}

TEST(Ballot, JsonCanonicalAndChoicesAreABijection) {
  BallotParser parser;
  EXPECT_TRUE(rc::check("ballot round trip", [&](std::uint64_t seed) {
    testing::Engine engine(seed);
    const Definition definition = testing::random_definition(engine);
    const Choices choices = testing::random_choices(engine, definition);
    const ParsedBallot parsed = parser.parse(definition, testing::body_of(definition, choices));
    RC_ASSERT(parsed.mistakes.empty());
    RC_ASSERT(is_valid_ballot(definition, parsed.canonical));
    const std::optional<Choices> decoded = decode_ballot(definition, parsed.canonical);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(encode_ballot(definition, *decoded) == parsed.canonical);
    RC_ASSERT(testing::body_of(definition, *decoded) == testing::body_of(definition, choices));
    for (std::size_t length = 0; length < parsed.canonical.size(); ++length) {
      RC_ASSERT(!is_valid_ballot(definition, std::string_view(parsed.canonical).substr(0, length)));
    }
    RC_ASSERT(!is_valid_ballot(definition, parsed.canonical + '\0'));
  }));
}

TEST(Ballot, AnyBytesThatAreValidAreInTheirOneForm) {
  EXPECT_TRUE(rc::check("random bytes", [](std::uint64_t seed, const std::vector<std::uint8_t>& noise) {
    testing::Engine engine(seed);
    const Definition definition = testing::random_definition(engine);
    std::string bytes = encode_ballot(definition, testing::random_choices(engine, definition));
    for (std::size_t i = 0; i < noise.size() && !bytes.empty(); ++i) {
      if (noise[i] % 4 == 0) {
        bytes[i % bytes.size()] = static_cast<char>(noise[i] / 4 % 9);
      }
    }
    const std::optional<Choices> decoded = decode_ballot(definition, bytes);
    RC_ASSERT(decoded.has_value() == is_valid_ballot(definition, bytes));
    if (decoded) {
      RC_ASSERT(encode_ballot(definition, *decoded) == bytes);
      BallotParser parser;
      RC_ASSERT(parser.parse(definition, testing::body_of(definition, *decoded)).canonical == bytes);
    }
  }));
}

TEST(Ballot, RandomAndTruncatedBodiesNeverPass) {
  BallotParser parser;
  const Definition definition = four_contests();
  EXPECT_TRUE(rc::check("random bodies",
                        [&](const std::string& body) { RC_ASSERT(parser.parse(definition, body).malformed); }));
  const std::string body = R"({"ballot":{"song":["a"],"mayor":["a","b"],"film":{"a":17}}})";
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_TRUE(parser.parse(definition, body.substr(0, length)).malformed) << length;
  }
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = body;
      changed[i] = static_cast<char>(byte);
      const ParsedBallot parsed = parser.parse(definition, changed);
      EXPECT_EQ(parsed.mistakes.empty(), is_valid_ballot(definition, parsed.canonical));
    }
  }
}

// docs/formats/ballot.md: the definition, the body and the bytes of its worked example belong together.
TEST(Ballot, WorkedExampleOfTheFormatPageIsTrue) {
  std::ifstream file(OSTRAKA_SOURCE_DIR "/docs/formats/ballot.md");
  ASSERT_TRUE(file) << "docs/formats/ballot.md is missing";
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const auto block_after = [&](std::string_view heading) {
    const std::size_t begin = text.find('\n', text.find("```", text.find(heading))) + 1;
    return text.substr(begin, text.find("\n```", begin) - begin);
  };
  const auto definition = parse_definition(block_after("### Definition"));
  ASSERT_TRUE(definition.definition);
  BallotParser parser;
  const ParsedBallot parsed = parser.parse(*definition.definition, block_after("### Body"));
  ASSERT_THAT(pointers(parsed), ElementsAre());
  EXPECT_EQ(to_hex(parsed.canonical), block_after("### Bytes"));
}

}  // namespace
}  // namespace ostraka::election
