#include "identity/identity_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "identity/core/redirect_path.h"
#include "identity/core/voter_key.h"
#include "net/rpc/batch_streams.h"

namespace ostraka::identity {

namespace {

grpc::Status status_of(const Error& error) {
  const bool missing = error.kind == ErrorKind::not_found;
  return {missing ? grpc::StatusCode::NOT_FOUND : grpc::StatusCode::UNAVAILABLE, error.message};
}

v1::SignInOutcome outcome_of(ExchangeVerdict verdict) {
  switch (verdict) {
    case ExchangeVerdict::signed_in:
      return v1::SIGN_IN_OUTCOME_SIGNED_IN;
    case ExchangeVerdict::refused:
    case ExchangeVerdict::invalid:
      return v1::SIGN_IN_OUTCOME_INVALID;
    case ExchangeVerdict::misconfigured:
    case ExchangeVerdict::unavailable:
      return v1::SIGN_IN_OUTCOME_UNAVAILABLE;
  }
  return v1::SIGN_IN_OUTCOME_UNAVAILABLE;
}

// For metrics: what was wrong with the token, where there was one.
std::string_view exchange_outcome_name(const ExchangeDecision& decision) {
  const bool has_reason = decision.verdict == ExchangeVerdict::invalid;
  return has_reason ? decision.reason : exchange_verdict_name(decision.verdict);
}

void list_provider(const IssuerDirectory::Known& known, v1::ListIssuersReply::Issuer& listed) {
  const token::Issuer& issuer = known.provider.issuer;
  listed.set_issuer(issuer.issuer);
  listed.set_client_id(issuer.client_id);
  listed.set_kind("oidc");
  listed.set_title(known.provider.title);
  if (known.provider.keys == KeySource::discovered) {
    listed.set_redirect_path(redirect_path(issuer.issuer));
  }
  if (!known.endpoints) {
    return;
  }
  listed.set_authorization_endpoint(known.endpoints->authorization);
  listed.set_scope(known.provider.scope);
  listed.set_iss_in_response(known.endpoints->iss_in_response);
  if (issuer.max_age) {
    listed.set_max_age_seconds(issuer.max_age->count());
  }
  for (const std::string& value : issuer.mfa_acr_values) {
    listed.add_mfa_acr_values(value);
  }
}

}  // namespace

IdentityService::IdentityService(const Parts& parts) : parts_(parts), pool_(parts.threads) {}

std::map<std::string, batch::Handler, std::less<>> IdentityService::streams() {
  std::map<std::string, batch::Handler, std::less<>> streams;
  streams.emplace(rpc::k_issue_stream,
                  IssueCall::handler([this](std::unique_ptr<IssueCall> call) { issue(std::move(call)); }));
  if (parts_.development != nullptr) {
    streams.emplace(rpc::k_development_sign_in_stream,
                    SignInCall::handler([this](std::unique_ptr<SignInCall> call) { sign_in(std::move(call)); }));
  }
  return streams;
}

void IdentityService::issue(std::unique_ptr<IssueCall> call) {
  // Dropped with its job when the queue is full: the stream breaks, and the gateway asks again.
  WorkerPool::Job job([this, call = std::move(call)]() mutable { parts_.counter.serve(std::move(call)); });
  if (!pool_.submit(std::move(job))) {
    parts_.metrics.refused("pool_full");
  }
}

void IdentityService::sign_in(std::unique_ptr<SignInCall> call) {
  WorkerPool::Job job([this, call = std::move(call)]() mutable {
    if (static_cast<std::size_t>(call->batch().names_size()) > batch::k_batch_requests_max) {
      return;
    }
    const WallTime now = parts_.clock.wall_now();
    for (const std::string& name : call->batch().names()) {
      call->replies().add_id_tokens(parts_.development->sign_in(name, now).value_or(std::string()));
    }
    parts_.metrics.development_sign_ins.add(static_cast<std::uint64_t>(call->batch().names_size()));
    SignInCall::finish(std::move(call));
  });
  if (!pool_.submit(std::move(job))) {
    parts_.metrics.refused("pool_full");
  }
}

grpc::ServerUnaryReactor* IdentityService::SignIn(grpc::CallbackServerContext* context,
                                                  const v1::SignInRequest* request, v1::SignInReply* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  CodeExchanger::Request exchange{request->issuer(), request->code(), request->code_verifier(),
                                  request->redirect_uri(), request->nonce()};
  if (!is_well_formed(exchange.view())) {
    reply->set_outcome(v1::SIGN_IN_OUTCOME_MALFORMED);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  const auto accepted = parts_.codes.exchange(
      std::move(exchange), [&metrics = parts_.metrics, reply, reactor](const ExchangeDecision& decision) {
        metrics.code_exchanged(exchange_outcome_name(decision));
        reply->set_outcome(outcome_of(decision.verdict));
        if (decision.verdict == ExchangeVerdict::signed_in) {
          reply->set_id_token(decision.id_token);
          reply->set_expires_at_ms(to_milliseconds(decision.expires_at));
        }
        reactor->Finish(grpc::Status::OK);
      });
  if (accepted != CodeExchanger::Accepted::yes) {
    reply->set_outcome(accepted == CodeExchanger::Accepted::not_configured ? v1::SIGN_IN_OUTCOME_NOT_CONFIGURED
                                                                           : v1::SIGN_IN_OUTCOME_UNAVAILABLE);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerUnaryReactor* IdentityService::Prepare(grpc::CallbackServerContext* context,
                                                   const v1::PrepareRequest* request, v1::PrepareReply* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  WorkerPool::Job job([this, request, reply, reactor] { reactor->Finish(prepare(*request, *reply)); });
  if (!pool_.submit(std::move(job))) {
    reactor->Finish({grpc::StatusCode::UNAVAILABLE, "too much to do"});
  }
  return reactor;
}

grpc::Status IdentityService::prepare(const v1::PrepareRequest& request, v1::PrepareReply& reply) {
  const Result<std::shared_ptr<const election::Catalogue>> catalogue = parts_.elections.caught_up();
  if (!catalogue) {
    return status_of(catalogue.error());
  }
  const std::shared_ptr<const election::Entry> entry = (*catalogue)->find(request.election());
  if (entry == nullptr) {
    return {grpc::StatusCode::NOT_FOUND, "no such election"};
  }
  const Result<std::string> pepper = parts_.peppers.pepper_of(*entry, MissingPepper::make);
  if (!pepper) {
    spdlog::critical("cannot prepare an election: {}", pepper.error().message);
    return status_of(pepper.error());
  }
  reply.set_pepper_commitment(pepper_commitment(request.election(), *pepper));
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* IdentityService::ListIssuers(grpc::CallbackServerContext* context,
                                                       const v1::ListIssuersRequest*, v1::ListIssuersReply* reply) {
  for (const IssuerDirectory::Known& known : parts_.issuers.providers()) {
    list_provider(known, *reply->add_issuers());
  }
  if (parts_.development != nullptr) {
    v1::ListIssuersReply::Issuer& listed = *reply->add_issuers();
    listed.set_issuer(std::string(k_development_issuer_name));
    listed.set_client_id(std::string(k_development_client_id));
    listed.set_kind("development");
  }
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace ostraka::identity
