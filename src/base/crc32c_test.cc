#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace ostraka::log {
namespace {

TEST(Crc32c, KnownAnswers) {
  // RFC 3720, B.4, and the check value of the catalogue.
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32c(bytes), crc32c_portable(bytes)) << i;
    bytes.push_back(static_cast<char>(i * 7 + 3));
  }
}

}  // namespace
}  // namespace ostraka::log
