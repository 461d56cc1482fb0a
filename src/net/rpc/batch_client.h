// Sends requests in batches over one bidirectional stream, several batches in flight.
//
// A batch leaves at once while fewer than `in_flight_max` are unanswered; otherwise requests gather until a reply makes
// room. So an idle system answers immediately and a busy one amortises, without a timer. A caller that submits many in
// a row, and knows when the row ends, lets them leave together: Departure::at_flush. When the stream breaks it is
// opened again, and what was unanswered is sent again until its deadline: only for requests that are safe to repeat.
//
// Requests are written straight into the batch that will carry them, and the batches' memory is used again.
//
// Traits say which RPC it is:
//   using Stub, Batch, Replies, Request, Reply
//   static void open(Stub&, grpc::ClientContext*, grpc::ClientBidiReactor<Batch, Replies>*)
//   static RepeatedPtrField<Request>* requests(Batch&)      static RepeatedPtrField<Reply>* replies(Replies&)
#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/unique_function.h"
#include "net/rpc/ticker.h"

namespace ostraka::rpc {

enum class Departure {
  at_once,
  at_flush,  // or when the batch is full, or a reply makes room; and at most a tick late without any of them
};

struct BatchClientOptions {
  Departure departure = Departure::at_once;
  std::size_t batch_max = 256;
  // Of the requests in one batch, as they are on the wire: well below gRPC's limit for a message, at which the stream
  // would break, and break again with the same batch. A request that is larger by itself travels alone.
  std::size_t batch_bytes_max = 1 << 20;
  std::size_t in_flight_max = 4;      // batches
  std::size_t pending_max = 100'000;  // requests, queued and in flight; beyond, submit refuses
  std::chrono::milliseconds reconnect_delay{50};
};

struct BatchClientCounters {
  std::uint64_t batches = 0;
  std::uint64_t requests = 0;
  std::uint64_t streams_opened = 0;
  std::uint64_t expired = 0;
  std::size_t pending = 0;
};

// Thread-safe. `Done` runs on one of gRPC's threads, or the ticker's: it must be quick, and must not call back into
// this object except submit().
template <class Traits>
class BatchClient {
 public:
  using Batch = typename Traits::Batch;
  using Replies = typename Traits::Replies;
  using Request = typename Traits::Request;
  using Reply = typename Traits::Reply;
  using Time = std::chrono::steady_clock::time_point;
  // The reply, or null when the deadline passed without one: the outcome is unknown then.
  using Done = UniqueFunction<void(Reply*)>;

  BatchClient(std::unique_ptr<typename Traits::Stub> stub, Ticker& ticker, BatchClientOptions options = {})
      : stub_(std::move(stub)), ticker_(ticker), options_(options) {
    tick_ = ticker_.add([this] { tick(); });
  }

  // Everything unanswered gets null.
  ~BatchClient() {
    ticker_.remove(tick_);
    std::vector<Done> abandoned;
    {
      std::unique_lock lock(mutex_);
      closing_ = true;
      if (stream_ != nullptr) {
        stream_->context.TryCancel();
        stream_gone_.wait(lock, [this] { return stream_ == nullptr; });
      }
      for (const std::unique_ptr<Slot>& slot : queue_) {
        for (auto& [done, deadline] : slot->waiting) {
          if (done) {
            abandoned.push_back(std::move(done));
          }
        }
      }
    }
    for (Done& done : abandoned) {
      done(nullptr);
    }
  }

  BatchClient(const BatchClient&) = delete;
  BatchClient& operator=(const BatchClient&) = delete;

  // False, and `done` is left as it is, when pending_max requests are waiting already.
  [[nodiscard]] bool submit(Request request, Time deadline, Done&& done) {
    return submit_filled(deadline, std::move(done), [&](Request& place) { place = std::move(request); });
  }

  // The same, with `fill` writing the request in its place, which is empty but may have memory of an earlier one.
  // It runs under the lock: copies, no more.
  template <class Fill>
  [[nodiscard]] bool submit_filled(Time deadline, Done&& done, Fill&& fill) {
    const std::lock_guard lock(mutex_);
    if (pending_ >= options_.pending_max) {
      return false;
    }
    ++pending_;
    ++counters_.requests;
    add_request(fill, std::move(done), deadline);
    if (stream_ == nullptr && std::chrono::steady_clock::now() >= reconnect_at_) {
      open_stream();
    }
    if (options_.departure == Departure::at_once || queue_.size() > 1 || is_full(*queue_.front())) {
      pump();
    }
    return true;
  }

  // What was submitted leaves now, if there is room.
  void flush() {
    const std::lock_guard lock(mutex_);
    pump();
  }

  BatchClientCounters counters() const {
    const std::lock_guard lock(mutex_);
    BatchClientCounters counters = counters_;
    counters.pending = pending_;
    return counters;
  }

 private:
  // One batch, being filled or on its way. Its requests stay here until they are answered, to be sent again if need be.
  struct Slot {
    Batch batch;
    std::size_t bytes = 0;                       // of its requests
    std::vector<std::pair<Done, Time>> waiting;  // by request; an empty Done: expired already
  };

  struct Stream final : grpc::ClientBidiReactor<Batch, Replies> {
    explicit Stream(BatchClient& client) : owner(client) {}
    // One read is always on its way, so exactly one fails: the stream's last.
    void OnReadDone(bool ok) override {
      if (ok) {
        owner.on_replies(*this);
        this->StartRead(&replies);
      } else {
        owner.on_stream_ended(*this);
      }
    }
    void OnWriteDone(bool ok) override { owner.on_write_done(ok); }
    void OnDone(const grpc::Status&) override { owner.on_stream_done(this); }

    BatchClient& owner;
    grpc::ClientContext context;
    Replies replies;
    bool writing = false;
    bool broken = false;
  };

  // REQUIRES: mutex_ is held, stream_ is null.
  void open_stream() {
    if (closing_) {
      return;
    }
    stream_ = new Stream(*this);
    ++counters_.streams_opened;
    Traits::open(*stub_, &stream_->context, stream_);
    // Writes are begun by whoever submits, also outside gRPC's callbacks: without a hold, a stream that ends meanwhile
    // would be freed under them. Given back in on_stream_ended().
    stream_->AddHold();
    stream_->StartRead(&stream_->replies);
    stream_->StartCall();
  }

  bool is_full(const Slot& slot) const {
    return slot.waiting.size() >= options_.batch_max || slot.bytes >= options_.batch_bytes_max;
  }

  // The last batch of the queue takes the request, or a new one behind it. Without memory for it the process ends: a
  // request without its promise would give every later one of the batch its neighbour's answer. REQUIRES: mutex_ is held.
  template <class Fill>
  void add_request(Fill&& fill, Done&& done, Time deadline) noexcept {
    if (queue_.empty() || is_full(*queue_.back())) {
      queue_.push_back(take_slot());
    }
    auto* requests = Traits::requests(queue_.back()->batch);
    Request& request = *requests->Add();
    fill(request);
    const std::size_t bytes = bytes_of(request);
    if (queue_.back()->bytes + bytes > options_.batch_bytes_max && requests->size() > 1) {
      // Too much for this batch: it travels in the next.
      queue_.push_back(take_slot());
      *Traits::requests(queue_.back()->batch)->Add() = std::move(request);
      requests->RemoveLast();
    }
    queue_.back()->bytes += bytes;
    queue_.back()->waiting.emplace_back(std::move(done), deadline);
  }

  // REQUIRES: mutex_ is held.
  void pump() {
    while (!queue_.empty() && expired_in(*queue_.front()) == queue_.front()->waiting.size()) {
      give_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    if (stream_ == nullptr || stream_->writing || stream_->broken || queue_.empty() ||
        in_flight_.size() >= options_.in_flight_max) {
      return;
    }
    std::unique_ptr<Slot> slot = std::move(queue_.front());
    queue_.pop_front();
    const std::uint64_t id = next_id_++;
    slot->batch.set_id(id);
    check(static_cast<std::size_t>(Traits::requests(slot->batch)->size()) == slot->waiting.size(),
          "every request of a batch has its promise");
    ++counters_.batches;
    writing_id_ = id;
    stream_->writing = true;
    stream_->StartWrite(&slot->batch);
    in_flight_.emplace(id, std::move(slot));
  }

  static std::size_t bytes_of(const std::string& request) { return request.size(); }
  static std::size_t bytes_of(const google::protobuf::MessageLite& request) { return request.ByteSizeLong(); }

  // REQUIRES: mutex_ is held.
  std::unique_ptr<Slot> take_slot() {
    if (free_.empty()) {
      return std::make_unique<Slot>();
    }
    std::unique_ptr<Slot> slot = std::move(free_.back());
    free_.pop_back();
    return slot;
  }

  // REQUIRES: mutex_ is held, and nobody waits for anything in it.
  void give_back(std::unique_ptr<Slot> slot) {
    if (free_.size() >= 2 * options_.in_flight_max || slot->bytes > options_.batch_bytes_max) {
      return;  // enough for a busy stream; what a stall piled up goes
    }
    slot->waiting.clear();
    slot->bytes = 0;
    slot->batch.Clear();
    free_.push_back(std::move(slot));
  }

  void on_replies(Stream& stream) {
    std::unique_ptr<Slot> slot;
    {
      const std::lock_guard lock(mutex_);
      const auto found = in_flight_.find(stream.replies.id());
      if (found == in_flight_.end()) {
        return;
      }
      slot = std::move(found->second);
      in_flight_.erase(found);
      pending_ -= slot->waiting.size() - expired_in(*slot);
      pump();
    }
    auto* replies = Traits::replies(stream.replies);
    for (std::size_t i = 0; i < slot->waiting.size(); ++i) {
      Done& done = slot->waiting[i].first;
      if (done) {
        // A server that answers fewer than it was asked has not said anything about the rest.
        done(static_cast<int>(i) < replies->size() ? replies->Mutable(static_cast<int>(i)) : nullptr);
      }
    }
    slot->waiting.clear();  // outside the lock: what the promises held goes here
    const std::lock_guard lock(mutex_);
    if (stream.writing && writing_id_ == stream.replies.id()) {
      answered_early_ = std::move(slot);  // the batch is gRPC's until it says that it is written
    } else {
      give_back(std::move(slot));
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

  void on_write_done(bool ok) {
    const std::lock_guard lock(mutex_);
    if (stream_ == nullptr) {
      return;
    }
    stream_->writing = false;
    stream_->broken = stream_->broken || !ok;
    if (answered_early_ != nullptr) {
      give_back(std::move(answered_early_));
    }
    pump();
  }

  // Nobody begins a write any more: only now may gRPC let go of the stream, when the last write has returned.
  void on_stream_ended(Stream& stream) {
    {
      const std::lock_guard lock(mutex_);
      stream.broken = true;
    }
    stream.RemoveHold();
  }

  void on_stream_done(Stream* stream) {
    const std::lock_guard lock(mutex_);
    delete stream;  // before the destructor may go on: nothing of the call outlives this object
    stream_ = nullptr;
    reconnect_at_ = std::chrono::steady_clock::now() + options_.reconnect_delay;
    requeue_in_flight();
    stream_gone_.notify_all();
  }

  // The unanswered go to the front, oldest first. REQUIRES: mutex_ is held, no stream.
  void requeue_in_flight() {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, slot] : in_flight_) {
      ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    for (const std::uint64_t id : ids) {
      queue_.push_front(std::move(in_flight_[id]));
    }
    in_flight_.clear();
  }

  void tick() {
    const Time now = std::chrono::steady_clock::now();
    std::vector<Done> expired;
    {
      const std::lock_guard lock(mutex_);
      if (pending_ == 0 && queue_.empty()) {
        return;
      }
      for (const std::unique_ptr<Slot>& slot : queue_) {
        take_expired(*slot, now, expired);
      }
      for (const auto& [id, slot] : in_flight_) {
        take_expired(*slot, now, expired);
      }
      pending_ -= expired.size();
      counters_.expired += expired.size();
      if (stream_ == nullptr && now >= reconnect_at_ && !queue_.empty()) {
        open_stream();
      }
      pump();
    }
    for (Done& done : expired) {
      done(nullptr);
    }
  }

  const std::unique_ptr<typename Traits::Stub> stub_;
  Ticker& ticker_;
  const BatchClientOptions options_;
  std::uint64_t tick_ = 0;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable stream_gone_;
  bool closing_ = false;
  Stream* stream_ = nullptr;  // deletes itself in OnDone
  Time reconnect_at_{};
  std::uint64_t next_id_ = 1;
  std::size_t pending_ = 0;
  std::deque<std::unique_ptr<Slot>> queue_;  // to be sent, in order; the last one takes what is submitted
  std::unordered_map<std::uint64_t, std::unique_ptr<Slot>> in_flight_;
  std::uint64_t writing_id_ = 0;             // of the batch that was handed to gRPC last
  std::unique_ptr<Slot> answered_early_;     // its reply came before the end of its write was told
  std::vector<std::unique_ptr<Slot>> free_;
  BatchClientCounters counters_;
};

}  // namespace ostraka::rpc
