#include "net/tls/ticket_keys.h"

#include <gtest/gtest.h>

namespace ostraka::tls {
namespace {

using namespace std::chrono_literals;

const std::string k_secret(32, 's');

class HandClock final : public Clock {
 public:
  WallTime wall_now() const override { return now; }
  MonotonicTime monotonic_now() const override { return {}; }
  WallTime now = WallTime(1'800'000'000s);  // a full hour
};

TEST(TicketKeys, StayTheSameWithinAnHourAndForEverybodyWithTheSecret) {
  HandClock clock;
  const TicketKeys here(k_secret, clock), there(k_secret, clock);
  const TicketKey first = here.for_new_tickets();
  clock.now += 3599s;
  EXPECT_EQ(here.for_new_tickets().name, first.name);
  const auto found = there.named(first.name);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->cipher, first.cipher);
  EXPECT_EQ(found->mac, first.mac);
  EXPECT_NE(first.cipher, first.mac);
}

TEST(TicketKeys, OfTheHourBeforeAreTakenAndNoOlderOnes) {
  HandClock clock;
  const TicketKeys keys(k_secret, clock);
  const TicketKey old = keys.for_new_tickets();
  clock.now += 3600s;
  EXPECT_NE(keys.for_new_tickets().name, old.name);
  EXPECT_NE(keys.for_new_tickets().cipher, old.cipher);
  EXPECT_TRUE(keys.named(old.name).has_value());
  clock.now += 3599s;
  EXPECT_TRUE(keys.named(old.name).has_value());
  clock.now += 1s;
  EXPECT_FALSE(keys.named(old.name).has_value());
}

TEST(TicketKeys, OfAGatewayWhoseClockIsAheadAreTaken) {
  HandClock clock, ahead;
  ahead.now += 3600s;
  EXPECT_TRUE(TicketKeys(k_secret, clock).named(TicketKeys(k_secret, ahead).for_new_tickets().name).has_value());
  ahead.now += 3600s;
  EXPECT_FALSE(TicketKeys(k_secret, clock).named(TicketKeys(k_secret, ahead).for_new_tickets().name).has_value());
}

TEST(TicketKeys, OfAnotherSecretAreUnknown) {
  HandClock clock;
  const TicketKeys other(std::string(32, 'o'), clock);
  EXPECT_FALSE(TicketKeys(k_secret, clock).named(other.for_new_tickets().name).has_value());
}

}  // namespace
}  // namespace ostraka::tls
