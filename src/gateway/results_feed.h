// Follows the tally, merges its counts, and keeps the result documents.
//
// A document never covers less than an earlier one: counts are merged by the position they cover, and there are none at
// all before the tally has said that it is past the end it found at its start. A stream that breaks is opened again;
// what was merged stays meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

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
  ResultsFeed(const std::string& tally_address, const Clock& clock);
  ~ResultsFeed();

  // Of the election as the catalogue has it. Null until the tally has been heard. The same object until the counts or
  // the election change.
  std::shared_ptr<const ResultDocument> document(const std::shared_ptr<const election::Entry>& entry);

  bool is_connected() const { return connected_; }
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

  void follow();
  void follow_once();
  void absorb(const v1::ElectionCounts& message);

  const std::unique_ptr<v1::Tally::Stub> tally_;
  const Clock& clock_;

  std::mutex mutex_;  // guards everything up to the next blank line
  bool heard_ = false;  // everything that the tally had counted when it was first followed
  election::results::ResultMerger merger_;
  std::map<std::string, Version, std::less<>> versions_;
  std::map<std::string, Cached, std::less<>> cache_;
  grpc::ClientContext* stream_ = nullptr;  // while a stream is open
  bool stopping_ = false;

  std::atomic<bool> connected_{false};
  std::atomic<std::uint64_t> messages_{0};
  std::thread thread_;
};

}  // namespace ostraka::gateway
