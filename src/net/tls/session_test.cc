// Two ends of a TLS connection over a pair of sockets.
#include "net/tls/session.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls/certificate_for_test.h"

namespace ostraka::tls {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() { open_sockets(); }
  ~SessionTest() override { close_sockets(); }

  void open_sockets() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
  void close_sockets() {
    server_.reset();
    client_.reset();
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  Context server_context(std::string secret = std::string(32, 's'), OldestVersion oldest = OldestVersion::tls_1_3) {
    ServerContextOptions options;
    options.certificate_file = certificates_.certificate();
    options.key_file = certificates_.key();
    options.oldest = oldest;
    options.ticket_keys = std::make_shared<const TicketKeys>(std::move(secret), system_clock());
    auto made = make_server_context(options);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made->context;
  }
  Context client_context() {
    auto made = make_client_context({certificates_.certificate()});
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return *made;
  }

  // Both ends in turn until both are done, or one failed.
  bool shake_hands(const Context& server, const Context& client, const Resumption& resumption = {},
                   const std::string& host = "localhost") {
    close_sockets();
    open_sockets();
    server_ = Session::accept(server, ends_[0]);
    client_ = Session::connect(client, ends_[1], host, resumption);
    Outcome of_server = Outcome::wants_read, of_client = Outcome::wants_read;
    for (int i = 0; i < 100 && (of_server != Outcome::done || of_client != Outcome::done); ++i) {
      of_client = client_->handshake();
      of_server = server_->handshake();
      if (of_client == Outcome::failed || of_server == Outcome::failed) {
        return false;
      }
    }
    return of_server == Outcome::done && of_client == Outcome::done;
  }
  // Says a word to the client, behind which it has the tickets; what it keeps for the next time.
  Resumption resumption() {
    char word[8];
    EXPECT_EQ(server_->write("hello").outcome, Outcome::done);
    EXPECT_EQ(client_->read(word, sizeof word).outcome, Outcome::done);
    return client_->resumption();
  }

  TestCertificates certificates_;
  int ends_[2] = {-1, -1};
  std::unique_ptr<Session> server_, client_;
};

TEST_F(SessionTest, CarriesBytesAndAGoodbye) {
  ASSERT_TRUE(shake_hands(server_context(), client_context()));
  EXPECT_FALSE(server_->was_resumed());
  char room[16];
  EXPECT_EQ(server_->read(room, sizeof room).outcome, Outcome::wants_read);
  ASSERT_EQ(client_->write("0123456789").bytes, 10u);
  Transfer got = server_->read(room, 4);
  EXPECT_EQ(std::string(room, got.bytes), "0123");
  EXPECT_TRUE(server_->has_pending());
  got = server_->read(room, sizeof room);
  EXPECT_EQ(std::string(room, got.bytes), "456789");
  EXPECT_FALSE(server_->has_pending());
  client_->say_goodbye();
  EXPECT_EQ(server_->read(room, sizeof room).outcome, Outcome::ended);
}

TEST_F(SessionTest, AConnectionThatIsCutIsNotAnEnd) {
  ASSERT_TRUE(shake_hands(server_context(), client_context()));
  shutdown(ends_[1], SHUT_WR);
  char room[16];
  EXPECT_EQ(server_->read(room, sizeof room).outcome, Outcome::failed);
}

TEST_F(SessionTest, WritesWaitForRoomAndGoOnWhereTheyWere) {
  ASSERT_TRUE(shake_hands(server_context(), client_context()));
  std::string sent, received;
  for (int i = 0; sent.size() < 4'000'000; ++i) {
    sent += std::to_string(i) + " ";
  }
  std::size_t written = 0;
  bool did_wait = false;
  std::string room(64 * 1024, '\0');
  while (received.size() < sent.size()) {
    const Transfer put = server_->write(std::string_view(sent).substr(written));
    if (written < sent.size()) {
      ASSERT_NE(put.outcome, Outcome::failed);
    }
    did_wait = did_wait || put.outcome == Outcome::wants_write;
    written += put.bytes;
    for (Transfer got; put.outcome != Outcome::done || written == sent.size();) {
      got = client_->read(room.data(), room.size());
      received.append(room.data(), got.bytes);
      if (got.outcome != Outcome::done || received.size() == sent.size()) {
        break;
      }
    }
  }
  EXPECT_TRUE(did_wait);
  EXPECT_EQ(received, sent);
}

TEST_F(SessionTest, ASessionIsResumedAlsoByAnotherServerWithTheSameSecret) {
  const Context client = client_context();
  ASSERT_TRUE(shake_hands(server_context(), client));
  const Resumption kept = resumption();
  ASSERT_NE(kept, nullptr);
  ASSERT_TRUE(shake_hands(server_context(), client, kept));
  EXPECT_TRUE(server_->was_resumed() && client_->was_resumed());
  ASSERT_TRUE(shake_hands(server_context(std::string(32, 'o')), client, kept));
  EXPECT_FALSE(server_->was_resumed() || client_->was_resumed());
}

TEST_F(SessionTest, EarlyDataIsNotOffered) {
  const Context client = client_context();
  ASSERT_TRUE(shake_hands(server_context(), client));
  EXPECT_EQ(SSL_SESSION_get_max_early_data(resumption().get()), 0u);
}

TEST_F(SessionTest, OldVersionsAreSpokenOnlyWhereTheyAreAskedForAndNeverResumed) {
  const Context old_client = client_context();
  SSL_CTX_set_max_proto_version(old_client.get(), TLS1_2_VERSION);
  EXPECT_FALSE(shake_hands(server_context(), old_client));
  const Context old_server = server_context(std::string(32, 's'), OldestVersion::tls_1_2);
  ASSERT_TRUE(shake_hands(old_server, old_client));
  const Resumption kept = resumption();
  ASSERT_TRUE(shake_hands(old_server, old_client, kept));
  EXPECT_FALSE(server_->was_resumed());
  // A cipher without forward secrecy, and one without AEAD.
  for (const char* weak : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"}) {
    ASSERT_EQ(SSL_CTX_set_cipher_list(old_client.get(), weak), 1);
    EXPECT_FALSE(shake_hands(old_server, old_client)) << weak;
  }
}

TEST_F(SessionTest, ACertificateHasToBeTheHostsAndBelieved) {
  EXPECT_FALSE(shake_hands(server_context(), client_context(), {}, "example.org"));
  EXPECT_NE(client_->failure().find("certificate"), std::string::npos) << client_->failure();
  EXPECT_TRUE(shake_hands(server_context(), client_context(), {}, "127.0.0.1"));
  EXPECT_FALSE(shake_hands(server_context(), client_context(), {}, "127.0.0.2"));
  EXPECT_TRUE(shake_hands(server_context(), client_context(), {}, ""));
  certificates_.make("other");
  EXPECT_FALSE(shake_hands(server_context(), *make_client_context({certificates_.file("other.pem")})));
}

TEST_F(SessionTest, PlainHttpIsRecognised) {
  server_ = Session::accept(server_context(), ends_[0]);
  EXPECT_EQ(server_->handshake(), Outcome::wants_read);
  ASSERT_GT(::write(ends_[1], "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27), 0);
  EXPECT_EQ(server_->handshake(), Outcome::failed);
  EXPECT_TRUE(server_->was_plain_http());
}

TEST(ServerContexts, SayWhichFileIsWrong) {
  const TestCertificates certificates;
  certificates.make("other");
  certificates.write("broken", "-----BEGIN CERTIFICATE-----\nnothing\n");
  const auto error_of = [&](const char* certificate, const char* key) {
    const auto made = make_server_context({certificates.file(certificate), certificates.file(key)});
    return made ? "none" : made.error().message;
  };
  EXPECT_EQ(error_of("first.pem", "first.key"), "none");
  EXPECT_NE(error_of("first.pem", "other.key").find("other.key"), std::string::npos);
  EXPECT_NE(error_of("broken", "first.key").find("broken"), std::string::npos);
  EXPECT_NE(error_of("absent", "first.key").find("absent"), std::string::npos);
  EXPECT_NE(error_of("first.pem", "absent").find("absent"), std::string::npos);
}

}  // namespace
}  // namespace ostraka::tls
