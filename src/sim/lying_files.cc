#include "sim/lying_files.h"

namespace ostraka::sim {
namespace {

class LyingFile final : public io::File {
 public:
  explicit LyingFile(std::unique_ptr<io::File> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> read_at(std::uint64_t at, std::span<char> into) override { return inner_->read_at(at, into); }
  Result<std::size_t> read_from_medium(std::uint64_t at, std::span<char> into) override {
    return inner_->read_from_medium(at, into);
  }
  Status write_at(std::uint64_t at, std::string_view bytes) override { return inner_->write_at(at, bytes); }
  Status allocate(std::uint64_t bytes) override { return inner_->allocate(bytes); }
  Status sync() override { return {}; }
  Status write_back(std::uint64_t, std::uint64_t) override { return {}; }
  Result<std::uint64_t> size() override { return inner_->size(); }

 private:
  std::unique_ptr<io::File> inner_;
};

class LyingFiles final : public io::FileSystem {
 public:
  explicit LyingFiles(io::FileSystem& inner) : inner_(inner) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenFile how) override {
    auto file = inner_.open(path, how);
    if (!file) {
      return file;
    }
    return std::make_unique<LyingFile>(std::move(*file));
  }
  Status rename(const std::string& from, const std::string& to, io::IfTargetExists how) override {
    return inner_.rename(from, to, how);
  }
  Status remove(const std::string& path) override { return inner_.remove(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return inner_.list(directory); }
  Status create_directory(const std::string& directory) override { return inner_.create_directory(directory); }
  Status sync_directory(const std::string& directory) override { return inner_.sync_directory(directory); }
  Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override { return inner_.lock(path); }
  Result<std::unique_ptr<io::SharedWords>> open_shared_words(const std::string& path, io::OpenWords how) override {
    return inner_.open_shared_words(path, how);
  }

 private:
  io::FileSystem& inner_;
};

}  // namespace

std::unique_ptr<io::FileSystem> lying_files(io::FileSystem& inner) {
  return std::make_unique<LyingFiles>(inner);
}

}  // namespace ostraka::sim
