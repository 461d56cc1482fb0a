#include "elections/election_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ostraka/v1/administration_records.pb.h"

namespace ostraka::elections {

namespace {

// Of one act: each time somebody else's record came first.
constexpr int k_decisions_max = 16;

}  // namespace

ElectionDesk::ElectionDesk(Streams streams, const Clock& clock, Peers& peers, std::uint32_t partitions)
    : clock_(clock), peers_(peers), partitions_(partitions), streams_(std::move(streams)) {}

Result<std::unique_ptr<ElectionDesk>> ElectionDesk::open(log::Log& log, const Clock& clock, Peers& peers,
                                                         std::uint32_t partitions) {
  const log::PartitionName name{std::string(log::k_elections_stream), Partition{0}};
  auto elections = log.open_appender(name);
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  auto administration = log.open_appender({std::string(log::k_administration_stream), Partition{0}});
  if (!administration) {
    return tl::make_unexpected(administration.error());
  }
  auto reader = log.open_reader(name, Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  std::unique_ptr<ElectionDesk> desk(new ElectionDesk(
      {std::move(*elections), std::move(*reader), std::move(*administration)}, clock, peers, partitions));
  if (const Status read = desk->read_on(); !read) {
    return tl::make_unexpected(read.error());
  }
  return desk;
}

// To the stream's end.
Status ElectionDesk::read_on() {
  for (;;) {
    const Result<log::Records> batch = streams_.reader->read();
    if (!batch) {
      return tl::make_unexpected(batch.error());
    }
    if (batch->records.empty()) {
      return {};
    }
    for (const std::string_view record : batch->records) {
      if (const Status applied = catalogue_.apply(record); !applied) {
        health_ = applied;
        return applied;
      }
    }
  }
}

// True when the record stands where it was decided for; false when somebody else's does. What fails may have landed.
Result<bool> ElectionDesk::append(v1::ElectionRecord record) {
  const Offset expected = catalogue_.position();
  record.set_decided_at(expected.value);
  const std::string bytes = record.SerializeAsString();
  const std::array<std::string_view, 1> records{bytes};
  const Result<Offset> appended = streams_.elections->append(records);
  if (!appended) {
    return tl::make_unexpected(appended.error());
  }
  if (*appended < expected) {
    health_ = fail(ErrorKind::damaged, "the elections stream gave offset {} a second time", appended->value);
    return tl::make_unexpected(health_.error());
  }
  // Read, not taken for granted: everybody else reads it, too.
  if (const Status read = read_on(); !read) {
    return tl::make_unexpected(read.error());
  }
  if (catalogue_.position() <= *appended) {
    return fail(ErrorKind::unavailable, "offset {} of the elections stream cannot be read yet", appended->value);
  }
  return *appended == expected;
}

Answer ElectionDesk::decide_and_append(const Decide& decide) {
  const std::lock_guard lock(mutex_);
  Answer answer{{}, catalogue_.position()};
  for (int i = 0; i < k_decisions_max; ++i) {
    if (const Status read = health_ ? read_on() : health_; !read) {
      unavailable(answer, read.error());
      return answer;
    }
    answer = {decide(catalogue_, clock_.wall_now()), catalogue_.position()};
    if (!answer.decision.record) {
      return answer;
    }
    const Result<bool> stands = append(*answer.decision.record);
    if (!stands) {
      unavailable(answer, stands.error());
      return answer;
    }
    if (*stands) {
      answer.elections_end = catalogue_.position();
      return answer;
    }
  }
  unavailable(answer, {ErrorKind::unavailable, "too many others write to the elections stream"});
  return answer;
}

void ElectionDesk::unavailable(Answer& answer, const Error& error) const {
  spdlog::warn("an administrative act is refused for now: {}", error.message);
  answer.decision.outcome = Outcome::unavailable;
  answer.decision.record.reset();
  answer.decision.detail = error.message;
}

Answer ElectionDesk::create(const std::string& definition_json, const std::string& actor) {
  Answer answer = decide_and_append([&](const election::Catalogue& catalogue, WallTime now) {
    return decide_create(catalogue, definition_json, now);
  });
  record_act("create", answer, actor);
  return answer;
}

Answer ElectionDesk::update(const std::string& id, const std::string& merge_patch, const std::string& actor) {
  Answer answer = decide_and_append([&](const election::Catalogue& catalogue, WallTime now) {
    return decide_update(catalogue, id, merge_patch, now);
  });
  // Also when this very end was written by an earlier call whose answer got lost: that one may not have settled.
  const auto entry = catalogue().find(id);
  const bool is_open = entry != nullptr && entry->state == election::State::open;
  if (answer.decision.outcome == Outcome::done && is_open) {
    const Result<Settled> settled = peers_.settle(id, answer.elections_end);
    if (!settled) {
      unavailable(answer, settled.error());
    } else if (closed_meanwhile(*settled)) {
      // The old end came first in some partition, and a closed partition never reopens: so it is the end of all.
      answer.elections_end = close(id, ClosedBy::schedule, "schedule").elections_end;
      answer.decision.outcome = Outcome::wrong_state;
      answer.decision.detail = "the election closed before its end could be moved";
    }
  }
  record_act("update", answer, actor);
  return answer;
}

Answer ElectionDesk::open_election(const std::string& id, const std::string& actor) {
  // Asked first without facts: most refusals need no pepper.
  Answer answer{decide_open(catalogue(), id, {}, clock_.wall_now()), catalogue().position()};
  if (answer.decision.record) {
    const Result<std::string> commitment = peers_.prepare(id);
    if (!commitment) {
      unavailable(answer, commitment.error());
      record_act("open", answer, actor);
      return answer;
    }
    answer = decide_and_append([&](const election::Catalogue& catalogue, WallTime now) {
      return decide_open(catalogue, id, {partitions_, *commitment}, now);
    });
  }
  if (answer.decision.outcome == Outcome::done) {
    if (const Result<Settled> settled = peers_.settle(id, answer.elections_end); !settled) {
      unavailable(answer, settled.error());
    }
  }
  record_act("open", answer, actor);
  return answer;
}

Answer ElectionDesk::close(const std::string& id, ClosedBy by, const std::string& actor) {
  Answer answer = decide_and_append([&](const election::Catalogue& catalogue, WallTime now) {
    return decide_close(catalogue, id, by, now);
  });
  if (answer.decision.outcome == Outcome::done) {
    if (const Result<Settled> settled = peers_.settle(id, answer.elections_end); !settled) {
      unavailable(answer, settled.error());
    }
  }
  record_act("close", answer, actor);
  return answer;
}

Answer ElectionDesk::certify(const std::string& id, const std::string& actor) {
  const auto entry = catalogue().find(id);
  std::map<std::uint32_t, std::uint64_t> closed_at;
  if (entry != nullptr && entry->state == election::State::closed) {
    const Result<Settled> settled = peers_.settle(id, catalogue().position());
    if (!settled) {
      Answer answer{{}, catalogue().position()};
      unavailable(answer, settled.error());
      answer.decision.election = id;
      record_act("certify", answer, actor);
      return answer;
    }
    for (const auto& [partition, place] : settled->partitions) {
      if (place.closed) {
        closed_at[partition] = place.closed_at;
      }
    }
  }
  Answer answer = decide_and_append([&](const election::Catalogue& catalogue, WallTime now) {
    return decide_certify(catalogue, id, closed_at, now);
  });
  record_act("certify", answer, actor);
  return answer;
}

bool ElectionDesk::closed_meanwhile(const Settled& settled) const {
  return std::any_of(settled.partitions.begin(), settled.partitions.end(),
                     [](const auto& partition) { return partition.second.closed; });
}

void ElectionDesk::record_act(const char* act, const Answer& answer, const std::string& actor) {
  const std::string outcome(outcome_name(answer.decision.outcome));
  spdlog::info("{} by {}: election '{}', {}", act, actor, answer.decision.election, outcome);
  v1::AdministrativeAct record;
  record.set_at_ms(to_milliseconds(clock_.wall_now()));
  record.set_actor(actor);
  record.set_act(act);
  record.set_election(answer.decision.election);
  record.set_outcome(outcome);
  const std::string bytes = record.SerializeAsString();
  const std::array<std::string_view, 1> records{bytes};
  const std::lock_guard lock(mutex_);
  // The act itself is durable in `elections`; that its trace could not be written is for the operator to know.
  if (const Result<Offset> appended = streams_.administration->append(records); !appended) {
    spdlog::error("the administration stream cannot be written: {}", appended.error().message);
  }
}

election::Catalogue ElectionDesk::catalogue() const {
  const std::lock_guard lock(mutex_);
  return catalogue_;
}

Status ElectionDesk::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace ostraka::elections
