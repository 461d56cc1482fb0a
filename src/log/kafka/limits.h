// Sizes that brokers, topics and clients have to agree on.
#pragma once

#include <cstddef>

#include "log/log.h"

namespace ostraka::log {

// Of one message with what Kafka puts around it, and so of the smallest batch that has to get through: the topic's
// max.message.bytes is at least this.
inline constexpr std::size_t k_message_bytes_max = std::size_t{k_record_bytes_max} + (64U << 10);

}  // namespace ostraka::log
