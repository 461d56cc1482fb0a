// Where the pieces of a snapshot go while it is taken. Contract; files/ has the files. Owned by the thread that takes the
// snapshot; nothing in it blocks that thread unless an implementation says so.
//
//   begin()   then for every slice buffer(), put()   then buffer(), finish()   or at any time abandon()
//
// The snapshot before it stays until the new one is whole and durable. When something fails the new one is dropped:
// nothing depends on it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "snapshot/format.h"

namespace ostraka::snapshot {

class Sink {
 public:
  virtual ~Sink() = default;

  // False, and nothing has begun, while another one is being written. REQUIRES: none has been begun and not ended.
  virtual bool begin(const FileHeader& header) = 0;

  // Memory to put pieces into; none while enough of it is on its way to the disk.
  virtual std::optional<std::string> buffer() = 0;

  // Pieces of append_piece(), in their order.
  virtual void put(std::string pieces) = 0;

  // The last pieces, and the body of the state; `make_state` may run later and on another thread. When it fails the
  // snapshot is dropped.
  using MakeState = std::function<Result<std::string>()>;
  virtual void finish(std::string pieces, MakeState make_state) = 0;

  virtual void abandon() = 0;

  // The one that was begun cannot become whole any more: abandon() it.
  virtual bool failed() const = 0;
};

// When to take one: a restart has to read what came since.
struct Policy {
  std::uint64_t records_min = 1'000'000;  // since the last one
  std::uint64_t entries_per_record = 16;  // and at least one record for so many entries
  std::size_t slice_bytes = 1 << 20;      // copied in one turn, about: a tenth of a millisecond

  bool is_due(std::uint64_t records_since, std::uint64_t entries) const {
    return records_since >= records_min && records_since >= entries / entries_per_record;
  }
};

}  // namespace ostraka::snapshot
