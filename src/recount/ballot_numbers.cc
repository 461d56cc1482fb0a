#include "recount/ballot_numbers.h"

#include <set>
#include <string>

#include "base/bytes.h"

namespace ostraka::recount {

namespace {

using election::Contest;
using election::Method;

// All numbers of the ballot. Written again they must give the same bytes: that is what "shortest form" means.
std::optional<std::vector<std::uint64_t>> numbers_in(std::string_view bytes) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t number = 0;
  int shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (shift > 28) {  // no number of a ballot is that large
      return std::nullopt;
    }
    number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    shift += 7;
    if (byte < 0x80) {
      numbers.push_back(number);
      number = 0;
      shift = 0;
    }
  }
  std::string again;
  for (const std::uint64_t written : numbers) {
    append_varint(again, written);
  }
  if (shift != 0 || again != bytes) {
    return std::nullopt;
  }
  return numbers;
}

bool is_allowed(const Contest& contest, const Entries& entries) {
  if (entries.size() < contest.min_choices || entries.size() > contest.max_choices) {
    return false;
  }
  std::set<std::uint64_t> options;
  std::uint64_t previous = 0;
  for (const auto& [option, points] : entries) {
    const bool descends = !options.empty() && option < previous && contest.method != Method::ranked;
    if (option >= contest.options.size() || !options.insert(option).second || descends) {
      return false;
    }
    if (contest.method == Method::score && points > contest.max_score) {
      return false;
    }
    previous = option;
  }
  return true;
}

}  // namespace

std::optional<std::vector<Entries>> read_ballot(const election::Definition& definition, std::string_view bytes) {
  const auto numbers = numbers_in(bytes);
  if (!numbers) {
    return std::nullopt;
  }
  std::size_t at = 0;
  std::vector<Entries> ballot;
  for (const Contest& contest : definition.contests) {
    const std::size_t width = contest.method == Method::score ? 2 : 1;
    if (at == numbers->size()) {
      return std::nullopt;
    }
    const std::uint64_t count = (*numbers)[at++];
    if (count > (numbers->size() - at) / width) {
      return std::nullopt;
    }
    Entries& entries = ballot.emplace_back();
    for (std::uint64_t i = 0; i < count; ++i) {
      entries.emplace_back((*numbers)[at], width == 2 ? (*numbers)[at + 1] : 1);
      at += width;
    }
    if (!is_allowed(contest, entries)) {
      return std::nullopt;
    }
  }
  if (at != numbers->size()) {
    return std::nullopt;
  }
  return ballot;
}

}  // namespace ostraka::recount
