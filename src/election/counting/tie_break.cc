#include "election/counting/tie_break.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/digest.h"

namespace ostraka::election::counting {

std::vector<std::uint32_t> tie_places(std::string_view election, const Contest& contest) {
  std::vector<std::pair<std::string, std::uint32_t>> lots;
  std::string prefix(election);
  prefix += '\0';
  prefix += contest.id;
  prefix += '\0';
  for (std::uint32_t option = 0; option < contest.options.size(); ++option) {
    lots.emplace_back(crypto::sha256(prefix + contest.options[option].id), option);
  }
  std::sort(lots.begin(), lots.end());
  std::vector<std::uint32_t> places(lots.size());
  for (std::uint32_t place = 0; place < lots.size(); ++place) {
    places[lots[place].second] = place;
  }
  return places;
}

}  // namespace ostraka::election::counting
