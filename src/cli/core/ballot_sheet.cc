#include "cli/core/ballot_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace ostraka::cli {
namespace {

using Json = nlohmann::json;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string body_of(const std::string& contest, Json choices) {
  Json body;
  body["ballot"][contest] = std::move(choices);
  return body.dump();
}

std::map<std::string, std::string, std::less<>> option_ids(const Json& options) {
  std::map<std::string, std::string, std::less<>> ids;
  std::set<std::string> shared;
  for (const Json& option : options) {
    const std::string title = option.value("title", "");
    if (!ids.emplace(title, option.at("id").get<std::string>()).second) {
      shared.insert(title);
    }
  }
  for (const std::string& title : shared) {
    ids.erase(title);
  }
  for (const Json& option : options) {
    const auto id = option.at("id").get<std::string>();
    ids[id] = id;  // an id beats another option's title
  }
  return ids;
}

}  // namespace

Result<ContestChoices> contest_choices(std::string_view definition, std::string_view contest) {
  try {
    const Json read = Json::parse(definition);
    std::optional<ContestChoices> found;
    std::vector<std::string> needed;
    for (const Json& one : read.at("contests")) {
      if (one.at("id") == contest) {
        found = ContestChoices{std::string(contest), one.at("method") == "score", option_ids(one.at("options"))};
      } else if (one.value("min_choices", 1U) > 0) {
        needed.push_back(one.at("id").get<std::string>());
      }
    }
    if (found && !needed.empty()) {
      return fail(ErrorKind::invalid,
                  "a vote in this election needs choices in {} too, and a sheet holds those of one contest: every vote "
                  "would be refused",
                  fmt::join(needed, ", "));
    }
    if (found) {
      return *std::move(found);
    }
  } catch (const Json::exception& error) {
    return fail(ErrorKind::invalid, "the election's definition cannot be read: {}", error.what());
  }
  return fail(ErrorKind::not_found, "the election has no contest {}", contest);
}

Result<BallotSheet> BallotSheet::open(std::string_view text, ContestChoices contest,
                                      const std::vector<std::string>& columns) {
  BallotSheet sheet{CsvReader(text), std::move(contest)};
  std::vector<std::string> header;
  const auto read = sheet.reader_.next(header);
  if (!read) {
    return tl::make_unexpected(read.error());
  }
  sheet.fields_ = header.size();
  for (const std::string& column : columns) {
    const auto at = std::find(header.begin(), header.end(), column);
    if (at == header.end()) {
      return fail(ErrorKind::invalid, "the file has no column {}; it has {}", column, fmt::join(header, ", "));
    }
    sheet.columns_.push_back(static_cast<std::size_t>(at - header.begin()));
    if (sheet.contest_.scored) {
      const auto option = sheet.contest_.option_ids.find(trimmed(column));
      if (option == sheet.contest_.option_ids.end()) {
        return fail(ErrorKind::invalid, "the column {} is not an option of {}", column, sheet.contest_.id);
      }
      sheet.column_options_.push_back(option->second);
    }
  }
  return sheet;
}

Status BallotSheet::check_rest() const {
  BallotSheet ahead = *this;
  std::vector<std::string> fields;
  while (true) {
    const auto more = ahead.next_fields(fields);
    if (!more) {
      return tl::make_unexpected(more.error());
    }
    if (!*more) {
      return {};
    }
  }
}

Result<std::optional<SheetRow>> BallotSheet::next() {
  std::vector<std::string> fields;
  const auto more = next_fields(fields);
  if (!more) {
    return tl::make_unexpected(more.error());
  }
  if (!*more) {
    return std::nullopt;
  }
  SheetRow row;
  row.number = ++rows_;
  contest_.scored ? score(fields, row) : choose(fields, row);
  return row;
}

Result<bool> BallotSheet::next_fields(std::vector<std::string>& fields) {
  while (true) {
    const auto more = reader_.next(fields);
    if (!more) {
      return tl::make_unexpected(more.error());
    }
    if (!*more) {
      return false;
    }
    const bool is_blank_line = fields.size() == 1 && fields[0].empty() && fields_ > 1;
    if (!is_blank_line) {
      break;
    }
  }
  if (fields.size() != fields_) {
    return fail(ErrorKind::invalid, "line {}: {} fields where the header has {}", reader_.line(), fields.size(),
                fields_);
  }
  return true;
}

void BallotSheet::choose(const std::vector<std::string>& fields, SheetRow& row) const {
  Json chosen = Json::array();
  for (const std::size_t column : columns_) {
    const std::string_view text = trimmed(fields[column]);
    if (text.empty()) {
      continue;
    }
    const auto option = contest_.option_ids.find(text);
    if (option == contest_.option_ids.end()) {
      row.refused = "unknown-option";
      return;
    }
    chosen.push_back(option->second);
  }
  if (chosen.empty()) {
    row.refused = "empty";
    return;
  }
  row.body = body_of(contest_.id, std::move(chosen));
}

void BallotSheet::score(const std::vector<std::string>& fields, SheetRow& row) const {
  Json points = Json::object();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view text = trimmed(fields[columns_[i]]);
    if (text.empty()) {
      continue;
    }
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      row.refused = "invalid-points";
      return;
    }
    points[column_options_[i]] = value;
  }
  if (points.empty()) {
    row.refused = "empty";
    return;
  }
  row.body = body_of(contest_.id, std::move(points));
}

}  // namespace ostraka::cli
