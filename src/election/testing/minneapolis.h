// The ballots of the 2013 Minneapolis mayoral election, for tests that count real ones. Tests only; the data is not
// part of the repository: OSTRAKA_SHARED names the folder, by default the sibling `shared` of this one.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "election/ballot.h"
#include "election/definition.h"

namespace ostraka::election::testing {

struct Minneapolis {
  Definition definition;
  std::vector<std::vector<std::uint32_t>> rankings;          // option numbers
  std::vector<std::map<std::string, std::uint64_t>> rounds;  // as certified, by option id
  std::map<std::string, std::uint64_t> final_round;
  std::string winner;
};

inline std::string minneapolis_folder() {
  const char* shared = std::getenv("OSTRAKA_SHARED");
  return std::string(shared != nullptr ? shared : OSTRAKA_SOURCE_DIR "/../shared") + "/data/minneapolis-2013-mayor";
}

// The fields of one line of comma-separated values; a field in quotes may contain commas.
inline std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

// Empty when the data is not there.
inline std::optional<Minneapolis> load_minneapolis() {
  const std::string folder = minneapolis_folder();
  std::ifstream definition_file(folder + "/election.json");
  std::ifstream ballots_file(folder + "/ballots.csv");
  std::ifstream expected_file(folder + "/expected.json");
  if (!definition_file || !ballots_file || !expected_file) {
    return std::nullopt;
  }
  std::stringstream text;
  text << definition_file.rdbuf();
  Minneapolis data;
  data.definition = parse_definition(text.str()).definition.value();
  const std::vector<Option>& options = data.definition.contests.at(0).options;
  std::map<std::string, std::uint32_t> numbers;
  std::uint32_t write_ins = 0;
  for (std::uint32_t i = 0; i < options.size(); ++i) {
    numbers[options[i].title] = i;
    write_ins = options[i].undeclared ? i : write_ins;
  }
  const auto number_of = [&](const std::string& title) {
    const auto found = numbers.find(title);
    return found == numbers.end() ? write_ins : found->second;
  };
  std::string line;
  std::getline(ballots_file, line);  // the header
  while (std::getline(ballots_file, line)) {
    std::vector<std::uint32_t>& ranking = data.rankings.emplace_back();
    const std::vector<std::string> fields = csv_fields(line);
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (!fields[i].empty() && std::count(ranking.begin(), ranking.end(), number_of(fields[i])) == 0) {
        ranking.push_back(number_of(fields[i]));
      }
    }
  }
  const auto tally_of = [&](const nlohmann::json& by_title) {
    std::map<std::string, std::uint64_t> tally;
    for (const auto& [title, votes] : by_title.items()) {
      tally[options[number_of(title)].id] = votes;
    }
    return tally;
  };
  const nlohmann::json expected = nlohmann::json::parse(expected_file);
  for (const nlohmann::json& round : expected["rounds"]) {
    data.rounds.push_back(tally_of(round));
  }
  data.final_round = tally_of(expected["final_round"]);
  data.winner = options[number_of(expected["winner"].get<std::string>())].id;
  return data;
}

}  // namespace ostraka::election::testing
