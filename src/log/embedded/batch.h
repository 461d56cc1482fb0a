// A batch in memory: what append() writes in one piece, and how its records are taken out again.
//
// The payload is, per record, a varint length and the bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/embedded/format.h"

namespace ostraka::log {

// invalid unless a batch of these records may be written: at least one, none too large, not too many bytes together.
Status check_records(std::span<const std::string_view> records);

// Puts the whole batch into `out` (which keeps its memory from call to call): header, payload, padding to whole blocks.
// Fills in the payload length, the count and both check sums of `header`. REQUIRES: check_records said yes.
void encode_batch(BatchHeader& header, std::span<const std::string_view> records, std::string& out);

// Appends views of the payload's records to `out`. False when the payload is not exactly `record_count` records.
bool take_records(std::string_view payload, std::uint32_t record_count, std::vector<std::string_view>& out);

}  // namespace ostraka::log
