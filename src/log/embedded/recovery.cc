#include "log/embedded/recovery.h"

#include <algorithm>

#include "log/embedded/layout.h"
#include "log/embedded/segment_file.h"

namespace ostraka::log {

namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20;
constexpr std::size_t k_copy_bytes = 1U << 20;

tl::unexpected<Error> damaged(const std::string& path, const Damage& damage, Offset durable) {
  return fail(ErrorKind::damaged,
              "{}: byte {}, offset {}: {}; everything before offset {} was durable. Nothing was "
              "changed",
              path, damage.byte, damage.offset.value, damage.what, durable.value);
}

// What the files hold, and the verdict that they may be gone on with.
struct Survey {
  std::size_t segments = 0;
  Offset durable;  // known to have been
  Offset end;
  std::uint32_t last_crc = 0;
  std::uint32_t crc_at_start = 0;   // of the last segment
  std::optional<SegmentScan> tail;  // the last segment
};

class Surveyor {
 public:
  Surveyor(io::FileSystem& files, const PartitionPlace& place, ReadFrom from)
      : files_(files), place_(place), from_(from) {}

  Result<Survey> run() {
    const Result<std::vector<Offset>> bases = list_segments(files_, place_.directory);
    if (!bases) {
      return tl::make_unexpected(bases.error());
    }
    const Result<Offset> watermark = read_watermark(files_, watermark_path(place_.directory));
    if (!watermark) {
      return tl::make_unexpected(watermark.error());
    }
    survey_.segments = bases->size();
    // A segment is begun only when everything before it is durable.
    survey_.durable = bases->empty() ? *watermark : std::max(*watermark, bases->back());
    for (const Offset base : *bases) {
      if (base != survey_.end) {
        break;  // missing: said below
      }
      if (Status looked = look_at(base, base == bases->back()); !looked) {
        return tl::make_unexpected(looked.error());
      }
    }
    if (survey_.end < survey_.durable) {
      return damaged(segment_path(place_.directory, survey_.end), {0, survey_.end, "the segment is missing"},
                     survey_.durable);
    }
    return std::move(survey_);
  }

 private:
  Status look_at(Offset base, bool is_last) {
    const std::string path = segment_path(place_.directory, base);
    const auto file = files_.open(path, io::OpenFile::reading);
    if (!file) {
      return tl::make_unexpected(file.error());
    }
    const SegmentExpectation expected{place_.log_id, place_.name, base, survey_.last_crc};
    Result<SegmentScan> scan = scan_segment(**file, path, expected, from_);
    if (!scan) {
      return tl::make_unexpected(scan.error());
    }
    survey_.durable = std::max(survey_.durable, scan->proven);
    if (!scan->ended && (scan->next < survey_.durable || !is_last)) {
      const std::string what = !scan->stop.empty() ? scan->stop : "the batch is missing";
      return damaged(path, {scan->position, scan->next, what}, survey_.durable);
    }
    if (scan->damage) {
      return damaged(path, *scan->damage, survey_.durable);
    }
    survey_.crc_at_start = survey_.last_crc;
    survey_.last_crc = scan->last_crc;
    survey_.end = scan->next;
    survey_.tail = std::move(*scan);
    return {};
  }

  io::FileSystem& files_;
  const PartitionPlace& place_;
  const ReadFrom from_;
  Survey survey_;
};

Status remove_unfinished(io::FileSystem& files, const std::string& directory) {
  const Result<std::vector<std::string>> names = files.list(directory);
  if (!names) {
    return tl::make_unexpected(names.error());
  }
  for (const std::string& name : *names) {
    if (name.ends_with(k_unfinished_suffix)) {
      if (Status removed = files.remove(directory + "/" + name); !removed) {
        return removed;
      }
    }
  }
  return {};
}

// Copies the bytes behind the header; the header is written when the file gets its name.
Status copy_batches(const Storage& storage, io::File& from, PreparedSegment& to, std::uint64_t end) {
  BlockWindow window(from, ReadFrom::medium);
  for (std::uint64_t at = k_segment_header_bytes; at < end; at += k_copy_bytes) {
    const std::size_t wanted = std::min<std::uint64_t>(k_copy_bytes, end - at);
    const Result<std::string_view> bytes = window.view(at, wanted);
    if (!bytes) {
      return tl::make_unexpected(bytes.error());
    }
    if (bytes->size() != wanted) {
      return fail(ErrorKind::unavailable, "{} became shorter while it was read", to.path);
    }
    if (Status written = to.file->write_at(at, *bytes); !written) {
      return written;
    }
  }
  return storage.sync(*to.file, to.path);
}

// A writer always leaves room for a seal and for the end. A file whose header speaks of less than that was written by
// nobody, but it can be read, so it is gone on with.
std::uint64_t bytes_to_end_it(const SegmentScan& tail) {
  return (tail.sealed ? 1 : 2) * batch_bytes(0);
}

// The same batches in a new file, durable.
Status rewrite_tail(const Storage& storage, const PartitionPlace& place, const Survey& survey,
                    RecoveredPartition& recovered) {
  const SegmentScan& tail = *survey.tail;
  const std::string path = segment_path(place.directory, tail.header.base);
  const auto old_file = storage.files.open(path, io::OpenFile::reading);
  if (!old_file) {
    return tl::make_unexpected(old_file.error());
  }
  SegmentHeader header = tail.header;
  header.segment_bytes = std::max(header.segment_bytes, tail.position + bytes_to_end_it(tail));
  Result<PreparedSegment> prepared = prepare_segment(storage, place.directory + "/tail.new", header.segment_bytes);
  if (!prepared) {
    return tl::make_unexpected(prepared.error());
  }
  if (Status copied = copy_batches(storage, **old_file, *prepared, tail.position); !copied) {
    return copied;
  }
  if (Status active = activate_segment(storage, *prepared, header, place.directory); !active) {
    return active;
  }
  // What is about to be built upon has to read back as what was judged.
  const SegmentExpectation expected{place.log_id, place.name, tail.header.base, survey.crc_at_start};
  const Result<SegmentScan> again = scan_segment(*prepared->file, path, expected, ReadFrom::medium);
  if (!again) {
    return tl::make_unexpected(again.error());
  }
  if (again->position != tail.position || again->last_crc != tail.last_crc || again->torn_bytes() > 0) {
    return storage.broken({ErrorKind::unavailable, path + " does not read back as it was written"});
  }
  recovered.header = header;
  recovered.position = tail.position;
  recovered.sealed = tail.sealed || tail.position == k_segment_header_bytes;
  recovered.bytes_cut = tail.torn_bytes();
  if (recovered.bytes_cut > 0) {
    recovered.cut = fmt::format("{}: cut {} bytes of a write that was never answered, at byte {}, offset {}", path,
                                recovered.bytes_cut, tail.position, tail.next.value);
  }
  recovered.active = std::move(prepared->file);
  return {};
}

Status begin_segment(const Storage& storage, const PartitionPlace& place, const Survey& survey,
                     const SegmentSizes& sizes, RecoveredPartition& recovered) {
  Result<PreparedSegment> prepared =
      prepare_segment(storage, place.directory + "/first.new", sizes.bytes(survey.segments));
  if (!prepared) {
    return tl::make_unexpected(prepared.error());
  }
  recovered.header = SegmentHeader{place.log_id, place.name, survey.end, prepared->bytes};
  if (Status active = activate_segment(storage, *prepared, recovered.header, place.directory); !active) {
    return active;
  }
  recovered.position = k_segment_header_bytes;
  recovered.sealed = true;
  recovered.active = std::move(prepared->file);
  recovered.segments = survey.segments + 1;
  return {};
}

}  // namespace

std::uint64_t SegmentSizes::bytes(std::size_t index) const {
  return fixed_bytes != 0 ? fixed_bytes : k_mebibyte << 2 * std::min<std::size_t>(index, 3);
}

Result<RecoveredPartition> recover_partition(const Storage& storage, const PartitionPlace& place,
                                             const SegmentSizes& sizes, ReadFrom from) {
  RecoveredPartition recovered;
  Result<std::unique_ptr<io::FileLock>> lock = storage.files.lock(lock_path(place.directory));
  if (!lock) {
    return tl::make_unexpected(lock.error());
  }
  recovered.lock = std::move(*lock);
  const Result<Survey> survey = Surveyor(storage.files, place, from).run();
  if (!survey) {
    return tl::make_unexpected(survey.error());
  }
  // From here on things change.
  if (Status removed = remove_unfinished(storage.files, place.directory); !removed) {
    return tl::make_unexpected(removed.error());
  }
  recovered.end = survey->end;
  recovered.last_crc = survey->last_crc;
  recovered.segments = survey->segments;
  Status begun;
  if (survey->tail) {
    // Also when its end batch is there: seen is not durable, and a next segment would say that it is.
    recovered.crc_at_start = survey->crc_at_start;
    begun = rewrite_tail(storage, place, *survey, recovered);
  }
  if (begun && (!survey->tail || survey->tail->ended)) {
    recovered.crc_at_start = survey->last_crc;
    begun = begin_segment(storage, place, *survey, sizes, recovered);
  }
  if (!begun) {
    return tl::make_unexpected(begun.error());
  }
  recovered.active_path = segment_path(place.directory, recovered.header.base);
  Result<WatermarkWriter> watermark = WatermarkWriter::open(storage, watermark_path(place.directory));
  if (!watermark) {
    return tl::make_unexpected(watermark.error());
  }
  watermark->begin_epoch();
  watermark->publish(recovered.end);
  recovered.watermark = std::move(*watermark);
  return recovered;
}

}  // namespace ostraka::log
