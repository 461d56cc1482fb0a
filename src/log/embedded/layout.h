// Where things are in a log's directory:
//
//   DIR/log-id                                     the log's identity
//   DIR/<stream>/<partition>/lock                  held by the writer
//   DIR/<stream>/<partition>/watermark             the durable end, shared with readers
//   DIR/<stream>/<partition>/<base>.segment        20 decimal digits: the offset of its first record
//   DIR/<stream>/<partition>/*.new                 in the making; means nothing to anybody but its writer
//
// Pure, except for the functions that take a file system; those create nothing, except make_log_id.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "io/file_system.h"
#include "log/embedded/format.h"
#include "log/embedded/storage.h"

namespace ostraka::log {

inline constexpr std::string_view k_unfinished_suffix = ".new";

// invalid unless the stream is [a-z][a-z-]{0,31}: it becomes a directory.
Status check_name(const PartitionName& name);

std::string log_id_path(const std::string& directory);
std::string stream_directory(const std::string& directory, const PartitionName& name);
std::string partition_directory(const std::string& directory, const PartitionName& name);
std::string lock_path(const std::string& partition_directory);
std::string watermark_path(const std::string& partition_directory);
std::string segment_path(const std::string& partition_directory, Offset base);

// The bases of a partition's segments, ascending. not_found when there is no such directory; damaged when a file calls
// itself a segment but has no proper name.
Result<std::vector<Offset>> list_segments(io::FileSystem& files, const std::string& partition_directory);

// Every partition that has a directory, in the order of stream and number. Empty for a directory that does not exist.
Result<std::vector<PartitionName>> list_partitions(io::FileSystem& files, const std::string& directory);

// not_found when there is none, damaged when it is not readable.
Result<LogId> read_log_id(io::FileSystem& files, const std::string& directory);

// The log's identity; makes one when the directory holds no log yet (and the directory itself). Safe to call from
// several processes at once: they agree. Durable when it returns. damaged when there are partitions but no identity.
Result<LogId> make_log_id(const Storage& storage, const std::string& directory, Random& random);

// Gives a directory the identity of another log. conflict when it has one.
Status write_log_id(const Storage& storage, const std::string& directory, const LogId& id, Random& random);

}  // namespace ostraka::log
