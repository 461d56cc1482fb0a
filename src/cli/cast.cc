#include "cli/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "base/check.h"
#include "cli/core/backoff.h"
#include "net/http/client.h"

namespace ostraka::cli {
namespace {

using Json = nlohmann::json;

constexpr Backoff::Limits k_pauses{Milliseconds(50), Milliseconds(2'000)};
constexpr Milliseconds k_progress_every{250};
constexpr Milliseconds k_silence_until_away{1'000};
constexpr std::size_t k_thread_reason_max = 200;

// Hands out rows and gathers what the threads found. Its mutex guards everything in it.
class Shared {
 public:
  Shared(BallotSheet& sheet, const CastObserver& observer) : sheet_(sheet), observer_(observer) {}

  // The next row that is a vote, or none when the sheet is at its end or broken.
  std::optional<SheetRow> next() {
    const std::lock_guard lock(mutex_);
    while (!is_stopping_) {
      const auto row = sheet_.next();
      check(row.has_value(), "the sheet was checked to its end");
      if (!*row) {
        break;
      }
      ++rows_;
      if ((*row)->refused.empty()) {
        return *row;
      }
      ++counts_.refused[(*row)->refused];
    }
    return std::nullopt;
  }

  void acknowledged(const Acknowledged& vote) {
    if (observer_.on_acknowledged) {
      const std::lock_guard lock(mutex_);
      observer_.on_acknowledged(vote);
    }
  }

  void finished(const CastCounts& counts) {
    const std::lock_guard lock(mutex_);
    counts_.add(counts);
    ++finished_;
    changed_.notify_one();
  }

  void wait_for(std::size_t threads) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, k_progress_every, [&] { return finished_ == threads; })) {
      if (observer_.on_progress) {
        observer_.on_progress(rows_);
      }
      tell_of_gateway();
      if (!is_stopping_ && observer_.should_stop && observer_.should_stop()) {
        is_stopping_ = true;
        stopping_.notify_all();
      }
    }
  }

  CastCounts result() {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  // Sleeps; false, at once, when the casting stops.
  bool pause(Milliseconds time) {
    std::unique_lock lock(mutex_);
    return !stopping_.wait_for(lock, time, [&] { return is_stopping_; });
  }

  // What a request met: an empty `trouble` is an answer.
  void met(const std::string& trouble) {
    const std::lock_guard lock(mutex_);
    if (trouble.empty()) {
      answered_at_ = system_clock().monotonic_now();
    }
    trouble_ = trouble;
  }

 private:
  // Away is a gateway that answers nobody for a while: one broken connection among many is not worth a word.
  void tell_of_gateway() {
    const bool is_silent = !trouble_.empty() && system_clock().monotonic_now() - answered_at_ >= k_silence_until_away;
    const bool is_back = is_away_ && trouble_.empty();
    if ((is_silent && !is_away_) || is_back) {
      is_away_ = !is_back;
      if (observer_.on_gateway) {
        observer_.on_gateway(is_back ? GatewayIs::back : GatewayIs::away, trouble_);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stopping_;
  bool is_stopping_ = false;
  bool is_away_ = false;
  std::string trouble_;  // of the last request, empty when it was answered
  MonotonicTime answered_at_ = system_clock().monotonic_now();
  BallotSheet& sheet_;
  const CastObserver& observer_;
  CastCounts counts_;
  std::uint64_t rows_ = 0;
  std::size_t finished_ = 0;
};

// What a request asks, and which bearer it carries.
struct Ask {
  std::string_view target;
  std::string_view body;
  std::string_view bearer;
};

std::string problem_name(const http::ClientResponse& response) {
  const auto problem = Json::parse(response.body, nullptr, false);
  const std::string type = problem.is_object() ? problem.value("type", "") : "";
  const auto slash = type.rfind('/');
  return slash == std::string::npos || slash + 1 == type.size() ? fmt::format("status-{}", response.status)
                                                                : type.substr(slash + 1);
}

// Whether a refusal says nothing of the ballot: the way there is wrong, or the server is.
bool is_no_answer(unsigned status, const std::string& problem) {
  return status >= 500 || problem == "not-found" || problem == "unavailable";
}

bool is_worth_repeating(unsigned status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// One voter after the other on one connection. One thread.
class Caster {
 public:
  Caster(const CastOptions& options, Shared& shared)
      : options_(options),
        shared_(shared),
        token_target_(fmt::format("/v1/elections/{}/ballot-tokens", options.election)),
        vote_target_(fmt::format("/v1/elections/{}/votes", options.election)),
        chance_(std::random_device{}()) {}

  CastCounts run() {
    while (const auto row = shared_.next()) {
      ++counts_.sent;
      cast(*row);
    }
    return counts_;
  }

 private:
  void cast(const SheetRow& row) {
    deadline_ = system_clock().monotonic_now() + options_.row_deadline;
    const std::string voter = fmt::format("{}{}", options_.voter_prefix, row.number);
    const auto id_token = token({"/v1/development/sign-in", Json{{"name", voter}}.dump(), {}}, "id_token");
    if (!id_token) {
      return;
    }
    const auto ballot_token = token({token_target_, {}, *id_token}, "ballot_token");
    if (!ballot_token) {
      return;
    }
    const auto response = ask({vote_target_, row.body, *ballot_token});
    if (response) {
      record(*response, voter);
    }
  }

  void record(const http::ClientResponse& response, const std::string& voter) {
    if (response.status == 201 || response.status == 200) {
      ++(response.status == 201 ? counts_.counted : counts_.repeated);
      const auto read = Json::parse(response.body, nullptr, false);
      const auto receipt = read.is_object() ? read.value("receipt", Json::object()) : Json::object();
      shared_.acknowledged({voter, receipt.value("partition", 0ULL), receipt.value("offset", 0ULL)});
    } else if (problem_name(response) == "already-voted") {
      ++counts_.conflicted;
    } else {
      refuse(response);
    }
  }

  void refuse(const http::ClientResponse& response) {
    const std::string problem = problem_name(response);
    if (is_no_answer(response.status, problem)) {
      give_up(problem);
    } else {
      ++counts_.refused[problem];
    }
  }

  // The named member of the reply; nothing, with the row recorded as refused or failed, when there is none.
  std::optional<std::string> token(const Ask& ask_for, const char* member) {
    const auto response = ask(ask_for);
    if (!response) {
      return std::nullopt;
    }
    if (response->status >= 300) {
      refuse(*response);
      return std::nullopt;
    }
    const auto read = Json::parse(response->body, nullptr, false);
    auto found = read.is_object() ? read.value(member, "") : "";
    if (found.empty()) {
      give_up(fmt::format("{} was answered without {}", ask_for.target, member));
      return std::nullopt;
    }
    return found;
  }

  // Asks until there is an answer that will not change by asking again; nothing when the row's time is over.
  std::optional<http::ClientResponse> ask(const Ask& ask_for) {
    Backoff pauses(k_pauses);
    std::string why;
    while (true) {
      Milliseconds pause = pauses.next(std::uniform_real_distribution<>(0, 1)(chance_));
      auto response = send(ask_for);
      if (response && !is_worth_repeating(response->status)) {
        shared_.met("");
        return std::move(*response);
      }
      why = response ? problem_name(*response) : response.error().message;
      if (response) {
        pause = std::max(pause, retry_after(*response));
      } else {
        client_.reset();
      }
      shared_.met(why);
      if (system_clock().monotonic_now() + pause >= deadline_) {
        give_up(why);
        return std::nullopt;
      }
      if (!shared_.pause(pause)) {
        give_up("interrupted; before that: " + why);
        return std::nullopt;
      }
    }
  }

  Result<http::ClientResponse> send(const Ask& ask_for) {
    if (!client_) {
      auto connected = http::Client::connect(options_.server, {}, options_.trust);
      if (!connected) {
        return tl::make_unexpected(connected.error());
      }
      client_ = std::move(*connected);
    }
    http::ClientRequest request;
    request.method = "POST";
    request.target = ask_for.target;
    request.body = ask_for.body;
    request.content_type = ask_for.body.empty() ? "" : "application/json";
    request.bearer = ask_for.bearer;
    return client_->request(request);
  }

  static Milliseconds retry_after(const http::ClientResponse& response) {
    const auto text = response.header("Retry-After");
    unsigned seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return Milliseconds(seconds * 1000ULL);
  }

  void give_up(std::string why) {
    ++counts_.failed;
    why.resize(std::min(why.size(), k_thread_reason_max));
    counts_.last_failure = std::move(why);
  }

  const CastOptions& options_;
  Shared& shared_;
  const std::string token_target_;
  const std::string vote_target_;
  std::mt19937 chance_;
  std::optional<http::Client> client_;
  MonotonicTime deadline_;
  CastCounts counts_;
};

}  // namespace

void CastCounts::add(const CastCounts& other) {
  sent += other.sent;
  counted += other.counted;
  repeated += other.repeated;
  conflicted += other.conflicted;
  failed += other.failed;
  for (const auto& [reason, count] : other.refused) {
    refused[reason] += count;
  }
  if (!other.last_failure.empty()) {
    last_failure = other.last_failure;
  }
}

Result<CastCounts> cast_sheet(BallotSheet& sheet, const CastOptions& options, const CastObserver& observer) {
  if (const auto readable = sheet.check_rest(); !readable) {
    return tl::make_unexpected(readable.error());
  }
  Shared shared(sheet, observer);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.concurrency; ++i) {
    threads.emplace_back([&] { shared.finished(Caster(options, shared).run()); });
  }
  shared.wait_for(threads.size());
  for (auto& thread : threads) {
    thread.join();
  }
  return shared.result();
}

}  // namespace ostraka::cli
