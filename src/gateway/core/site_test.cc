#include "gateway/core/site.h"

#include <gtest/gtest.h>

namespace ostraka::gateway {
namespace {

TEST(Coding, TheBestThatTheClientAcceptsIsChosen) {
  EXPECT_EQ(choose_coding("gzip, deflate, br"), Coding::brotli);
  EXPECT_EQ(choose_coding("GZIP"), Coding::gzip);
  EXPECT_EQ(choose_coding("br;q=0, gzip;q=0.5"), Coding::gzip);
  EXPECT_EQ(choose_coding("*"), Coding::brotli);
  EXPECT_EQ(choose_coding("br;q=0.000,*;q=0.1"), Coding::gzip);
  for (const char* none : {"", "identity", "deflate", "gzip;q=0", "gzip;q=0.0, br ; Q = 0", "*;q=0", ",,;", "bread"}) {
    EXPECT_EQ(choose_coding(none), Coding::identity) << none;
  }
}

TEST(Site, AFileIsServedInTheCodingsItHas) {
  const Site site = Site::of({{"vote.html", "page"},
                              {"assets/vote-1a.js", "script"},
                              {"assets/vote-1a.js.br", "s"},
                              {"assets/icon.svg", "<svg/>"}})
                        .value();
  Coding used{};
  const SiteFile* script = site.find("assets/vote-1a.js");
  ASSERT_NE(script, nullptr);
  EXPECT_TRUE(script->is_immutable);
  EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(*script->body(Coding::brotli, used).bytes, "s");
  EXPECT_EQ(used, Coding::brotli);
  EXPECT_EQ(*script->body(Coding::gzip, used).bytes, "script");
  EXPECT_EQ(used, Coding::identity);
  EXPECT_NE(script->body(Coding::brotli, used).etag, script->body(Coding::identity, used).etag);
  EXPECT_FALSE(site.find("vote.html")->is_immutable);
  EXPECT_EQ(site.find("assets/vote-1a.js.br"), nullptr) << "a compressed form is no file of its own";
  EXPECT_EQ(site.find("../vote.html"), nullptr);
}

TEST(Site, AFolderThatIsNotWholeIsRefused) {
  EXPECT_FALSE(Site::of({{"assets/a.js.gz", "x"}}));
  EXPECT_FALSE(Site::of({{"assets/a.exe", "x"}}));
  EXPECT_TRUE(Site::of({}).value().empty());
}

}  // namespace
}  // namespace ostraka::gateway
