// The header fields of one request, as offsets into the connection's buffer: nothing is copied, and the buffer may move
// while a body is still arriving. Owned by the connection, reused between requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ostraka::http {

// ASCII only, as field names are.
bool equal_without_case(std::string_view a, std::string_view b);

class Fields {
 public:
  // Offsets are 16 bits wide: a header is at most 60 KiB.
  struct Span {
    std::uint16_t at = 0;
    std::uint16_t bytes = 0;
  };

  void clear() { entries_.clear(); }
  void release() { std::vector<Entry>().swap(entries_); }
  void add(Span name, Span value) { entries_.push_back({name, value}); }
  void set_base(const char* base) { base_ = base; }
  std::size_t size() const { return entries_.size(); }

  std::string_view name(std::size_t i) const { return view(entries_[i].name); }
  std::string_view value(std::size_t i) const { return view(entries_[i].value); }
  // The first field of that name, or empty.
  std::string_view find(std::string_view name) const;
  std::string_view view(Span span) const { return {base_ + span.at, span.bytes}; }

 private:
  struct Entry {
    Span name;
    Span value;
  };
  const char* base_ = nullptr;
  std::vector<Entry> entries_;
};

}  // namespace ostraka::http
