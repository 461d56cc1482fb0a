// Whatever a tally sends, the gateway makes a result document of it that is JSON, says nothing twice, and takes the
// same message a second time as nothing new; and what it understood is what it would understand of itself written
// again. The first input byte picks an election.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "election/results/document.h"
#include "election/testing/random_election.h"
#include "gateway/counts_from_message.h"
#include "tally/counts_message.h"

namespace ostraka::gateway {
namespace {

namespace results = election::results;

const election::Definition& definition_of(unsigned char number) {
  static const auto definitions = [] {
    std::array<election::Definition, 16> made;
    election::testing::Engine engine(20);
    for (election::Definition& definition : made) {
      definition = election::testing::random_definition(engine);
    }
    return made;
  }();
  return definitions[number % definitions.size()];
}

void check_document(const election::Definition& definition, const results::MergedElection& merged) {
  constexpr std::uint32_t k_partitions = 2;
  for (const std::uint32_t partitions : {0U, k_partitions}) {
    const results::DocumentMoment moment{election::State::closed, partitions, wall_time(7)};
    const auto document = nlohmann::json::parse(results::results_json(definition, moment, merged));
    check(document["final"] == results::is_final(definition, moment, merged), "final is what it says");
    check(document["contests"].size() == definition.contests.size(), "every contest, and no other");
    for (std::size_t i = 0; i < definition.contests.size(); ++i) {
      check(document["contests"][i]["options"].size() == definition.contests[i].options.size(), "every option");
    }
    check(partitions == 0 || document["covers"].size() <= partitions, "no partition that is not the election's");
  }
}

}  // namespace

void fuzz_counts_message(std::string_view input) {
  v1::ElectionCounts message;
  if (input.empty() || !message.ParseFromArray(input.data() + 1, static_cast<int>(input.size() - 1))) {
    return;
  }
  const election::Definition& definition = definition_of(static_cast<unsigned char>(input.front()));
  message.set_election(definition.id);
  const results::ElectionCounts counts = counts_from(message);
  const results::ElectionCounts again = counts_from(tally::to_message(counts));
  check(again.partitions == counts.partitions && again.ranked == counts.ranked, "written again it is the same");
  results::ResultMerger merger;
  merger.merge(counts);
  check(merger.merge(again) == results::MergeEffect::nothing_new, "the same again is nothing new");
  check_document(definition, merger.of(definition.id));
}

}  // namespace ostraka::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::gateway::fuzz_counts_message({reinterpret_cast<const char*>(data), size});
  return 0;
}
