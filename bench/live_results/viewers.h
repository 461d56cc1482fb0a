// Watchers of one election's event stream: most of them read at once, a few stop reading for seconds at a time, a few
// never read. One thread. They go away with their object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "live_results/lag.h"
#include "live_results/socket.h"
#include "load/core/histogram.h"

namespace ostraka::bench {

struct ViewerOptions {
  std::uint16_t port = 0;
  std::string target;  // of the stream
  std::size_t readers = 0;
  std::size_t stalling = 0;    // read for stall_every - stall, then not for `stall`, and so on
  std::size_t never_reading = 0;
  unsigned sources = 1;        // loopback addresses to come from
  std::chrono::milliseconds stall{7'000};
  std::chrono::milliseconds stall_every{12'000};
};

// Of the viewers that stop reading, and of those that begin again.
struct SlowFigures {
  std::uint64_t stalls = 0;      // after which reading began again
  std::uint64_t caught_up = 0;   // of those: got a document that covers what was answered when reading began again
  std::uint64_t broken = 0;      // documents that are not whole JSON
  std::uint64_t cut_off = 0;     // stalling viewers whose stream ended
  std::uint64_t stale_max = 0;   // most documents that came before the one that caught up
  Histogram catching_up;         // from the first read to that document
  std::uint64_t never_reading_cut_off = 0;
  Histogram cut_off_after;       // of those that never read, since they began to watch

  SlowFigures& operator+=(const SlowFigures& other);
};

// What viewers saw since begin_measuring().
struct ViewerFigures {
  Histogram lag;
  SlowFigures slow;
  std::uint64_t documents = 0;
  std::uint64_t document_bytes = 0;
  std::uint64_t lost = 0;       // readers whose stream ended
  std::uint64_t uncovered = 0;  // sampled votes that a reader has not seen covered, over all readers

  ViewerFigures& operator+=(const ViewerFigures& other);
};

class Viewers {
 public:
  // The lag outlives it.
  Viewers(ViewerOptions options, Lag& lag);

  // Opens all; true when each reader and staller has its first document. Call it until then.
  bool open_some();
  // Takes what has come.
  void turn(std::chrono::nanoseconds at_most);
  // Stalls and ends of stalls that are due.
  void keep_time();
  // From here on lags are measured, and stalls begin.
  void begin_measuring();
  // Nobody stalls any more.
  void end_stalling();

  // Whether every sampled vote was seen by every reader, and by every staller that began again.
  bool has_seen_all() const { return uncovered() == 0 && seen_.slow.caught_up >= seen_.slow.stalls; }

  int descriptor() const { return poller_.descriptor(); }
  ViewerFigures figures() const;

 private:
  enum class Kind : std::uint8_t { reader, stalling, never_reading };
  enum class State : std::uint8_t { connecting, waiting, watching, over };
  struct Viewer {
    Descriptor socket;
    Kind kind = Kind::reader;
    State state = State::connecting;
    bool is_stalled = false;
    bool is_catching_up = false;
    Lag::Viewer seen;
    std::string held;  // the beginning of an event whose end has not come
  };
  // A staller's own clock.
  struct Stall {
    std::size_t viewer;
    Time next;              // when it stops reading, or begins again
    Time resumed;
    Lag::Viewer moment;     // what it has to reach
    std::uint64_t stale = 0;
  };

  std::uint64_t uncovered() const;
  void open(std::size_t index);
  void on_event(std::size_t index, std::uint32_t events);
  void ask(std::size_t index);
  void read(std::size_t index);
  void take(Viewer& viewer, std::size_t index, std::string_view bytes, Time now);
  void on_document(Viewer& viewer, std::size_t index, std::string_view json, Time now);
  void on_staller_document(Viewer& viewer, std::size_t index, std::string_view json, Time now);
  void end(std::size_t index, Time now);
  void stop_reading(Stall& stall, Time now);
  void read_again(Stall& stall, Time now);
  Stall& stall_of(std::size_t index) { return stalls_[index - options_.readers]; }

  const ViewerOptions options_;
  Lag& lag_;
  Poller poller_;
  std::vector<Viewer> viewers_;  // readers, then stallers, then those that never read
  std::vector<Stall> stalls_;
  std::size_t opened_ = 0;
  std::size_t watching_ = 0;
  bool is_measuring_ = false;
  Time begun_{};
  std::vector<char> buffer_;
  ViewerFigures seen_;
};

}  // namespace ostraka::bench
