// Tells the connections of a worker when their sockets can be read or written.
//
// An epoll of the worker's own that Asio waits for as for one descriptor: it says of many sockets at once that there is
// something, and a connection that has answered asks for nothing, while Asio tries each socket once more before it
// waits for it: a system call a request for nothing.
//
// Edge-triggered (epoll(7)): the kernel tells only of a change, so what it told and nobody used is remembered, until
// the socket is known to be empty. Being given less than was asked for is knowing that, unless the peer has ended (or
// sent urgent data, which nobody does in HTTP: then it waits for its own deadline).
//
// Owned by one thread, the one that runs the io_context; outlives its watches.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace ostraka::http {

class Readiness {
 public:
  // Called from the io_context's run(), never from within a call of its own; may destroy the watch and itself.
  class Waiter {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Waiter() = default;
  };

  // One socket. It is to be closed right behind this.
  class Watch {
   public:
    Watch(Watch&& other) noexcept
        : readiness_(std::exchange(other.readiness_, nullptr)), index_(other.index_) {}
    Watch& operator=(Watch&&) = delete;
    ~Watch() {
      if (readiness_ != nullptr) {
        readiness_->forget(index_);
      }
    }

    // Then on_readable() is called once: something is there, or the peer has ended, or it failed.
    void wait_readable(Waiter& waiter) { readiness_->wait_readable(index_, waiter); }
    // Then on_writable() is called once. REQUIRES: the last write did not take all.
    void wait_writable(Waiter& waiter) { readiness_->wait_writable(index_, waiter); }
    // Nothing was left to read, or less than was asked for.
    void was_emptied() { readiness_->was_emptied(index_); }
    // Something was read that is not used yet: there is something without the socket.
    void has_more() { readiness_->has_more(index_); }

   private:
    friend class Readiness;
    Watch(Readiness& readiness, std::uint32_t index) : readiness_(&readiness), index_(index) {}
    Readiness* readiness_;
    std::uint32_t index_;
  };

  explicit Readiness(boost::asio::io_context& io);

  void open();
  void close();

  // None when the system cannot watch one more.
  std::optional<Watch> watch(int socket);

 private:
  struct Place {
    Waiter* waiter = nullptr;
    std::uint32_t generation = 0;  // of the watches that were here: what is told of an earlier one is not for this one
    bool may_read = false;
    bool has_ended = false;
    bool waits_to_read = false;
    bool waits_to_write = false;
  };
  struct Name {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
  };

  void wait_readable(std::uint32_t index, Waiter& waiter);
  void wait_writable(std::uint32_t index, Waiter& waiter);
  void was_emptied(std::uint32_t index);
  void has_more(std::uint32_t index);
  void tell_later(std::uint32_t index);
  void forget(std::uint32_t index);

  void wait();
  void take_events();
  void take_event(Name name, std::uint32_t events);
  void take_due();
  bool is_there(Name name) const { return places_[name.index].generation == name.generation; }
  void tell_readable(Name name);

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor epoll_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::vector<Name> due_;  // who waits for what is there already
  std::vector<Name> telling_;
  bool is_due_posted_ = false;
};

}  // namespace ostraka::http
