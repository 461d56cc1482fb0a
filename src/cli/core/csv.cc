#include "cli/core/csv.h"

namespace ostraka::cli {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  if (rest_.substr(0, k_byte_order_mark.size()) == k_byte_order_mark) {
    rest_.remove_prefix(k_byte_order_mark.size());
  }
}

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  if (rest_.empty()) {
    return false;
  }
  record_line_ = line_;
  while (true) {
    std::string& field = fields.emplace_back();
    const Status read = !rest_.empty() && rest_[0] == '"' ? quoted(field) : unquoted(field);
    if (!read) {
      rest_ = {};
      return tl::make_unexpected(read.error());
    }
    if (rest_.empty() || take_line_end()) {
      return true;
    }
    rest_.remove_prefix(1);  // the comma: both kinds of field end in front of one, a line end or nothing
  }
}

Status CsvReader::quoted(std::string& field) {
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      return fail(ErrorKind::invalid, "line {}: a quoted field is not closed", record_line_);
    }
    for (const char c : rest_.substr(0, quote)) {
      line_ += c == '\n';
    }
    field += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (rest_.empty() || rest_[0] != '"') {
      break;
    }
    field += '"';
    rest_.remove_prefix(1);
  }
  const bool ends_here = rest_.empty() || rest_[0] == ',' || rest_[0] == '\n' || rest_.substr(0, 2) == "\r\n";
  if (!ends_here) {
    return fail(ErrorKind::invalid, "line {}: something stands behind a closing quote", line_);
  }
  return {};
}

Status CsvReader::unquoted(std::string& field) {
  const std::size_t end = std::min(rest_.find_first_of(",\n\""), rest_.size());
  if (end < rest_.size() && rest_[end] == '"') {
    return fail(ErrorKind::invalid, "line {}: a quote inside a field that does not begin with one", line_);
  }
  std::size_t length = end;
  if (length > 0 && rest_[length - 1] == '\r' && (end == rest_.size() || rest_[end] == '\n')) {
    --length;
  }
  field = rest_.substr(0, length);
  rest_.remove_prefix(end == rest_.size() ? end : length);
  return {};
}

bool CsvReader::take_line_end() {
  const std::size_t length = rest_[0] == '\n' ? 1 : rest_.substr(0, 2) == "\r\n" ? 2 : 0;
  rest_.remove_prefix(length);
  line_ += length > 0;
  return length > 0;
}

}  // namespace ostraka::cli
