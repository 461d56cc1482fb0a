#include "election/catalogue.h"

#include "crypto/digest.h"
#include "ostraka/v1/election_records.pb.h"

namespace ostraka::election {

namespace {

using EntryPointer = std::shared_ptr<const Entry>;

bool may_be_defined(State state) {
  return state == State::draft || state == State::scheduled;
}

template <class... Args>
auto damaged(const v1::ElectionRecord& record, fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorKind::damaged, "elections stream, election {}: {}", record.election(),
              fmt::format(format, std::forward<Args>(args)...));
}

Result<EntryPointer> define(const Entry* before, const v1::ElectionRecord& record) {
  const std::string& json = record.defined().definition();
  if (before != nullptr && !may_be_defined(before->state)) {
    return damaged(record, "defined again while {}", state_name(before->state));
  }
  const std::uint64_t revision = before == nullptr ? 1 : before->revision + 1;
  if (record.defined().revision() != revision) {
    return damaged(record, "revision {} where {} was due", record.defined().revision(), revision);
  }
  ParsedDefinition parsed = parse_canonical_definition(json);
  if (!parsed.definition) {
    return damaged(record, "not a definition: {} {}", parsed.mistakes[0].pointer, parsed.mistakes[0].detail);
  }
  if (parsed.definition->id != record.election() || to_canonical_json(*parsed.definition) != json) {
    return damaged(record, "the definition is another election's, or not in canonical form");
  }
  auto entry = std::make_shared<Entry>();
  entry->definition = std::move(*parsed.definition);
  entry->defined_json = json;
  entry->hash = definition_hash(entry->definition);
  entry->revision = revision;
  entry->state = entry->definition.opens_at ? State::scheduled : State::draft;
  return entry;
}

Result<EntryPointer> open(const Entry& before, const v1::ElectionRecord& record) {
  const v1::ElectionOpened& opened = record.opened();
  if (!may_be_defined(before.state)) {
    return damaged(record, "opened while {}", state_name(before.state));
  }
  if (opened.definition_hash() != before.hash) {
    return damaged(record, "opened under another definition");
  }
  if (opened.partitions() == 0 || opened.pepper_commitment().size() != crypto::k_sha256_bytes) {
    return damaged(record, "opened without partitions or without a commitment to the pepper");
  }
  auto entry = std::make_shared<Entry>(before);
  entry->state = State::open;
  entry->partitions = opened.partitions();
  entry->pepper_commitment = opened.pepper_commitment();
  return entry;
}

Result<EntryPointer> move_end(const Entry& before, const v1::ElectionRecord& record) {
  if (before.state != State::open) {
    return damaged(record, "end moved while {}", state_name(before.state));
  }
  const std::int64_t closes_at_ms = record.end_moved().closes_at_ms();
  if (closes_at_ms < 0) {
    return damaged(record, "end moved to before 1970");
  }
  auto entry = std::make_shared<Entry>(before);
  entry->definition.closes_at = closes_at_ms == 0 ? std::nullopt : std::optional(wall_time(closes_at_ms));
  return entry;
}

Result<EntryPointer> close(const Entry& before, const v1::ElectionRecord& record) {
  if (before.state != State::open) {
    return damaged(record, "closed while {}", state_name(before.state));
  }
  auto entry = std::make_shared<Entry>(before);
  entry->state = State::closed;
  return entry;
}

Result<EntryPointer> certify(const Entry& before, const v1::ElectionRecord& record) {
  if (before.state != State::closed) {
    return damaged(record, "certified while {}", state_name(before.state));
  }
  std::map<std::uint32_t, std::uint64_t> closed_at(record.certified().closed_at().begin(),
                                                   record.certified().closed_at().end());
  if (closed_at.size() != before.partitions || closed_at.rbegin()->first != before.partitions - 1) {
    return damaged(record, "certified without each of its {} partitions", before.partitions);
  }
  auto entry = std::make_shared<Entry>(before);
  entry->state = State::certified;
  entry->certified_at = std::move(closed_at);
  return entry;
}

Result<EntryPointer> changed(const Entry* before, const v1::ElectionRecord& record) {
  using Change = v1::ElectionRecord;
  if (record.change_case() == Change::kDefined) {
    return define(before, record);
  }
  if (before == nullptr) {
    return damaged(record, "changed before it was defined");
  }
  switch (record.change_case()) {
    case Change::kOpened:
      return open(*before, record);
    case Change::kEndMoved:
      return move_end(*before, record);
    case Change::kClosed:
      return close(*before, record);
    case Change::kCertified:
      return certify(*before, record);
    case Change::kDefined:
    case Change::CHANGE_NOT_SET:
      break;
  }
  return damaged(record, "a change that this version does not know");
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::draft:
      return "draft";
    case State::scheduled:
      return "scheduled";
    case State::open:
      return "open";
    case State::closed:
      return "closed";
    case State::certified:
      return "certified";
  }
  return "";
}

Status Catalogue::apply(std::string_view bytes) {
  v1::ElectionRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorKind::damaged, "elections stream, offset {}: not an ElectionRecord", position_.value);
  }
  if (record.has_decided_at() && record.decided_at() != position_.value) {
    ++without_effect_;
    position_ = position_.next();
    return {};
  }
  const auto found = entries_.find(record.election());
  Result<EntryPointer> entry = changed(found == entries_.end() ? nullptr : found->second.get(), record);
  if (!entry) {
    return fail(entry.error().kind, "{} (offset {})", entry.error().message, position_.value);
  }
  entries_.insert_or_assign(record.election(), std::move(*entry));
  position_ = position_.next();
  return {};
}

std::shared_ptr<const Entry> Catalogue::find(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second;
}

}  // namespace ostraka::election
