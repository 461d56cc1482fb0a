// Whatever bytes a segment file holds, a scan never speaks of what it did not read, and recovery either goes on with
// exactly the records that are whole, losing none that anything proves to have been durable, or changes nothing.
//
// Random bytes do not have the right check sums, so most inputs are a plan: batches that are written as ours are (now
// and then with a field that is wrong), a tail, bytes changed afterwards, a watermark. The others are the file itself.
#include <fuzzer/FuzzedDataProvider.h>

#include "base/check.h"
#include "io/simulated/disk.h"
#include "log/embedded/batch.h"
#include "log/embedded/check.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/layout.h"
#include "log/embedded/segment_scan.h"

namespace ostraka::log {
namespace {

constexpr std::uint64_t k_segment_bytes = 8 * k_block_bytes;
const PartitionName k_name{"ballots", Partition{0}};
const std::string k_directory = "/log";

class SameRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override { return std::string(count, 'r'); }
};

class SameClock final : public Clock {
 public:
  WallTime wall_now() const override { return wall_time(1'767'225'600'000); }
  MonotonicTime monotonic_now() const override { return {}; }
};

// One partition that was opened once, so that everything about it is there.
class World {
 public:
  World() {
    begin_process();
    check(open().has_value(), "a new log opens");
    id_ = read_log_id(*process_, k_directory).value();
    begin_process();
  }

  Result<std::unique_ptr<Appender>> open() {
    log_ = open_embedded_log(k_directory, options_).value();
    return log_->open_appender(k_name);
  }
  Log& log() { return *log_; }
  io::FileSystem& files() { return *process_; }
  const LogId& id() const { return id_; }
  std::string directory() const { return partition_directory(k_directory, k_name); }
  std::string segment() const { return segment_path(directory(), Offset{0}); }

  void put(const std::string& segment_bytes, std::uint64_t watermark) {
    disk_.set_content(segment(), segment_bytes);
    std::string words = disk_.content(watermark_path(directory())).value();
    const std::uint64_t word = watermark_word(watermark);
    for (std::size_t i = 0; i < 8; ++i) {
      words[8 * k_watermark_end_word + i] = static_cast<char>(word >> (8 * i));
    }
    disk_.set_content(watermark_path(directory()), words);
  }
  std::string segment_bytes() const { return disk_.content(segment()).value_or(""); }

 private:
  void begin_process() {
    log_.reset();
    if (process_ != nullptr) {
      process_->kill();
      dead_.push_back(std::move(process_));
    }
    process_ = disk_.start_process();
    options_.files = process_.get();
    options_.fatal = [](const std::string&) { check(false, "a sync failed on a disk that works"); };
    options_.random = &random_;
    options_.threads = Threads::none;
    options_.writer.clock = &clock_;
    options_.writer.sizes.fixed_bytes = k_segment_bytes;
  }

  SameRandom random_;
  SameClock clock_;
  io::SimulatedDisk disk_{1};
  EmbeddedOptions options_;
  LogId id_;
  std::vector<std::unique_ptr<io::SimulatedProcess>> dead_;  // handles may still point to them
  std::unique_ptr<io::SimulatedProcess> process_;
  std::unique_ptr<Log> log_;
};

// Mostly what belongs there; the input decides.
template <class Number>
Number perhaps_wrong(FuzzedDataProvider& input, Number right) {
  return input.ConsumeIntegralInRange<int>(0, 31) == 31 ? input.ConsumeIntegral<Number>() : right;
}

std::string planned_segment(FuzzedDataProvider& input, const LogId& id) {
  std::string bytes = encode_segment_header({id, k_name, Offset{0}, k_segment_bytes});
  Offset next;
  std::uint32_t previous_crc = 0;
  for (int batch = input.ConsumeIntegralInRange<int>(0, 5); batch > 0; --batch) {
    std::vector<std::string> records(input.ConsumeIntegralInRange<std::size_t>(0, 3));
    for (std::string& record : records) {
      record.assign(input.ConsumeIntegralInRange<std::size_t>(0, 5000), input.ConsumeIntegral<char>());
    }
    const std::vector<std::string_view> views(records.begin(), records.end());
    BatchHeader header;
    header.kind = !records.empty() ? BatchKind::data : input.ConsumeBool() ? BatchKind::seal : BatchKind::end;
    header.record_count = static_cast<std::uint32_t>(records.size());
    header.base = Offset{perhaps_wrong(input, next.value)};
    header.durable_before = Offset{perhaps_wrong(input, next.value)};
    header.log_id_bits = perhaps_wrong(input, id.first_eight());
    header.previous_crc = perhaps_wrong(input, previous_crc);
    std::string encoded;
    encode_batch(header, views, encoded);
    bytes += encoded;
    next = next.plus(header.record_count);
    previous_crc = header.header_crc;
  }
  bytes.resize(std::max<std::size_t>(bytes.size(), input.ConsumeIntegralInRange<std::size_t>(0, k_segment_bytes)));
  for (int change = input.ConsumeIntegralInRange<int>(0, 4); change > 0; --change) {
    // Headers are few bytes among many, and worth as much as all others together.
    const std::size_t block = input.ConsumeIntegralInRange<std::size_t>(0, (bytes.size() - 1) / k_block_bytes);
    const std::size_t last = input.ConsumeBool() ? k_batch_header_bytes - 1 : k_block_bytes - 1;
    const std::size_t at = block * k_block_bytes + input.ConsumeIntegralInRange<std::size_t>(0, last);
    bytes[std::min(at, bytes.size() - 1)] ^= input.ConsumeIntegral<char>();
  }
  bytes.resize(bytes.size() - input.ConsumeIntegralInRange<std::size_t>(0, std::min<std::size_t>(bytes.size(), 6000)));
  return bytes;
}

void check_scan(const SegmentScan& scan, const std::string& bytes) {
  check(scan.file_bytes == bytes.size() && scan.position <= bytes.size() && scan.nonzero_end <= bytes.size(),
        "a scan speaks of bytes that are there");
  check(scan.position % k_block_bytes == 0 && scan.position >= k_segment_header_bytes, "whole blocks");
  check(is_all_zero(std::string_view(bytes).substr(scan.nonzero_end)), "zeros behind the last byte");
  check(!scan.damage || scan.damage->byte <= bytes.size(), "damage is in the file");
}

// The records up to `end`, taken out of the bytes without the scanner.
std::vector<std::string> whole_records(const std::string& bytes, std::uint64_t end) {
  std::vector<std::string> records;
  std::vector<std::string_view> views;
  std::uint64_t at = k_segment_header_bytes;
  while (at < end) {
    const BatchHeader header = decode_batch_header(std::string_view(bytes).substr(at)).header;
    views.clear();
    const std::string_view payload = std::string_view(bytes).substr(at + k_batch_header_bytes, header.payload_bytes);
    check(take_records(payload, header.record_count, views), "a whole batch has its records");
    records.insert(records.end(), views.begin(), views.end());
    at += batch_bytes(header.payload_bytes);
  }
  check(at == end, "batches follow each other without a gap");
  return records;
}

// What any readable header behind the whole batches says was durable when it was written.
std::uint64_t durable_by_the_rest(const std::string& bytes, std::uint64_t at, const LogId& id) {
  std::uint64_t durable = 0;
  for (; at < bytes.size(); at += k_block_bytes) {
    const DecodedBatchHeader decoded = decode_batch_header(std::string_view(bytes).substr(at));
    if (decoded.fault == HeaderFault::none && decoded.header.log_id_bits == id.first_eight()) {
      durable = std::max(durable, decoded.header.durable_before.value);
    }
  }
  return durable;
}

std::vector<std::string> read_all(Log& log) {
  auto reader = log.open_reader(k_name, Offset{0}).value();
  std::vector<std::string> records;
  for (;;) {
    const Result<Records> read = reader->read();
    check(read.has_value(), "what was recovered is readable");
    if (read->records.empty()) {
      return records;
    }
    records.insert(records.end(), read->records.begin(), read->records.end());
  }
}

void check_recovery(World& world, const std::string& bytes, const Result<SegmentScan>& scan, std::uint64_t watermark) {
  const auto report = check_partition(world.files(), k_directory, k_name, world.id());
  check(report.has_value(), "the offline check looks at anything");
  auto appender = world.open();
  check(appender.has_value() != report->damaged(), "recovery and the offline check agree about damage");
  if (!appender) {
    check(appender.error().kind == ErrorKind::damaged || appender.error().kind == ErrorKind::invalid, "only damage");
    check(world.segment_bytes() == bytes, "damage is left as it is");
    return;
  }
  check(scan.has_value(), "what cannot be scanned cannot be recovered");
  const Offset end = (*appender)->end();
  check(end == scan->next, "recovery keeps what is whole, and nothing else");
  check(end >= scan->proven && end.value >= watermark, "nothing that was durable is cut");
  check(end.value >= durable_by_the_rest(bytes, scan->position, world.id()), "nor what only the rest speaks of");
  std::vector<std::string> records = whole_records(bytes, scan->position);
  check(records.size() == end.value && read_all(world.log()) == records, "the records are those of the file");
  const std::string_view another = "another";
  check((*appender)->append({&another, 1}) == end, "the writer goes on behind them");
  records.emplace_back(another);
  check(read_all(world.log()) == records, "and what it writes is read");
}

}  // namespace

void fuzz_segment(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  World world;
  const bool is_planned = input.ConsumeBool();
  // The watermark holds what its check sum fits: wrong ones are another test's.
  const std::uint64_t watermark = input.ConsumeIntegralInRange<std::uint64_t>(0, 15);
  const std::string bytes = is_planned ? planned_segment(input, world.id()) : input.ConsumeRemainingBytesAsString();
  world.put(bytes, watermark);
  const auto file = world.files().open(world.segment(), io::OpenFile::reading).value();
  const Result<SegmentScan> scan =
      scan_segment(*file, world.segment(), {world.id(), k_name, Offset{0}, 0}, ReadFrom::medium);
  if (scan) {
    check_scan(*scan, bytes);
  }
  check_recovery(world, bytes, scan, watermark);
}

}  // namespace ostraka::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::log::fuzz_segment(data, size);
  return 0;
}
