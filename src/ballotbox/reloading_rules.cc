#include "ballotbox/reloading_rules.h"

#include <utility>

namespace ostraka::ballotbox {

namespace {

class ReloadingRules final : public VoteRules {
 public:
  ReloadingRules(keys::TokenKeyring& keyring, std::string receipt_key)
      : keyring_(keyring), receipt_key_(std::move(receipt_key)) {
    follow_keyring();
  }

  token::VerifiedBallotToken verify_token(std::string_view compact, WallTime now) override {
    follow_keyring();
    token::VerifiedBallotToken verified = rules_->verify_token(compact, now);
    if (verified.verdict == token::TokenVerdict::unknown_key && keyring_.refresh_after_unknown(generation_)) {
      follow_keyring();
      verified = rules_->verify_token(compact, now);
    }
    return verified;
  }
  election::ParsedBallot parse_ballot(const election::Definition& definition, std::string_view body) override {
    return rules_->parse_ballot(definition, body);
  }
  bool is_valid_ballot(const election::Definition& definition, std::string_view canonical) override {
    return rules_->is_valid_ballot(definition, canonical);
  }
  ReceiptMac receipt_mac(std::string_view bytes) override { return rules_->receipt_mac(bytes); }

 private:
  void follow_keyring() {
    const std::shared_ptr<const keys::TokenKeyring::Snapshot> snapshot = keyring_.now();
    if (rules_ == nullptr || snapshot->generation != generation_) {
      generation_ = snapshot->generation;
      rules_ = standard_vote_rules(snapshot->keys, receipt_key_);
    }
  }

  keys::TokenKeyring& keyring_;
  const std::string receipt_key_;
  std::uint64_t generation_ = 0;
  std::unique_ptr<VoteRules> rules_;
};

}  // namespace

std::unique_ptr<VoteRules> reloading_vote_rules(keys::TokenKeyring& keyring, std::string receipt_key) {
  return std::make_unique<ReloadingRules>(keyring, std::move(receipt_key));
}

}  // namespace ostraka::ballotbox
