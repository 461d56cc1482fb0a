// Expected failure is a value: Result<T>, with one Error type, built by fail().
//
// A business outcome (a repeated vote, a shut election) is not an Error: it is an enum of its module.
// A broken invariant is check() (check.h). A failed sync is neither: it ends the process (io/fatal.h).
#pragma once

#include <fmt/core.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace ostraka {

enum class ErrorKind {
  invalid,      // the input is wrong; the same call fails again
  not_found,    // there is no such thing
  conflict,     // it is there already, or in another state
  denied,       // the caller may not
  unavailable,  // not now; the same call may succeed later
  disk_full,    // no space; nothing was written; goes on when there is space
  damaged,      // stored bytes are not what was written; nothing was touched
  internal,     // something that should not happen; the message says what
};

struct Error {
  ErrorKind kind;
  std::string message;  // for the operator's log, never a token, a key or a ballot
};

template <class T>
using Result = tl::expected<T, Error>;

// What a call returns that has nothing to give back. [[nodiscard]], as Result is.
using Status = Result<void>;

template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace ostraka
