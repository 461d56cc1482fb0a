#include "identity/core/redirect_path.h"

#include <gtest/gtest.h>

namespace ostraka::identity {
namespace {

TEST(RedirectPath, IsTheIssuersOwnAndAsDocumented) {
  // docs/operating/sign-in.md: printf %s ISSUER | sha256sum | cut -c1-32
  EXPECT_EQ(redirect_path("https://accounts.example/"), "/sign-in/32a108b982de724185227b5d183b4521");
  EXPECT_EQ(redirect_path("https://accounts.example"), "/sign-in/a0770ec650c47c176113d1920fdd08e1");
}

TEST(RedirectPath, AnAddressIsThatOfItsIssuerOnly) {
  const std::string path = redirect_path("https://id.example");
  for (const std::string& good : {"https://vote.example" + path, "http://127.0.0.1:8080" + path,
                                  "https://vote.example/below" + path, "example.app:" + path}) {
    EXPECT_TRUE(is_redirect_uri_of("https://id.example", good)) << good;
    EXPECT_FALSE(is_redirect_uri_of("https://id.example/", good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("https://vote.example/sign-in"), "https://vote.example" + path + "/",
        "https://vote.example" + path + "?", "https://vote.example/?" + path, "https://vote.example/#" + path,
        "https://vote.example" + path.substr(0, path.size() - 1)}) {
    EXPECT_FALSE(is_redirect_uri_of("https://id.example", bad)) << bad;
  }
}

}  // namespace
}  // namespace ostraka::identity
