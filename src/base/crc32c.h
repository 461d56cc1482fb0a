// CRC-32C (Castagnoli, reflected, as in RFC 3720): the check sum of the log and of snapshots. Uses the CPU's instruction
// where there is one.
#pragma once

#include <cstdint>
#include <string_view>

namespace ostraka {

std::uint32_t crc32c(std::string_view bytes);

// The same by table on any CPU; the tests hold the two against each other.
std::uint32_t crc32c_portable(std::string_view bytes);

}  // namespace ostraka
