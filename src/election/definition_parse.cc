#include "election/definition_parse.h"

#include <fmt/core.h>

#include "election/definition_members.h"

namespace ostraka::election {

namespace {

using nlohmann::json;

constexpr TextLimits k_title{1, 256, LineBreaks::refused};
constexpr TextLimits k_description{0, 4096, LineBreaks::allowed};
constexpr TextLimits k_issuer{1, 512, LineBreaks::refused};
constexpr TextLimits k_claim{1, 128, LineBreaks::refused};
constexpr std::uint32_t k_issuers_max = 64;

using Mistakes = std::vector<Mistake>;

// What a list of contests or options has read of each one's name; `derivable` when an id may be made from its title.
struct Named {
  std::string id;
  std::string title;
  bool derivable = false;
};

// Reads `id` and `title`. A missing title is the id, so that everything has something to show.
Named read_name(Members& members, const char* what) {
  Named name;
  name.id = members.identifier("id").value_or("");
  name.title = members.text("title", k_title).value_or("");
  const bool has_id = members.has("id");
  const bool has_title = members.has("title");
  if (members.is_object() && !has_id && !has_title) {
    members.note("title", fmt::format("{} needs a title or an id", what));
  }
  name.derivable = !has_id && !name.title.empty();
  if (!has_title) {
    name.title = name.id;
  }
  return name;
}

// Given ids first, so that an id made from a title never takes one that somebody chose; then the others in order.
template <class Item>
void settle_ids(std::vector<Item>& items, const std::vector<bool>& derivable, const std::string& pointer,
                std::string_view fallback, Mistakes& mistakes) {
  Identifiers identifiers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].id.empty() && !identifiers.take(items[i].id)) {
      mistakes.push_back({fmt::format("{}/{}/id", pointer, i), fmt::format("\"{}\" is taken", items[i].id)});
    }
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (derivable[i]) {
      const std::string base = slug(items[i].title);
      items[i].id = identifiers.make(base.empty() ? fmt::format("{}-{}", fallback, i + 1) : base);
    }
  }
}

Option read_option(const json& value, const std::string& pointer, bool& derivable, Mistakes& mistakes) {
  Members members(value, pointer, mistakes);
  Named name = read_name(members, "an option");
  derivable = name.derivable;
  Option option;
  option.id = std::move(name.id);
  option.title = std::move(name.title);
  option.description = members.text("description", k_description).value_or("");
  option.undeclared = members.flag("undeclared").value_or(false);
  return option;
}

std::vector<Option> read_options(Members& contest, Mistakes& mistakes) {
  std::vector<Option> options;
  const json* array = contest.array("options", {1, k_options_max});
  if (array == nullptr) {
    if (contest.is_object() && !contest.has("options")) {
      contest.note("options", "is required");
    }
    return options;
  }
  const std::string pointer = contest.pointer("options");
  std::vector<bool> derivable;
  for (std::size_t i = 0; i < array->size(); ++i) {
    bool from_title = false;
    options.push_back(read_option((*array)[i], fmt::format("{}/{}", pointer, i), from_title, mistakes));
    derivable.push_back(from_title);
  }
  settle_ids(options, derivable, pointer, "option", mistakes);
  return options;
}

void read_choices(Members& members, Contest& contest) {
  const auto options = static_cast<std::uint32_t>(contest.options.size());
  if (options == 0) {  // noted already; any range would be a guess
    members.any("min_choices");
    members.any("max_choices");
    return;
  }
  const std::uint32_t most = contest.method == Method::single ? 1 : options;
  contest.max_choices = members.number("max_choices", {1, most}).value_or(most);
  contest.min_choices = members.number("min_choices", {0, contest.max_choices}).value_or(1);
}

void read_method(Members& members, Contest& contest) {
  const bool given = members.has("method");
  const auto method = members.one_of<Method>("method", {{"single", Method::single},
                                                        {"approval", Method::approval},
                                                        {"ranked", Method::ranked},
                                                        {"score", Method::score}});
  if (members.is_object() && !given) {
    members.note("method", "is required");
  }
  contest.method = method.value_or(Method::single);
  if (contest.method == Method::score) {
    contest.max_score = members.number("max_score", {1, k_score_max}).value_or(1);
    if (!members.has("max_score")) {
      members.note("max_score", "is required with the method score");
    }
  } else if (members.any("max_score") != nullptr && method) {
    members.note("max_score", "is for the method score only");
  }
}

Contest read_contest(const json& value, const std::string& pointer, bool& derivable, Mistakes& mistakes) {
  Members members(value, pointer, mistakes);
  Contest contest;
  Named name = read_name(members, "a contest");
  derivable = name.derivable;
  contest.id = std::move(name.id);
  contest.title = std::move(name.title);
  read_method(members, contest);
  contest.options = read_options(members, mistakes);
  read_choices(members, contest);
  if (members.any("seats") != nullptr) {
    const bool one = members.number("seats", {1, 1}).has_value();
    if (!one) {
      mistakes.back().detail = "must be 1: contests with several seats are not supported yet";
    }
  }
  return contest;
}

std::vector<Contest> read_contests(Members& definition, Mistakes& mistakes) {
  std::vector<Contest> contests;
  const json* array = definition.array("contests", {1, k_contests_max});
  if (array == nullptr) {
    if (definition.is_object() && !definition.has("contests")) {
      definition.note("contests", "is required");
    }
    return contests;
  }
  std::vector<bool> derivable;
  for (std::size_t i = 0; i < array->size(); ++i) {
    bool from_title = false;
    contests.push_back(read_contest((*array)[i], fmt::format("/contests/{}", i), from_title, mistakes));
    derivable.push_back(from_title);
  }
  settle_ids(contests, derivable, "/contests", "contest", mistakes);
  return contests;
}

std::vector<std::string> read_issuers(Members& members, Mistakes& mistakes) {
  std::vector<std::string> issuers;
  const json* array = members.array("issuers", {0, k_issuers_max});
  if (array == nullptr) {
    return issuers;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string pointer = fmt::format("{}/{}", members.pointer("issuers"), i);
    const json& value = (*array)[i];
    std::string problem = value.is_string() ? text_problem(value.get_ref<const std::string&>(), k_issuer)
                                            : std::string("must be a string");
    if (problem.empty() && !seen.insert(value.get<std::string>()).second) {
      problem = "appears twice";
    }
    if (!problem.empty()) {
      mistakes.push_back({pointer, std::move(problem)});
      continue;
    }
    issuers.push_back(value.get<std::string>());
  }
  return issuers;
}

Eligibility read_eligibility(const json& value, Mistakes& mistakes) {
  Members members(value, "/eligibility", mistakes);
  Eligibility eligibility;
  eligibility.issuers = read_issuers(members, mistakes);
  eligibility.claim = members.text("claim", k_claim).value_or("sub");
  eligibility.unique_by =
      members.one_of<UniqueBy>("unique_by", {{"issuer", UniqueBy::issuer}, {"claim", UniqueBy::claim}})
          .value_or(UniqueBy::issuer);
  eligibility.require_mfa = members.flag("require_mfa").value_or(false);
  return eligibility;
}

void read_schedule(Members& members, Definition& definition) {
  definition.opens_at = members.time("opens_at");
  definition.closes_at = members.time("closes_at");
  if (definition.opens_at && definition.closes_at && *definition.closes_at <= *definition.opens_at) {
    members.note("closes_at", "must be later than opens_at");
  }
}

void read_title_and_id(Members& members, Definition& definition) {
  definition.title = members.text("title", k_title).value_or("");
  if (members.is_object() && !members.has("title")) {
    members.note("title", "is required");
  }
  definition.id = members.identifier("id").value_or("");
  if (!members.has("id") && !definition.title.empty()) {
    definition.id = slug(definition.title);
    if (definition.id.empty()) {
      members.note("id", "is required, for none can be made from this title");
    }
  }
}

}  // namespace

ParsedDefinition read_definition(const json& value) {
  ParsedDefinition parsed;
  Definition definition;
  {
    Members members(value, "", parsed.mistakes);
    read_title_and_id(members, definition);
    definition.description = members.text("description", k_description).value_or("");
    read_schedule(members, definition);
    definition.results = members
                             .one_of<ResultsPolicy>("results", {{"live", ResultsPolicy::live},
                                                                {"after_close", ResultsPolicy::after_close}})
                             .value_or(ResultsPolicy::live);
    definition.contests = read_contests(members, parsed.mistakes);
    if (const json* eligibility = members.any("eligibility"); eligibility != nullptr) {
      definition.eligibility = read_eligibility(*eligibility, parsed.mistakes);
    }
  }
  if (parsed.mistakes.empty()) {
    parsed.definition = std::move(definition);
  }
  return parsed;
}

}  // namespace ostraka::election
