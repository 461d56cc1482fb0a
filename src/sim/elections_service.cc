#include "sim/elections_service.h"

#include "base/check.h"
#include "sim/ballots.h"

namespace ostraka::sim {
namespace {

Method method_of(election::Method method) {
  switch (method) {
    case election::Method::single:
      return Method::single;
    case election::Method::approval:
      return Method::approval;
    case election::Method::ranked:
      return Method::ranked;
    case election::Method::score:
      return Method::score;
  }
  return Method::single;
}

}  // namespace

void ElectionsService::stop() {
  if (process_) {
    process_->kill();
  }
  reader_.reset();
  appender_.reset();
  process_.reset();
}

bool ElectionsService::started() {
  if (process_) {
    return true;
  }
  if (backend_.wants_reboot()) {
    return false;
  }
  try {
    auto process = backend_.start_process();
    if (!process) {
      return false;
    }
    process_ = std::move(*process);
    const log::PartitionName name{std::string(log::k_elections_stream), Partition{0}};
    // Before it is a writer, whose reads may fail: the account below has to be up to date when others act on it.
    auto reader = process_->log().open_reader(name, catalogue_.position());
    auto appender = process_->log().open_appender(name);
    if (!reader || !appender) {
      stop();
      return false;
    }
    reader_ = std::move(*reader);
    appender_ = std::move(*appender);
    const Status caught_up = catch_up();
    if (!caught_up && caught_up.error().kind == ErrorKind::unavailable) {
      stop();
      return false;
    }
    if (!caught_up) {
      history_.violations.push_back("the elections stream: " + caught_up.error().message);
    }
    return true;
  } catch (const ProcessDied&) {
    stop();
    return false;
  }
}

Status ElectionsService::catch_up() {
  while (true) {
    const auto read = reader_->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      return {};
    }
    for (const std::string_view bytes : read->records) {
      const Offset at = catalogue_.position();
      const std::uint64_t without_effect = catalogue_.without_effect();
      if (const Status applied = catalogue_.apply(bytes); !applied) {
        return applied;
      }
      if (catalogue_.without_effect() > without_effect) {
        continue;
      }
      v1::ElectionRecord record;
      check(record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "the catalogue could read it");
      account(record, at);
    }
  }
}

void ElectionsService::account(const v1::ElectionRecord& record, Offset at) {
  const auto entry = catalogue_.find(record.election());
  ElectionFacts& facts = history_.elections[record.election()];
  const auto note_end = [&] { facts.ends.emplace_back(time_.wall(), entry->definition.closes_at); };
  switch (record.change_case()) {
    case v1::ElectionRecord::kDefined:
      if (facts.id.empty()) {
        facts.id = record.election();
        facts.defined_at = at;
      }
      facts.method = method_of(entry->definition.contests[0].method);
      note_end();
      break;
    case v1::ElectionRecord::kOpened:
      facts.opened_at = at;
      break;
    case v1::ElectionRecord::kEndMoved:
      note_end();
      break;
    case v1::ElectionRecord::kClosed:
      facts.closed_by_command = time_.wall();
      break;
    default:
      break;
  }
}

bool ElectionsService::append(v1::ElectionRecord record) {
  const Offset expected = catalogue_.position();
  if (variant_ != Variant::decide_for_any_offset) {
    record.set_decided_at(expected.value);
  }
  const std::string bytes = record.SerializeAsString();
  const std::string_view view = bytes;
  try {
    const auto appended = appender_->append({&view, 1});
    const Status caught_up = catch_up();
    if (!caught_up && caught_up.error().kind != ErrorKind::unavailable) {
      history_.violations.push_back("the elections stream: " + caught_up.error().message);
    }
    return appended && *appended == expected && catalogue_.position() > expected;
  } catch (const ProcessDied&) {
    stop();
    // Back at once: whether the record is there decides whether the command has to be given again.
    (void)started();
    return false;
  }
}

bool ElectionsService::define(std::string_view id, Method method, std::string_view title,
                              std::optional<WallTime> closes_at) {
  if (!started()) {
    return false;
  }
  const auto entry = catalogue_.find(id);
  if (entry && (entry->definition.title == title || ballotbox::has_opened(*entry))) {
    return true;
  }
  const auto parsed = election::parse_definition(definition_json(id, method, title, closes_at));
  check(parsed.definition.has_value(), "the simulated definition is one");
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  record.mutable_defined()->set_definition(election::to_canonical_json(*parsed.definition));
  record.mutable_defined()->set_revision(entry ? entry->revision + 1 : 1);
  return append(record);
}

bool ElectionsService::open(std::string_view id) {
  const auto entry = started() ? catalogue_.find(id) : nullptr;
  if (!entry) {
    return false;
  }
  if (ballotbox::has_opened(*entry)) {
    return true;
  }
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  record.mutable_opened()->set_definition_hash(entry->hash);
  record.mutable_opened()->set_partitions(partitions_);
  record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
  return append(record);
}

bool ElectionsService::move_end(std::string_view id, std::optional<WallTime> closes_at) {
  const auto entry = started() ? catalogue_.find(id) : nullptr;
  if (!entry) {
    return false;
  }
  if (entry->state != election::State::open || entry->definition.closes_at == closes_at) {
    return true;
  }
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  record.mutable_end_moved()->set_closes_at_ms(closes_at ? to_milliseconds(*closes_at) : 0);
  return append(record);
}

bool ElectionsService::close(std::string_view id) {
  const auto entry = started() ? catalogue_.find(id) : nullptr;
  if (!entry) {
    return false;
  }
  if (entry->state != election::State::open) {
    return true;
  }
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  record.mutable_closed();
  return append(record);
}

}  // namespace ostraka::sim
