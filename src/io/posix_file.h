// A file of the machine's file system.
#pragma once

#include <cstdlib>
#include <memory>

#include "io/descriptor.h"
#include "io/file_system.h"

namespace ostraka::io {

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> into) override;
  Result<std::size_t> read_from_medium(std::uint64_t at, std::span<char> into) override;
  Status write_at(std::uint64_t at, std::string_view bytes) override;
  Status allocate(std::uint64_t bytes) override;
  Status sync() override;
  Status write_back(std::uint64_t at, std::uint64_t bytes) override;
  Status write_through(std::uint64_t at, std::string_view bytes) override;
  Result<std::uint64_t> size() override;

 private:
  // False when this file system cannot go past the cache.
  Result<bool> read_direct(std::uint64_t at, std::span<char> into, std::size_t& done);
  Result<bool> write_direct(std::uint64_t at, std::string_view bytes);
  char* aligned();

  struct FreeAligned {
    void operator()(char* memory) const { std::free(memory); }
  };

  Descriptor descriptor_;
  std::string path_;
  std::unique_ptr<char, FreeAligned> aligned_;  // direct access goes through it; none before it is needed
};

}  // namespace ostraka::io
