#include "net/tls/reloading_context.h"

#include <openssl/ssl.h>

#include <future>

#include "net/tls/certificate_for_test.h"

namespace ostraka::tls {
namespace {

using namespace std::chrono_literals;

class ReloadingContextTest : public testing::Test {
 protected:
  void start() {
    ReloadingContextOptions options;
    options.certificate_file = certificates_.certificate();
    options.key_file = certificates_.key();
    options.ticket_secret_file = certificates_.file("secret");
    options.look_every = 1ms;
    ReloadingContextObserver observer;
    observer.on_reloaded = [this] { happened("reloaded"); };
    observer.on_not_reloaded = [this](const std::string& why) { happened(why); };
    auto started = ReloadingContext::start(options, system_clock(), observer);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    context_ = std::move(*started);
  }
  void happened(const std::string& what) {
    const std::lock_guard lock(mutex_);
    what_happened_.push_back(what);
    changed_.notify_all();
  }
  // What is told next; fails when nothing is for long.
  std::string next_event() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 20s, [this] { return what_happened_.size() > taken_; })) {
      ADD_FAILURE() << "nothing happened";
      return {};
    }
    return what_happened_[taken_++];
  }
  std::string subject() {
    char name[64] = "";
    const Context now = context_->current();
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_CTX_get0_certificate(now.get())), NID_commonName, name,
                              sizeof name);
    return name;
  }

  TestCertificates certificates_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> what_happened_;
  std::size_t taken_ = 0;
  std::unique_ptr<ReloadingContext> context_;  // last: it tells of things until it is gone
};

TEST_F(ReloadingContextTest, ARenewedCertificateIsTakenWhenItsKeyIsThere) {
  certificates_.write("secret", std::string(32, 's'));
  start();
  const Context before = context_->current();
  const auto expires = context_->counters().certificate_expires;
  EXPECT_NEAR(static_cast<double>(to_milliseconds(expires) - to_milliseconds(system_clock().wall_now())),
              TestCertificates::k_days * 86'400e3, 600e3);
  certificates_.make("second");
  certificates_.replace("first.pem", "second.pem");
  EXPECT_NE(next_event().find("first.key"), std::string::npos);
  EXPECT_TRUE(context_->counters().is_stale);
  EXPECT_EQ(subject(), "first");
  EXPECT_EQ(context_->current(), before);
  certificates_.replace("first.key", "second.key");
  EXPECT_EQ(next_event(), "reloaded");
  EXPECT_EQ(subject(), "second");
  EXPECT_FALSE(context_->counters().is_stale);
  EXPECT_EQ(context_->counters().reloaded, 1u);
}

TEST_F(ReloadingContextTest, ABrokenFileIsToldOfOnceAndChangesNothing) {
  certificates_.write("secret", std::string(32, 's'));
  start();
  certificates_.write("first.pem", "no certificate");
  EXPECT_NE(next_event().find("first.pem"), std::string::npos);
  certificates_.write("secret", "short");
  EXPECT_NE(next_event().find("secret"), std::string::npos);
  EXPECT_EQ(subject(), "first");
  certificates_.make("second");
  certificates_.replace("first.key", "second.key");
  next_event();
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(what_happened_.size(), 3u);
}

TEST_F(ReloadingContextTest, ASecretThatIsTooShortIsRefused) {
  certificates_.write("secret", std::string(31, 's'));
  const auto started = ReloadingContext::start(
      {certificates_.certificate(), certificates_.key(), OldestVersion::tls_1_3, certificates_.file("secret")},
      system_clock());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace ostraka::tls
