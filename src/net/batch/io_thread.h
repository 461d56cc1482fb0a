// A thread that serves one io_context, for clients and servers of streams whose process has none of that kind.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace ostraka::batch {

// What lives on the thread is made and ended there: see run().
class IoThread {
 public:
  IoThread() : thread_([this] { io_->run(); }) {}
  // What is due is done first, and what follows from it at once: the last words of sockets that were closed.
  ~IoThread() {
    post([this] { post([this] { io_->stop(); }); });
    thread_.join();
  }
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  boost::asio::io_context& io() { return *io_; }
  // For what may have to outlive the thread.
  std::shared_ptr<boost::asio::io_context> shared_io() const { return io_; }

  // Does it on the thread. Any thread.
  template <class Task>
  void post(Task&& task) {
    boost::asio::post(*io_, std::forward<Task>(task));
  }
  // The same, and returns when it is done. Not from the thread itself.
  template <class Task>
  auto run(Task task) {
    std::packaged_task<decltype(task())()> packaged(std::move(task));
    auto result = packaged.get_future();
    boost::asio::post(*io_, [&packaged] { packaged(); });
    return result.get();
  }

 private:
  std::shared_ptr<boost::asio::io_context> io_ = std::make_shared<boost::asio::io_context>(1);
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_->get_executor()};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace ostraka::batch
