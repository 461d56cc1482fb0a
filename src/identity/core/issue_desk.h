// The issue desk: an ID token and an election in; out comes the record to append and the ballot token to sign once that
// record is durable, or why not. Keeps nothing but references; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "election/catalogue.h"
#include "identity/core/development_issuer.h"
#include "identity/core/pepper_vault.h"
#include "token/ballot_token.h"
#include "token/id_token.h"

namespace ostraka::identity {

enum class IssueVerdict {
  grant,
  invalid_sign_in,
  not_eligible,
  unknown_election,  // in this catalogue; it may only be behind
  certified,
  catch_up_first,  // needs a pepper made: read the `elections` stream to its end and ask again with MissingPepper::make
  unavailable,
};

struct IssueDecision {
  IssueVerdict verdict = IssueVerdict::unavailable;
  std::string_view reason;  // one of a fixed few, for metrics
  std::string_view detail;  // a sentence for the voter
  std::string alarm;        // for the operator's log; empty in the normal course of things
  struct UnknownKey {
    std::string issuer;
    std::string key_id;
  };
  std::optional<UnknownKey> unknown_key;  // why the sign-in is invalid; the issuer may have newer keys
  // With grant only:
  Partition partition;
  std::string record;  // an Issuance
  token::BallotToken ballot_token;
};

struct IssueRequest {
  std::string_view election;
  std::string_view id_token = {};
  std::string_view development_name = {};  // when not empty, in place of the ID token
};

struct IssueDeskOptions {
  std::uint32_t partitions = 4;  // of `issuances`; an election that was opened goes by its own number
  std::chrono::seconds token_lifetime = token::k_ballot_token_lifetime_max;
};

class IssueDesk {
 public:
  IssueDesk(PepperVault& peppers, IssueDeskOptions options) : peppers_(peppers), options_(options) {}

  struct World {
    const election::Catalogue& catalogue;
    const token::IdTokenVerifier& verifier;
    WallTime now;
    MissingPepper missing_pepper = MissingPepper::refuse;
    const DevelopmentIssuer* development = nullptr;  // null where it is not configured: then nobody has a name there
  };
  IssueDecision decide(const IssueRequest& request, const World& world) const;

 private:
  IssueDecision grant(const election::Entry& entry, const VoterKey& voter, bool development, WallTime now) const;

  PepperVault& peppers_;
  const IssueDeskOptions options_;
};

}  // namespace ostraka::identity
