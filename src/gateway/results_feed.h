// Follows the tallies, merges their counts, and keeps the result documents.
//
// A document never covers less than an earlier one: counts are merged by the position they cover, whichever tally they
// come from, and there are none at all before a tally has said that it is past the end it found at its start. A stream
// that breaks is opened again; what was merged stays meanwhile, and goes on growing by what the others count.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "election/catalogue.h"
#include "election/results/merger.h"
#include "ostraka/v1/tally_service.grpc.pb.h"

namespace ostraka::gateway {

struct ResultDocument {
  std::string json;
  std::string etag;  // strong, with its quotes
};

// Thread-safe.
class ResultsFeed {
 public:
  // The clock outlives it.
  ResultsFeed(const std::vector<std::string>& tally_addresses, const Clock& clock);
  ~ResultsFeed();

  // Of the election as the catalogue has it. Null until the tally has been heard. The same object until the counts or
  // the election change.
  std::shared_ptr<const ResultDocument> document(const std::shared_ptr<const election::Entry>& entry);

  // Of the tallies, how many are followed now.
  int connected() const { return connected_; }
  std::uint64_t messages() const { return messages_; }

 private:
  struct Cached {
    std::shared_ptr<const election::Entry> entry;
    std::uint64_t version = 0;
    std::shared_ptr<const ResultDocument> document;
  };
  // How often an election's counts changed, and when they last did.
  struct Version {
    std::uint64_t number = 0;
    WallTime at;
  };

  // One tally, followed by a thread of its own.
  struct Source {
    std::unique_ptr<v1::Tally::Stub> tally;
    grpc::ClientContext* stream = nullptr;  // while one is open; guarded by mutex_
    std::thread thread;
  };

  void follow(Source& source);
  void follow_once(Source& source);
  void absorb(const v1::ElectionCounts& message);

  const Clock& clock_;

  std::mutex mutex_;  // guards everything up to the next blank line
  bool heard_ = false;  // everything that one of the tallies had counted when it was first followed
  election::results::ResultMerger merger_;
  std::map<std::string, Version, std::less<>> versions_;
  std::map<std::string, Cached, std::less<>> cache_;
  bool stopping_ = false;

  std::atomic<int> connected_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::vector<Source> sources_;
};

}  // namespace ostraka::gateway
