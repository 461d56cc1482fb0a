#include "log/embedded/check.h"

#include <algorithm>
#include <optional>

#include "log/embedded/layout.h"
#include "log/embedded/segment_scan.h"
#include "log/embedded/watermark.h"

namespace ostraka::log {

namespace {

// A writer at work can make a look at its last segment wrong; then the durable end has moved, and one looks again.
constexpr int k_looks_max = 8;

class PartitionCheck {
 public:
  PartitionCheck(io::FileSystem& files, const std::string& directory, const PartitionName& name, const LogId& id,
                 ReadFrom from)
      : files_(files), directory_(partition_directory(directory, name)), name_(name), id_(id), from_(from) {}

  Result<CheckReport> run() {
    report_.partitions = 1;
    look_at_watermark();
    const Result<std::vector<Offset>> bases = list_segments(files_, directory_);
    if (!bases && bases.error().kind == ErrorKind::damaged) {
      find(Finding::Severity::damage, directory_, 0, Offset{}, bases.error().message);
      return std::move(report_);
    }
    if (!bases) {
      return tl::make_unexpected(bases.error());
    }
    durable_ = bases->empty() ? durable_ : std::max(durable_, bases->back());
    for (const Offset base : *bases) {
      if (base != next_) {
        find(Finding::Severity::damage, segment_path(directory_, next_), 0, next_,
             fmt::format("offsets {} to {} are missing", next_.value, base.value));
        previous_crc_.reset();
      }
      if (Status looked = look_at_segment(base, base == bases->back()); !looked) {
        return tl::make_unexpected(looked.error());
      }
    }
    if (next_ < durable_ && !last_is_damaged_) {
      find(Finding::Severity::damage, segment_path(directory_, next_), 0, next_,
           fmt::format("everything before offset {} was durable", durable_.value));
    }
    return std::move(report_);
  }

 private:
  void find(Finding::Severity severity, const std::string& path, std::uint64_t byte, Offset offset, std::string what) {
    report_.findings.push_back({severity, path, byte, offset, std::move(what)});
  }

  void look_at_watermark() {
    const std::string path = watermark_path(directory_);
    const Result<Offset> watermark = read_watermark(files_, path);
    if (watermark) {
      durable_ = *watermark;
    } else {
      find(Finding::Severity::damage, path, 8 * k_watermark_end_word, Offset{}, watermark.error().message);
    }
  }

  Result<SegmentScan> scan(const std::string& path, Offset base) {
    const auto file = files_.open(path, io::OpenFile::reading);
    if (!file) {
      return tl::make_unexpected(file.error());
    }
    return scan_segment(**file, path, {id_, name_, base, previous_crc_}, from_);
  }

  // Scans until nothing moved meanwhile that could explain what was found.
  Result<SegmentScan> scan_at_rest(const std::string& path, Offset base) {
    for (int look = 1;; ++look) {
      const Result<Offset> before = read_watermark(files_, watermark_path(directory_));
      Result<SegmentScan> found = scan(path, base);
      const Result<Offset> after = read_watermark(files_, watermark_path(directory_));
      if (look == k_looks_max || !before || !after || *before == *after) {
        return found;
      }
    }
  }

  Status look_at_segment(Offset base, bool is_last) {
    const std::string path = segment_path(directory_, base);
    const Result<SegmentScan> found = is_last ? scan_at_rest(path, base) : scan(path, base);
    last_is_damaged_ = false;
    if (!found && (found.error().kind == ErrorKind::damaged || found.error().kind == ErrorKind::invalid)) {
      last_is_damaged_ = true;
      find(Finding::Severity::damage, path, 0, base, found.error().message);
      next_ = base;
      previous_crc_.reset();
      return {};
    }
    if (!found) {
      return tl::make_unexpected(found.error());
    }
    ++report_.segments;
    report_.bytes += found->file_bytes;
    report_.records += found->next.value - base.value;
    judge(path, *found, is_last);
    next_ = found->next;
    previous_crc_ = last_is_damaged_ ? std::nullopt : std::optional(found->last_crc);
    return {};
  }

  void judge(const std::string& path, const SegmentScan& scan, bool is_last) {
    durable_ = std::max(durable_, scan.proven);
    if (!scan.ended && (!is_last || scan.next < durable_)) {
      last_is_damaged_ = true;
      find(Finding::Severity::damage, path, scan.position, scan.next,
           fmt::format("{}; everything before offset {} was durable",
                       scan.stop.empty() ? "the batch is missing" : scan.stop, durable_.value));
      return;
    }
    if (scan.damage) {
      last_is_damaged_ = true;
      find(Finding::Severity::damage, path, scan.damage->byte, scan.damage->offset, scan.damage->what);
      return;
    }
    if (scan.torn_bytes() > 0) {
      find(Finding::Severity::harmless, path, scan.position, scan.next,
           fmt::format("{} bytes of a write that was never answered", scan.torn_bytes()));
    }
    if (scan.file_bytes < scan.header.segment_bytes) {
      find(Finding::Severity::harmless, path, scan.file_bytes, scan.next,
           fmt::format("{} unused bytes are missing at the end of the file",
                       scan.header.segment_bytes - scan.file_bytes));
    }
  }

  io::FileSystem& files_;
  const std::string directory_;
  const PartitionName& name_;
  const LogId& id_;
  const ReadFrom from_;
  CheckReport report_;
  Offset durable_;
  Offset next_;
  std::optional<std::uint32_t> previous_crc_ = 0;
  bool last_is_damaged_ = false;
};

}  // namespace

bool CheckReport::damaged() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Finding::Severity::damage; });
}

Result<CheckReport> check_partition(io::FileSystem& files, const std::string& directory, const PartitionName& name,
                                    const LogId& id, ReadFrom from) {
  return PartitionCheck(files, directory, name, id, from).run();
}

Result<CheckReport> check_log(io::FileSystem& files, const std::string& directory, ReadFrom from) {
  const Result<std::vector<PartitionName>> partitions = list_partitions(files, directory);
  if (!partitions) {
    return tl::make_unexpected(partitions.error());
  }
  CheckReport total;
  const Result<LogId> id = read_log_id(files, directory);
  if (!id && id.error().kind != ErrorKind::damaged && partitions->empty()) {
    return tl::make_unexpected(id.error());
  }
  if (!id) {
    total.findings.push_back({Finding::Severity::damage, log_id_path(directory), 0, Offset{}, id.error().message});
    return total;
  }
  for (const PartitionName& name : *partitions) {
    Result<CheckReport> report = check_partition(files, directory, name, *id, from);
    if (!report) {
      return report;
    }
    total.partitions += report->partitions;
    total.segments += report->segments;
    total.records += report->records;
    total.bytes += report->bytes;
    total.findings.insert(total.findings.end(), report->findings.begin(), report->findings.end());
  }
  return total;
}

}  // namespace ostraka::log
