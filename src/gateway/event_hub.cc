#include "gateway/event_hub.h"

#include <algorithm>
#include <utility>

namespace ostraka::gateway {

namespace {

constexpr std::chrono::milliseconds k_look_interval{50};  // from the beginning of a pass to the next, if it is over
constexpr std::chrono::milliseconds k_send_interval_min{250};
constexpr std::chrono::seconds k_ping_interval{15};
// How long a pass over very many takes. A little more than the interval, or jitter would have every second pass find
// that the time for the next document has not quite come.
constexpr std::chrono::milliseconds k_pass_spread{260};
constexpr std::chrono::milliseconds k_portion_interval{1};
constexpr std::size_t k_portion_watchers_min = 16;

}  // namespace

EventHub::EventHub(Look look) : look_(std::move(look)), thread_([this] { run(); }) {}

EventHub::~EventHub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void EventHub::watch(const std::string& election, std::shared_ptr<http::EventStream> stream) {
  ++watchers_count_;
  const std::lock_guard lock(mutex_);
  newcomers_.push_back({election, std::move(stream)});
  woken_.notify_all();  // it gets its first document at once
}

std::string EventHub::event_of(const ResultDocument& document) {
  return "event: results\ndata: " + document.json + "\n\n";
}

// The mutex is held only to take what is new: whoever begins to watch does not wait for a portion.
void EventHub::run() {
  std::unique_lock lock(mutex_);
  Time next_portion{};
  while (!stopping_) {
    std::vector<Newcomer> newcomers = std::exchange(newcomers_, {});
    lock.unlock();
    welcome(std::move(newcomers));
    const Time now = std::chrono::steady_clock::now();
    if (is_pass_over_ && now >= next_pass_) {
      begin_pass(now);
    }
    if (!is_pass_over_ && now >= next_portion) {
      serve_portion(now);
      next_portion = now + k_portion_interval;
    }
    lock.lock();
    woken_.wait_until(lock, is_pass_over_ ? next_pass_ : next_portion,
                      [this] { return stopping_ || !newcomers_.empty(); });
  }
}

void EventHub::welcome(std::vector<Newcomer> newcomers) {
  const Time now = std::chrono::steady_clock::now();
  for (Newcomer& newcomer : newcomers) {
    Audience& audience = audiences_[newcomer.election];
    look(newcomer.election, audience);
    audience.watchers.push_back({.stream = std::move(newcomer.stream)});
    serve(audience, audience.watchers.back(), now);
  }
}

void EventHub::begin_pass(Time now) {
  is_pass_over_ = false;
  pass_election_.clear();
  pass_watcher_ = 0;
  constexpr std::size_t k_portions = k_pass_spread / k_portion_interval;
  portion_ = std::max(k_portion_watchers_min, watchers() / k_portions + 1);
  next_pass_ = now + k_look_interval;
}

void EventHub::serve_portion(Time now) {
  std::size_t left = portion_;
  auto at = audiences_.lower_bound(pass_election_);
  if (at == audiences_.end() || at->first != pass_election_) {
    pass_watcher_ = 0;
  }
  while (at != audiences_.end()) {
    Audience& audience = at->second;
    look(at->first, audience);
    while (left > 0 && pass_watcher_ < audience.watchers.size()) {
      Watcher& watcher = audience.watchers[pass_watcher_];
      --left;
      if (watcher.stream->is_open()) {
        serve(audience, watcher, now);
        ++pass_watcher_;
      } else {
        watcher = std::move(audience.watchers.back());
        audience.watchers.pop_back();
        --watchers_count_;
      }
    }
    if (pass_watcher_ < audience.watchers.size()) {
      pass_election_ = at->first;
      return;
    }
    pass_watcher_ = 0;
    at = audience.watchers.empty() ? audiences_.erase(at) : std::next(at);
  }
  is_pass_over_ = true;
}

void EventHub::look(const std::string& election, Audience& audience) {
  std::shared_ptr<const ResultDocument> document = look_(election);
  if (document != audience.document || document == nullptr) {
    audience.document = std::move(document);
    audience.event = nullptr;
  }
}

void EventHub::serve(Audience& audience, Watcher& watcher, Time now) {
  static const auto k_ping = std::make_shared<const std::string>(": ping\n\n");
  if (audience.document == nullptr) {
    return watcher.stream->close();
  }
  const bool is_news = watcher.shown != audience.document && now - watcher.sent_at >= k_send_interval_min;
  if (!is_news && now - watcher.sent_at < k_ping_interval) {
    return;
  }
  if (watcher.stream->waiting_bytes() > 0) {
    skipped_ += is_news ? 1 : 0;
    return;
  }
  if (is_news) {
    if (audience.event == nullptr) {
      audience.event = std::make_shared<const std::string>(event_of(*audience.document));
    }
    watcher.stream->send(audience.event);
    watcher.shown = audience.document;
    ++sent_;
  } else {
    watcher.stream->send(k_ping);
  }
  watcher.sent_at = now;
}

}  // namespace ostraka::gateway
