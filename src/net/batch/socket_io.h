// Sends and receives without waiting, and without asking the socket's owner object: one system call each.
#pragma once

#include <cstddef>
#include <string_view>

namespace ostraka::batch {

enum class Progress { some, blocked, broken };

struct Moved {
  Progress progress = Progress::broken;
  std::size_t bytes = 0;  // with `some`: at least one
};

Moved send_some(int descriptor, std::string_view bytes);
// broken: at the stream's end, too.
Moved receive_some(int descriptor, char* to, std::size_t bytes_max);

// What every socket of a stream is set to; a peer whose machine is gone is noticed within some seconds.
void prepare_socket(int descriptor);

}  // namespace ostraka::batch
