// Reads CSV as RFC 4180 writes it: quoted fields with doubled quotes, line ends CRLF or LF, a byte order mark skipped.
// Strict, because a ballot that was read wrongly is a wrong ballot: a quote inside an unquoted field, anything behind a
// closing quote, and an unclosed quote are errors. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ostraka::cli {

class CsvReader {
 public:
  // REQUIRES: `text` outlives the reader.
  explicit CsvReader(std::string_view text);

  // The next record; false at the end of the text. Errors: invalid (says the line); the reader is then at its end.
  // An empty line is a record of one empty field.
  Result<bool> next(std::vector<std::string>& fields);

  // The line on which the last record began, from 1.
  std::uint64_t line() const { return record_line_; }

 private:
  Status quoted(std::string& field);
  Status unquoted(std::string& field);
  bool take_line_end();

  std::string_view rest_;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
};

}  // namespace ostraka::cli
