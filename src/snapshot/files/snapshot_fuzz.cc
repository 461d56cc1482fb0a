// Whatever bytes a snapshot file holds, reading ends, asks for no more memory than the file has bytes, and gives pieces
// only that can be put into tables or are refused. Check sums are put right on half of the inputs, so that what they
// protect is looked at, too.
#include <fuzzer/FuzzedDataProvider.h>

#include <map>

#include "base/check.h"
#include "base/voter_table.h"
#include "io/simulated/disk.h"
#include "snapshot/files/file_source.h"
#include "snapshot/table_taker.h"

namespace ostraka::snapshot {
namespace {

const Place k_place{"", "one.snapshot"};

std::string planned(FuzzedDataProvider& input) {
  std::string bytes = encode_file_header({Owner::ballotbox, 3, 0, std::string(k_log_id_bytes, 'l')});
  std::string pieces;
  while (input.remaining_bytes() > 0 && pieces.size() < 100'000) {
    PieceHeader header;
    header.kind = static_cast<PieceKind>(input.ConsumeIntegralInRange<int>(1, 3));
    header.known = input.ConsumeIntegralInRange<std::uint8_t>(0, 3);
    header.place = input.ConsumeIntegral<std::uint16_t>();
    header.table = input.ConsumeIntegralInRange<std::uint32_t>(0, 2);
    header.entries = input.ConsumeIntegralInRange<std::uint32_t>(0, 40);
    append_piece(pieces, header, input.ConsumeRandomLengthString(2'000));
  }
  seal(pieces, chain_start(bytes));
  return bytes + pieces;
}

void read(const std::string& bytes) {
  io::SimulatedDisk disk(1);
  disk.set_content(k_place.path(), bytes);
  const auto process = disk.start_process();
  const auto source = open_file_source(*process, k_place);
  if (!source) {
    return;
  }
  std::map<std::uint32_t, VoterTable<3>> tables;
  std::size_t body_bytes = 0;
  while (true) {
    const auto piece = (*source)->next();
    if (!piece || !*piece) {
      break;
    }
    body_bytes += (*piece)->body.size();
    check(body_bytes <= bytes.size(), "no more than there is");
    VoterTable<3>& table = tables[(*piece)->header.table];
    const std::size_t before = table.size();
    const bool put = put_piece(table, **piece);
    check(!put || table.size() == before + (*piece)->header.entries, "what is put is what the header says");
  }
}

}  // namespace
}  // namespace ostraka::snapshot

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool()) {
    ostraka::snapshot::read(ostraka::snapshot::planned(input));
  } else {
    ostraka::snapshot::read(input.ConsumeRemainingBytesAsString());
  }
  return 0;
}
