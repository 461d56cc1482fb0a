#include "election/results/document.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ostraka::election::results {

namespace {

// Members in the order in which the contract shows them.
using Json = nlohmann::ordered_json;

std::string_view method_name(Method method) {
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

double share_of(std::uint64_t part, std::uint64_t whole) {
  constexpr double k_steps = 1e6;
  return whole == 0 ? 0.0 : std::round(static_cast<double>(part) / static_cast<double>(whole) * k_steps) / k_steps;
}

// The partitions that belong to the election: another number than at its opening is nobody's.
template <class Visit>
void for_each_partition(const DocumentMoment& moment, const MergedElection& merged, Visit&& visit) {
  for (const auto& [number, counts] : merged.partitions) {
    if (moment.partitions == 0 || number < moment.partitions) {
      visit(counts);
    }
  }
}

// Null unless there are rounds or the word that there are too many rankings.
const RankedCounts* ranked_of(const MergedElection& merged, std::uint32_t contest) {
  const auto found = merged.ranked.find(contest);
  return found == merged.ranked.end() ? nullptr : &found->second;
}

std::uint64_t covered(const Covers& covers, Partition partition) {
  const auto found = covers.find(partition.value);
  return found == covers.end() ? 0 : found->second;
}

Json covers_json(const Definition& definition, const DocumentMoment& moment, const MergedElection& merged) {
  Json covers = Json::object();
  for_each_partition(moment, merged, [&](const PartitionCounts& counts) {
    std::uint64_t position = counts.covers.value;
    for (std::uint32_t contest = 0; contest < definition.contests.size(); ++contest) {
      if (const RankedCounts* ranked = ranked_of(merged, contest); ranked != nullptr) {
        position = std::min(position, covered(ranked->covers, counts.partition));
      }
    }
    covers[std::to_string(counts.partition.value)] = position;
  });
  return covers;
}

Json ballots_json(const DocumentMoment& moment, const MergedElection& merged) {
  PartitionCounts sum;
  for_each_partition(moment, merged, [&](const PartitionCounts& counts) {
    sum.counted += counts.counted;
    sum.repeated += counts.repeated;
    sum.held += counts.held;
    sum.outside += counts.outside;
  });
  return {{"counted", sum.counted}, {"repeated", sum.repeated}, {"held", sum.held}, {"outside", sum.outside}};
}

struct ContestSum {
  counting::Votes votes;
  std::uint64_t counted_ballots = 0;
};

ContestSum sum_contest(const Contest& contest, std::size_t index, const DocumentMoment& moment,
                       const MergedElection& merged) {
  ContestSum sum{counting::Votes(contest.options.size(), 0), 0};
  for_each_partition(moment, merged, [&](const PartitionCounts& counts) {
    sum.counted_ballots += counts.counted;
    if (index < counts.contests.size() && counts.contests[index].size() == sum.votes.size()) {
      for (std::size_t option = 0; option < sum.votes.size(); ++option) {
        sum.votes[option] += counts.contests[index][option];
      }
    }
  });
  return sum;
}

Json options_json(const Contest& contest, const ContestSum& sum) {
  const std::uint64_t votes = std::accumulate(sum.votes.begin(), sum.votes.end(), std::uint64_t{0});
  const std::uint64_t whole = contest.method == Method::approval ? sum.counted_ballots : votes;
  Json options = Json::array();
  for (std::size_t option = 0; option < contest.options.size(); ++option) {
    options.push_back({{"id", contest.options[option].id},
                       {"title", contest.options[option].title},
                       {"votes", sum.votes[option]},
                       {"share", share_of(sum.votes[option], whole)}});
  }
  return options;
}

Json ids_json(const Contest& contest, const std::vector<std::uint32_t>& options) {
  Json ids = Json::array();
  for (const std::uint32_t option : options) {
    if (option < contest.options.size()) {
      ids.push_back(contest.options[option].id);
    }
  }
  return ids;
}

Json rounds_json(const Contest& contest, const counting::Runoff& runoff) {
  Json rounds = Json::array();
  for (const counting::RunoffRound& round : runoff.rounds) {
    Json tally = Json::object();
    for (const auto& [option, votes] : round.tally) {
      if (option < contest.options.size()) {
        tally[contest.options[option].id] = votes;
      }
    }
    rounds.push_back({{"tally", std::move(tally)},
                      {"eliminated", ids_json(contest, round.eliminated)},
                      {"exhausted", round.exhausted}});
  }
  return rounds;
}

// The rounds to show: those that were counted, or the one round of zeros that an election without ballots has.
counting::Runoff runoff_of(const Definition& definition, const Contest& contest, const RankedCounts* ranked,
                           const ContestSum& sum) {
  if (ranked != nullptr) {
    return ranked->runoff;
  }
  const bool nobody = std::all_of(sum.votes.begin(), sum.votes.end(), [](std::uint64_t votes) { return votes == 0; });
  return nobody ? counting::count_runoff(definition.id, contest, counting::RankingCounts()) : counting::Runoff();
}

Json contest_json(const Definition& definition, std::uint32_t index, const DocumentMoment& moment,
                  const MergedElection& merged) {
  const Contest& contest = definition.contests[index];
  const ContestSum sum = sum_contest(contest, index, moment, merged);
  Json json = {{"id", contest.id}, {"method", method_name(contest.method)}};
  if (contest.method != Method::ranked) {
    json["winners"] = ids_json(contest, counting::leaders(sum.votes));
    json["options"] = options_json(contest, sum);
    return json;
  }
  const RankedCounts* ranked = ranked_of(merged, index);
  const counting::Runoff runoff = runoff_of(definition, contest, ranked, sum);
  json["winners"] = ids_json(contest, runoff.winners);
  json["options"] = options_json(contest, sum);
  json["rounds"] = rounds_json(contest, runoff);
  if (ranked != nullptr && ranked->bounded) {
    json["bounded"] = true;
  }
  return json;
}

bool rounds_are_final(const MergedElection& merged, std::uint32_t contest, const DocumentMoment& moment) {
  const RankedCounts* ranked = ranked_of(merged, contest);
  if (ranked == nullptr) {  // closed before it was opened, everywhere: there is nothing to count
    return std::none_of(merged.partitions.begin(), merged.partitions.end(),
                        [](const auto& partition) { return partition.second.opened; });
  }
  if (ranked->bounded) {
    return false;
  }
  for (std::uint32_t number = 0; number < moment.partitions; ++number) {
    if (covered(ranked->covers, Partition{number}) < merged.partitions.at(number).covers.value) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool is_final(const Definition& definition, const DocumentMoment& moment, const MergedElection& merged) {
  if (moment.partitions == 0) {
    return false;
  }
  for (std::uint32_t number = 0; number < moment.partitions; ++number) {
    const auto counts = merged.partitions.find(number);
    if (counts == merged.partitions.end() || !counts->second.closed) {
      return false;
    }
  }
  for (std::uint32_t contest = 0; contest < definition.contests.size(); ++contest) {
    if (definition.contests[contest].method == Method::ranked && !rounds_are_final(merged, contest, moment)) {
      return false;
    }
  }
  return true;
}

std::string results_json(const Definition& definition, const DocumentMoment& moment, const MergedElection& merged) {
  Json document = {{"election", definition.id},
                   {"state", state_name(moment.state)},
                   {"final", is_final(definition, moment, merged)},
                   {"as_of", to_rfc3339(moment.as_of)},
                   {"ballots", ballots_json(moment, merged)},
                   {"covers", covers_json(definition, moment, merged)}};
  Json contests = Json::array();
  for (std::uint32_t contest = 0; contest < definition.contests.size(); ++contest) {
    contests.push_back(contest_json(definition, contest, moment, merged));
  }
  document["contests"] = std::move(contests);
  bool development = false;
  for_each_partition(moment, merged, [&](const PartitionCounts& counts) { development |= counts.development; });
  if (development) {
    document["development"] = true;
  }
  return document.dump();
}

}  // namespace ostraka::election::results
