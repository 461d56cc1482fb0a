#include "log/embedded/layout.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace ostraka::log {

namespace {

constexpr std::string_view k_segment_suffix = ".segment";
constexpr std::size_t k_offset_digits = 20;
constexpr std::string_view k_log_id_magic = "OSTRLOG\n";
constexpr std::size_t k_log_id_file_bytes = 8 + LogId::k_bytes + 4;

bool is_stream(std::string_view stream) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !stream.empty() && stream.size() <= k_stream_bytes_max && is_letter(stream[0]) &&
         std::all_of(stream.begin(), stream.end(), [&](char c) { return is_letter(c) || c == '-'; });
}

// Decimal digits and nothing else, without leading zeros unless `digits` wide.
template <class Integer>
bool parse_number(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '-';
}

// An empty list for a directory that is not there or is a file.
Result<std::vector<std::string>> list_if_there(io::FileSystem& files, const std::string& directory) {
  Result<std::vector<std::string>> names = files.list(directory);
  if (!names && names.error().kind == ErrorKind::not_found) {
    return std::vector<std::string>{};
  }
  return names;
}

std::string encode_log_id(const LogId& id) {
  std::string bytes(k_log_id_magic);
  bytes.append(id.view());
  bytes.resize(k_log_id_file_bytes);
  store_le(bytes.data() + k_log_id_file_bytes - 4, crc32c(std::string_view(bytes).substr(0, k_log_id_file_bytes - 4)));
  return bytes;
}

}  // namespace

Status check_name(const PartitionName& name) {
  if (!is_stream(name.stream)) {
    return fail(ErrorKind::invalid, "\"{}\" is no name of a stream", name.stream);
  }
  return {};
}

std::string log_id_path(const std::string& directory) {
  return directory + "/log-id";
}
std::string stream_directory(const std::string& directory, const PartitionName& name) {
  return directory + "/" + name.stream;
}
std::string partition_directory(const std::string& directory, const PartitionName& name) {
  return fmt::format("{}/{}/{}", directory, name.stream, name.partition.value);
}
std::string lock_path(const std::string& partition_directory) {
  return partition_directory + "/lock";
}
std::string watermark_path(const std::string& partition_directory) {
  return partition_directory + "/watermark";
}
std::string segment_path(const std::string& partition_directory, Offset base) {
  return fmt::format("{}/{:020}{}", partition_directory, base.value, k_segment_suffix);
}

Result<std::vector<Offset>> list_segments(io::FileSystem& files, const std::string& partition_directory) {
  const Result<std::vector<std::string>> names = files.list(partition_directory);
  if (!names) {
    return tl::make_unexpected(names.error());
  }
  std::vector<Offset> bases;
  for (const std::string& name : *names) {
    if (!name.ends_with(k_segment_suffix)) {
      continue;
    }
    const std::string_view digits = std::string_view(name).substr(0, name.size() - k_segment_suffix.size());
    Offset base;
    if (digits.size() != k_offset_digits || !parse_number(digits, base.value)) {
      return fail(ErrorKind::damaged, "{}/{} is no name of a segment", partition_directory, name);
    }
    bases.push_back(base);
  }
  return bases;
}

Result<std::vector<PartitionName>> list_partitions(io::FileSystem& files, const std::string& directory) {
  const Result<std::vector<std::string>> streams = list_if_there(files, directory);
  if (!streams) {
    return tl::make_unexpected(streams.error());
  }
  std::vector<PartitionName> partitions;
  for (const std::string& stream : *streams) {
    if (!is_stream(stream)) {
      continue;
    }
    const Result<std::vector<std::string>> numbers = list_if_there(files, directory + "/" + stream);
    if (!numbers) {
      return tl::make_unexpected(numbers.error());
    }
    for (const std::string& number : *numbers) {
      Partition partition;
      if (parse_number(number, partition.value) && number == std::to_string(partition.value)) {
        partitions.push_back(PartitionName{stream, partition});
      }
    }
  }
  std::sort(partitions.begin(), partitions.end(), [](const PartitionName& a, const PartitionName& b) {
    return std::tie(a.stream, a.partition) < std::tie(b.stream, b.partition);
  });
  return partitions;
}

Result<LogId> read_log_id(io::FileSystem& files, const std::string& directory) {
  const std::string path = log_id_path(directory);
  const auto file = files.open(path, io::OpenFile::reading);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  std::string bytes(k_log_id_file_bytes + 1, '\0');
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) {
    return tl::make_unexpected(got.error());
  }
  bytes.resize(*got);
  LogId id;
  if (bytes.size() == k_log_id_file_bytes) {
    std::copy_n(bytes.begin() + k_log_id_magic.size(), LogId::k_bytes, id.bytes.begin());
  }
  if (bytes != encode_log_id(id)) {
    return fail(ErrorKind::damaged, "{} does not hold a log's identity", path);
  }
  return id;
}

Status write_log_id(const Storage& storage, const std::string& directory, const LogId& id, Random& random) {
  io::FileSystem& files = storage.files;
  // A name of its own: two processes may be at it, and the one that links first decides.
  const std::string path = log_id_path(directory);
  const std::string unfinished = fmt::format("{}-{}{}", path, to_hex(random.bytes(8)), k_unfinished_suffix);
  const auto file = files.open(unfinished, io::OpenFile::create_new);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  Status done = (*file)->write_at(0, encode_log_id(id));
  if (done) {
    done = storage.sync(**file, unfinished);
  }
  if (done) {
    done = files.rename(unfinished, path, io::IfTargetExists::refuse);
  }
  if (!done) {
    (void)files.remove(unfinished);
    return done;
  }
  return storage.sync_directory(directory);
}

Result<LogId> make_log_id(const Storage& storage, const std::string& directory, Random& random) {
  io::FileSystem& files = storage.files;
  if (Status made = storage.ensure_directory(directory); !made) {
    return tl::make_unexpected(made.error());
  }
  Result<LogId> id = read_log_id(files, directory);
  if (!id && id.error().kind == ErrorKind::not_found) {
    const Result<std::vector<PartitionName>> partitions = list_partitions(files, directory);
    if (!partitions) {
      return tl::make_unexpected(partitions.error());
    }
    if (!partitions->empty()) {
      // Somebody may just have made both; then the identity is there by now.
      id = read_log_id(files, directory);
      if (!id && id.error().kind == ErrorKind::not_found) {
        return fail(ErrorKind::damaged, "{} is missing, but {} holds partitions", log_id_path(directory), directory);
      }
    } else {
      LogId made;
      const std::string bytes = random.bytes(LogId::k_bytes);
      std::copy(bytes.begin(), bytes.end(), made.bytes.begin());
      Status written = write_log_id(storage, directory, made, random);
      if (!written && written.error().kind != ErrorKind::conflict) {
        return tl::make_unexpected(written.error());
      }
      id = read_log_id(files, directory);
    }
  }
  if (!id) {
    return id;
  }
  // Whoever made it may not have come to sync its name.
  if (Status synced = storage.sync_directory(directory); !synced) {
    return tl::make_unexpected(synced.error());
  }
  return id;
}

}  // namespace ostraka::log
