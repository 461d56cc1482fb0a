#include "elections/core/lifecycle.h"

#include <fmt/core.h>

#include <algorithm>

#include "elections/core/end_patch.h"

namespace ostraka::elections {

namespace {

using election::Catalogue;
using election::Entry;
using election::State;

Decision unknown(std::string_view id) { return {Outcome::unknown_election, std::string(id), {}, {}, "no such election"}; }

Decision done(const Entry& entry) { return {Outcome::done, entry.definition.id, {}, {}, {}}; }

Decision wrong_state(const Entry& entry, std::string_view why) {
  return {Outcome::wrong_state, entry.definition.id, {}, {},
          fmt::format("the election is {}: {}", election::state_name(entry.state), why)};
}

Decision refuse(election::ParsedDefinition parsed, std::string id) {
  const Outcome outcome = parsed.malformed ? Outcome::malformed : Outcome::invalid;
  std::string detail = parsed.mistakes.empty() ? "" : parsed.mistakes.front().detail;
  return {outcome, std::move(id), {}, std::move(parsed.mistakes), std::move(detail)};
}

Decision invalid(std::string id, std::string pointer, std::string detail) {
  return {Outcome::invalid, std::move(id), {}, {{std::move(pointer), detail}}, detail};
}

v1::ElectionRecord record_for(std::string_view id, WallTime now) {
  v1::ElectionRecord record;
  record.set_election(std::string(id));
  record.set_at_ms(to_milliseconds(now));
  return record;
}

Decision defined(const election::Definition& definition, std::uint64_t revision, Outcome outcome, WallTime now) {
  Decision decision{outcome, definition.id, record_for(definition.id, now), {}, {}};
  v1::ElectionDefined& change = *decision.record->mutable_defined();
  change.set_definition(election::to_canonical_json(definition));
  change.set_revision(revision);
  return decision;
}

bool has_ended(const election::Definition& definition, WallTime now) {
  return definition.closes_at && *definition.closes_at <= now;
}

Decision move_end(const Entry& entry, std::string_view merge_patch, WallTime now) {
  const EndPatch patch = read_end_patch(merge_patch);
  switch (patch.kind) {
    case EndPatch::Kind::malformed:
      return {Outcome::malformed, entry.definition.id, {}, {{"", patch.detail}}, patch.detail};
    case EndPatch::Kind::nothing:
      return done(entry);
    case EndPatch::Kind::other_members:
      return wrong_state(entry, "only closes_at may change");
    case EndPatch::Kind::invalid:
      return invalid(entry.definition.id, "/closes_at", patch.detail);
    case EndPatch::Kind::end:
      break;
  }
  if (patch.closes_at == entry.definition.closes_at) {
    return done(entry);
  }
  // An end that has passed cannot be moved: partitions may have closed by it already.
  if (has_ended(entry.definition, now)) {
    return wrong_state(entry, "its end has passed");
  }
  if (patch.closes_at && *patch.closes_at <= now) {
    return invalid(entry.definition.id, "/closes_at", "must be in the future; close the election instead");
  }
  Decision decision{Outcome::done, entry.definition.id, record_for(entry.definition.id, now), {}, {}};
  decision.record->mutable_end_moved()->set_closes_at_ms(patch.closes_at ? to_milliseconds(*patch.closes_at) : 0);
  return decision;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::created:
      return "created";
    case Outcome::done:
      return "done";
    case Outcome::unauthenticated:
      return "unauthenticated";
    case Outcome::unknown_election:
      return "unknown-election";
    case Outcome::exists:
      return "election-exists";
    case Outcome::wrong_state:
      return "wrong-state";
    case Outcome::invalid:
      return "invalid-election";
    case Outcome::malformed:
      return "malformed-request";
    case Outcome::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

Decision decide_create(const Catalogue& catalogue, std::string_view definition_json, WallTime now) {
  election::ParsedDefinition parsed = election::parse_definition(definition_json);
  if (!parsed.definition) {
    return refuse(std::move(parsed), "");
  }
  const election::Definition& definition = *parsed.definition;
  // Before the schedule is looked at: a retry of what was created long ago is no mistake.
  if (const auto entry = catalogue.find(definition.id)) {
    return entry->defined_json == election::to_canonical_json(definition)
               ? done(*entry)
               : Decision{Outcome::exists, definition.id, {}, {}, "another election has this id"};
  }
  if (has_ended(definition, now)) {
    return invalid(definition.id, "/closes_at", "must be in the future");
  }
  return defined(definition, 1, Outcome::created, now);
}

Decision decide_update(const Catalogue& catalogue, std::string_view id, std::string_view merge_patch, WallTime now) {
  const auto entry = catalogue.find(id);
  if (entry == nullptr) {
    return unknown(id);
  }
  if (entry->state == State::open) {
    return move_end(*entry, merge_patch, now);
  }
  if (entry->state != State::draft && entry->state != State::scheduled) {
    return wrong_state(*entry, "it cannot be changed any more");
  }
  election::ParsedDefinition parsed = election::patch_definition(entry->definition, merge_patch);
  if (!parsed.definition) {
    return refuse(std::move(parsed), std::string(id));
  }
  if (has_ended(*parsed.definition, now)) {
    return invalid(std::string(id), "/closes_at", "must be in the future");
  }
  if (election::to_canonical_json(*parsed.definition) == entry->defined_json) {
    return done(*entry);
  }
  return defined(*parsed.definition, entry->revision + 1, Outcome::done, now);
}

Decision decide_open(const Catalogue& catalogue, std::string_view id, const OpeningFacts& facts, WallTime now) {
  const auto entry = catalogue.find(id);
  if (entry == nullptr) {
    return unknown(id);
  }
  if (entry->state == State::open) {
    return done(*entry);
  }
  if (entry->state != State::draft && entry->state != State::scheduled) {
    return wrong_state(*entry, "a closed election never opens again");
  }
  if (has_ended(entry->definition, now)) {
    return wrong_state(*entry, "its end has passed; move closes_at first");
  }
  Decision decision{Outcome::done, entry->definition.id, record_for(id, now), {}, {}};
  v1::ElectionOpened& change = *decision.record->mutable_opened();
  change.set_definition_hash(entry->hash);
  change.set_partitions(facts.partitions);
  change.set_pepper_commitment(facts.pepper_commitment);
  return decision;
}

Decision decide_close(const Catalogue& catalogue, std::string_view id, ClosedBy by, WallTime now) {
  const auto entry = catalogue.find(id);
  if (entry == nullptr) {
    return unknown(id);
  }
  if (entry->state == State::closed) {
    return done(*entry);
  }
  if (entry->state != State::open) {
    return wrong_state(*entry, "only an open election can be closed");
  }
  Decision decision{Outcome::done, entry->definition.id, record_for(id, now), {}, {}};
  decision.record->mutable_closed()->set_by_schedule(by == ClosedBy::schedule);
  return decision;
}

Decision decide_certify(const Catalogue& catalogue, std::string_view id,
                        const std::map<std::uint32_t, std::uint64_t>& closed_at, WallTime now) {
  const auto entry = catalogue.find(id);
  if (entry == nullptr) {
    return unknown(id);
  }
  if (entry->state == State::certified) {
    return done(*entry);
  }
  if (entry->state != State::closed) {
    return wrong_state(*entry, "only a closed election can be certified");
  }
  // Exactly the partitions 0 to n - 1: what is certified names every one of them, and none that there is not.
  if (closed_at.size() != entry->partitions || closed_at.rbegin()->first != entry->partitions - 1) {
    return {Outcome::unavailable, std::string(id), {}, {}, "not every partition has its closed marker yet"};
  }
  Decision decision{Outcome::done, entry->definition.id, record_for(id, now), {}, {}};
  for (const auto& [partition, offset] : closed_at) {
    (*decision.record->mutable_certified()->mutable_closed_at())[partition] = offset;
  }
  return decision;
}

std::vector<DueAct> due_acts(const Catalogue& catalogue, WallTime now) {
  std::vector<DueAct> due;
  for (const auto& [id, entry] : catalogue.entries()) {
    if (entry->state == State::scheduled && entry->definition.opens_at && *entry->definition.opens_at <= now &&
        !has_ended(entry->definition, now)) {
      due.push_back({DueAct::Kind::open, id});
    } else if (entry->state == State::open && has_ended(entry->definition, now)) {
      due.push_back({DueAct::Kind::close, id});
    }
  }
  return due;
}

std::optional<WallTime> next_due(const Catalogue& catalogue, WallTime now) {
  std::optional<WallTime> next;
  const auto consider = [&next](std::optional<WallTime> at) {
    if (at && (!next || *at < *next)) {
      next = at;
    }
  };
  for (const auto& [id, entry] : catalogue.entries()) {
    if (entry->state == State::scheduled && !has_ended(entry->definition, now)) {
      consider(entry->definition.opens_at);
    } else if (entry->state == State::open) {
      consider(entry->definition.closes_at);
    }
  }
  return next;
}

}  // namespace ostraka::elections
