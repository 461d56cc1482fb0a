#include "gateway/results_feed.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "election/results/document.h"
#include "gateway/counts_from_message.h"
#include "net/rpc/transport.h"

namespace ostraka::gateway {

namespace {

constexpr Milliseconds k_reconnect_delay{100};

}  // namespace

ResultsFeed::ResultsFeed(const std::vector<std::string>& tally_addresses, const Clock& clock)
    : clock_(clock), sources_(tally_addresses.size()) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    source.tally = v1::Tally::NewStub(rpc::make_channel(tally_addresses[i]));
    source.thread = std::thread([this, &source] { follow(source); });
  }
}

ResultsFeed::~ResultsFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Source& source : sources_) {
      if (source.stream != nullptr) {
        source.stream->TryCancel();
      }
    }
  }
  for (Source& source : sources_) {
    source.thread.join();
  }
}

void ResultsFeed::follow(Source& source) {
  for (;;) {
    follow_once(source);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        return;
      }
    }
    std::this_thread::sleep_for(k_reconnect_delay);
  }
}

void ResultsFeed::follow_once(Source& source) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return;
    }
    source.stream = &context;
  }
  const std::unique_ptr<grpc::ClientReader<v1::ElectionCounts>> reader =
      source.tally->Follow(&context, v1::FollowRequest());
  v1::ElectionCounts message;
  bool has_read = false;
  while (reader->Read(&message)) {
    connected_ += std::exchange(has_read, true) ? 0 : 1;
    ++messages_;
    absorb(message);
  }
  connected_ -= has_read ? 1 : 0;
  const grpc::Status status = reader->Finish();
  const std::lock_guard lock(mutex_);
  source.stream = nullptr;
  if (!stopping_) {
    spdlog::warn("the tally's stream ended, following again: {}", status.error_message());
  }
}

void ResultsFeed::absorb(const v1::ElectionCounts& message) {
  const std::lock_guard lock(mutex_);
  if (message.election().empty()) {
    heard_ = true;  // the tally has caught up, and what it counted so far has come before this
    return;
  }
  if (merger_.merge(counts_from(message)) == election::results::MergeEffect::nothing_new) {
    return;
  }
  Version& version = versions_[message.election()];
  ++version.number;
  version.at = clock_.wall_now();
}

std::shared_ptr<const ResultDocument> ResultsFeed::document(const std::shared_ptr<const election::Entry>& entry) {
  const std::lock_guard lock(mutex_);
  if (!heard_) {
    return nullptr;
  }
  Version& version = versions_[entry->definition.id];
  Cached& cached = cache_[entry->definition.id];
  if (cached.document == nullptr || cached.version != version.number || cached.entry != entry) {
    const bool entry_changed = cached.entry != entry;
    const WallTime as_of = entry_changed || version.number == 0 ? clock_.wall_now() : version.at;
    std::string json = election::results::results_json(
        entry->definition, {entry->state, entry->partitions, as_of}, merger_.of(entry->definition.id));
    std::string etag = fmt::format("\"{}\"", to_hex(crypto::sha256(json).substr(0, 16)));
    cached = {entry, version.number,
              std::make_shared<const ResultDocument>(ResultDocument{std::move(json), std::move(etag)})};
  }
  return cached.document;
}

}  // namespace ostraka::gateway
