// What is written as CSV, every field in quotes, is read as it was, and so is what was read before; a sheet of ballots
// over it says beforehand whether reading it to its end will fail.
#include <cstdint>

#include "base/check.h"
#include "cli/core/ballot_sheet.h"
#include "cli/core/csv.h"

namespace ostraka::cli {
namespace {

using Table = std::vector<std::vector<std::string>>;

// Empty when it is not CSV.
std::optional<Table> read_table(std::string_view text) {
  CsvReader reader(text);
  Table table;
  std::uint64_t line = 0;
  for (;;) {
    std::vector<std::string> fields;
    const Result<bool> read = reader.next(fields);
    if (!read) {
      std::vector<std::string> behind;
      check(reader.next(behind) == false, "behind an error is the end");
      return std::nullopt;
    }
    if (!*read) {
      return table;
    }
    check(!fields.empty() && reader.line() > line, "every record has a field and a line of its own");
    line = reader.line();
    table.push_back(std::move(fields));
  }
}

std::string write_table(const Table& table) {
  std::string text;
  for (const auto& fields : table) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char c : fields[i]) {
        text.append(c == '"' ? 2 : 1, c);
      }
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

// The input as a table: records between RS, fields between US. Whatever they hold, they come back.
void check_written(std::string_view input) {
  Table table(1, std::vector<std::string>(1));
  for (const char c : input) {
    if (c == '\x1e') {
      table.emplace_back(1);
    } else if (c == '\x1f') {
      table.back().emplace_back();
    } else {
      table.back().back() += c;
    }
  }
  check(read_table(write_table(table)) == table, "what is written is read");
}

void check_sheet(std::string_view text, bool scored) {
  const ContestChoices contest{"song", scored, {{"a", "a"}, {"Option B", "b"}, {"b", "b"}}};
  const std::vector<std::string> columns = scored ? std::vector<std::string>{"a"} : std::vector<std::string>{"x", "y"};
  Result<BallotSheet> sheet = BallotSheet::open(text, contest, columns);
  if (!sheet) {
    return;
  }
  const bool is_good = sheet->check_rest().has_value();
  for (std::uint64_t number = 1;; ++number) {
    const auto row = sheet->next();
    if (!row || !*row) {
      check(row.has_value() == is_good, "a sheet knows beforehand whether it will fail");
      return;
    }
    check((*row)->number == number && (*row)->body.empty() != (*row)->refused.empty(), "a body or a reason");
  }
}

}  // namespace

void fuzz_csv(std::string_view input) {
  if (const std::optional<Table> table = read_table(input)) {
    const std::optional<Table> again = read_table(write_table(*table));
    check(again == table, "what is written reads as the same");
  }
  check_written(input);
  check_sheet(input, false);
  check_sheet(input, true);
}

}  // namespace ostraka::cli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::cli::fuzz_csv({reinterpret_cast<const char*>(data), size});
  return 0;
}
