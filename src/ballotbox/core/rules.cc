#include "ballotbox/core/rules.h"

#include "base/check.h"

namespace ostraka::ballotbox {
namespace {

class StandardVoteRules final : public VoteRules {
 public:
  StandardVoteRules(const std::vector<token::TokenKey>& token_keys, std::string_view receipt_key)
      : verifier_(token_keys), mac_(receipt_key) {}

  token::VerifiedBallotToken verify_token(std::string_view compact, WallTime now) override {
    return verifier_.verify(compact, now);
  }
  election::ParsedBallot parse_ballot(const election::Definition& definition, std::string_view body) override {
    return parser_.parse(definition, body);
  }
  bool is_valid_ballot(const election::Definition& definition, std::string_view canonical) override {
    return election::is_valid_ballot(definition, canonical);
  }
  ReceiptMac receipt_mac(std::string_view bytes) override {
    ReceiptMac mac;
    mac_.mac_into(bytes, mac);
    return mac;
  }

 private:
  token::BallotTokenVerifier verifier_;
  election::BallotParser parser_;
  crypto::HmacSha256 mac_;
};

}  // namespace

std::unique_ptr<VoteRules> standard_vote_rules(const std::vector<token::TokenKey>& token_keys,
                                               std::string_view receipt_key) {
  check(receipt_key.size() == k_receipt_key_bytes, "a receipt key of 32 bytes");
  return std::make_unique<StandardVoteRules>(token_keys, receipt_key);
}

}  // namespace ostraka::ballotbox
