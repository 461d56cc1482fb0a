// What the owner sees of the catalogue, and how it asks for a newer one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "election/catalogue.h"

namespace ostraka::ballotbox {

// The entries of one catalogue, immutable.
using Elections = std::map<std::string, std::shared_ptr<const election::Entry>, std::less<>>;
using ElectionsView = std::shared_ptr<const Elections>;

// Keeps the catalogue alive as long as the view.
inline ElectionsView elections_of(const std::shared_ptr<const election::Catalogue>& catalogue) {
  return {catalogue, &catalogue->entries()};
}

// Reads the `elections` stream to its present durable end and returns what it says then. Cheap when there is nothing
// new; the same object again then.
using RefreshElections = std::function<Result<ElectionsView>()>;

inline bool has_opened(const election::Entry& entry) {
  return entry.state == election::State::open || entry.state == election::State::closed ||
         entry.state == election::State::certified;
}
inline bool has_closed(const election::Entry& entry) {
  return entry.state == election::State::closed || entry.state == election::State::certified;
}

}  // namespace ostraka::ballotbox
