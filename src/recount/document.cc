#include "recount/document.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ostraka::recount {

namespace {

using Json = nlohmann::ordered_json;
using election::Contest;
using election::Method;

const char* method_text(Method method) {
  switch (method) {
    case Method::single:
      return "single";
    case Method::approval:
      return "approval";
    case Method::ranked:
      return "ranked";
    case Method::score:
      return "score";
  }
  return "";
}

Json ids(const Contest& contest, const std::vector<std::uint64_t>& options) {
  Json out = Json::array();
  for (const std::uint64_t option : options) {
    out.push_back(contest.options[option].id);
  }
  return out;
}

Json contest_json(const Contest& contest, const ContestCount& count, std::uint64_t counted) {
  const auto& sums = count.sums();
  const std::uint64_t all = std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
  const std::uint64_t whole = contest.method == Method::approval ? counted : all;
  const ContestCount::Outcome outcome = count.outcome();
  Json json;
  json["id"] = contest.id;
  json["method"] = method_text(contest.method);
  json["winners"] = ids(contest, outcome.winners);
  json["options"] = Json::array();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    Json option;
    option["id"] = contest.options[i].id;
    option["title"] = contest.options[i].title;
    option["votes"] = sums[i];
    const double share = whole == 0 ? 0.0 : static_cast<double>(sums[i]) / static_cast<double>(whole);
    option["share"] = std::round(share * 1'000'000.0) / 1'000'000.0;
    json["options"].push_back(std::move(option));
  }
  if (contest.method == Method::ranked) {
    json["rounds"] = Json::array();
    for (const RoundCount& round : outcome.rounds) {
      Json tally = Json::object();
      for (const auto& [option, votes] : round.votes) {
        tally[contest.options[option].id] = votes;
      }
      json["rounds"].push_back(
          {{"tally", tally}, {"eliminated", ids(contest, round.eliminated)}, {"exhausted", round.exhausted}});
    }
  }
  return json;
}

}  // namespace

std::string document_json(const election::Entry& entry, const Findings& findings, WallTime as_of) {
  const Accounts& accounts = findings.accounts;
  Json document;
  document["election"] = entry.definition.id;
  document["state"] = election::state_name(entry.state);
  document["final"] = accounts.closed;
  document["as_of"] = to_rfc3339(as_of);
  document["ballots"] = {
      {"counted", accounts.counted}, {"repeated", accounts.repeated}, {"held", 0}, {"outside", accounts.outside}};
  document["covers"] = Json::object();
  for (const auto& [partition, records] : findings.covers) {
    document["covers"][std::to_string(partition)] = records;
  }
  document["contests"] = Json::array();
  for (std::size_t i = 0; i < findings.counts.size(); ++i) {
    document["contests"].push_back(contest_json(entry.definition.contests[i], findings.counts[i], accounts.counted));
  }
  if (accounts.development) {
    document["development"] = true;
  }
  document["recounted"] = true;
  document["voters"] = findings.voters;
  document["issued"] = findings.issued;
  return document.dump();
}

}  // namespace ostraka::recount
