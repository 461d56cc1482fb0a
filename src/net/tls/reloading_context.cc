#include "net/tls/reloading_context.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace ostraka::tls {
namespace {

constexpr std::size_t k_secret_bytes_max = 4096;

Result<std::string> read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string secret(k_secret_bytes_max, '\0');
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(static_cast<std::size_t>(file.gcount()));
  if (secret.size() < k_ticket_secret_bytes_min) {
    return fail(ErrorKind::invalid, "{}: not a file of {} bytes and more", path, k_ticket_secret_bytes_min);
  }
  return secret;
}

}  // namespace

ReloadingContext::ReloadingContext(ReloadingContextOptions options, const Clock& clock,
                                   ReloadingContextObserver observer)
    : options_(std::move(options)),
      clock_(clock),
      observer_(std::move(observer)),
      own_secret_(system_random().bytes(k_ticket_secret_bytes_min)) {}

Result<std::unique_ptr<ReloadingContext>> ReloadingContext::start(ReloadingContextOptions options, const Clock& clock,
                                                                  ReloadingContextObserver observer) {
  std::unique_ptr<ReloadingContext> made(new ReloadingContext(std::move(options), clock, std::move(observer)));
  if (const Status taken = made->take_what_is_there(); !taken) {
    return tl::make_unexpected(taken.error());
  }
  made->thread_ = std::thread([raw = made.get()] { raw->run(); });
  return made;
}

ReloadingContext::~ReloadingContext() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// Of what the names lead to: who renews certificates often replaces a link.
std::string ReloadingContext::fingerprint() const {
  std::string all;
  for (const std::string& path : {options_.certificate_file, options_.key_file, options_.ticket_secret_file}) {
    struct stat file {};
    if (path.empty() || ::stat(path.c_str(), &file) != 0) {
      all += "none;";
      continue;
    }
    all += fmt::format("{}.{}.{}.{}.{};", file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec,
                       file.st_mtim.tv_nsec);
  }
  return all;
}

Result<ServerContext> ReloadingContext::read() const {
  std::string secret = own_secret_;
  if (!options_.ticket_secret_file.empty()) {
    Result<std::string> shared = read_secret(options_.ticket_secret_file);
    if (!shared) {
      return tl::make_unexpected(shared.error());
    }
    secret = std::move(*shared);
  }
  ServerContextOptions server;
  server.certificate_file = options_.certificate_file;
  server.key_file = options_.key_file;
  server.oldest = options_.oldest;
  server.ticket_keys = std::make_shared<const TicketKeys>(std::move(secret), clock_);
  return make_server_context(server);
}

Status ReloadingContext::take_what_is_there() {
  seen_ = fingerprint();  // before reading: what is written meanwhile is seen the next time
  Result<ServerContext> made = read();
  const std::lock_guard lock(mutex_);
  is_stale_ = !made;
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  served_ = std::move(*made);
  return {};
}

void ReloadingContext::look() {
  if (fingerprint() == seen_) {
    return;
  }
  if (const Status taken = take_what_is_there(); !taken) {
    return observer_.on_not_reloaded(taken.error().message);
  }
  {
    const std::lock_guard lock(mutex_);
    ++reloaded_;
  }
  observer_.on_reloaded();
}

void ReloadingContext::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, options_.look_every, [this] { return is_stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

Context ReloadingContext::current() const {
  const std::lock_guard lock(mutex_);
  return served_.context;
}

ReloadingContextCounters ReloadingContext::counters() const {
  const std::lock_guard lock(mutex_);
  return {reloaded_, is_stale_, served_.certificate_expires};
}

}  // namespace ostraka::tls
