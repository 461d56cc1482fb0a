// The whole service in one process: real gRPC on a socket, a real log and real key files in a temporary folder.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <map>

#include "base/check.h"
#include "identity/core/voter_key.h"
#include "identity/identity_service.h"
#include "keys/token_keyring.h"
#include "log/embedded/embedded_log.h"
#include "net/batch/threaded_client.h"
#include "net/rpc/batch_streams.h"
#include "net/rpc/transport.h"
#include "ostraka/v1/election_records.pb.h"
#include "ostraka/v1/issuance_records.pb.h"

namespace ostraka::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t k_partitions = 4;

election::Definition definition(const std::string& id) {
  return election::parse_definition(R"({"id":")" + id +
                                    R"(","title":"T","contests":[{"id":"c","title":"C","method":"single",)"
                                    R"("options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})")
      .definition.value();
}

v1::ElectionRecord record(const std::string& id) {
  v1::ElectionRecord record;
  record.set_election(id);
  record.set_at_ms(to_milliseconds(system_clock().wall_now()));
  return record;
}

struct Folder {
  Folder() {
    std::string made = (std::filesystem::temp_directory_path() / "ostraka-identity-XXXXXX").string();
    check(mkdtemp(made.data()) != nullptr, "a temporary folder");
    path = made;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

class IdentityServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    elections_writer_ = log_->open_appender({"elections", Partition{0}}).value();
    elections_ = service::ElectionsFollower::start(*log_).value();
    for (std::uint32_t i = 0; i < k_partitions; ++i) {
      writers_.push_back(std::make_unique<IssuanceWriter>(
          log_->open_appender({"issuances", Partition{i}}).value(), *signing_keys_, system_clock(),
          IssuanceWriterHooks{[](auto, auto) {}, [](const Error& error) { ADD_FAILURE() << error.message; }}));
    }
    counter_.emplace(IssueCounter::Parts{*elections_, *issuers_, keys_, desk_, writers_, nullptr, system_clock(), counted_});
    service_.emplace(
        IdentityService::Parts{*counter_, peppers_, *elections_, *issuers_, codes_, offered_, 2, system_clock(), counted_});
    server_ = rpc::Server::start(address_, {&*service_}).value();
    stub_ = v1::Identity::NewStub(rpc::make_channel(address_));
    streams_ = batch::Server::start(address_, service_->streams()).value();
    issue_client_.emplace(batch::streams_address(address_).value());
    sign_in_client_.emplace(batch::streams_address(address_).value());
  }
  void TearDown() override {
    issue_client_.reset();
    sign_in_client_.reset();
    streams_->drain(5s);
    streams_.reset();
    server_.reset();
    service_.reset();
    writers_.clear();
  }

  void append(const v1::ElectionRecord& record) {
    const std::string bytes = record.SerializeAsString();
    const std::string_view view = bytes;
    ASSERT_TRUE(elections_writer_->append({&view, 1}));
  }
  void define(const std::string& id) {
    v1::ElectionRecord defined = record(id);
    defined.mutable_defined()->set_definition(election::to_canonical_json(definition(id)));
    defined.mutable_defined()->set_revision(1);
    append(defined);
  }
  void open(const std::string& id, const std::string& commitment) {
    v1::ElectionRecord opened = record(id);
    opened.mutable_opened()->set_definition_hash(election::definition_hash(definition(id)));
    opened.mutable_opened()->set_partitions(k_partitions);
    opened.mutable_opened()->set_pepper_commitment(commitment);
    append(opened);
  }

  std::string sign_in(const std::string& name) {
    std::promise<std::string> promise;
    sign_in_client_->submit(name, std::chrono::steady_clock::now() + 20s, [&](std::string* reply) {
      promise.set_value(reply == nullptr ? "no answer" : *reply);
    });
    return promise.get_future().get();
  }
  std::future<v1::IssueReply> issue(const std::string& election, const std::string& id_token) {
    v1::IssueRequest request;
    request.set_election(election);
    request.set_id_token(id_token);
    auto promise = std::make_shared<std::promise<v1::IssueReply>>();
    auto answer = promise->get_future();
    issue_client_->submit(
        request, std::chrono::steady_clock::now() + 20s,
        [promise](v1::IssueReply* reply) { promise->set_value(reply == nullptr ? v1::IssueReply() : *reply); });
    return answer;
  }
  Result<std::string> prepare(const std::string& election) {
    grpc::ClientContext context;
    v1::PrepareRequest request;
    v1::PrepareReply reply;
    request.set_election(election);
    const grpc::Status status = stub_->Prepare(&context, request, &reply);
    return status.ok() ? Result<std::string>(reply.pepper_commitment())
                       : fail(ErrorKind::internal, "{}", status.error_message());
  }
  // Voter keys on the issuances stream, with how often each stands in its right partition.
  std::map<std::string, int> issued() {
    std::map<std::string, int> voters;
    for (std::uint32_t i = 0; i < k_partitions; ++i) {
      const auto reader = log_->open_reader({"issuances", Partition{i}}, Offset{0}).value();
      while (true) {
        const log::Records batch = reader->read().value();
        if (batch.records.empty()) {
          break;
        }
        for (const std::string_view bytes : batch.records) {
          v1::Issuance issuance;
          EXPECT_TRUE(issuance.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
          EXPECT_TRUE(issuance.development());
          EXPECT_EQ(partition_of(VoterKey::from_bytes(issuance.voter_key()).value(), k_partitions).value, i);
          ++voters[issuance.voter_key()];
        }
      }
    }
    return voters;
  }

  Folder folder_;
  std::string address_ = "unix:" + folder_.path + "/identity.sock";
  std::unique_ptr<log::Log> log_ = log::open_embedded_log(folder_.path + "/log", {}).value();
  std::unique_ptr<keys::KeyFiles> files_ =
      keys::open_key_folder(folder_.path + "/keys", system_random(), io::exit_on_storage_failure()).value();
  keys::KeyStore store_{*files_, keys::master_key_or_make(*files_, system_random()).value(), system_random()};
  DevelopmentIssuer development_ = DevelopmentIssuer::from(store_).value();
  const DevelopmentIssuer* offered_ = &development_;
  std::unique_ptr<SigningKeys> signing_keys_ = SigningKeys::start(store_, system_clock(), {}).value();
  std::unique_ptr<IssuerDirectory> issuers_ =
      IssuerDirectory::start({"", development_.issuer()}, system_clock()).value();
  fetch::Fetcher fetcher_;
  ProviderCache cache_{""};
  KeyFetcher keys_{{*issuers_, fetcher_, cache_, system_clock()}, {[](auto&, auto) {}, [](auto&, auto&) {}, [](auto&) {}}};
  CodeExchanger codes_{{*issuers_, keys_, fetcher_, system_clock(), [](auto&) {}}};
  service::Metrics metrics_;
  IdentityMetrics counted_{metrics_};
  PepperVault peppers_{store_};
  IssueDesk desk_{peppers_, {.partitions = k_partitions}};
  std::unique_ptr<log::Appender> elections_writer_;
  std::unique_ptr<service::ElectionsFollower> elections_;
  std::vector<std::unique_ptr<IssuanceWriter>> writers_;
  std::optional<IssueCounter> counter_;
  std::optional<IdentityService> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::Identity::Stub> stub_;
  std::unique_ptr<batch::Server> streams_;
  std::optional<batch::ThreadedClient<rpc::IssueTraits>> issue_client_;
  std::optional<batch::ThreadedClient<rpc::DevelopmentSignInTraits>> sign_in_client_;
};

TEST_F(IdentityServiceTest, ASignInBecomesATokenThatABallotBoxAcceptsAndItsIssueIsOnTheLog) {
  define("song");
  const v1::IssueReply reply = issue("song", sign_in("alice")).get();
  ASSERT_EQ(reply.outcome(), v1::ISSUE_OUTCOME_ISSUED) << reply.detail();
  const auto keyring = keys::TokenKeyring::start(store_, system_clock()).value();
  token::BallotTokenVerifier verifier(keyring->now()->keys);
  const auto verified = verifier.verify(reply.ballot_token(), system_clock().wall_now());
  ASSERT_EQ(verified.verdict, token::TokenVerdict::valid);
  EXPECT_TRUE(verified.token.development);
  EXPECT_EQ(verified.token.election, "song");
  EXPECT_EQ(to_milliseconds(verified.token.expires_at), reply.expires_at_ms());
  EXPECT_EQ(issued(), (std::map<std::string, int>{{std::string(verified.token.voter.view()), 1}}));
}

TEST_F(IdentityServiceTest, ManyRequestsAtOnceEachGetTheirOwnAnswer) {
  define("song");
  std::vector<std::future<v1::IssueReply>> answers;
  constexpr int k_voters = 300;
  for (int i = 0; i < k_voters; ++i) {
    const std::string id_token = development_.sign_in("v" + std::to_string(i), system_clock().wall_now()).value();
    answers.push_back(issue("song", id_token));
    answers.push_back(issue("song", id_token + "x"));
  }
  for (std::size_t i = 0; i < answers.size(); i += 2) {
    ASSERT_EQ(answers[i].get().outcome(), v1::ISSUE_OUTCOME_ISSUED);
    ASSERT_EQ(answers[i + 1].get().outcome(), v1::ISSUE_OUTCOME_INVALID_SIGN_IN);
  }
  EXPECT_EQ(issued().size(), static_cast<std::size_t>(k_voters));
  EXPECT_EQ(counted_.issued.value(), static_cast<std::uint64_t>(k_voters));
}

TEST_F(IdentityServiceTest, AnElectionIsKnownAsSoonAsItsRecordIsDurable) {
  EXPECT_EQ(issue("song", sign_in("alice")).get().outcome(), v1::ISSUE_OUTCOME_UNKNOWN_ELECTION);
  define("song");
  EXPECT_EQ(issue("song", sign_in("alice")).get().outcome(), v1::ISSUE_OUTCOME_ISSUED);
}

TEST_F(IdentityServiceTest, PrepareCommitsToTheOnePepperAndKnowsItAgain) {
  EXPECT_FALSE(prepare("song"));
  define("song");
  const std::string commitment = prepare("song").value();
  EXPECT_EQ(prepare("song").value(), commitment);
  EXPECT_EQ(commitment, pepper_commitment("song", store_.pepper("song").value().value()));
  open("song", commitment);
  EXPECT_EQ(prepare("song").value(), commitment);
  EXPECT_EQ(issue("song", sign_in("alice")).get().outcome(), v1::ISSUE_OUTCOME_ISSUED);
}

TEST_F(IdentityServiceTest, AnElectionOpenedWithAPepperThatIsNotHereGetsNoTokensAndNoNewPepper) {
  define("song");
  open("song", pepper_commitment("song", std::string(32, 'p')));
  EXPECT_EQ(issue("song", sign_in("alice")).get().outcome(), v1::ISSUE_OUTCOME_UNAVAILABLE);
  EXPECT_FALSE(prepare("song"));
  EXPECT_FALSE(store_.pepper("song").value());
  EXPECT_TRUE(issued().empty());
  EXPECT_GE(counted_.alarms.value(), 1U);
}

TEST_F(IdentityServiceTest, NamesThatAreNoneGetNoIdToken) {
  EXPECT_EQ(sign_in(""), "");
  EXPECT_EQ(sign_in("a\nb"), "");
  EXPECT_NE(sign_in("alice"), "");
}

class WithoutDevelopmentIssuerTest : public IdentityServiceTest {
 protected:
  WithoutDevelopmentIssuerTest() { offered_ = nullptr; }
};

TEST_F(WithoutDevelopmentIssuerTest, TheDevelopmentSignInDoesNotExist) {
  const auto streams = service_->streams();
  EXPECT_FALSE(streams.contains(rpc::k_development_sign_in_stream));
  EXPECT_TRUE(streams.contains(rpc::k_issue_stream));
}

TEST_F(IdentityServiceTest, TheIssuersAreListed) {
  grpc::ClientContext context;
  v1::ListIssuersReply reply;
  ASSERT_TRUE(stub_->ListIssuers(&context, {}, &reply).ok());
  ASSERT_EQ(reply.issuers_size(), 1);
  EXPECT_EQ(reply.issuers(0).issuer(), k_development_issuer_name);
  EXPECT_EQ(reply.issuers(0).client_id(), k_development_client_id);
  EXPECT_EQ(reply.issuers(0).kind(), "development");
}

}  // namespace
}  // namespace ostraka::identity
