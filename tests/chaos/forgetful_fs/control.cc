#include "control.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

namespace forgetful {

namespace {

constexpr std::size_t k_line_bytes_max = 1'024;

std::string read_line(int connection) {
  std::string line;
  char byte = 0;
  while (line.size() < k_line_bytes_max && ::read(connection, &byte, 1) == 1 && byte != '\n') {
    line += byte;
  }
  return line;
}

}  // namespace

bool Control::start(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening_ < 0 || ::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_, 8) != 0) {
    return false;
  }
  std::thread([this] { serve(); }).detach();
  return true;
}

void Control::serve() {
  while (true) {
    const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      continue;
    }
    const std::string said = answer(read_line(connection)) + "\n";
    (void)!::write(connection, said.data(), said.size());  // who does not listen does not care
    ::close(connection);
  }
}

// What is dirty in the page cache was written by nobody yet: the disk gets it before it forgets.
std::string Control::lose(const std::function<Unsynced()>& power) {
  give_up_page_cache(session_, front_.disk);
  const Unsynced unsynced = power();
  give_up_page_cache(session_, front_.disk);
  return "ok pages=" + std::to_string(unsynced.pages) + " names=" + std::to_string(unsynced.names);
}

std::string Control::answer(const std::string& line) {
  std::istringstream words(line);
  std::string command;
  std::string word;
  words >> command;
  Faults faults = front_.disk.faults();
  if (command == "lose") {
    return lose([this] { return front_.disk.lose_power(); });
  } else if (std::uint64_t seed = 0; command == "tear" && words >> seed) {
    return lose([this, seed] { return front_.disk.tear_and_lose_power(seed); });
  } else if (command == "fail-syncs" && words >> faults.failing_syncs) {
    faults.failing_under.clear();
    words >> faults.failing_under;
    front_.disk.set_faults(faults);
  } else if (unsigned milliseconds = 0; command == "slow-syncs" && words >> milliseconds) {
    front_.sync_takes = std::chrono::milliseconds(milliseconds);
  } else if ((command == "full" || command == "lie") && words >> word && (word == "on" || word == "off")) {
    (command == "full" ? faults.is_full : faults.lies) = word == "on";
    front_.disk.set_faults(faults);
  } else if (command == "status") {
    return "ok failed=" + std::to_string(front_.disk.failed_syncs());
  } else {
    return "error: " + line;
  }
  return "ok";
}

}  // namespace forgetful
