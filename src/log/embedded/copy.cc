#include "log/embedded/copy.h"

#include <algorithm>

#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

// A smaller one is copied earlier. Within one, by name.
int rank(const PartitionName& name) {
  if (name.stream == k_ballots_stream) {
    return 0;
  }
  return name.stream == k_elections_stream ? 2 : 1;
}

Result<std::uint64_t> copy_records(Reader& reader, Appender& writer) {
  const Result<Offset> end = reader.end();
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  while (reader.position() < *end) {
    const Result<Records> read = reader.read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (const Result<Offset> written = writer.append(read->records); !written) {
      return tl::make_unexpected(written.error());
    }
  }
  return writer.end().value;
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
  std::stable_sort(partitions->begin(), partitions->end(),
                   [](const PartitionName& a, const PartitionName& b) { return rank(a) < rank(b); });
  const Storage storage{files, options.fatal};
  if (Status made = storage.ensure_directory(to); !made) {
    return tl::make_unexpected(made.error());
  }
  if (Status written = write_log_id(storage, to, *id, *options.random); !written) {
    return tl::make_unexpected(written.error());
  }
  CopyReport report;
  for (const PartitionName& name : *partitions) {
    const auto reader = PartitionReader::open(files, *options.writer.clock, from, name, Offset{}, Waiting::never);
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    const auto writer = PartitionWriter::open(storage, to, name, *id, options.writer);
    if (!writer) {
      return tl::make_unexpected(writer.error());
    }
    const Result<std::uint64_t> records = copy_records(**reader, **writer);
    if (!records) {
      return tl::make_unexpected(records.error());
    }
    if (Status sealed = (*writer)->seal_if_idle(); !sealed) {
      return tl::make_unexpected(sealed.error());
    }
    ++report.partitions;
    report.records += *records;
  }
  return report;
}

}  // namespace ostraka::log
