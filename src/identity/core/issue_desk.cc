#include "identity/core/issue_desk.h"

#include "identity/core/eligibility.h"
#include "identity/core/voter_key.h"
#include "ostraka/v1/issuance_records.pb.h"

namespace ostraka::identity {

namespace {

IssueDecision refuse(IssueVerdict verdict, std::string_view reason, std::string_view detail) {
  IssueDecision decision;
  decision.verdict = verdict;
  decision.reason = reason;
  decision.detail = detail;
  return decision;
}

// Enough for a voter to know what to do; who probes for weaknesses learns nothing.
std::string_view sign_in_text(token::IdTokenVerdict verdict) {
  switch (verdict) {
    case token::IdTokenVerdict::expired:
      return "The sign-in has expired. Sign in again.";
    case token::IdTokenVerdict::too_old:
      return "The sign-in is too long ago. Sign in again.";
    case token::IdTokenVerdict::access_token:
      return "This is an access token. Send the ID token.";
    case token::IdTokenVerdict::wrong_audience:
      return "The sign-in was made for another service. Send an ID token for this one.";
    default:
      return "The sign-in is not valid. Sign in again.";
  }
}

IssueDecision refuse_without_pepper(const Error& error) {
  if (error.kind == ErrorKind::not_found) {
    return refuse(IssueVerdict::catch_up_first, "no_pepper", "");
  }
  IssueDecision decision =
      refuse(IssueVerdict::unavailable, "pepper_refused", "Ballot tokens of this election cannot be issued now.");
  decision.alarm = error.message;
  return decision;
}

token::VerifiedIdToken who_signed_in(const IssueRequest& request, const IssueDesk::World& world) {
  if (request.development_name.empty()) {
    return world.verifier.verify(request.id_token, world.now);
  }
  if (world.development == nullptr) {
    return {.verdict = token::IdTokenVerdict::unknown_issuer};
  }
  return world.development->signed_in(request.development_name).value_or(token::VerifiedIdToken{});
}

}  // namespace

IssueDecision IssueDesk::decide(const IssueRequest& request, const World& world) const {
  const std::shared_ptr<const election::Entry> entry = world.catalogue.find(request.election);
  if (entry == nullptr) {
    return refuse(IssueVerdict::unknown_election, "unknown_election", "There is no such election.");
  }
  if (entry->state == election::State::certified) {
    return refuse(IssueVerdict::certified, "certified", "The election is certified: no more ballot tokens are issued.");
  }
  const token::VerifiedIdToken id_token = who_signed_in(request, world);
  if (id_token.verdict != token::IdTokenVerdict::valid) {
    IssueDecision decision = refuse(IssueVerdict::invalid_sign_in, token::id_token_verdict_name(id_token.verdict),
                                    sign_in_text(id_token.verdict));
    if (id_token.is_key_unknown) {
      decision.unknown_key = IssueDecision::UnknownKey{id_token.issuer->issuer, id_token.key_id};
    }
    return decision;
  }
  const auto identity = identity_in(entry->definition.eligibility, id_token);
  if (!identity) {
    return refuse(IssueVerdict::not_eligible, ineligibility_name(identity.error()),
                  ineligibility_text(identity.error()));
  }
  const Result<std::string> pepper = peppers_.pepper_of(*entry, world.missing_pepper);
  if (!pepper) {
    return refuse_without_pepper(pepper.error());
  }
  const bool development = id_token.issuer->kind == token::IssuerKind::development;
  return grant(*entry, voter_key(*pepper, *identity), development, world.now);
}

IssueDecision IssueDesk::grant(const election::Entry& entry, const VoterKey& voter, bool development,
                               WallTime now) const {
  const Partition partition = partition_of(voter, entry.partitions != 0 ? entry.partitions : options_.partitions);
  if (partition.value >= options_.partitions) {
    IssueDecision decision = refuse(IssueVerdict::unavailable, "partitions", "Ballot tokens cannot be issued now.");
    decision.alarm = "an election was opened with more partitions than this service writes";
    return decision;
  }
  IssueDecision decision;
  decision.verdict = IssueVerdict::grant;
  decision.partition = partition;
  decision.ballot_token.voter = voter;
  decision.ballot_token.election = entry.definition.id;
  decision.ballot_token.revision = entry.revision;
  decision.ballot_token.development = development;
  decision.ballot_token.issued_at = std::chrono::floor<std::chrono::seconds>(now);
  decision.ballot_token.expires_at = decision.ballot_token.issued_at + options_.token_lifetime;
  v1::Issuance record;
  record.set_election(entry.definition.id);
  record.set_voter_key(std::string(voter.view()));
  record.set_at_ms(to_milliseconds(now));
  record.set_expires_at_ms(to_milliseconds(decision.ballot_token.expires_at));
  record.set_development(development);
  decision.record = record.SerializeAsString();
  return decision;
}

}  // namespace ostraka::identity
