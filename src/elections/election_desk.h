// The desk: decides (core/lifecycle), appends, and answers only when the ballot boxes act on it.
//
// What was decided is durable before it is answered; `done` for open, close and a moved end also means that every
// partition has its marker. When the ballot boxes cannot be reached the answer is unavailable, although the record may
// be in the stream already: asking again is safe, and done once they have settled.
//
// Several desks may be at work on one stream. Each act is decided on the stream as it ends now and written for that very
// offset; when somebody else's record has come first, ours is nothing (election/catalogue.h), and the act is decided
// again.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "elections/core/lifecycle.h"
#include "elections/peers.h"
#include "log/log.h"

namespace ostraka::elections {

struct Answer {
  Decision decision;
  Offset elections_end;  // whoever has read up to here sees the change
};

// Thread-safe; calls block while the log appends and while peers answer.
class ElectionDesk {
 public:
  // Becomes the writer of `elections` and `administration` and replays the first to its end. Everything handed in
  // outlives the desk.
  static Result<std::unique_ptr<ElectionDesk>> open(log::Log& log, const Clock& clock, Peers& peers,
                                                    std::uint32_t partitions);

  Answer create(const std::string& definition_json, const std::string& actor);
  Answer update(const std::string& id, const std::string& merge_patch, const std::string& actor);
  Answer open_election(const std::string& id, const std::string& actor);
  Answer close(const std::string& id, ClosedBy by, const std::string& actor);
  Answer certify(const std::string& id, const std::string& actor);

  election::Catalogue catalogue() const;

  // Damage: the process has to end, and somebody has to look.
  Status health() const;

 private:
  struct Streams {
    std::unique_ptr<log::Appender> elections;
    std::unique_ptr<log::Reader> reader;  // of the elections, at the catalogue's position
    std::unique_ptr<log::Appender> administration;
  };
  ElectionDesk(Streams streams, const Clock& clock, Peers& peers, std::uint32_t partitions);

  using Decide = std::function<Decision(const election::Catalogue&, WallTime now)>;
  Answer decide_and_append(const Decide& decide);
  // REQUIRES, for the next two: mutex_ is held.
  Status read_on();
  Result<bool> append(v1::ElectionRecord record);
  void unavailable(Answer& answer, const Error& error) const;
  void record_act(const char* act, const Answer& answer, const std::string& actor);
  bool closed_meanwhile(const Settled& settled) const;

  const Clock& clock_;
  Peers& peers_;
  const std::uint32_t partitions_;

  mutable std::mutex mutex_;  // guards everything below
  Streams streams_;
  election::Catalogue catalogue_;
  Status health_;
};

}  // namespace ostraka::elections
