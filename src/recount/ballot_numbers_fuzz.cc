// The recount's reading of a ballot's bytes and the ballot box's are two programs by the same page: they take the same
// ballots, and understand the same choices. The first input byte picks an election.
#include <array>
#include <cstdint>

#include "base/check.h"
#include "election/ballot.h"
#include "election/testing/random_election.h"
#include "recount/ballot_numbers.h"

namespace ostraka::recount {

void fuzz_ballot_numbers(std::string_view input) {
  static const auto definitions = [] {
    std::array<election::Definition, 16> made;
    election::testing::Engine engine(20);
    for (election::Definition& definition : made) {
      definition = election::testing::random_definition(engine);
    }
    return made;
  }();
  if (input.empty()) {
    return;
  }
  const election::Definition& definition = definitions[static_cast<unsigned char>(input.front()) % definitions.size()];
  input.remove_prefix(1);
  const auto entries = read_ballot(definition, input);
  const auto choices = election::decode_ballot(definition, input);
  check(entries.has_value() == choices.has_value(), "both take it or neither does");
  for (std::size_t contest = 0; choices && contest < choices->size(); ++contest) {
    check((*entries)[contest].size() == (*choices)[contest].size(), "as many choices");
    for (std::size_t i = 0; i < (*choices)[contest].size(); ++i) {
      const auto& [option, points] = (*entries)[contest][i];
      const election::Choice& choice = (*choices)[contest][i];
      check(option == choice.option && points == choice.points, "the same choice");
    }
  }
}

}  // namespace ostraka::recount

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::recount::fuzz_ballot_numbers({reinterpret_cast<const char*>(data), size});
  return 0;
}
