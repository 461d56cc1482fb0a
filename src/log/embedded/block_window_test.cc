#include "log/embedded/block_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace ostraka::log {
namespace {

constexpr std::size_t k_mebibyte = 1U << 20;

// Bytes that say where they are, up to a place where reading fails.
class NumberedFile final : public io::File {
 public:
  explicit NumberedFile(std::size_t bytes) : bytes_(bytes, '\0') {
    for (std::size_t i = 0; i < bytes; ++i) {
      bytes_[i] = static_cast<char>(i * 7 + i / 251);
    }
  }
  std::optional<std::uint64_t> fails_at;

  std::string_view bytes() const { return bytes_; }

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> into) override {
    if (fails_at && at + into.size() > *fails_at) {
      return fail(ErrorKind::unavailable, "no");
    }
    const std::size_t from = std::min<std::uint64_t>(at, bytes_.size());
    return bytes_.copy(into.data(), into.size(), from);
  }
  Result<std::size_t> read_from_medium(std::uint64_t at, std::span<char> into) override { return read_at(at, into); }
  Status write_at(std::uint64_t /*at*/, std::string_view /*bytes*/) override { return read_only(); }
  Status allocate(std::uint64_t /*bytes*/) override { return read_only(); }
  Status sync() override { return read_only(); }
  Status write_back(std::uint64_t /*at*/, std::uint64_t /*bytes*/) override { return read_only(); }
  Result<std::uint64_t> size() override { return bytes_.size(); }

 private:
  static Status read_only() { return fail(ErrorKind::denied, "read only"); }

  std::string bytes_;
};

class BlockWindows : public testing::TestWithParam<ReadFrom> {};
INSTANTIATE_TEST_SUITE_P(From, BlockWindows,
                         testing::Values(ReadFrom::cache, ReadFrom::medium, ReadFrom::medium_ahead));

TEST_P(BlockWindows, GiveTheFilesBytesWhereverPiecesEnd) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, k_mebibyte - 1, k_mebibyte, k_mebibyte + 1,
                                 2 * k_mebibyte, 3 * k_mebibyte + 4096}) {
    NumberedFile file(size);
    for (const std::size_t step : {std::size_t{65'536}, std::size_t{99'991}, 2 * k_mebibyte + 4096}) {
      BlockWindow window(file, GetParam());
      for (std::uint64_t at = 0; at < size + 2 * step; at += step) {
        // A small look, then a larger one from the same place: as a header and its batch.
        for (const std::size_t wanted : {std::min<std::size_t>(step, 64), step}) {
          const auto view = window.view(at, wanted);
          ASSERT_TRUE(view) << view.error().message;
          ASSERT_EQ(*view, file.bytes().substr(std::min<std::uint64_t>(at, size), wanted)) << size << " at " << at;
        }
      }
    }
  }
}

TEST_P(BlockWindows, LeaveOutWhatNobodyAsksFor) {
  NumberedFile file(5 * k_mebibyte);
  BlockWindow window(file, GetParam());
  EXPECT_EQ(window.view(10, 10).value(), file.bytes().substr(10, 10));
  EXPECT_EQ(window.view(4 * k_mebibyte + 7, 10).value(), file.bytes().substr(4 * k_mebibyte + 7, 10));
}

TEST_P(BlockWindows, SayWhatReadingSaidWhenItsBytesAreAskedFor) {
  NumberedFile file(4 * k_mebibyte);
  file.fails_at = 2 * k_mebibyte + 1;
  BlockWindow window(file, GetParam());
  EXPECT_EQ(window.view(0, 2 * k_mebibyte).value(), file.bytes().substr(0, 2 * k_mebibyte));
  EXPECT_EQ(window.view(2 * k_mebibyte, 1).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(window.view(2 * k_mebibyte, 1).error().kind, ErrorKind::unavailable) << "and says it again";
}

TEST_P(BlockWindows, EndWhileTheyStillRead) {
  NumberedFile file(8 * k_mebibyte);
  for (int i = 0; i < 20; ++i) {
    BlockWindow window(file, GetParam());
    EXPECT_EQ(window.view(0, 1).value(), file.bytes().substr(0, 1));
  }
}

}  // namespace
}  // namespace ostraka::log
