// The serving side of batch streams: hands each batch to the service, writes the replies back in whatever order they
// come, and stops reading a stream that has too much unanswered. The memory of answered batches is used again.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace ostraka::rpc {

inline constexpr std::size_t k_server_batches_in_flight_max = 8;  // of one stream; beyond, its next batch is not read

template <class Batch, class Replies>
class BatchServer {
  class Stream;

 public:
  // One batch on its way through the service. Whoever holds it answers it: fill replies() and call finish(), from any
  // thread. Dropping it unfinished breaks the stream, which tells the client that the outcome is unknown.
  class Call {
   public:
    Call() = default;
    ~Call() {
      if (stream_ != nullptr) {
        stream_->abandon();
      }
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    const Batch& batch() const { return batch_; }
    Replies& replies() { return replies_; }
    static void finish(std::unique_ptr<Call> call) {
      const std::shared_ptr<Stream> stream = std::move(call->stream_);
      call->replies_.set_id(call->batch_.id());
      stream->write(std::move(call));
    }

   private:
    friend class Stream;
    std::shared_ptr<Stream> stream_;  // from when it is handed out until it is answered
    Batch batch_;
    Replies replies_;
  };

  // Runs on one of gRPC's threads: hand the call on, do not work here.
  using Handler = std::function<void(std::unique_ptr<Call>)>;

  explicit BatchServer(Handler handler) : handler_(std::move(handler)) {}
  // REQUIRES: the gRPC server has been shut down.
  ~BatchServer() = default;

  // What the service's method returns to gRPC.
  grpc::ServerBidiReactor<Batch, Replies>* accept() {
    auto stream = std::make_shared<Stream>(*this);
    {
      const std::lock_guard lock(mutex_);
      streams_.insert(stream.get());
    }
    stream->begin(stream);
    if (is_draining()) {
      stream->drain();
    }
    return stream.get();
  }

  // Reads no more; what was read is answered, then each stream ends. Returns when all have ended or the time is over.
  void drain(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    draining_ = true;
    for (Stream* stream : streams_) {
      stream->drain();
    }
    stream_ended_.wait_for(lock, at_most, [this] { return streams_.empty(); });
  }

 private:
  bool is_draining() {
    const std::lock_guard lock(mutex_);
    return draining_;
  }

  class Stream final : public grpc::ServerBidiReactor<Batch, Replies> {
   public:
    explicit Stream(BatchServer& server) : server_(server) {}

    void begin(std::shared_ptr<Stream> self) {
      self_ = self;
      const std::lock_guard lock(mutex_);
      read_next();
    }

    void OnReadDone(bool ok) override {
      std::unique_ptr<Call> call;
      {
        const std::lock_guard lock(mutex_);
        reading_ = false;
        if (ok) {
          call = std::move(next_);
          call->stream_ = self_;
          ++open_;
          read_next();
        } else {
          ended_ = true;
          finish_if_done();
        }
      }
      if (call != nullptr) {
        server_.handler_(std::move(call));
      }
    }

    void OnWriteDone(bool ok) override {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      use_again(std::move(queue_.front()));
      queue_.pop_front();
      broken_ = broken_ || !ok;
      write_next();
      finish_if_done();
    }

    void OnCancel() override {
      const std::lock_guard lock(mutex_);
      broken_ = true;
      ended_ = true;
      finish_if_done();
    }

    void OnDone() override {
      {
        const std::lock_guard lock(server_.mutex_);
        server_.streams_.erase(this);
        server_.stream_ended_.notify_all();
      }
      const std::shared_ptr<Stream> last = std::move(self_);  // calls that are still open keep the object alive
    }

    void write(std::unique_ptr<Call> call) {
      const std::lock_guard lock(mutex_);
      --open_;
      if (!finished_) {
        queue_.push_back(std::move(call));
        write_next();
        read_next();
        finish_if_done();
      }
    }

    void abandon() {
      const std::lock_guard lock(mutex_);
      --open_;
      broken_ = true;
      ended_ = true;
      finish_if_done();
    }

    void drain() {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      finish_if_done();
    }

   private:
    // REQUIRES for all of these: mutex_ is held.
    void read_next() {
      if (reading_ || ended_ || finished_ || open_ >= k_server_batches_in_flight_max) {
        return;
      }
      reading_ = true;
      if (answered_.empty()) {
        next_ = std::make_unique<Call>();
      } else {
        next_ = std::move(answered_.back());
        answered_.pop_back();
      }
      this->StartRead(&next_->batch_);
    }

    void use_again(std::unique_ptr<Call> call) {
      call->replies_.Clear();  // the batch is cleared when it is read into
      answered_.push_back(std::move(call));
    }

    void write_next() {
      if (!writing_ && !broken_ && !finished_ && !queue_.empty()) {
        writing_ = true;
        this->StartWrite(&queue_.front()->replies_);
      }
    }

    void finish_if_done() {
      if (finished_ || !ended_ || writing_ || open_ > 0 || (!queue_.empty() && !broken_)) {
        return;
      }
      finished_ = true;
      this->Finish(broken_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken")
                           : grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining"));
    }

    BatchServer& server_;
    std::mutex mutex_;  // guards everything below
    std::shared_ptr<Stream> self_;  // until OnDone
    std::unique_ptr<Call> next_;    // being read into
    std::deque<std::unique_ptr<Call>> queue_;
    std::vector<std::unique_ptr<Call>> answered_;  // at most as many as were ever in flight
    std::size_t open_ = 0;  // handed to the service and not answered yet
    bool reading_ = false;
    bool writing_ = false;
    bool ended_ = false;     // nothing more is read
    bool broken_ = false;    // nothing more is written
    bool finished_ = false;  // Finish was called
  };

  const Handler handler_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable stream_ended_;
  std::set<Stream*> streams_;
  bool draining_ = false;
};

}  // namespace ostraka::rpc
