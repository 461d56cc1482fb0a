// A snapshot, piece by piece, as who restores from it sees it. Contract; files/ has the files. Owned by one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "snapshot/format.h"

namespace ostraka::snapshot {

struct Piece {
  PieceHeader header;
  std::string_view body;  // until the next call
};

class Source {
 public:
  virtual ~Source() = default;

  virtual const FileHeader& header() const = 0;

  // The next piece, its check sums right; none behind the state, when that is the end of the file. Anything else is
  // damaged: throw away what was taken from it.
  virtual Result<std::optional<Piece>> next() = 0;
};

// Opens the last whole snapshot. Errors: not_found when there is none; damaged.
using OpenSource = std::function<Result<std::unique_ptr<Source>>()>;

// What became of a snapshot at a start.
struct Restored {
  enum class Outcome : std::uint8_t { none_there, restored, thrown_away };
  Outcome outcome = Outcome::none_there;
  std::string why;  // thrown away
};

}  // namespace ostraka::snapshot
