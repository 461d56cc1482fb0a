#include "net/tls/ticket_keys.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/mac.h"

namespace ostraka::tls {
namespace {

template <std::size_t size>
void derive(crypto::HmacSha256& secret, std::string_view purpose, std::int64_t hour,
            std::array<unsigned char, size>& out) {
  static_assert(size <= crypto::k_hmac_sha256_bytes);
  std::string input(sizeof hour, '\0');
  store_le(input.data(), hour);
  input.append("ostraka tls ticket ").append(purpose);
  std::memcpy(out.data(), secret.mac(input).data(), size);
}

}  // namespace

TicketKeys::TicketKeys(std::string secret, const Clock& clock) : secret_(std::move(secret)), clock_(clock) {
  check(secret_.size() >= k_ticket_secret_bytes_min, "a secret that cannot be guessed");
}

std::int64_t TicketKeys::hour() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.wall_now()).time_since_epoch() / k_ticket_life;
}

TicketKey TicketKeys::of_hour(std::int64_t hour) const {
  crypto::HmacSha256 secret(secret_);
  TicketKey key;
  derive(secret, "name", hour, key.name);
  derive(secret, "cipher", hour, key.cipher);
  derive(secret, "mac", hour, key.mac);
  return key;
}

TicketKey TicketKeys::for_new_tickets() const {
  return of_hour(hour());
}

std::optional<TicketKey> TicketKeys::named(const TicketKey::Name& name) const {
  const std::int64_t now = hour();
  for (const std::int64_t hour : {now, now - 1, now + 1}) {
    if (TicketKey key = of_hour(hour); key.name == name) {
      return key;
    }
  }
  return std::nullopt;
}

}  // namespace ostraka::tls
