#include "live_results/viewers.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace ostraka::bench {

namespace {

constexpr std::size_t k_opening_max = 256;       // connections on their way at a time
constexpr std::size_t k_viewer_read_bytes = 256 * 1024;
constexpr int k_slow_receive_buffer_bytes = 4096;  // the kernel makes it twice that
constexpr std::uint32_t k_end_only = EPOLLRDHUP;   // and what epoll always tells: errors

}  // namespace

SlowFigures& SlowFigures::operator+=(const SlowFigures& other) {
  stalls += other.stalls;
  caught_up += other.caught_up;
  broken += other.broken;
  cut_off += other.cut_off;
  stale_max = std::max(stale_max, other.stale_max);
  catching_up += other.catching_up;
  never_reading_cut_off += other.never_reading_cut_off;
  cut_off_after += other.cut_off_after;
  return *this;
}

ViewerFigures& ViewerFigures::operator+=(const ViewerFigures& other) {
  lag += other.lag;
  slow += other.slow;
  documents += other.documents;
  document_bytes += other.document_bytes;
  lost += other.lost;
  uncovered += other.uncovered;
  return *this;
}

Viewers::Viewers(ViewerOptions options, Lag& lag) : options_(std::move(options)), lag_(lag), buffer_(k_viewer_read_bytes) {
  viewers_.resize(options_.readers + options_.stalling + options_.never_reading);
  for (std::size_t i = options_.readers; i < viewers_.size(); ++i) {
    viewers_[i].kind = i < options_.readers + options_.stalling ? Kind::stalling : Kind::never_reading;
  }
}

bool Viewers::open_some() {
  while (opened_ < viewers_.size() && opened_ - watching_ < k_opening_max) {
    open(opened_++);
  }
  return watching_ == viewers_.size();
}

void Viewers::open(std::size_t index) {
  Viewer& viewer = viewers_[index];
  Dial to{.port = options_.port, .source = static_cast<unsigned>(index) % options_.sources};
  if (viewer.kind != Kind::reader) {
    to.receive_buffer_bytes = k_slow_receive_buffer_bytes;
  }
  viewer.socket = dial(to);
  poller_.add(viewer.socket.get(), EPOLLOUT, index);
}

void Viewers::turn(std::chrono::nanoseconds at_most) {
  poller_.wait(at_most, [this](std::uint64_t index, std::uint32_t events) { on_event(index, events); });
}

void Viewers::on_event(std::size_t index, std::uint32_t events) {
  Viewer& viewer = viewers_[index];
  if (viewer.state == State::connecting) {
    return ask(index);
  }
  if (viewer.kind == Kind::never_reading || viewer.is_stalled) {
    if ((events & ~static_cast<std::uint32_t>(EPOLLIN)) != 0) {
      end(index, std::chrono::steady_clock::now());
    }
    return;
  }
  read(index);
}

void Viewers::ask(std::size_t index) {
  Viewer& viewer = viewers_[index];
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", options_.target);
  if (write_some(viewer.socket.get(), request).bytes != request.size()) {
    give_up(fmt::format("viewer {} cannot ask", index));
  }
  if (viewer.kind == Kind::never_reading) {
    viewer.state = State::watching;
    ++watching_;
    poller_.change(viewer.socket.get(), k_end_only, index);
  } else {
    viewer.state = State::waiting;
    poller_.change(viewer.socket.get(), EPOLLIN, index);
  }
}

void Viewers::read(std::size_t index) {
  Viewer& viewer = viewers_[index];
  const Transferred got = read_some(viewer.socket.get(), buffer_.data(), buffer_.size());
  const Time now = std::chrono::steady_clock::now();
  if (got.is_over) {
    return end(index, now);
  }
  const std::string_view bytes(buffer_.data(), got.bytes);
  if (viewer.held.empty()) {
    return take(viewer, index, bytes, now);
  }
  const std::string whole = std::exchange(viewer.held, {}).append(bytes);
  take(viewer, index, whole, now);
}

void Viewers::take(Viewer& viewer, std::size_t index, std::string_view bytes, Time now) {
  for (ScannedEvent event = next_event(bytes);; event = next_event(bytes)) {
    bytes.remove_prefix(event.taken);
    if (!event.is_found) {
      break;
    }
    on_document(viewer, index, event.json, now);
  }
  viewer.held.assign(bytes);
}

void Viewers::on_document(Viewer& viewer, std::size_t index, std::string_view json, Time now) {
  ++seen_.documents;
  seen_.document_bytes += json.size();
  if (viewer.state == State::waiting) {
    viewer.state = State::watching;
    ++watching_;
    lag_.begin(viewer.seen);
  }
  if (viewer.kind == Kind::stalling) {
    return on_staller_document(viewer, index, json, now);
  }
  lag_.arrived(viewer.seen, lag_.document(covers_text(json)), now, seen_.lag);
}

// It says how long it looked away; what counts is how soon it sees the present again, and that what it sees is whole.
void Viewers::on_staller_document(Viewer& viewer, std::size_t index, std::string_view json, Time now) {
  Histogram ignored;
  lag_.arrived(viewer.seen, lag_.document(covers_text(json)), now, ignored);
  if (!nlohmann::json::accept(json)) {
    ++seen_.slow.broken;
  }
  if (!viewer.is_catching_up) {
    return;
  }
  Stall& stall = stall_of(index);
  if (!lag_.has_reached(viewer.seen, stall.moment)) {
    ++stall.stale;
    return;
  }
  viewer.is_catching_up = false;
  ++seen_.slow.caught_up;
  seen_.slow.stale_max = std::max(seen_.slow.stale_max, stall.stale);
  seen_.slow.catching_up.add(now - stall.resumed);
}

void Viewers::end(std::size_t index, Time now) {
  Viewer& viewer = viewers_[index];
  if (viewer.state == State::waiting) {
    give_up(fmt::format("viewer {} got no document", index));
  }
  viewer.state = State::over;
  viewer.socket = Descriptor();
  if (viewer.kind == Kind::reader) {
    ++seen_.lost;
  } else if (viewer.kind == Kind::stalling) {
    ++seen_.slow.cut_off;
  } else {
    ++seen_.slow.never_reading_cut_off;
    seen_.slow.cut_off_after.add(now - begun_);
  }
}

void Viewers::begin_measuring() {
  const Time now = std::chrono::steady_clock::now();
  is_measuring_ = true;
  begun_ = now;
  seen_ = {};
  for (Viewer& viewer : viewers_) {
    lag_.begin(viewer.seen);
  }
  // Not all at once: the first one looks away now, the last one a whole round later.
  for (std::size_t i = 0; i < options_.stalling; ++i) {
    const auto later = options_.stall_every * static_cast<int>(i) / static_cast<int>(options_.stalling);
    stalls_.push_back({.viewer = options_.readers + i, .next = now + later, .resumed = {}, .moment = {}});
  }
}

void Viewers::keep_time() {
  const Time now = std::chrono::steady_clock::now();
  for (Stall& stall : stalls_) {
    const Viewer& viewer = viewers_[stall.viewer];
    if (viewer.state != State::watching || now < stall.next) {
      continue;
    }
    viewer.is_stalled ? read_again(stall, now) : stop_reading(stall, now);
  }
}

void Viewers::stop_reading(Stall& stall, Time now) {
  Viewer& viewer = viewers_[stall.viewer];
  if (!is_measuring_) {
    return;
  }
  viewer.is_stalled = true;
  poller_.change(viewer.socket.get(), k_end_only, stall.viewer);
  stall.next = now + options_.stall;
}

void Viewers::read_again(Stall& stall, Time now) {
  Viewer& viewer = viewers_[stall.viewer];
  viewer.is_stalled = false;
  viewer.is_catching_up = true;
  ++seen_.slow.stalls;
  stall.stale = 0;
  stall.resumed = now;
  lag_.begin(stall.moment);
  stall.next = now + options_.stall_every - options_.stall;
  poller_.change(viewer.socket.get(), EPOLLIN, stall.viewer);
}

void Viewers::end_stalling() {
  is_measuring_ = false;
  const Time now = std::chrono::steady_clock::now();
  for (Stall& stall : stalls_) {
    if (viewers_[stall.viewer].state == State::watching && viewers_[stall.viewer].is_stalled) {
      read_again(stall, now);
    }
  }
}

ViewerFigures Viewers::figures() const {
  ViewerFigures all = seen_;
  all.uncovered = uncovered();
  return all;
}

std::uint64_t Viewers::uncovered() const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < options_.readers; ++i) {
    count += viewers_[i].state == State::over ? 0 : lag_.uncovered(viewers_[i].seen);
  }
  return count;
}

}  // namespace ostraka::bench
