#include "log/embedded/watermark.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace ostraka::log {

namespace {

constexpr int k_value_bits = 48;

std::uint64_t check_bits(std::uint64_t value) {
  char bytes[8];
  store_le(bytes, value);
  const std::uint32_t crc = crc32c({bytes, sizeof bytes});
  return (crc ^ (crc >> 16)) & 0xFFFFU;
}

Result<Offset> end_of(const io::SharedWords& words, const std::string& path) {
  const std::optional<std::uint64_t> value = watermark_value(words.load(k_watermark_end_word));
  if (!value) {
    return fail(ErrorKind::damaged, "{}: the durable end is not readable (byte {})", path, 8 * k_watermark_end_word);
  }
  return Offset{*value};
}

}  // namespace

// 0 is 0, so that a new file is valid: the check bits of 0 are taken away from everybody's.
std::uint64_t watermark_word(std::uint64_t value) {
  check(value <= k_offset_max);
  return value | (check_bits(value) ^ check_bits(0)) << k_value_bits;
}

std::optional<std::uint64_t> watermark_value(std::uint64_t word) {
  const std::uint64_t value = word & k_offset_max;
  return watermark_word(value) == word ? std::optional(value) : std::nullopt;
}

Result<WatermarkWriter> WatermarkWriter::open(const Storage& storage, const std::string& path) {
  auto words = storage.files.open_shared_words(path, io::OpenWords::creating_writable);
  if (!words) {
    // Making the file syncs it.
    return words.error().kind == ErrorKind::unavailable ? storage.broken(words.error())
                                                        : tl::make_unexpected(words.error());
  }
  return WatermarkWriter(std::move(*words), path);
}

Result<Offset> WatermarkWriter::end() const {
  return end_of(*words_, path_);
}

void WatermarkWriter::begin_epoch() {
  // An unreadable epoch begins anew: it differs from what any reader saw, which is all it has to.
  const std::uint64_t epoch = watermark_value(words_->load(k_watermark_epoch_word)).value_or(0);
  words_->store(k_watermark_epoch_word, watermark_word((epoch + 1) & k_offset_max));
}

void WatermarkWriter::publish(Offset end) {
  words_->store(k_watermark_end_word, watermark_word(end.value));
  words_->wake_all();
}

Status WatermarkWriter::sync() {
  return words_->sync();
}

Result<std::unique_ptr<WatermarkView>> WatermarkView::open(io::FileSystem& files, const std::string& path) {
  auto words = files.open_shared_words(path, io::OpenWords::reading);
  if (!words) {
    return tl::make_unexpected(words.error());
  }
  return std::unique_ptr<WatermarkView>(new WatermarkView(std::move(*words), path));
}

Result<Offset> WatermarkView::end() const {
  return end_of(*words_, path_);
}

std::uint64_t WatermarkView::epoch() const {
  return words_->load(k_watermark_epoch_word);
}

Result<Offset> read_watermark(io::FileSystem& files, const std::string& path) {
  const Result<std::unique_ptr<WatermarkView>> view = WatermarkView::open(files, path);
  if (!view) {
    return view.error().kind == ErrorKind::not_found ? Result<Offset>(Offset{}) : tl::make_unexpected(view.error());
  }
  return (*view)->end();
}

}  // namespace ostraka::log
