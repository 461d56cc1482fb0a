// The files and the directory by themselves; fetching and exchanging against a stand-in for a provider, which the system
// tests do against a real one.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "base/check.h"
#include "crypto/base64url.h"
#include "identity/core/redirect_path.h"
#include "identity/providers/code_exchanger.h"
#include "identity/providers/key_fetcher.h"
#include "net/http/server.h"

namespace ostraka::identity {
namespace {

using namespace std::chrono_literals;

class ManualClock final : public Clock {
 public:
  WallTime wall_now() const override { return system_clock().wall_now(); }
  MonotonicTime monotonic_now() const override { return MonotonicTime(Milliseconds(passed_ms.load())); }
  void pass(Milliseconds time) { passed_ms += time.count(); }
  std::atomic<std::int64_t> passed_ms{0};
};

const char* const k_jwks = R"({"keys":[{"kty":"EC","crv":"P-256","kid":"KID","use":"sig",
  "x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"},
  {"kty":"oct2","kid":"other"}]})";

std::string jwks(const std::string& kid) {
  std::string text = k_jwks;
  return text.replace(text.find("KID"), 3, kid);
}

CodeExchanger::Request request_of(const std::string& issuer) {
  return {issuer, "code", std::string(43, 'v'), "https://vote.example" + redirect_path(issuer), std::string(16, 'n')};
}

const std::string k_good_issuer =
    "[[issuer]]\nissuer = \"https://a.invalid\"\nclient_id = \"c\"\njwks_file = \"a.json\"\n";

TEST(IssuersFileTest, GivesIssuersWithTheirKeys) {
  std::string asked;
  const auto file = parse_issuers(k_good_issuer + "kind = \"oidc\"\n", [&](const std::string& path) {
    asked = path;
    return Result<std::string>(jwks("k"));
  });
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(asked, "a.json");
  ASSERT_EQ(file->providers.size(), 1U);
  EXPECT_EQ(file->providers[0].issuer.issuer, "https://a.invalid");
  EXPECT_EQ(file->providers[0].issuer.client_id, "c");
  EXPECT_EQ(file->providers[0].issuer.kind, token::IssuerKind::oidc);
  EXPECT_EQ(file->providers[0].issuer.keys[0].id, "k");
  EXPECT_EQ(file->remarks.size(), 1U);
}

TEST(IssuersFileTest, ADiscoveredProviderHasAllThatAnOperatorCanSay) {
  const auto file = parse_issuers(R"([[issuer]]
issuer = "https://id.example/"
client_id = "c"
title = "Example"
client_secret_file = "secret"
scope = "openid email"
max_age_seconds = 3600
mfa_acr_values = ["urn:example:mfa", "urn:example:better"]
ca_file = "ca.pem"
[[issuer]]
issuer = "https://other.example"
client_id = "d"
)",
                                  [](const std::string& path) {
                                    EXPECT_EQ(path, "secret");
                                    return Result<std::string>("s3cret\n");
                                  });
  ASSERT_TRUE(file) << file.error().message;
  const Provider& provider = file->providers.at(0);
  EXPECT_EQ(provider.keys, KeySource::discovered);
  EXPECT_EQ(provider.title + "|" + provider.scope + "|" + provider.client_secret + "|" + provider.ca_file,
            "Example|openid email|s3cret|ca.pem");
  EXPECT_EQ(provider.issuer.max_age, std::chrono::hours(1));
  EXPECT_EQ(provider.issuer.mfa_acr_values, (std::vector<std::string>{"urn:example:mfa", "urn:example:better"}));
  const Provider& other = file->providers.at(1);
  EXPECT_EQ(other.title + "|" + other.scope + "|" + other.client_secret, "|openid|");
  EXPECT_EQ(other.issuer.max_age, std::nullopt);
}

TEST(IssuersFileTest, WhateverIsNotUnderstoodIsRefused) {
  const ReadFile good = [](const std::string&) { return Result<std::string>(jwks("k")); };
  for (const std::string& bad :
       {std::string(), std::string("issuer = 1"), std::string("[[issuer]]"), std::string("[[issuer]"),
        k_good_issuer + "kind = \"development\"", k_good_issuer + "require_mfa = true", k_good_issuer + k_good_issuer,
        k_good_issuer + "[other]\n",
        k_good_issuer + "max_age_seconds = -1", k_good_issuer + "max_age_seconds = \"300\"",
        k_good_issuer + "mfa_acr_values = []", k_good_issuer + "mfa_acr_values = [\"a b\"]",
        k_good_issuer + "mfa_acr_values = \"a\"", k_good_issuer + "title = \"\"", k_good_issuer + "scope = 1",
        std::string("[[issuer]]\nissuer = \"http://id.example\"\nclient_id=\"c\""),
        std::string("[[issuer]]\nissuer = \"https://t.auth0.com\"\nclient_id=\"c\""),
        std::string("[[issuer]]\nissuer = \"https://accounts.google.com\"\nclient_id=\"c\"\n"
                    "[[issuer]]\nissuer = \"accounts.google.com\"\nclient_id=\"c\"\njwks_file=\"a\""),
        std::string("[[issuer]]\nissuer = \"https://development.ostraka.invalid\"\nclient_id=\"c\"\njwks_file=\"a\""),
        std::string("[[issuer]]\nissuer = \"\"\nclient_id=\"c\"\njwks_file=\"a\""),
        std::string("[[issuer]]\nissuer = 7\nclient_id=\"c\"\njwks_file=\"a\"")}) {
    EXPECT_FALSE(parse_issuers(bad, good)) << bad;
  }
  EXPECT_FALSE(parse_issuers(k_good_issuer, [](const std::string&) { return Result<std::string>("{}"); }));
  EXPECT_FALSE(parse_issuers(k_good_issuer, [](const std::string&) -> Result<std::string> {
    return fail(ErrorKind::not_found, "no such file");
  }));
}

TEST(IssuerDirectoryTest, NewKeysAreFoundAfterAnUnknownOneButNotTooOften) {
  std::string folder = (std::filesystem::temp_directory_path() / "ostraka-issuers-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/issuers.toml") << k_good_issuer;
  std::ofstream(folder + "/a.json") << jwks("old");
  ManualClock clock;
  const auto directory = IssuerDirectory::start({folder + "/issuers.toml", std::nullopt}, clock).value();
  const auto before = directory->now();
  EXPECT_EQ(before->issuers().at("https://a.invalid").keys[0].id, "old");
  std::ofstream(folder + "/a.json") << jwks("new");
  EXPECT_FALSE(directory->reload_after_unknown_key("https://a.invalid", *before));
  clock.pass(k_issuers_reload_interval_min);
  EXPECT_TRUE(directory->reload_after_unknown_key("https://a.invalid", *before));
  EXPECT_EQ(directory->now()->issuers().at("https://a.invalid").keys[0].id, "new");
  // The operator's own file waits for the operator's word: anybody can invent a key id.
  std::ofstream(folder + "/issuers.toml", std::ios::app) << "title = \"half an edit\"\n";
  clock.pass(k_issuers_reload_interval_min);
  const auto between = directory->now();
  EXPECT_TRUE(directory->reload_after_unknown_key("https://a.invalid", *between));
  EXPECT_FALSE(directory->reload_after_unknown_key("https://b.invalid", *directory->now()));
  EXPECT_EQ(directory->provider("https://a.invalid")->provider.title, "");
  std::ofstream(folder + "/a.json") << "broken";
  EXPECT_FALSE(directory->reload());
  EXPECT_EQ(directory->now()->issuers().at("https://a.invalid").keys[0].id, "new");
  EXPECT_FALSE(IssuerDirectory::start({folder + "/issuers.toml", std::nullopt}, clock));
  std::filesystem::remove_all(folder);
}

// A provider that says what the test tells it to.
class ProvidersTest : public testing::Test {
 protected:
  ProvidersTest() {
    std::string made = (std::filesystem::temp_directory_path() / "ostraka-providers-XXXXXX").string();
    check(mkdtemp(made.data()) != nullptr, "a temporary folder");
    folder_ = made;
    cache_ = std::make_unique<ProviderCache>(folder_ + "/cache");
    server_ = http::Server::start({}, [this](const http::Request& request, http::Responder responder) {
                if (request.path == "/token" && is_silent_) {
                  const std::lock_guard lock(mutex_);
                  held_.push_back(std::move(responder));
                  return;
                }
                std::move(responder).send(answer(request));
              }).value();
    issuer_ = "http://127.0.0.1:" + std::to_string(server_->port());
    std::ofstream(folder_ + "/issuers.toml") << "[[issuer]]\nissuer = \"" << issuer_ << "\"\nclient_id = \"c\"\n";
    start();
  }
  ~ProvidersTest() override {
    stop();
    is_silent_ = false;
    {
      const std::lock_guard lock(mutex_);
      held_.clear();
    }
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    directory_ = IssuerDirectory::start({folder_ + "/issuers.toml", std::nullopt}, clock_).value();
    fetcher_ = std::make_unique<fetch::Fetcher>();
    keys_ = std::make_unique<KeyFetcher>(KeyFetcher::Parts{*directory_, *fetcher_, *cache_, clock_},
                                         KeyFetcherHooks{[this](auto&, auto) { happened(); },
                                                         [this](auto&, auto&) { happened(); }, [](auto&) {}});
    exchanger_ = std::make_unique<CodeExchanger>(CodeExchanger::Parts{
        *directory_, *keys_, *fetcher_, clock_, [this](const std::string& alarm) { alarms_.push_back(alarm); }});
  }
  void stop() {
    fetcher_->stop();
    exchanger_.reset();
    keys_.reset();
  }

  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    http::Response response{.content_type = "application/json"};
    if (is_down_) {
      response.status = 503;
    } else if (request.path == "/.well-known/openid-configuration") {
      response.body = R"({"issuer":")" + issuer_ + R"(","authorization_endpoint":")" + issuer_ +
                      R"(/authorize","token_endpoint":")" + issuer_ + R"(/token","jwks_uri":")" + issuer_ + R"(/keys"})";
    } else if (request.path == "/keys") {
      ++key_set_fetches_;
      response.body = jwks(key_id_);
    } else if (request.path == "/token") {
      token_request_ = std::string(request.body);
      response.status = token_status_;
      response.body = token_answer_;
    }
    return response;
  }
  void happened() {
    const std::lock_guard lock(mutex_);
    ++events_;
    changed_.notify_all();
  }
  // New keys came, or a fetch failed. Tends meanwhile, as the service does.
  void wait_for_events(int count) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, 10ms, [&] { return events_ >= count; })) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      lock.unlock();
      keys_->tend();
      lock.lock();
    }
  }
  std::string known_key() const {
    const auto& keys = directory_->now()->issuers().at(issuer_).keys;
    return keys.empty() ? "" : keys[0].id;
  }
  void set(const std::string& key_id, bool is_down) {
    const std::lock_guard lock(mutex_);
    key_id_ = key_id;
    is_down_ = is_down;
  }
  ExchangeDecision exchange(const std::string& issuer) {
    std::promise<ExchangeDecision> promise;
    auto decided = promise.get_future();
    const auto accepted = exchanger_->exchange(
        request_of(issuer), [&promise](const ExchangeDecision& decision) { promise.set_value(decision); });
    check(accepted == CodeExchanger::Accepted::yes, "it is taken");
    return decided.get();
  }

  std::string folder_;
  std::string issuer_;
  ManualClock clock_;
  std::mutex mutex_;  // guards what the provider says and was asked
  std::condition_variable changed_;
  int events_ = 0;
  std::string key_id_ = "first";
  bool is_down_ = false;
  int key_set_fetches_ = 0;
  std::atomic<bool> is_silent_{false};  // at the token endpoint
  std::vector<http::Responder> held_;
  unsigned token_status_ = 400;
  std::string token_answer_ = R"({"error":"invalid_grant"})";
  std::string token_request_;
  std::vector<std::string> alarms_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<ProviderCache> cache_;
  std::unique_ptr<IssuerDirectory> directory_;
  std::unique_ptr<fetch::Fetcher> fetcher_;
  std::unique_ptr<KeyFetcher> keys_;
  std::unique_ptr<CodeExchanger> exchanger_;
};

TEST_F(ProvidersTest, KeysAreFetchedAtTheStartAndAgainWhenOneIsUnknown) {
  wait_for_events(1);
  EXPECT_EQ(known_key(), "first");
  EXPECT_EQ(directory_->provider(issuer_)->endpoints->token, issuer_ + "/token");
  set("second", false);
  clock_.pass(k_key_fetch_interval_min);
  EXPECT_EQ(keys_->ask(issuer_, "second"), KeyRefresh::Answer::ask_again);
  wait_for_events(2);
  EXPECT_EQ(known_key(), "second");
  EXPECT_EQ(keys_->state().without_keys, 0U);
}

TEST_F(ProvidersTest, InventedKeysMakeOneFetchInTenSeconds) {
  wait_for_events(1);
  clock_.pass(k_key_fetch_interval_min);
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(keys_->ask(issuer_, "invented-" + std::to_string(i)));
  }
  set("second", false);
  clock_.pass(k_key_fetch_interval_min);
  static_cast<void>(keys_->ask(issuer_, "another"));
  wait_for_events(2);
  const std::lock_guard lock(mutex_);
  EXPECT_LE(key_set_fetches_, 3);
}

TEST_F(ProvidersTest, AnOutageLocksNobodyOutAlsoOverARestart) {
  wait_for_events(1);
  set("second", true);
  clock_.pass(k_keys_fresh_max);
  keys_->tend();
  wait_for_events(2);
  EXPECT_EQ(known_key(), "first");
  stop();
  start();
  EXPECT_EQ(known_key(), "first") << "from the cache, before anything was fetched";
  wait_for_events(3);
  EXPECT_EQ(known_key(), "first");
  EXPECT_EQ(keys_->state().without_keys, 1U) << "the provider itself has said nothing to this process";
}

TEST_F(ProvidersTest, AProviderThatIsTakenOutIsNotBelievedAnyMore) {
  wait_for_events(1);
  std::ofstream(folder_ + "/issuers.toml") << "[[issuer]]\nissuer = \"https://other.invalid\"\nclient_id = \"c\"\n";
  ASSERT_TRUE(directory_->reload());
  EXPECT_FALSE(directory_->now()->issuers().contains(issuer_));
  directory_->learn(issuer_, {});  // a fetch that was on its way
  EXPECT_FALSE(directory_->now()->issuers().contains(issuer_));
}

TEST_F(ProvidersTest, ACodeIsExchangedOnceAndARefusalIsARefusal) {
  wait_for_events(1);
  EXPECT_EQ(exchange(issuer_).verdict, ExchangeVerdict::refused);
  EXPECT_TRUE(token_request_.starts_with("grant_type=authorization_code&code=code&redirect_uri=https%3A%2F%2Fvote."));
  EXPECT_TRUE(alarms_.empty());
  token_status_ = 401;
  token_answer_ = R"({"error":"invalid_client"})";
  EXPECT_EQ(exchange(issuer_).verdict, ExchangeVerdict::misconfigured);
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].find("vvvv"), std::string::npos);
}

TEST_F(ProvidersTest, AProviderThatHangsTakesItsShareOfExchangesAndNoMore) {
  wait_for_events(1);
  is_silent_ = true;
  std::atomic<std::size_t> unavailable{0};
  const auto ask = [&] {
    return exchanger_->exchange(request_of(issuer_), [&unavailable](const ExchangeDecision& decision) {
      unavailable += decision.verdict == ExchangeVerdict::unavailable ? 1 : 0;
    });
  };
  for (std::size_t i = 0; i < k_exchanges_per_issuer_max; ++i) {
    ASSERT_EQ(ask(), CodeExchanger::Accepted::yes) << i;
  }
  EXPECT_EQ(ask(), CodeExchanger::Accepted::unavailable);
  fetcher_->stop();
  EXPECT_EQ(unavailable, k_exchanges_per_issuer_max) << "each is told, once";
}

TEST_F(ProvidersTest, CodesOfUnknownProvidersAndOfFixedKeysAreNotExchanged) {
  const auto ask = [this](const std::string& issuer) {
    return exchanger_->exchange(request_of(issuer), [](const ExchangeDecision&) { FAIL(); });
  };
  EXPECT_EQ(ask("https://nobody.invalid"), CodeExchanger::Accepted::not_configured);
  wait_for_events(1);
  std::ofstream(folder_ + "/issuers.toml") << k_good_issuer << "[[issuer]]\nissuer = \"https://b.invalid\"\nclient_id=\"c\"";
  std::ofstream(folder_ + "/a.json") << jwks("fixed");
  ASSERT_TRUE(directory_->reload());
  EXPECT_EQ(ask("https://a.invalid"), CodeExchanger::Accepted::not_configured);
  EXPECT_EQ(ask("https://b.invalid"), CodeExchanger::Accepted::unavailable) << "not reached yet";
}

}  // namespace
}  // namespace ostraka::identity
