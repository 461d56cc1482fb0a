// The durable end of a partition, shared with every process: the words in the file `watermark`.
//
// The writer publishes after each sync; readers load without a lock and return nothing behind it. After a crash of the
// process it still holds the last end that was answered, because the page outlives the process; after a loss of power
// it holds some older one, and 0 when it never reached the medium. So it can prove that something was durable, never
// that nothing more was.
//
// Each value carries 16 bits of its own check sum in the same word: there is no moment in which half of it is written,
// and a flipped bit is damage instead of a wrong end.
#pragma once

#include <memory>
#include <optional>

#include "io/file_system.h"
#include "log/embedded/storage.h"
#include "log/log.h"

namespace ostraka::log {

inline constexpr std::uint64_t k_offset_max = (std::uint64_t{1} << 48) - 1;

// The writer's side. Owned by the writer's thread.
class WatermarkWriter {
 public:
  // Opens or makes the file. disk_full when there is no room for it.
  static Result<WatermarkWriter> open(const Storage& storage, const std::string& path);

  // What a former writer published last; damaged when that cannot be told.
  Result<Offset> end() const;

  // A new epoch: readers open their files anew. REQUIRES: what is on the disk holds everything before end().
  void begin_epoch();

  void publish(Offset end);

  Status sync();

 private:
  WatermarkWriter(std::unique_ptr<io::SharedWords> words, std::string path)
      : words_(std::move(words)), path_(std::move(path)) {}

  std::unique_ptr<io::SharedWords> words_;
  std::string path_;
};

// A reader's side. Thread-safe.
class WatermarkView {
 public:
  // not_found when nobody has written the partition yet.
  static Result<std::unique_ptr<WatermarkView>> open(io::FileSystem& files, const std::string& path);

  Result<Offset> end() const;
  // Load it behind end(): then it is at least the epoch in which that end was published.
  std::uint64_t epoch() const;

  std::uint32_t wakes() const { return words_->wakes(); }
  void wait(std::uint32_t seen, Milliseconds at_most) const { words_->wait(seen, at_most); }
  void wake_waiting() const { words_->wake_waiting(); }

 private:
  WatermarkView(std::unique_ptr<io::SharedWords> words, std::string path)
      : words_(std::move(words)), path_(std::move(path)) {}

  std::unique_ptr<io::SharedWords> words_;
  std::string path_;
};

// The end that the file proves, for those who only look: 0 when there is no file.
Result<Offset> read_watermark(io::FileSystem& files, const std::string& path);

// The words, for tests and the format's page.
inline constexpr std::size_t k_watermark_epoch_word = 0;
inline constexpr std::size_t k_watermark_end_word = 1;
std::uint64_t watermark_word(std::uint64_t value);
std::optional<std::uint64_t> watermark_value(std::uint64_t word);

}  // namespace ostraka::log
