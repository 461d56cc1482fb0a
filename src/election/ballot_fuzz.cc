// A ballot that is read from JSON has one canonical form, which is read back as the same choices; and canonical bytes
// from anywhere are either refused or exactly what writing them again gives. The first input byte picks an election,
// the second says which of the two the rest is.
#include <array>
#include <cstdint>
#include <random>

#include "base/check.h"
#include "election/ballot.h"
#include "election/testing/random_election.h"

namespace ostraka::election {
namespace {

void check_canonical(const Definition& definition, std::string_view bytes) {
  const std::optional<Choices> choices = decode_ballot(definition, bytes);
  check(is_valid_ballot(definition, bytes) == choices.has_value(), "checking and reading agree");
  if (choices) {
    check(encode_ballot(definition, *choices) == bytes, "a ballot has one canonical form");
  }
}

// Written as a voter's page would write it.
std::string json_of(const Definition& definition, const Choices& choices) {
  std::string json;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Contest& contest = definition.contests[i];
    const bool scored = contest.method == Method::score;
    std::string entries;
    for (const Choice& choice : choices[i]) {
      entries += entries.empty() ? "" : ",";
      entries += '"' + contest.options[choice.option].id + '"';
      entries += scored ? ":" + std::to_string(choice.points) : "";
    }
    json += json.empty() ? "" : ",";
    json += '"' + contest.id + "\":" + (scored ? "{" : "[") + entries + (scored ? "}" : "]");
  }
  return "{\"ballot\":{" + json + "}}";
}

void check_json(BallotParser& parser, const Definition& definition, std::string_view body) {
  const ParsedBallot parsed = parser.parse(definition, body);
  check(parsed.mistakes.size() <= k_mistakes_max, "a bounded list of mistakes");
  if (!parsed.mistakes.empty()) {
    return;
  }
  check(!parsed.malformed, "what is malformed has a mistake");
  check_canonical(definition, parsed.canonical);
  const std::optional<Choices> choices = decode_ballot(definition, parsed.canonical);
  check(choices.has_value(), "a ballot without mistakes is one that the definition allows");
  const ParsedBallot again = parser.parse(definition, json_of(definition, *choices));
  check(again.mistakes.empty() && again.canonical == parsed.canonical, "the same choices give the same bytes");
}

}  // namespace

void fuzz_ballot(std::string_view input) {
  static const auto definitions = [] {
    std::array<Definition, 16> made;
    testing::Engine engine(20);
    for (Definition& definition : made) {
      definition = testing::random_definition(engine);
    }
    return made;
  }();
  static BallotParser parser;
  if (input.size() < 2) {
    return;
  }
  const Definition& definition = definitions[static_cast<unsigned char>(input[0]) % definitions.size()];
  const bool is_json = input[1] != '\0';
  input.remove_prefix(2);
  is_json ? check_json(parser, definition, input) : check_canonical(definition, input);
}

}  // namespace ostraka::election

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::election::fuzz_ballot({reinterpret_cast<const char*>(data), size});
  return 0;
}
