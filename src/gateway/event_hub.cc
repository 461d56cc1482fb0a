#include "gateway/event_hub.h"

#include <algorithm>

namespace ostraka::gateway {

namespace {

constexpr std::chrono::milliseconds k_look_interval{50};
constexpr std::chrono::milliseconds k_send_interval_min{250};
constexpr std::chrono::seconds k_ping_interval{15};

}  // namespace

EventHub::EventHub(Look look) : look_(std::move(look)), thread_([this] { run(); }) {}

EventHub::~EventHub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void EventHub::watch(const std::string& election, std::shared_ptr<http::EventStream> stream) {
  const std::lock_guard lock(mutex_);
  watchers_[election].push_back({std::move(stream), nullptr, {}});
  stop_.notify_all();  // it gets its first document at once
}

std::size_t EventHub::watchers() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [election, watchers] : watchers_) {
    count += watchers.size();
  }
  return count;
}

std::string EventHub::event_of(const ResultDocument& document) {
  return "event: results\ndata: " + document.json + "\n\n";
}

void EventHub::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Time now = std::chrono::steady_clock::now();
    for (auto election = watchers_.begin(); election != watchers_.end();) {
      serve(election->first, election->second, now);
      election = election->second.empty() ? watchers_.erase(election) : std::next(election);
    }
    stop_.wait_for(lock, k_look_interval);
  }
}

void EventHub::serve(const std::string& election, std::vector<Watcher>& watchers, Time now) {
  const std::shared_ptr<const ResultDocument> document = look_(election);
  static const auto k_ping = std::make_shared<const std::string>(": ping\n\n");
  std::shared_ptr<const std::string> event;
  for (Watcher& watcher : watchers) {
    if (document == nullptr) {
      watcher.stream->close();
      continue;
    }
    if (watcher.stream->waiting_bytes() > 0) {
      continue;
    }
    if (watcher.shown != document && now - watcher.sent_at >= k_send_interval_min) {
      if (event == nullptr) {
        event = std::make_shared<const std::string>(event_of(*document));
      }
      watcher.stream->send(event);
      watcher.shown = document;
      watcher.sent_at = now;
    } else if (now - watcher.sent_at >= k_ping_interval) {
      watcher.stream->send(k_ping);
      watcher.sent_at = now;
    }
  }
  std::erase_if(watchers, [](const Watcher& watcher) { return !watcher.stream->is_open(); });
}

}  // namespace ostraka::gateway
