// Sends requests in batches over one stream, several batches in flight.
//
// A batch leaves at once while fewer than `in_flight_max` are unanswered; otherwise requests gather until a reply makes
// room. So an idle system answers immediately and a busy one amortises, without a timer. A caller that submits many in
// a row, and knows when the row ends, lets them leave together: Departure::at_flush. When the stream breaks it is
// opened again, and what was unanswered is sent again until its deadline: only for requests that are safe to repeat.
//
// Requests are written straight into the bytes that will travel, and that memory is used again.
//
// Traits say which stream it is:
//   static constexpr std::string_view k_stream          its name
//   using Request, Reply                                 Request may be a struct of views
//   using Replies                                        what a batch of replies is read into, used again
//   static void append(const Request&, std::string&)     the request's bytes, behind those of others
//   static bool parse(std::string_view, Replies&)        false when it is not a batch of replies
//   static std::size_t count(const Replies&)             static Reply* reply(Replies&, std::size_t)
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "net/batch/client_connection.h"
#include "net/batch/frame.h"

namespace ostraka::batch {

enum class Departure {
  at_once,
  at_flush,  // or when the batch is full, or a reply makes room; and at most a tick late without any of them
};

// Deadlines and reconnects need no more precision.
inline constexpr std::chrono::milliseconds k_tick{10};

struct ClientOptions {
  Departure departure = Departure::at_once;
  std::size_t batch_max = 256;
  // Of the requests in one batch: well below what a frame may have. A request that is larger by itself travels alone,
  // and one that no frame may carry is not accepted.
  std::size_t batch_bytes_max = 1 << 20;
  std::size_t in_flight_max = 4;      // batches
  std::size_t pending_max = 100'000;  // requests, queued and in flight and not expired; beyond, submit refuses
  std::chrono::milliseconds reconnect_delay{50};
  std::chrono::milliseconds connect_deadline{3'000};  // then another attempt is begun
};

struct ClientCounters {
  std::uint64_t batches = 0;
  std::uint64_t requests = 0;
  std::uint64_t streams_opened = 0;  // attempts
  std::uint64_t expired = 0;
  std::uint64_t pending = 0;
  std::uint64_t queued = 0;  // batches that have not left
};

// Used on the thread of its io_context only, but for counters(); ended there too, or when nobody serves the io_context
// any more. `Done` runs there: it must be quick, and must not call back into this object except submit().
template <class Traits>
class Client final : private ClientConnection::Listener {
 public:
  using Request = typename Traits::Request;
  using Replies = typename Traits::Replies;
  using Reply = typename Traits::Reply;
  using Time = std::chrono::steady_clock::time_point;
  // The reply, or null when the deadline passed without one: the outcome is unknown then.
  using Done = UniqueFunction<void(Reply*)>;

  Client(boost::asio::io_context& io, StreamsAddress address, ClientOptions options = {})
      : io_(io), address_(std::move(address)), options_(options), tick_(io) {}

  // Everything unanswered gets null.
  ~Client() {
    tick_.cancel();
    is_here_.reset();
    if (connection_ != nullptr) {
      connection_->close();
    }
    requeue_in_flight();
    for (const std::unique_ptr<Slot>& slot : queue_) {
      for (auto& [done, deadline] : slot->waiting) {
        if (done) {
          done(nullptr);
        }
      }
    }
  }

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False, and `done` is left as it is, when pending_max requests are waiting already, or no frame can carry it.
  [[nodiscard]] bool submit(const Request& request, Time deadline, Done&& done) {
    if (pending() >= options_.pending_max) {
      return false;
    }
    if (!add_request(request, std::move(done), deadline)) {
      return false;
    }
    counters_.pending.fetch_add(1, std::memory_order_relaxed);
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
    if (!is_ticking_) {
      tick_later();
    }
    if (connection_ == nullptr && std::chrono::steady_clock::now() >= reconnect_at_) {
      open_stream();
    }
    if (options_.departure == Departure::at_once || queue_.size() > 1 || is_full(*queue_.front())) {
      pump();
    }
    return true;
  }

  // What was submitted leaves now, if there is room.
  void flush() { pump(); }

  // Everything unanswered gets null now, in the order in which it was submitted: whoever asked goes elsewhere.
  void give_up() {
    if (connection_ != nullptr) {
      connection_->close();
      on_broken();
    }
    std::vector<Done> given_up;
    for (const std::unique_ptr<Slot>& slot : queue_) {
      for (auto& [done, deadline] : slot->waiting) {
        if (done) {
          given_up.push_back(std::move(done));
        }
      }
    }
    queue_.clear();
    counters_.pending.store(0, std::memory_order_relaxed);
    counters_.queued.store(0, std::memory_order_relaxed);
    for (Done& done : given_up) {
      done(nullptr);
    }
  }

  // Any thread.
  ClientCounters counters() const {
    return {counters_.batches.load(std::memory_order_relaxed), counters_.requests.load(std::memory_order_relaxed),
            counters_.streams_opened.load(std::memory_order_relaxed), counters_.expired.load(std::memory_order_relaxed),
            counters_.pending.load(std::memory_order_relaxed), counters_.queued.load(std::memory_order_relaxed)};
  }

 private:
  // One batch, being filled or on its way. Its requests stay here until they are answered, to be sent again if need be.
  struct Slot {
    std::uint64_t number = 0;
    std::string frame;
    std::vector<std::pair<Done, Time>> waiting;  // by request; an empty Done: expired already

    std::size_t bytes() const { return frame.size() - k_frame_header_bytes; }
  };
  struct Counters {
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> streams_opened{0};
    std::atomic<std::uint64_t> expired{0};
    std::atomic<std::uint64_t> pending{0};
    std::atomic<std::uint64_t> queued{0};
  };

  std::uint64_t pending() const { return counters_.pending.load(std::memory_order_relaxed); }

  void open_stream() {
    counters_.streams_opened.fetch_add(1, std::memory_order_relaxed);
    connection_ = std::make_shared<ClientConnection>(io_, Traits::k_stream, static_cast<Listener&>(*this));
    connect_by_ = std::chrono::steady_clock::now() + options_.connect_deadline;
    try {
      connection_->connect(address_);
    } catch (const std::exception&) {  // no thread to look a name up, no memory: as if nobody were there
      give_up_connection();
    }
  }

  void give_up_connection() {
    connection_->close();
    on_broken();
  }

  bool is_full(const Slot& slot) const {
    return slot.waiting.size() >= options_.batch_max || slot.bytes() >= options_.batch_bytes_max;
  }

  // The last batch of the queue takes the request, or a new one behind it. Without memory for it the process ends: a
  // request without its promise would give every later one of the batch its neighbour's answer.
  bool add_request(const Request& request, Done&& done, Time deadline) noexcept {
    if (queue_.empty() || is_full(*queue_.back())) {
      queue_.push_back(take_slot());
    }
    Slot* slot = queue_.back().get();
    const std::size_t before = slot->frame.size();
    Traits::append(request, slot->frame);
    const std::size_t bytes = slot->frame.size() - before;
    if (bytes > k_frame_body_bytes_max) {
      slot->frame.resize(before);
      return false;
    }
    if (slot->bytes() > options_.batch_bytes_max && !slot->waiting.empty()) {
      // Too much for this batch: it travels in the next.
      queue_.push_back(take_slot());
      queue_.back()->frame.append(slot->frame, before);
      slot->frame.resize(before);
      slot = queue_.back().get();
    }
    slot->waiting.emplace_back(std::move(done), deadline);
    return true;
  }

  void pump() {
    // First, and also while nothing can be sent: what nobody waits for any more would gather as long as a server hangs.
    while (!queue_.empty() && expired_in(*queue_.front()) == queue_.front()->waiting.size()) {
      give_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    while (!queue_.empty() && connection_ != nullptr && connection_->is_writable() &&
           in_flight_.size() < options_.in_flight_max) {
      Slot& slot = *in_flight_.emplace_back(std::move(queue_.front()));
      queue_.pop_front();
      slot.number = next_number_++;
      end_frame(slot.frame, slot.number);
      counters_.batches.fetch_add(1, std::memory_order_relaxed);
      connection_->write(slot.frame);
    }
    counters_.queued.store(queue_.size(), std::memory_order_relaxed);
  }

  std::unique_ptr<Slot> take_slot() {
    if (free_.empty()) {
      auto slot = std::make_unique<Slot>();
      begin_frame(slot->frame);
      return slot;
    }
    std::unique_ptr<Slot> slot = std::move(free_.back());
    free_.pop_back();
    return slot;
  }

  // REQUIRES: nobody waits for anything in it, and it is written or will not be.
  void give_back(std::unique_ptr<Slot> slot) {
    if (free_.size() >= 2 * options_.in_flight_max || slot->bytes() > options_.batch_bytes_max) {
      return;  // enough for a busy stream; what a stall piled up goes
    }
    slot->waiting.clear();
    begin_frame(slot->frame);
    free_.push_back(std::move(slot));
  }

  void on_writable() override { pump(); }

  void on_frame(std::uint64_t number, std::string_view body) override {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                    [&](const std::unique_ptr<Slot>& slot) { return slot->number == number; });
    // The last one may be on its way to the socket still: an answer to half a batch is none.
    const bool is_answer = found != in_flight_.end() && (connection_->is_writable() || number + 1 != next_number_);
    if (!is_answer || !Traits::parse(body, replies_)) {
      return give_up_connection();
    }
    std::unique_ptr<Slot> slot = std::move(*found);
    in_flight_.erase(found);
    counters_.pending.fetch_sub(slot->waiting.size() - expired_in(*slot), std::memory_order_relaxed);
    pump();
    const std::size_t replies = Traits::count(replies_);
    for (std::size_t i = 0; i < slot->waiting.size(); ++i) {
      if (Done& done = slot->waiting[i].first) {
        // A server that answers fewer than it was asked has not said anything about the rest.
        done(i < replies ? Traits::reply(replies_, i) : nullptr);
      }
    }
    give_back(std::move(slot));
  }

  void on_broken() override {
    connection_.reset();
    reconnect_at_ = std::chrono::steady_clock::now() + options_.reconnect_delay;
    requeue_in_flight();
  }

  // The unanswered go to the front, oldest first.
  void requeue_in_flight() {
    while (!in_flight_.empty()) {
      queue_.push_front(std::move(in_flight_.back()));
      in_flight_.pop_back();
    }
  }

  static std::size_t expired_in(const Slot& slot) {
    std::size_t expired = 0;
    for (const auto& [done, deadline] : slot.waiting) {
      expired += done ? 0 : 1;
    }
    return expired;
  }

  static void take_expired(Slot& slot, Time now, std::vector<Done>& expired) {
    for (auto& [done, deadline] : slot.waiting) {
      if (done && deadline <= now) {
        expired.push_back(std::exchange(done, {}));
      }
    }
  }

  // While anything is pending.
  void tick_later() {
    is_ticking_ = true;
    tick_.expires_after(k_tick);
    tick_.async_wait([this, here = std::weak_ptr<bool>(is_here_)](const boost::system::error_code&) {
      if (!here.expired()) {
        tick();
      }
    });
  }

  void tick() {
    is_ticking_ = false;
    const Time now = std::chrono::steady_clock::now();
    std::vector<Done> expired;
    for (const std::unique_ptr<Slot>& slot : queue_) {
      take_expired(*slot, now, expired);
    }
    for (const std::unique_ptr<Slot>& slot : in_flight_) {
      take_expired(*slot, now, expired);
    }
    counters_.pending.fetch_sub(expired.size(), std::memory_order_relaxed);
    counters_.expired.fetch_add(expired.size(), std::memory_order_relaxed);
    if (connection_ != nullptr && !connection_->is_connected() && now >= connect_by_) {
      give_up_connection();
    }
    if (connection_ == nullptr && now >= reconnect_at_ && pending() > 0) {
      open_stream();
    }
    pump();
    for (Done& done : expired) {
      done(nullptr);
    }
    if (pending() > 0 && !is_ticking_) {
      tick_later();
    }
  }

  boost::asio::io_context& io_;
  const StreamsAddress address_;
  const ClientOptions options_;
  boost::asio::steady_timer tick_;
  std::shared_ptr<bool> is_here_ = std::make_shared<bool>(true);  // what the timer's last handler asks
  bool is_ticking_ = false;

  std::shared_ptr<ClientConnection> connection_;  // null: to be opened when there is something to send
  Time reconnect_at_{};
  Time connect_by_{};
  std::uint64_t next_number_ = 1;
  std::deque<std::unique_ptr<Slot>> queue_;  // to be sent, in order; the last one takes what is submitted
  std::vector<std::unique_ptr<Slot>> in_flight_;  // as they were sent, at most in_flight_max
  std::vector<std::unique_ptr<Slot>> free_;
  Replies replies_;
  Counters counters_;
};

}  // namespace ostraka::batch
