#include "identity/core/issue_desk.h"

#include <gtest/gtest.h>

#include "identity/core/development_issuer.h"
#include "identity/core/voter_key.h"
#include "ostraka/v1/election_records.pb.h"
#include "ostraka/v1/issuance_records.pb.h"

namespace ostraka::identity {
namespace {

const WallTime k_asked_at = from_rfc3339("2026-01-01T00:00:00.250Z").value();

election::Definition definition(const std::string& id) {
  const std::string document = R"({"id":")" + id +
                           R"(","title":"T","contests":[{"id":"c","title":"C","method":"single",)"
                           R"("options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})";
  return election::parse_definition(document).definition.value();
}

class IssueDeskTest : public testing::Test {
 protected:
  void append(const v1::ElectionRecord& record) {
    const Status applied = catalogue_.apply(record.SerializeAsString());
    ASSERT_TRUE(applied) << applied.error().message;
  }
  static v1::ElectionRecord record(const std::string& id) {
    v1::ElectionRecord record;
    record.set_election(id);
    record.set_at_ms(to_milliseconds(k_asked_at));
    return record;
  }
  void define(const std::string& id, std::uint64_t revision = 1) {
    v1::ElectionRecord defined = record(id);
    defined.mutable_defined()->set_definition(election::to_canonical_json(definition(id)));
    defined.mutable_defined()->set_revision(revision);
    append(defined);
  }
  void open(const std::string& id, const std::string& commitment, std::uint32_t partitions = 4) {
    v1::ElectionRecord opened = record(id);
    opened.mutable_opened()->set_definition_hash(election::definition_hash(definition(id)));
    opened.mutable_opened()->set_partitions(partitions);
    opened.mutable_opened()->set_pepper_commitment(commitment);
    append(opened);
  }

  IssueDecision decide(const std::string& election, const std::string& id_token,
                       MissingPepper missing = MissingPepper::make) {
    const IssueDesk desk(vault_, {.partitions = 4});
    return desk.decide({election, id_token}, {catalogue_, verifier_, k_asked_at, missing});
  }
  std::string sign_in(const std::string& name) { return issuer_.sign_in(name, k_asked_at).value(); }

  keys::KeyFilesInMemory files_;
  keys::KeyStore store_{files_, std::string(32, 'm'), system_random()};
  PepperVault vault_{store_};
  DevelopmentIssuer issuer_ = DevelopmentIssuer::from(store_).value();
  token::IdTokenVerifier verifier_{{issuer_.issuer()}};
  election::Catalogue catalogue_;
};

TEST_F(IssueDeskTest, ADevelopmentNameIsWhoeverSignsInWithIt) {
  define("song");
  const IssueDesk desk(vault_, {.partitions = 4});
  IssueRequest request{.election = "song", .development_name = "alice"};
  IssueDesk::World world{catalogue_, verifier_, k_asked_at, MissingPepper::make, &issuer_};
  const IssueDecision decision = desk.decide(request, world);
  ASSERT_EQ(decision.verdict, IssueVerdict::grant);
  EXPECT_EQ(decision.ballot_token.voter, decide("song", sign_in("alice")).ballot_token.voter);
  EXPECT_TRUE(decision.ballot_token.development);

  request.development_name = "a\nb";
  EXPECT_EQ(desk.decide(request, world).verdict, IssueVerdict::invalid_sign_in);
  request.development_name = "alice";
  world.development = nullptr;
  EXPECT_EQ(desk.decide(request, world).verdict, IssueVerdict::invalid_sign_in) << "not configured";
}

TEST_F(IssueDeskTest, AGoodSignInIsGrantedATokenAndTheRecordSaysTheSame) {
  define("song", 1);
  define("song", 2);
  const IssueDecision decision = decide("song", sign_in("alice"));
  ASSERT_EQ(decision.verdict, IssueVerdict::grant);
  const token::BallotToken& token = decision.ballot_token;
  EXPECT_EQ(token.election, "song");
  EXPECT_EQ(token.revision, 2U);
  EXPECT_TRUE(token.development);
  EXPECT_EQ(token.expires_at - token.issued_at, token::k_ballot_token_lifetime_max);
  EXPECT_LE(token.issued_at, k_asked_at);
  EXPECT_EQ(decision.partition, partition_of(token.voter, 4));
  EXPECT_EQ(token.voter,
            voter_key(store_.pepper("song").value().value(), {std::string(k_development_issuer_name), "alice"}));
  v1::Issuance record;
  ASSERT_TRUE(record.ParseFromString(decision.record));
  EXPECT_EQ(record.election(), "song");
  EXPECT_EQ(record.voter_key(), token.voter.view());
  EXPECT_EQ(record.expires_at_ms(), to_milliseconds(token.expires_at));
  EXPECT_TRUE(record.development());
}

TEST_F(IssueDeskTest, OnePersonIsOneVoterInAnElectionAndAnotherInTheNext) {
  define("a");
  define("b");
  const VoterKey key = decide("a", sign_in("alice")).ballot_token.voter;
  EXPECT_EQ(decide("a", sign_in("alice")).ballot_token.voter, key);
  EXPECT_NE(decide("b", sign_in("alice")).ballot_token.voter, key);
  EXPECT_NE(decide("a", sign_in("bob")).ballot_token.voter, key);
}

TEST_F(IssueDeskTest, WhatIsNotASignInOrNotAnElectionIsRefused) {
  define("song");
  EXPECT_EQ(decide("song", "").verdict, IssueVerdict::invalid_sign_in);
  EXPECT_EQ(decide("song", sign_in("alice") + "A").verdict, IssueVerdict::invalid_sign_in);
  EXPECT_EQ(decide("nowhere", sign_in("alice")).verdict, IssueVerdict::unknown_election);
  EXPECT_EQ(decide("song", "").reason, "malformed");
  EXPECT_FALSE(store_.pepper("song").value()) << "a refused sign-in makes no pepper";
}

TEST_F(IssueDeskTest, AMissingPepperIsMadeOnlyAfterCatchingUp) {
  define("song");
  EXPECT_EQ(decide("song", sign_in("alice"), MissingPepper::refuse).verdict, IssueVerdict::catch_up_first);
  EXPECT_FALSE(store_.pepper("song").value());
  EXPECT_EQ(decide("song", sign_in("alice"), MissingPepper::make).verdict, IssueVerdict::grant);
  EXPECT_EQ(decide("song", sign_in("alice"), MissingPepper::refuse).verdict, IssueVerdict::grant);
}

TEST_F(IssueDeskTest, AnOpenedElectionWhosePepperIsLostIsRefusedAndGetsNoNewOne) {
  define("song");
  open("song", pepper_commitment("song", std::string(32, 'p')));
  const IssueDecision decision = decide("song", sign_in("alice"));
  EXPECT_EQ(decision.verdict, IssueVerdict::unavailable);
  EXPECT_FALSE(decision.alarm.empty());
  EXPECT_FALSE(store_.pepper("song").value());
}

TEST_F(IssueDeskTest, AnOpenedElectionWithAnotherPepperIsRefused) {
  define("song");
  ASSERT_EQ(decide("song", sign_in("alice")).verdict, IssueVerdict::grant);
  open("song", pepper_commitment("song", std::string(32, 'p')));
  const IssueDecision decision = decide("song", sign_in("alice"));
  EXPECT_EQ(decision.verdict, IssueVerdict::unavailable);
  EXPECT_FALSE(decision.alarm.empty());
}

TEST_F(IssueDeskTest, TokensAreIssuedFromDraftToCloseButNotOfACertifiedElection) {
  define("song");
  ASSERT_EQ(decide("song", sign_in("alice")).verdict, IssueVerdict::grant);
  open("song", pepper_commitment("song", store_.pepper("song").value().value()));
  EXPECT_EQ(decide("song", sign_in("alice"), MissingPepper::refuse).verdict, IssueVerdict::grant);
  v1::ElectionRecord closed = record("song");
  closed.mutable_closed();
  append(closed);
  EXPECT_EQ(decide("song", sign_in("alice")).verdict, IssueVerdict::grant);
  v1::ElectionRecord certified = record("song");
  for (std::uint32_t partition = 0; partition < 4; ++partition) {
    (*certified.mutable_certified()->mutable_closed_at())[partition] = 1;
  }
  append(certified);
  EXPECT_EQ(decide("song", sign_in("alice")).verdict, IssueVerdict::certified);
}

TEST_F(IssueDeskTest, AnOpenedElectionGoesByItsOwnNumberOfPartitions) {
  define("song");
  const VoterKey voter = decide("song", sign_in("alice")).ballot_token.voter;
  open("song", pepper_commitment("song", store_.pepper("song").value().value()), 1);
  EXPECT_EQ(decide("song", sign_in("alice")).partition.value, 0U);
  define("wide");
  const std::string pepper = store_.pepper_or_make("wide").value();
  open("wide", pepper_commitment("wide", pepper), 1'000'000);
  const IssueDecision decision = decide("wide", sign_in("alice"));
  ASSERT_GE(partition_of(voter_key(pepper, {std::string(k_development_issuer_name), "alice"}), 1'000'000).value, 4U);
  EXPECT_EQ(decision.verdict, IssueVerdict::unavailable);
  EXPECT_FALSE(decision.alarm.empty());
  EXPECT_EQ(decide("song", sign_in("alice")).ballot_token.voter, voter);
}

}  // namespace
}  // namespace ostraka::identity
