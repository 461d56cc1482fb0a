#include "audit/audit.h"

#include <memory>

#include "audit/ledger.h"
#include "audit/rules.h"
#include "election/catalogue.h"

namespace ostraka::audit {

namespace {

// Gives `visit` every record from the reader's position up to the end that is there now.
template <class Visit>
Status read_on(log::Reader& reader, Visit&& visit) {
  const auto end = reader.end();
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  while (reader.position() < *end) {
    const auto batch = reader.read();
    if (!batch) {
      return tl::make_unexpected(batch.error());
    }
    if (batch->records.empty()) {
      return fail(ErrorKind::damaged, "a partition ends at {}, before its own end {}", reader.position().value,
                  end->value);
    }
    for (const std::string_view record : batch->records) {
      visit(record);
    }
  }
  return {};
}

class Audit {
 public:
  explicit Audit(log::Log& log) : log_(log) {}

  Result<AuditReport> run(const std::vector<Partition>& ballots) {
    auto elections = log_.open_reader({std::string(log::k_elections_stream), Partition{0}}, Offset{0});
    if (!elections) {
      return tl::make_unexpected(elections.error());
    }
    elections_ = std::move(*elections);
    read_elections();
    const election::Catalogue before = catalogue_;
    for (const Partition partition : ballots) {
      if (Status read = read_ballots(partition); !read) {
        return tl::make_unexpected(read.error());
      }
    }
    if (!elections_status_) {
      return tl::make_unexpected(elections_status_.error());
    }
    if (is_consistent_) {
      rules_.finish(before);
    }
    return std::move(report_);
  }

 private:
  void read_elections() {
    if (!elections_status_ || !is_consistent_) {
      return;
    }
    elections_status_ = read_on(*elections_, [&](std::string_view record) {
      const Status applied = is_consistent_ ? catalogue_.apply(record) : Status();
      if (!applied) {
        is_consistent_ = false;
        report_.add({Finding::Severity::violation,
                     log::k_elections_stream,
                     {Partition{0}, catalogue_.position()},
                     applied.error().message});
      }
    });
  }

  Status read_ballots(Partition partition) {
    if (!elections_status_ || !is_consistent_) {
      return {};
    }
    auto reader = log_.open_reader({std::string(log::k_ballots_stream), partition}, Offset{0});
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    Ledger ledger(partition);
    return read_on(**reader, [&](std::string_view record) {
      ++report_.records;
      const Place place{partition, ledger.next()};
      const LedgerSays says = ledger.apply(record, find_opened_);
      rules_.take(record, place, says);
    });
  }

  // A marker may be of an election that was opened after the stream was read.
  std::shared_ptr<const election::Entry> find_opened(std::string_view id) {
    const auto known = [&] {
      const auto entry = catalogue_.find(id);
      return entry != nullptr && entry->partitions > 0 ? entry : nullptr;
    };
    if (auto entry = known()) {
      return entry;
    }
    read_elections();
    return known();
  }

  log::Log& log_;
  std::unique_ptr<log::Reader> elections_;
  election::Catalogue catalogue_;
  Status elections_status_;
  bool is_consistent_ = true;
  AuditReport report_;
  const FindOpened find_opened_ = [this](std::string_view id) { return find_opened(id); };
  Rules rules_{find_opened_, report_};
};

}  // namespace

Result<AuditReport> audit(log::Log& log, const std::vector<Partition>& ballots) {
  return Audit(log).run(ballots);
}

}  // namespace ostraka::audit
