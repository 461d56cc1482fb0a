// What a partition's owner asks of the modules beside it: tokens, ballots, receipts. An interface, so that the
// simulator can run whole elections without keys and JSON.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/mac.h"
#include "election/ballot.h"
#include "token/ballot_token.h"

namespace ostraka::ballotbox {

inline constexpr std::size_t k_receipt_key_bytes = 32;

using ReceiptMac = std::array<char, crypto::k_hmac_sha256_bytes>;
inline std::string_view view_of(const ReceiptMac& mac) { return {mac.data(), mac.size()}; }

// Owned by the owner's thread: implementations keep parsers and keyed contexts between calls.
class VoteRules {
 public:
  virtual ~VoteRules() = default;
  virtual token::VerifiedBallotToken verify_token(std::string_view compact, WallTime now) = 0;
  virtual election::ParsedBallot parse_ballot(const election::Definition& definition, std::string_view body) = 0;
  virtual bool is_valid_ballot(const election::Definition& definition, std::string_view canonical) = 0;
  // Keyed with a key that only ballot boxes hold: who has the receipt cannot try out the options.
  virtual ReceiptMac receipt_mac(std::string_view bytes) = 0;
};

// The product's rules. REQUIRES: a receipt key of k_receipt_key_bytes.
std::unique_ptr<VoteRules> standard_vote_rules(const std::vector<token::TokenKey>& token_keys,
                                               std::string_view receipt_key);

}  // namespace ostraka::ballotbox
