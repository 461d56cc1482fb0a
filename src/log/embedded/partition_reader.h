// A position that moves through a partition's segment files, in any process, up to the durable end.
//
// The end is the watermark's, or what the log itself proves when nobody has published anything (a copy, or a machine
// that lost power and whose writer has not been back): a last batch that nothing proves is not shown. Every byte is
// checked before it is handed over. Creates and changes nothing on the disk.
//
// A writer that comes back replaces the last file; the watermark's epoch tells, and the reader opens its file anew.
//
// Owned by one thread at a time, except interrupt().
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/embedded/format.h"
#include "log/embedded/watermark.h"

namespace ostraka::log {

enum class Waiting {
  blocks,  // wait() waits
  never,   // wait() looks once: the simulator's time does not pass by itself
};

class PartitionReader final : public Reader {
 public:
  // `files` and `clock` outlive the reader; `directory` is the log's.
  static Result<std::unique_ptr<PartitionReader>> open(io::FileSystem& files, const Clock& clock,
                                                       const std::string& directory, const PartitionName& name,
                                                       Offset from, Waiting waiting);

  Result<Records> read() override;
  Offset position() const override { return position_; }
  Result<Offset> end() override;
  bool wait(Milliseconds at_most) override;
  void interrupt() override;

 private:
  PartitionReader(io::FileSystem& files, const Clock& clock, std::string directory, PartitionName name, Offset from,
                  Waiting waiting);

  Status open_watermark();
  Status prove_end();
  Status open_segment_of_position();
  Status open_segment(Offset base);
  Status locate(Offset end);
  Result<std::size_t> fill(std::size_t bytes);
  Status take_batches(Offset end, Records& records);
  Status take_batch(const BatchHeader& header, std::string_view bytes, Records& records);
  Result<BatchHeader> header_at(std::string_view bytes, Offset end) const;
  tl::unexpected<Error> damaged(std::string_view what) const;
  void sleep_or_interrupt(Milliseconds at_most);

  io::FileSystem& files_;
  const Clock& clock_;
  const std::string log_directory_;
  const std::string directory_;
  const PartitionName name_;
  const Waiting waiting_;

  Offset position_;
  Offset proven_;  // by the log itself, when the reader was opened
  std::optional<LogId> log_id_;

  std::mutex watermark_mutex_;  // guards the pointer below against interrupt(); only the owner changes it
  std::unique_ptr<WatermarkView> watermark_;
  std::uint64_t epoch_ = 0;  // in which file_ was opened

  std::unique_ptr<io::File> file_;
  std::string path_;
  std::uint64_t file_position_ = 0;  // where the batch of position_, or a seal before it, begins
  std::string buffer_;

  std::atomic<bool> interrupted_{false};
  std::atomic<bool> in_wait_{false};
  std::mutex sleep_mutex_;
  std::condition_variable sleep_;
};

}  // namespace ostraka::log
