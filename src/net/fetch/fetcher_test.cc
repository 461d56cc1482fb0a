#include "net/fetch/fetcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>

#include "net/http/server.h"

namespace ostraka::fetch {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, SaysForHowLong) {
  EXPECT_EQ(max_age_of("max-age=300"), 300s);
  EXPECT_EQ(max_age_of("public, Max-Age=19800, must-revalidate"), 19800s);
  EXPECT_EQ(max_age_of("max-age=300, no-store"), 0s);
  EXPECT_EQ(max_age_of("no-cache"), 0s);
  EXPECT_EQ(max_age_of("max-age=99999999999999"), 365LL * 24 * 3600 * 1s);
  for (const char* const nothing : {"", "public", "max-age", "max-age=", "max-age=-1", "max-age=1x", "s-maxage=5", ",,"}) {
    EXPECT_EQ(max_age_of(nothing), std::nullopt) << nothing;
  }
}

// A server of the test's own that says what it was asked.
class FetcherTest : public testing::Test {
 protected:
  FetcherTest() {
    server_ = http::Server::start({}, [this](const http::Request& request, http::Responder responder) {
                answer(request, std::move(responder));
              }).value();
  }
  ~FetcherTest() override {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }

  void answer(const http::Request& request, http::Responder responder) {
    if (request.path == "/silent") {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(responder));
      return;
    }
    http::Response response{.content_type = "application/json"};
    if (request.path == "/large") {
      response.body = std::string(5'000, 'x');
    } else if (request.path == "/moved") {
      response.status = 302;
      response.headers = {{"Location", "/elsewhere"}};
    } else {
      response.body = std::string(request.method) + "|" + std::string(request.header("content-type")) + "|" +
                      std::string(request.header("authorization")) + "|" + std::string(request.body);
      response.headers = {{"Cache-Control", "public, max-age=60"}};
    }
    std::move(responder).send(std::move(response));
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server_->port()) + path; }

  static Result<FetchResponse> fetch(Fetcher& fetcher, FetchRequest request) {
    std::promise<Result<FetchResponse>> promise;
    auto answer = promise.get_future();
    if (!fetcher.submit(std::move(request),
                        [&promise](Result<FetchResponse> response) { promise.set_value(std::move(response)); })) {
      return fail(ErrorKind::conflict, "not taken");
    }
    return answer.get();
  }

  std::mutex mutex_;  // guards held_
  std::vector<http::Responder> held_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(FetcherTest, GetsAndPosts) {
  Fetcher fetcher;
  const auto got = fetch(fetcher, {.url = url("/")});
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(got->status, 200U);
  EXPECT_EQ(got->content_type, "application/json");
  EXPECT_EQ(got->body, "GET|||");
  EXPECT_EQ(got->max_age, 60s);
  const auto posted = fetch(fetcher, {.url = url("/"),
                                      .body = std::string("a=b\0c", 5),
                                      .content_type = "application/x-www-form-urlencoded",
                                      .credentials = BasicCredentials{"me", "p%3A"}});
  ASSERT_TRUE(posted.has_value()) << posted.error().message;
  EXPECT_EQ(posted->body, "POST|application/x-www-form-urlencoded|Basic bWU6cCUzQQ==|" + std::string("a=b\0c", 5));
}

TEST_F(FetcherTest, ARedirectIsAnAnswerAndNotFollowed) {
  Fetcher fetcher;
  EXPECT_EQ(fetch(fetcher, {.url = url("/moved")})->status, 302U);
}

TEST_F(FetcherTest, AnAnswerThatIsTooLargeIsNone) {
  Fetcher fetcher({.body_bytes_max = 4'999});
  EXPECT_EQ(fetch(fetcher, {.url = url("/large")}).error().kind, ErrorKind::damaged);
  Fetcher larger({.body_bytes_max = 5'000});
  EXPECT_EQ(fetch(larger, {.url = url("/large")})->body.size(), 5'000U);
}

TEST_F(FetcherTest, WhoIsSilentHoldsUpNobodyElseAndIsGivenUp) {
  Fetcher fetcher({.deadline = 300ms});
  std::promise<Result<FetchResponse>> promise;
  auto silent = promise.get_future();
  ASSERT_TRUE(fetcher.submit({.url = url("/silent")}, [&promise](auto response) { promise.set_value(response); }));
  EXPECT_TRUE(fetch(fetcher, {.url = url("/")}).has_value());
  EXPECT_EQ(silent.get().error().kind, ErrorKind::unavailable);
}

TEST_F(FetcherTest, NobodyThereIsAnError) {
  const std::string gone = url("/");
  server_.reset();
  Fetcher fetcher;
  EXPECT_EQ(fetch(fetcher, {.url = gone}).error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(fetch(fetcher, {.url = "file:///etc/hostname"}).has_value());
}

TEST_F(FetcherTest, TooManyAreNotTakenAndStoppingAnswersThoseOnTheirWay) {
  Fetcher fetcher({.in_flight_max = 2, .deadline = 60s});
  std::atomic<int> given_up{0};
  const auto count = [&given_up](const Result<FetchResponse>& response) { given_up += response ? 0 : 1; };
  ASSERT_TRUE(fetcher.submit({.url = url("/silent")}, count));
  ASSERT_TRUE(fetcher.submit({.url = url("/silent")}, count));
  FetchRequest third{.url = url("/")};
  EXPECT_FALSE(fetcher.submit(std::move(third), count));
  EXPECT_EQ(third.url, url("/")) << "untouched";
  fetcher.stop();
  EXPECT_EQ(given_up, 2);
  EXPECT_FALSE(fetcher.submit({.url = url("/")}, count));
}

TEST_F(FetcherTest, ManyAtATimeAllGetTheirAnswer) {
  Fetcher fetcher({.connections_per_host_max = 8, .deadline = 60s});
  constexpr int k_requests = 500;
  std::atomic<int> answered{0};
  std::promise<void> all;
  for (int i = 0; i < k_requests; ++i) {
    ASSERT_TRUE(fetcher.submit({.url = url("/")}, [&](const Result<FetchResponse>& response) {
      EXPECT_TRUE(response.has_value());
      if (++answered == k_requests) {
        all.set_value();
      }
    }));
  }
  EXPECT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
}

}  // namespace
}  // namespace ostraka::fetch
