// A sink that writes at once, in the thread that takes the snapshot: for a simulator, and for the thread of
// background_sink.h.
#pragma once

#include <functional>
#include <optional>

#include "snapshot/files/file_writing.h"
#include "snapshot/sink.h"

namespace ostraka::snapshot {

class FileSink final : public Sink {
 public:
  // `files` outlives it.
  FileSink(io::FileSystem& files, Place place) : files_(files), place_(std::move(place)) {}

  bool begin(const FileHeader& header) override;
  std::optional<std::string> buffer() override { return std::string(); }
  void put(std::string pieces) override;
  void finish(std::string pieces, MakeState make_state) override;
  void abandon() override;
  bool failed() const override { return !status_.has_value(); }

  // How the one that was begun last went.
  const Status& status() const { return status_; }
  std::uint64_t bytes() const { return bytes_; }
  // Nothing more of this one is written. REQUIRES: an error.
  void give_up(Status why) { note(std::move(why)); }
  // Pieces that were put already, but whose string is still the caller's.
  void append(std::string& pieces, const std::function<void()>& rest = {});

 private:
  void note(Status status);

  io::FileSystem& files_;
  const Place place_;
  std::optional<FileWriting> writing_;
  Status status_;
  std::uint64_t bytes_ = 0;
};

}  // namespace ostraka::snapshot
