#include "log/embedded/copy.h"

#include <algorithm>

#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

// One partition on its way from one log to another.
class PartitionCopy {
 public:
  static Result<PartitionCopy> open(const Storage& storage, const std::string& from, const std::string& to,
                                    const PartitionName& name, const LogId& id, const WriterOptions& options) {
    auto reader = PartitionReader::open(storage.files, *options.clock, from, name, Offset{}, Waiting::never);
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    auto writer = PartitionWriter::open(storage, to, name, id, options);
    if (!writer) {
      return tl::make_unexpected(writer.error());
    }
    return PartitionCopy(name.stream, std::move(*reader), std::move(*writer));
  }

  // Copies what is durable by now and was not copied yet.
  Status advance() {
    const Result<Offset> end = reader_->end();
    if (!end) {
      return tl::make_unexpected(end.error());
    }
    while (reader_->position() < *end) {
      const Result<Records> read = reader_->read();
      if (!read) {
        return tl::make_unexpected(read.error());
      }
      if (const Result<Offset> written = writer_->append(read->records); !written) {
        return tl::make_unexpected(written.error());
      }
    }
    return {};
  }

  Status seal() { return writer_->seal_if_idle(); }
  const std::string& stream() const { return stream_; }
  std::uint64_t records() const { return writer_->end().value; }

 private:
  PartitionCopy(std::string stream, std::unique_ptr<PartitionReader> reader, std::unique_ptr<PartitionWriter> writer)
      : stream_(std::move(stream)), reader_(std::move(reader)), writer_(std::move(writer)) {}

  std::string stream_;
  std::unique_ptr<PartitionReader> reader_;
  std::unique_ptr<PartitionWriter> writer_;
};

// Which streams are copied up to their end, in this order. The first two are the bulk, so that the last two are short.
// What a copied record depends on is copied behind it: a ballot's issue behind the ballot, and a marker in `ballots`
// behind the record of `elections` that names it.
constexpr std::string_view k_copying_order[] = {k_ballots_stream,  k_issuances_stream, k_administration_stream,
                                                k_elections_stream, k_ballots_stream,   k_issuances_stream};

Status copy_all(std::vector<PartitionCopy>& copies) {
  for (const std::string_view stream : k_copying_order) {
    for (PartitionCopy& copy : copies) {
      if (copy.stream() != stream) {
        continue;
      }
      if (Status advanced = copy.advance(); !advanced) {
        return advanced;
      }
    }
  }
  return {};
}

}  // namespace

Result<CopyReport> copy_log(const std::string& from, const std::string& to, const EmbeddedOptions& options) {
  io::FileSystem& files = *options.files;
  const Result<LogId> id = read_log_id(files, from);
  if (!id) {
    return tl::make_unexpected(id.error());
  }
  Result<std::vector<PartitionName>> partitions = list_partitions(files, from);
  if (!partitions) {
    return tl::make_unexpected(partitions.error());
  }
  const Storage storage{files, options.fatal};
  if (Status made = storage.ensure_directory(to); !made) {
    return tl::make_unexpected(made.error());
  }
  if (Status written = write_log_id(storage, to, *id, *options.random); !written) {
    return tl::make_unexpected(written.error());
  }
  std::vector<PartitionCopy> copies;
  for (const PartitionName& name : *partitions) {
    if (std::find(std::begin(k_copying_order), std::end(k_copying_order), name.stream) == std::end(k_copying_order)) {
      return fail(ErrorKind::invalid, "{} holds a stream that this version does not know: {}", from, name.stream);
    }
    Result<PartitionCopy> copy = PartitionCopy::open(storage, from, to, name, *id, options.writer);
    if (!copy) {
      return tl::make_unexpected(copy.error());
    }
    copies.push_back(std::move(*copy));
  }
  if (Status copied = copy_all(copies); !copied) {
    return tl::make_unexpected(copied.error());
  }
  CopyReport report;
  for (PartitionCopy& copy : copies) {
    if (Status sealed = copy.seal(); !sealed) {
      return tl::make_unexpected(sealed.error());
    }
    ++report.partitions;
    report.records += copy.records();
  }
  return report;
}

}  // namespace ostraka::log
