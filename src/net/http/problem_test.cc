#include "net/http/problem.h"

#include <gtest/gtest.h>

#include "net/http/json_text.h"
#include "net/http/wire.h"

namespace ostraka::http {
namespace {

TEST(Problem, IsWhatRfc9457Says) {
  const Response response = problem(409, "already-voted", "Already voted", "Another ballot counts.", "\"receipt\":{}");
  EXPECT_EQ(response.status, 409u);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"/problems/already-voted","title":"Already voted","status":409,)"
                           R"("detail":"Another ballot counts.","receipt":{}})");
}

TEST(Problem, MistakesArePointedAt) {
  EXPECT_EQ(mistakes_member({{"/a", "one"}, {"/b\"", "two"}}),
            R"("mistakes":[{"pointer":"/a","detail":"one"},{"pointer":"/b\"","detail":"two"}])");
  EXPECT_EQ(mistakes_member({}), R"("mistakes":[])");
}

TEST(JsonText, EscapesAndRepairsWhatJsonCannotHold) {
  EXPECT_EQ(json_string("a\"\\\n\r\t\x01\x1f/"), R"("a\"\\\n\r\t\u0001\u001f/")");
  EXPECT_EQ(json_string("é€😀"), "\"é€😀\"");
  EXPECT_EQ(json_string("a\xff"
                        "b"),
            "\"a\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(json_string("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");          // overlong
  EXPECT_EQ(json_string("\xed\xa0\x80").find("\xed"), std::string::npos);      // a surrogate
  EXPECT_EQ(json_string("\xf4\x90\x80\x80").find("\xf4"), std::string::npos);  // beyond U+10FFFF
  EXPECT_EQ(json_string("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");          // cut off
}

TEST(Wire, AHeadWithItsLengthAndDate) {
  std::string out;
  append_head(out, {.status = 201, .content_type = "application/json", .body = "{}", .headers = {{"Location", "/x"}}},
              {.after = AfterReply::close, .date = "Thu, 01 Jan 1970 00:00:00 GMT"});
  EXPECT_TRUE(
      out.starts_with("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                      "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n"));
  EXPECT_TRUE(out.ends_with("Location: /x\r\n\r\n"));
}

TEST(Wire, ANotModifiedHasNoLength) {
  std::string out;
  append_head(out, {.status = 304}, {});
  EXPECT_EQ(out.find("Content-Length"), std::string::npos);
}

}  // namespace
}  // namespace ostraka::http
