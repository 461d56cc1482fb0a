#include "election/definition.h"

#include "crypto/digest.h"
#include "election/definition_parse.h"
#include "election/strict_json.h"

namespace ostraka::election {

namespace {

using nlohmann::json;

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

json option_json(const Option& option) {
  return {{"id", option.id},
          {"title", option.title},
          {"description", option.description},
          {"undeclared", option.undeclared}};
}

json contest_json(const Contest& contest) {
  json options = json::array();
  for (const Option& option : contest.options) {
    options.push_back(option_json(option));
  }
  json value = {{"id", contest.id},
                {"title", contest.title},
                {"method", method_name(contest.method)},
                {"min_choices", contest.min_choices},
                {"max_choices", contest.max_choices},
                {"seats", contest.seats},
                {"options", std::move(options)}};
  if (contest.method == Method::score) {
    value["max_score"] = contest.max_score;
  }
  return value;
}

json eligibility_json(const Eligibility& eligibility) {
  return {{"issuers", eligibility.issuers},
          {"claim", eligibility.claim},
          {"unique_by", eligibility.unique_by == UniqueBy::claim ? "claim" : "issuer"},
          {"require_mfa", eligibility.require_mfa}};
}

json definition_json(const Definition& definition) {
  json contests = json::array();
  for (const Contest& contest : definition.contests) {
    contests.push_back(contest_json(contest));
  }
  json value = {{"id", definition.id},
                {"title", definition.title},
                {"description", definition.description},
                {"results", definition.results == ResultsPolicy::live ? "live" : "after_close"},
                {"contests", std::move(contests)},
                {"eligibility", eligibility_json(definition.eligibility)}};
  if (definition.opens_at) {
    value["opens_at"] = to_rfc3339(*definition.opens_at);
  }
  if (definition.closes_at) {
    value["closes_at"] = to_rfc3339(*definition.closes_at);
  }
  return value;
}

ParsedDefinition malformed_definition(std::string problem) {
  ParsedDefinition parsed;
  parsed.malformed = true;
  parsed.mistakes.push_back({"", std::move(problem)});
  return parsed;
}

ParsedDefinition parse_at_most(std::string_view text, std::size_t bytes_max) {
  StrictJson document = parse_strict_json(text, bytes_max);
  if (!document.value) {
    return malformed_definition(std::move(document.problem));
  }
  return read_definition(*document.value);
}

}  // namespace

ParsedDefinition parse_definition(std::string_view text) {
  return parse_at_most(text, k_definition_bytes_max);
}

ParsedDefinition parse_canonical_definition(std::string_view text) {
  return parse_at_most(text, k_canonical_bytes_max);
}

std::string to_canonical_json(const Definition& definition) {
  return definition_json(definition).dump();
}

std::string definition_hash(const Definition& definition) {
  Definition without_schedule = definition;
  without_schedule.opens_at.reset();
  without_schedule.closes_at.reset();
  return crypto::sha256(to_canonical_json(without_schedule));
}

ParsedDefinition patch_definition(const Definition& definition, std::string_view merge_patch) {
  StrictJson patch = parse_strict_json(merge_patch, k_definition_bytes_max);
  if (!patch.value) {
    return malformed_definition(std::move(patch.problem));
  }
  if (!patch.value->is_object()) {
    return malformed_definition("a merge patch must be an object");
  }
  json document = definition_json(definition);
  document.merge_patch(*patch.value);
  // Without this an id that was patched away would be made anew from the title.
  if (!document.contains("id")) {
    return {std::nullopt, {{"/id", "cannot be changed"}}, false};
  }
  ParsedDefinition parsed = read_definition(document);
  if (document["id"] != definition.id) {
    parsed.definition.reset();
    parsed.mistakes.push_back({"/id", "cannot be changed"});
  }
  return parsed;
}

}  // namespace ostraka::election
