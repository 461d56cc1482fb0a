#include "cli/demonstration.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ostraka::cli {
namespace {

// One contest of every method that a page has to show.
constexpr std::string_view k_definition = R"({
  "id": "best-song",
  "title": "Best song of the evening",
  "description": "A demonstration: every name may vote once, and the results move while you watch.",
  "contests": [
    {"id": "song", "title": "Which song should win?", "method": "single", "options": [
      {"id": "harbour-lights", "title": "Harbour Lights", "description": "The Tidewater Choir"},
      {"id": "paper-moon", "title": "Paper Moon Over Athens", "description": "Shard"},
      {"id": "one-more-dawn", "title": "One More Dawn", "description": "Northern Line"},
      {"id": "stone-and-clay", "title": "Stone and Clay", "description": "The Potters"}]},
    {"id": "encore", "title": "Who should come back for an encore? Rank up to three.", "method": "ranked",
     "min_choices": 0, "max_choices": 3, "options": [
      {"id": "tidewater-choir", "title": "The Tidewater Choir"},
      {"id": "shard", "title": "Shard"},
      {"id": "northern-line", "title": "Northern Line"},
      {"id": "potters", "title": "The Potters"}]}
  ]
})";

}  // namespace

Status ensure_demonstration(Api& api) {
  const std::string target = fmt::format("/v1/elections/{}", k_demonstration_election);
  auto election = api.get(target);
  if (!election && election.error().kind == ErrorKind::not_found) {
    election = api.post("/v1/elections", k_definition);
  }
  if (!election) {
    return tl::make_unexpected(election.error());
  }
  const auto read = nlohmann::json::parse(*election, nullptr, false);
  if (read.is_object() && read.value("state", "") == "draft") {
    if (const auto opened = api.post(target + "/open"); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  return {};
}

}  // namespace ostraka::cli
