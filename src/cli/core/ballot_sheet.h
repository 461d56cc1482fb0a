// A CSV file of ballots for one contest: each row becomes the body of one vote. Pure.
//
// single, approval, ranked: each named column holds an option's title or id, or nothing; the columns' order is the
// order of preference. score: each named column is an option's title or id, and holds its points, or nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/core/csv.h"

namespace ostraka::cli {

// What of an election's definition a sheet needs.
struct ContestChoices {
  std::string id;
  bool scored = false;
  std::map<std::string, std::string, std::less<>>
      option_ids;  // by title and by id; a title that two options share is not in here
};

// `definition` is the election as GET /v1/elections/{id} answers it. Errors: not_found (no such contest),
// invalid (also when other contests need choices: a sheet's vote holds one contest, so none could be valid).
Result<ContestChoices> contest_choices(std::string_view definition, std::string_view contest);

struct SheetRow {
  std::uint64_t number = 0;  // of the row, from 1, the header not counted: the voter's number
  std::string body;          // {"ballot":{…}}, empty when `refused` says why there is none
  std::string refused;       // "", "empty" (nothing chosen), "unknown-option", "invalid-points"
};

class BallotSheet {
 public:
  // Reads the header. REQUIRES: text outlives the sheet. Errors: invalid (a column that the header does not have).
  static Result<BallotSheet> open(std::string_view text, ContestChoices contest,
                                  const std::vector<std::string>& columns);

  // The next row, or none at the end. Errors: invalid (not CSV, or not as many fields as the header; says the line).
  Result<std::optional<SheetRow>> next();

  // Reads on to the end without moving: whether no next() will fail. Errors: those of next().
  Status check_rest() const;

 private:
  BallotSheet(CsvReader reader, ContestChoices contest) : reader_(reader), contest_(std::move(contest)) {}
  Result<bool> next_fields(std::vector<std::string>& fields);
  void choose(const std::vector<std::string>& fields, SheetRow& row) const;
  void score(const std::vector<std::string>& fields, SheetRow& row) const;

  CsvReader reader_;
  ContestChoices contest_;
  std::size_t fields_ = 0;
  std::vector<std::size_t> columns_;         // where the named columns stand
  std::vector<std::string> column_options_;  // score: the option of each
  std::uint64_t rows_ = 0;
};

}  // namespace ostraka::cli
