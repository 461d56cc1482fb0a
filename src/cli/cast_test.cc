#include "cli/cast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "net/http/server.h"

namespace ostraka::cli {
namespace {

using Json = nlohmann::json;

constexpr std::string_view k_definition =
    R"({"contests":[{"id":"c","method":"single","options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})";

// A stand-in for the gateway: the three calls of a row, with what it shall answer to each voter's vote.
class Gateway {
 public:
  Gateway() {
    server_ = std::move(*http::Server::start({}, [this](const http::Request& request, http::Responder responder) {
      std::move(responder).send(answer(request));
    }));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  std::map<std::string, http::Response> votes;  // by voter; 201 for the rest. Set before the casting begins
  unsigned refusals_first = 0;                  // 503 to so many of each voter's votes, at first
  std::map<std::string, unsigned> asked;        // votes that came, by voter; read after the casting

 private:
  static http::Response json(unsigned status, const Json& body) {
    return {.status = status, .content_type = "application/json", .body = body.dump(), .headers = {}};
  }

  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    const std::string bearer(request.header("Authorization").substr(0, 200));
    if (request.path == "/v1/development/sign-in") {
      return json(200, {{"id_token", Json::parse(request.body)["name"]}});
    }
    if (request.path == "/v1/elections/e/ballot-tokens") {
      return json(201, {{"ballot_token", bearer.substr(7)}});
    }
    if (request.path != "/v1/elections/e/votes" || !Json::parse(request.body)["ballot"].contains("c")) {
      return json(404, {{"type", "/problems/unknown-election"}});
    }
    const std::string voter = bearer.substr(7);
    if (++asked[voter] <= refusals_first) {
      return json(503, {{"type", "/problems/unavailable"}});
    }
    const auto found = votes.find(voter);
    return found != votes.end() ? found->second : json(201, {{"receipt", {{"partition", 1}, {"offset", 7}}}});
  }

  std::mutex mutex_;
  std::unique_ptr<http::Server> server_;
};

http::Response reply(unsigned status, const std::string& problem) {
  const Json body = problem.empty() ? Json{{"receipt", {{"partition", 0}, {"offset", 3}}}}
                                    : Json{{"type", "/problems/" + problem}, {"status", status}};
  return {.status = status, .content_type = "application/json", .body = body.dump(), .headers = {}};
}

CastCounts cast_text(std::string_view text, const CastOptions& options, const CastObserver& observer = {}) {
  auto sheet = BallotSheet::open(text, contest_choices(k_definition, "c").value(), {"choice"});
  return cast_sheet(*sheet, options, observer).value();
}

TEST(Cast, EveryRowIsCountedUnderWhatItWasAnswered) {
  Gateway gateway;
  gateway.votes["v-2"] = reply(200, "");
  gateway.votes["v-3"] = reply(409, "already-voted");
  gateway.votes["v-4"] = reply(422, "invalid-ballot");
  std::set<std::string> acknowledged;
  const auto counts = cast_text("choice\na\nb\nA\nB\n\na\nnobody\n", {gateway.url(), "e", "v-", 4},
                                {.on_progress = {}, .on_acknowledged = [&](const Acknowledged& vote) {
                                   acknowledged.insert(std::string(vote.voter) + ":" + std::to_string(vote.offset));
                                 }});
  EXPECT_EQ(counts.sent, 5U);
  EXPECT_EQ(counts.counted, 2U);
  EXPECT_EQ(counts.repeated, 1U);
  EXPECT_EQ(counts.conflicted, 1U);
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_EQ(counts.refused,
            (std::map<std::string, std::uint64_t>{{"invalid-ballot", 1}, {"empty", 1}, {"unknown-option", 1}}));
  EXPECT_EQ(acknowledged, (std::set<std::string>{"v-1:7", "v-2:3", "v-6:7"}));
}

TEST(Cast, WhatWasNotAnsweredIsSentAgain) {
  Gateway gateway;
  gateway.refusals_first = 2;
  const auto counts = cast_text("choice\na\nb\n", {gateway.url(), "e", "v-", 2});
  EXPECT_EQ(counts.counted, 2U);
  EXPECT_EQ(gateway.asked["v-1"], 3U);
}

TEST(Cast, ARowsTimeIsBounded) {
  Gateway gateway;
  gateway.refusals_first = 1'000'000;
  const auto counts = cast_text("choice\na\n", {gateway.url(), "e", "v-", 1, Milliseconds(200)});
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(counts.last_failure, "unavailable");
  EXPECT_EQ(counts.sent, 1U);
}

TEST(Cast, ARefusedSignInIsTheRowsAnswer) {
  Gateway gateway;
  const auto counts = cast_text("choice\na\n", {gateway.url(), "other", "v-", 1});
  EXPECT_EQ(counts.refused.at("unknown-election"), 1U);
  EXPECT_EQ(counts.failed, 0U);
}

TEST(Cast, AnAnswerThatSaysNothingOfTheBallotIsAFailure) {
  Gateway gateway;
  gateway.votes["v-1"] = reply(404, "not-found");
  const auto counts = cast_text("choice\na\n", {gateway.url(), "e", "v-", 1});
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(counts.last_failure, "not-found");
  EXPECT_TRUE(counts.refused.empty());
}

TEST(Cast, AGatewayThatDoesNotAnswerIsSaidOnceAndAnInterruptionEndsTheWaiting) {
  Gateway gateway;
  gateway.refusals_first = 1'000'000;
  unsigned said_away = 0;
  CastObserver observer;
  observer.on_gateway = [&](GatewayIs state, const std::string& why) {
    said_away += state == GatewayIs::away;
    EXPECT_EQ(why, "unavailable");
  };
  observer.should_stop = [&] { return said_away > 0; };
  const auto counts = cast_text("choice\na\na\na\n", {gateway.url(), "e", "v-", 1}, observer);
  EXPECT_EQ(said_away, 1U);
  EXPECT_EQ(counts.sent, 1U);
  EXPECT_EQ(counts.failed, 1U);
}

TEST(Cast, ABrokenSheetIsAnError) {
  Gateway gateway;
  auto sheet = BallotSheet::open("choice\na\n\"b\n", contest_choices(k_definition, "c").value(), {"choice"});
  EXPECT_EQ(cast_sheet(*sheet, {gateway.url(), "e", "v-", 1}, {}).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(gateway.asked.empty()) << "nothing is cast before the whole sheet is known to be readable";
}

}  // namespace
}  // namespace ostraka::cli
