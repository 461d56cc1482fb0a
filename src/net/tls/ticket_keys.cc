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

TicketKey of_hour(crypto::HmacSha256& secret, std::int64_t hour) {
  TicketKey key;
  derive(secret, "name", hour, key.name);
  derive(secret, "cipher", hour, key.cipher);
  derive(secret, "mac", hour, key.mac);
  return key;
}

}  // namespace

TicketKeys::TicketKeys(std::string secret, const Clock& clock) : secret_(std::move(secret)), clock_(clock) {
  check(secret_.size() >= k_ticket_secret_bytes_min, "a secret that cannot be guessed");
}

TicketKeys::Keys TicketKeys::now() const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.wall_now()).time_since_epoch();
  const std::int64_t hour = seconds / k_ticket_life;
  const std::lock_guard lock(mutex_);
  if (hour_ != hour) {
    crypto::HmacSha256 secret(secret_);
    keys_ = {of_hour(secret, hour), of_hour(secret, hour - 1), of_hour(secret, hour + 1)};
    hour_ = hour;
  }
  return keys_;
}

TicketKey TicketKeys::for_new_tickets() const {
  return now().front();
}

std::optional<TicketKey> TicketKeys::named(const TicketKey::Name& name) const {
  for (const TicketKey& key : now()) {
    if (key.name == name) {
      return key;
    }
  }
  return std::nullopt;
}

}  // namespace ostraka::tls
