// What an election is: its definition, read from JSON with every mistake named, and written in one canonical form.
// Pure. The JSON's shape is in api/openapi.yaml (ElectionDefinition) and docs/formats/definition.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace ostraka::election {

inline constexpr std::size_t k_contests_max = 64;
inline constexpr std::size_t k_options_max = 1024;
inline constexpr std::size_t k_definition_bytes_max = 64 * 1024;
inline constexpr std::uint32_t k_score_max = 1000;  // the largest max_score

enum class Method { single, approval, ranked, score };
enum class ResultsPolicy { live, after_close };
enum class UniqueBy { issuer, claim };

struct Option {
  std::string id;
  std::string title;
  std::string description;
  bool undeclared = false;
};

// An option's number is its index in `options`: that is what ballots and records carry.
struct Contest {
  std::string id;
  std::string title;
  Method method = Method::single;
  std::uint32_t min_choices = 1;
  std::uint32_t max_choices = 1;
  std::uint32_t max_score = 0;  // score only
  std::uint32_t seats = 1;
  std::vector<Option> options;
};

struct Eligibility {
  std::vector<std::string> issuers;  // empty: every configured issuer
  std::string claim = "sub";
  UniqueBy unique_by = UniqueBy::issuer;
  bool require_mfa = false;
};

struct Definition {
  std::string id;
  std::string title;
  std::string description;
  std::optional<WallTime> opens_at;
  std::optional<WallTime> closes_at;
  ResultsPolicy results = ResultsPolicy::live;
  std::vector<Contest> contests;
  Eligibility eligibility;
};

struct Mistake {
  std::string pointer;  // JSON pointer (RFC 6901) into the document as it was sent
  std::string detail;
};

// Either a definition or every mistake that was found (never both empty).
struct ParsedDefinition {
  std::optional<Definition> definition;
  std::vector<Mistake> mistakes;
  bool malformed = false;  // not JSON at all, not UTF-8, too deep, too large, or a member twice: mistakes[0] says which
};
ParsedDefinition parse_definition(std::string_view json);

// As parse_definition, for the bytes in a record: the defaults that the canonical form writes out may make them larger
// than anything that was ever sent. At most k_canonical_bytes_max.
inline constexpr std::size_t k_canonical_bytes_max = 768 * 1024;
ParsedDefinition parse_canonical_definition(std::string_view json);

// The definition with every default written out, members sorted, no white space. Equal definitions give equal bytes.
std::string to_canonical_json(const Definition& definition);

// SHA-256 of the canonical JSON without opens_at and closes_at: what the opened markers carry.
std::string definition_hash(const Definition& definition);

// RFC 7396 on the canonical JSON, then parse_definition again; pointers are into the patched document. The id cannot
// change.
ParsedDefinition patch_definition(const Definition& definition, std::string_view merge_patch);

}  // namespace ostraka::election
