#include <gtest/gtest.h>

#include <vector>

#include "identity/core/discovery.h"
#include "identity/core/key_refresh.h"
#include "identity/core/provider_quirks.h"

namespace ostraka::identity {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Provider provider_named(const std::string& issuer) {
  Provider provider;
  provider.issuer = {issuer, "client", token::IssuerKind::oidc, {}};
  return provider;
}

TEST(ProviderUrl, IsHttpsOrOnThisMachine) {
  for (const char* const good : {"https://id.example", "https://id.example:8443/a?b=c", "http://127.0.0.1:99/x",
                                 "http://[::1]:99/x", "http://localhost/", "https://[2001:db8::1]/"}) {
    EXPECT_TRUE(is_provider_url(good)) << good;
  }
  for (const char* const bad :
       {"", "id.example", "http://id.example", "javascript:alert(1)", "https://", "https://a b", "https://a/#f",
        "https://u:p@a/", "https://a/\"", "file:///x", "http://127.0.0.1.example/", "http://localhost.example", "https:///x"}) {
    EXPECT_FALSE(is_provider_url(bad)) << bad;
  }
  EXPECT_FALSE(is_provider_url("https://a/" + std::string(3000, 'x')));
}

// One row a quirk (provider_quirks.cc).
TEST(ProviderQuirks, Auth0HasASlashAtItsEnd) {
  Provider right = provider_named("https://tenant.eu.auth0.com/");
  EXPECT_TRUE(apply_quirks(right));
  Provider wrong = provider_named("https://tenant.eu.auth0.com");
  EXPECT_FALSE(apply_quirks(wrong)) << "no token of theirs would ever be believed";
  EXPECT_EQ(discovery_url(right.issuer.issuer), "https://tenant.eu.auth0.com/.well-known/openid-configuration");
}

TEST(ProviderQuirks, CognitoHasNone) {
  Provider right = provider_named("https://cognito-idp.eu-central-1.amazonaws.com/pool");
  EXPECT_TRUE(apply_quirks(right));
  Provider wrong = provider_named("https://cognito-idp.eu-central-1.amazonaws.com/pool/");
  EXPECT_FALSE(apply_quirks(wrong));
  EXPECT_EQ(discovery_url(right.issuer.issuer),
            "https://cognito-idp.eu-central-1.amazonaws.com/pool/.well-known/openid-configuration");
}

TEST(ProviderQuirks, GoogleHasTwoNames) {
  Provider google = provider_named("https://accounts.google.com");
  ASSERT_TRUE(apply_quirks(google));
  EXPECT_EQ(google.issuer.aliases, std::vector<std::string>{"accounts.google.com"});
}

TEST(ProviderQuirks, AppleSaysTrueInWords) {
  Provider apple = provider_named("https://appleid.apple.com");
  ASSERT_TRUE(apply_quirks(apple));
  EXPECT_TRUE(apple.issuer.verified_may_be_text);
}

TEST(ProviderQuirks, NobodyElseHasAny) {
  for (const char* const other : {"https://id.example", "https://id.example/", "https://auth0.com.example",
                                  "https://appleid.apple.com.example", "http://127.0.0.1:9"}) {
    Provider provider = provider_named(other);
    EXPECT_TRUE(apply_quirks(provider)) << other;
    EXPECT_TRUE(provider.issuer.aliases.empty() && !provider.issuer.verified_may_be_text) << other;
  }
}

json discovery_document() {
  return {{"issuer", "https://id.example"},
          {"authorization_endpoint", "https://id.example/authorize"},
          {"token_endpoint", "https://id.example/token"},
          {"jwks_uri", "https://keys.example/jwks"}};
}

TEST(Discovery, GivesTheEndpoints) {
  const auto endpoints = read_discovery(discovery_document().dump(), provider_named("https://id.example"));
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  EXPECT_EQ(endpoints->authorization, "https://id.example/authorize");
  EXPECT_EQ(endpoints->token, "https://id.example/token");
  EXPECT_EQ(endpoints->keys, "https://keys.example/jwks");
  EXPECT_TRUE(endpoints->takes_basic);
  EXPECT_FALSE(endpoints->iss_in_response);
}

TEST(Discovery, BelievesNoOtherIssuerAndNoOddAddress) {
  const Provider provider = provider_named("https://id.example");
  for (const auto& [name, value] : std::vector<std::pair<std::string, json>>{{"issuer", "https://id.example/"},
                                                               {"issuer", nullptr},
                                                               {"authorization_endpoint", "javascript:alert(1)"},
                                                               {"token_endpoint", "http://id.example/token"},
                                                               {"jwks_uri", 7}}) {
    json document = discovery_document();
    document[name] = value;
    EXPECT_FALSE(read_discovery(document.dump(), provider)) << name << value;
    document.erase(name);
    EXPECT_FALSE(read_discovery(document.dump(), provider)) << "without " << name;
  }
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"), std::string(300'000, ' ')}) {
    EXPECT_FALSE(read_discovery(text, provider));
  }
}

TEST(Discovery, SaysHowASecretIsTaken) {
  const auto takes_basic = [&](const json& methods) {
    json document = discovery_document();
    document["token_endpoint_auth_methods_supported"] = methods;
    return read_discovery(document.dump(), provider_named("https://id.example"))->takes_basic;
  };
  EXPECT_TRUE(takes_basic({"client_secret_post", "client_secret_basic"}));
  EXPECT_FALSE(takes_basic({"none", "client_secret_post"}));
  EXPECT_TRUE(takes_basic({"private_key_jwt"}));
  EXPECT_TRUE(takes_basic("client_secret_post"));
}

class KeyRefreshTest : public testing::Test {
 protected:
  using Answer = KeyRefresh::Answer;
  MonotonicTime at(std::chrono::milliseconds time) const { return MonotonicTime(time); }
  void fetch(std::chrono::milliseconds time, std::set<std::string, std::less<>> ids,
             std::optional<std::chrono::seconds> max_age = {}) {
    ASSERT_TRUE(refresh_.is_due(at(time)));
    refresh_.begins(at(time));
    refresh_.succeeded(at(time), {std::move(ids), max_age});
  }
  KeyRefresh refresh_;
};

TEST_F(KeyRefreshTest, TheFirstFetchIsDueAtOnceAndTheNextWhenTheProviderSays) {
  fetch(0s, {"a"}, 120s);
  EXPECT_FALSE(refresh_.is_due(at(119s)));
  fetch(120s, {"a"}, 0s);
  EXPECT_FALSE(refresh_.is_due(at(179s))) << "never more often than once a minute";
  fetch(180s, {"a"}, 86'400s);
  EXPECT_TRUE(refresh_.is_due(at(180s + k_keys_fresh_max))) << "a key that was taken back is not believed for a day";
}

TEST_F(KeyRefreshTest, AnUnknownKeyIsFetchedAtOnceButNotMoreOftenThanEveryTenSeconds) {
  fetch(0s, {"a"});
  EXPECT_EQ(refresh_.ask("b", at(3s)), Answer::ask_again);
  EXPECT_FALSE(refresh_.is_due(at(9s)));
  fetch(10s, {"a", "b"});
  EXPECT_EQ(refresh_.ask("c", at(60s)), Answer::ask_again);
  EXPECT_TRUE(refresh_.is_due(at(60s)));
}

TEST_F(KeyRefreshTest, WhatAFetchDidNotBringIsUnknownForAWhile) {
  fetch(0s, {"a"});
  EXPECT_EQ(refresh_.ask("x", at(20s)), Answer::ask_again);
  fetch(20s, {"a"});
  EXPECT_EQ(refresh_.ask("x", at(21s)), Answer::unknown);
  EXPECT_FALSE(refresh_.is_due(at(49s))) << "asking for it again fetches nothing";
  EXPECT_EQ(refresh_.ask("x", at(50s)), Answer::ask_again) << "it may have come meanwhile";
}

TEST_F(KeyRefreshTest, AKeyAskedForWhileAFetchIsOnItsWayIsLookedForByTheNextOne) {
  refresh_.begins(at(0s));
  EXPECT_EQ(refresh_.ask("x", at(1s)), Answer::ask_again);
  refresh_.succeeded(at(2s), {{"a"}, {}});
  EXPECT_EQ(refresh_.ask("x", at(3s)), Answer::ask_again) << "what was fetched may be older than the question";
  EXPECT_FALSE(refresh_.is_due(at(9s)));
  fetch(10s, {"a"});
  EXPECT_EQ(refresh_.ask("x", at(11s)), Answer::unknown);
}

TEST_F(KeyRefreshTest, AFailureTellsNothingAndIsTriedAgainWithGrowingPauses) {
  EXPECT_EQ(refresh_.ask("x", at(0s)), Answer::ask_again);
  std::chrono::seconds now{0};
  for (const std::chrono::seconds pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    refresh_.begins(at(now));
    refresh_.failed(at(now));
    EXPECT_FALSE(refresh_.is_due(at(now + pause - 1ms)));
    EXPECT_TRUE(refresh_.is_due(at(now + pause)));
    now += pause;
  }
  EXPECT_EQ(refresh_.ask("x", at(now)), Answer::ask_again);
  fetch(now, {"a"});
  EXPECT_EQ(refresh_.ask("x", at(now)), Answer::unknown);
}

TEST_F(KeyRefreshTest, AnOperatorsWordEndsThePause) {
  for (const std::chrono::seconds now : {0s, 1s, 3s, 7s}) {
    refresh_.begins(at(now));
    refresh_.failed(at(now));
  }
  EXPECT_FALSE(refresh_.is_due(at(8s)));
  refresh_.hurry(at(8s));
  fetch(8s, {"a"});
  EXPECT_FALSE(refresh_.is_due(at(9s)));
}

TEST_F(KeyRefreshTest, ThatWordIsNotLostWhileAFetchIsOnItsWay) {
  refresh_.begins(at(0s));
  refresh_.hurry(at(1s));
  refresh_.succeeded(at(2s), {{"a"}, {}});
  EXPECT_TRUE(refresh_.is_due(at(2s)));
}

TEST_F(KeyRefreshTest, NamesThatNoKeyHasAreUnknownAtOnce) {
  fetch(0s, {"a"});
  EXPECT_EQ(refresh_.ask("", at(20s)), Answer::unknown);
  EXPECT_EQ(refresh_.ask(std::string(256, 'k'), at(20s)), Answer::unknown);
  EXPECT_FALSE(refresh_.is_due(at(20s)));
}

TEST_F(KeyRefreshTest, FailuresDoNotPileUpInventedNames) {
  std::chrono::seconds now{0};
  for (int flight = 0; flight < 10; ++flight) {
    refresh_.begins(at(now));
    for (std::size_t i = 0; i < k_key_names_max; ++i) {
      EXPECT_EQ(refresh_.ask(std::to_string(flight) + "-" + std::to_string(i), at(now)), Answer::ask_again);
    }
    refresh_.failed(at(now));
    EXPECT_LE(refresh_.names(), k_key_names_max);
    now += k_fetch_pause_max;
  }
}

TEST_F(KeyRefreshTest, InventedNamesTakeBoundedMemory) {
  fetch(0s, {"a"});
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(refresh_.ask(std::to_string(i), at(10s)), Answer::ask_again);
  }
  fetch(10s, {"a"});
  EXPECT_EQ(refresh_.ask("0", at(11s)), Answer::unknown);
  EXPECT_EQ(refresh_.ask("9999", at(11s)), Answer::ask_again);
}

}  // namespace
}  // namespace ostraka::identity
