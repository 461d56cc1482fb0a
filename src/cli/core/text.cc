#include "cli/core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace ostraka::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t k_title_columns_max = 32;
constexpr std::size_t k_bar_columns_min = 10;
constexpr std::size_t k_numbers_columns = 24;  // votes, share, and the space around them

// Code points, which is what a terminal's columns are closest to without tables of widths.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t to) {
  const std::size_t now = width(text);
  return now >= to ? text : text + std::string(to - now, ' ');
}

// Control characters out of a title must not reach the terminal.
std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string shortened(const std::string& text, std::size_t columns_max) {
  if (width(text) <= columns_max) {
    return text;
  }
  std::string out;
  std::size_t kept = 0;
  for (const char c : text) {
    kept += (c & 0xC0) != 0x80;
    if (kept == columns_max) {
      break;
    }
    out += c;
  }
  return out + "…";
}

std::string coloured(std::string_view text, std::string_view code, const Page& page) {
  return page.colours == Colours::ansi ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

// Eighths of a block, so that small differences show.
std::string bar(double share, std::size_t columns) {
  static constexpr std::array<std::string_view, 8> k_eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns * 8) + 0.5);
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) {
    out += "█";
  }
  return out + std::string(k_eighths[eighths % 8]);
}

std::string contest_text(const Json& contest, const Page& page) {
  std::string out = fmt::format("\n{} ({})\n", coloured(printable(contest.at("id")), "1", page),
                                contest.at("method").get<std::string>());
  const Json winners = contest.value("winners", Json::array());
  const auto& options = contest.at("options");
  std::size_t title_columns = 8;
  for (const Json& option : options) {
    title_columns = std::max(title_columns, width(printable(option.value("title", option.at("id")))));
  }
  title_columns = std::min(title_columns, k_title_columns_max);
  const std::size_t used = title_columns + k_numbers_columns + 2;
  const std::size_t bar_columns = std::max(k_bar_columns_min, page.columns > used ? page.columns - used : 0);
  for (const Json& option : options) {
    const bool wins = std::find(winners.begin(), winners.end(), option.at("id")) != winners.end();
    const std::string title = shortened(printable(option.value("title", option.at("id"))), title_columns);
    const double share = option.value("share", 0.0);
    out += fmt::format("{} {} {:>12} {:>6.1f}%  {}\n", wins ? coloured("*", "32", page) : " ",
                       padded(title, title_columns), option.at("votes").get<std::uint64_t>(), share * 100,
                       coloured(bar(share, bar_columns), wins ? "32" : "36", page));
  }
  std::size_t number = 0;
  for (const Json& round : contest.value("rounds", Json::array())) {
    out += fmt::format("  round {}:", ++number);
    std::vector<std::pair<std::uint64_t, std::string>> standing;
    for (const auto& [id, votes] : round.at("tally").items()) {
      standing.emplace_back(votes.get<std::uint64_t>(), id);
    }
    std::sort(standing.rbegin(), standing.rend());
    constexpr std::size_t k_shown = 3;
    for (std::size_t i = 0; i < std::min(k_shown, standing.size()); ++i) {
      out += fmt::format("{} {} {}", i == 0 ? "" : ",", printable(standing[i].second), standing[i].first);
    }
    const Json eliminated = round.value("eliminated", Json::array());
    out += fmt::format("{}; {} out; {} exhausted\n", standing.size() > k_shown ? ", …" : "", eliminated.size(),
                       round.value("exhausted", 0U));
  }
  return out;
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i + 1 == row.size() ? row[i] : padded(row[i], widths[i] + 2);
    }
    out += "\n";
  }
  return out;
}

Result<std::string> results_text(std::string_view document, const Page& page) {
  try {
    const Json read = Json::parse(document);
    const Json& ballots = read.at("ballots");
    std::string out =
        fmt::format("{}: {}{}, as of {}\n", read.at("election").get<std::string>(), read.value("state", "recounted"),
                    read.value("final", false) ? ", final" : "", read.value("as_of", "?"));
    out += fmt::format("{} ballots counted, {} repeated, {} held\n", ballots.at("counted").get<std::uint64_t>(),
                       ballots.value("repeated", 0U), ballots.value("held", 0U));
    if (read.value("development", false)) {
      out += coloured("Holds votes from the development sign-in: not a real election.\n", "33", page);
    }
    for (const Json& contest : read.at("contests")) {
      out += contest_text(contest, page);
    }
    return out;
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, "the results cannot be read: {}", error.what());
  }
}

Result<std::string> elections_text(std::string_view document) {
  try {
    const Json read = Json::parse(document);
    std::vector<std::vector<std::string>> rows{{"ID", "STATE", "CLOSES", "TITLE"}};
    for (const Json& election : read.is_array() ? read : read.at("elections")) {
      rows.push_back({election.at("id"), election.value("state", "?"), election.value("closes_at", "by command"),
                      printable(election.value("title", ""))});
    }
    return rows.size() == 1 ? "no elections\n" : table(rows);
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, "the list of elections cannot be read: {}", error.what());
  }
}

Result<std::string> election_text(std::string_view document) {
  try {
    const Json read = Json::parse(document);
    std::string out = fmt::format("{} ({}): {}\n", read.at("id").get<std::string>(), read.value("state", "?"),
                                  printable(read.value("title", "")));
    out += table({{"opens", read.value("opens_at", "by command")},
                  {"closes", read.value("closes_at", "by command")},
                  {"results", read.value("results", "live")}});
    for (const Json& contest : read.at("contests")) {
      out += fmt::format("\n{} ({}): {}\n", contest.at("id").get<std::string>(),
                         contest.at("method").get<std::string>(), printable(contest.value("title", "")));
      std::vector<std::vector<std::string>> rows;
      for (const Json& option : contest.at("options")) {
        rows.push_back({"  " + option.at("id").get<std::string>(), printable(option.value("title", ""))});
      }
      out += table(rows);
    }
    return out;
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, "the election cannot be read: {}", error.what());
  }
}

}  // namespace ostraka::cli
