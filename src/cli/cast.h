// Casting many ballots through the HTTP API: for each row of a sheet a development sign-in, a ballot token, and a vote.
//
// A request without an answer (connection broken, 503, 429) is sent again, with pauses, until the row's time is over:
// sending a vote again is always safe. A vote that was counted although its answer got lost is answered 200 the next
// time, so it shows as repeated here: this run says what it was answered, and nothing more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/core/ballot_sheet.h"
#include "net/http/client.h"

namespace ostraka::cli {

inline constexpr unsigned k_concurrency_max = 1024;

struct CastOptions {
  std::string server;
  std::string election;
  std::string voter_prefix;
  // Threads, each with a connection of its own. Many, because each waits for two syncs a row, and only what waits
  // together is synced together.
  unsigned concurrency = 256;
  Milliseconds row_deadline{60'000};  // for all of a row's requests together
  http::ClientTrust trust = {};
};

struct CastCounts {
  std::uint64_t sent = 0;        // rows whose vote was asked for: all but those refused as empty or unreadable
  std::uint64_t counted = 0;     // 201
  std::uint64_t repeated = 0;    // 200: this very ballot counts already
  std::uint64_t conflicted = 0;  // 409: another ballot of this voter counts
  std::map<std::string, std::uint64_t> refused;  // by the problem's name, or the sheet's reason
  std::uint64_t failed = 0;  // no answer in time, or one that says nothing of the ballot (not-found, 5xx)
  std::string last_failure;  // why, of one of them

  void add(const CastCounts& other);
};

struct Acknowledged {
  std::string_view voter;
  std::uint64_t partition;
  std::uint64_t offset;
};

enum class GatewayIs { away, back };

struct CastObserver {
  std::function<void(std::uint64_t rows)> on_progress;       // from the calling thread, a few times a second
  std::function<void(const Acknowledged&)> on_acknowledged;  // of 201 and 200; from any thread, one at a time
  // Once when nobody gets an answer for a second (with the reason), once when somebody does again; as on_progress.
  std::function<void(GatewayIs, const std::string& why)> on_gateway = {};
  // Asked as often as on_progress is called. After a true no row is begun: requests that are out get their answer,
  // rows between two tries count as failed.
  std::function<bool()> should_stop = {};
};

// Casts the whole sheet. Errors: invalid, when the sheet breaks off somewhere: then nothing is sent.
Result<CastCounts> cast_sheet(BallotSheet& sheet, const CastOptions& options, const CastObserver& observer);

}  // namespace ostraka::cli
