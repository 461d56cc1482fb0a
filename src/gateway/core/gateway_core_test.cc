#include <gtest/gtest.h>

#include "gateway/core/request_checks.h"
#include "gateway/core/route.h"

namespace ostraka::gateway {
namespace {

TEST(Routes, EveryPathOfTheContractIsFoundWithItsElection) {
  EXPECT_EQ(match_route("GET", "/v1/elections").route, Route::list_elections);
  EXPECT_EQ(match_route("POST", "/v1/elections").route, Route::create_election);
  EXPECT_EQ(match_route("POST", "/v1/elections/e/votes").route, Route::cast_vote);
  EXPECT_EQ(match_route("POST", "/v1/elections/e/votes").election, "e");
  EXPECT_EQ(match_route("PATCH", "/v1/elections/e-1").route, Route::update_election);
  EXPECT_EQ(match_route("GET", "/v1/elections/e/results/stream").route, Route::stream_results);
  EXPECT_EQ(match_route("HEAD", "/v1/elections/e/results").route, Route::get_results);
  EXPECT_EQ(match_route("GET", "/").route, Route::index);
  EXPECT_EQ(match_route("GET", "/vote/song").route, Route::vote_page);
  EXPECT_EQ(match_route("GET", "/sign-in").route, Route::sign_in_page);
  EXPECT_EQ(match_route("GET", "/sign-in/0a1b").route, Route::sign_in_page);
  EXPECT_EQ(match_route("GET", "/embed/song").route, Route::embedded_results_page);
  EXPECT_EQ(match_route("GET", "/assets/vote-1a.js").election, "vote-1a.js");
  EXPECT_EQ(match_route("POST", "/vote/song").allow, "GET, HEAD");
}

TEST(Routes, AnUnknownMethodIsToldWhichOnesThereAre) {
  EXPECT_EQ(match_route("GET", "/v1/elections/e/votes").route, Route::wrong_method);
  EXPECT_EQ(match_route("GET", "/v1/elections/e/votes").allow, "POST");
  EXPECT_EQ(match_route("DELETE", "/v1/elections").allow, "GET, HEAD, POST");
  EXPECT_EQ(match_route("POST", "/v1/elections/e").allow, "GET, HEAD, PATCH");
}

TEST(Routes, OtherPathsAreUnknown) {
  for (const char* path : {"", "/v1", "/v1/elections/", "/v1/elections/e/", "/v1/elections/e/votes/", "//", "/V1/elections",
                           "/v1/elections/e/results/stream/x", "*", "/vote", "/vote/", "/vote/e/x", "/assets/a/b",
                           "/sign-in/", "/sign-in/0a1b/"}) {
    EXPECT_EQ(match_route("GET", path).route, Route::unknown_path) << path;
  }
}

TEST(RequestChecks, ABearerTokenIsTakenAndNothingElse) {
  EXPECT_EQ(bearer_token("Bearer abc.def-_"), "abc.def-_");
  EXPECT_EQ(bearer_token("bearer  x "), "x");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer a\"b", "abc"}) {
    EXPECT_EQ(bearer_token(other), "") << other;
  }
}

TEST(RequestChecks, JsonIsTheOnlyMediaType) {
  EXPECT_TRUE(is_json_media_type("application/json"));
  EXPECT_TRUE(is_json_media_type("Application/JSON; charset=UTF-8"));
  for (const char* other : {"", "text/plain", "application/jsonx", "application/json; charset=latin-1",
                            "application/json; boundary=x"}) {
    EXPECT_FALSE(is_json_media_type(other)) << other;
  }
}

TEST(RequestChecks, EntityTagsCompareWeaklyInAList) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("*", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\"", "\"a\""));
  EXPECT_FALSE(matches_etag("", "\"a\""));
}

}  // namespace
}  // namespace ostraka::gateway
