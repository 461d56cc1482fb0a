// The keys that TLS session tickets are sealed with. A ticket is all that is kept of a session, and the client keeps
// it: any thread, and any gateway that shares the secret, resumes what another began.
//
// An hour's keys are computed from a secret and the hour, so everybody who shares the secret changes them at the same
// moment and nobody has to hand anything around. Tickets are made with the present hour's key. They are taken with
// that, the hour before's (a ticket lives for one hour), and the next one's (clocks differ a little).
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace ostraka::tls {

inline constexpr std::chrono::seconds k_ticket_life{3600};  // and how long one key makes tickets
inline constexpr std::size_t k_ticket_secret_bytes_min = 32;

struct TicketKey {
  using Name = std::array<unsigned char, 16>;  // stands in front of each ticket, readable by everybody
  Name name{};
  std::array<unsigned char, 32> cipher{};
  std::array<unsigned char, 32> mac{};
};

// Thread-safe. The clock outlives it.
class TicketKeys {
 public:
  // REQUIRES: at least k_ticket_secret_bytes_min of secret.
  TicketKeys(std::string secret, const Clock& clock);

  TicketKey for_new_tickets() const;
  // Empty for one that is too old, or not of this secret.
  std::optional<TicketKey> named(const TicketKey::Name& name) const;

 private:
  // Of the hours that tickets are taken from, the present one first.
  using Keys = std::array<TicketKey, 3>;
  Keys now() const;

  const std::string secret_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows: computed once an hour
  mutable std::optional<std::int64_t> hour_;
  mutable Keys keys_;
};

}  // namespace ostraka::tls
