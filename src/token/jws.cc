#include "token/jws.h"

#include <algorithm>
#include <array>

#include "crypto/base64url.h"
#include "token/strict_json.h"

namespace ostraka::token {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 6> k_refused_members = {"crit", "jwk", "jku", "x5u", "x5c", "b64"};

Status read_header(std::string_view segment, CompactJws& jws) {
  const auto text = crypto::base64url_decode(segment);
  if (!text) {
    return fail(ErrorKind::invalid, "header: not base64url");
  }
  const Result<json> header = parse_strict_json(*text);
  if (!header || !header->is_object()) {
    return fail(ErrorKind::invalid, "header: not a JSON object without repeated members");
  }
  for (const char* const name : k_refused_members) {
    if (header->contains(name)) {
      return fail(ErrorKind::invalid, "header: member {} is not accepted", name);
    }
  }
  if (const auto type = header->find("typ"); type != header->end() && *type != "JWT") {
    jws.is_access_token = *type == "at+jwt" || *type == "application/at+jwt";
    if (!jws.is_access_token) {
      return fail(ErrorKind::invalid, "header: typ is not JWT");
    }
  }
  const auto algorithm = header->find("alg");
  if (algorithm == header->end() || !algorithm->is_string()) {
    return fail(ErrorKind::invalid, "header: no alg");
  }
  jws.algorithm = algorithm->get<std::string>();
  if (const auto key_id = header->find("kid"); key_id != header->end()) {
    if (!key_id->is_string()) {
      return fail(ErrorKind::invalid, "header: kid is no string");
    }
    jws.key_id = key_id->get<std::string>();
    jws.has_key_id = true;
  }
  return {};
}

const VerificationKey* find_key(const CompactJws& jws, const std::vector<VerificationKey>& keys) {
  if (!jws.has_key_id) {
    return keys.size() == 1 ? &keys.front() : nullptr;
  }
  // An empty id in a token must not find a key without one.
  const auto found = std::find_if(
      keys.begin(), keys.end(), [&jws](const VerificationKey& key) { return !key.id.empty() && key.id == jws.key_id; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace

Result<CompactJws> parse_compact_jws(std::string_view compact) {
  if (compact.size() > k_id_token_bytes_max) {
    return fail(ErrorKind::invalid, "more than {} bytes", k_id_token_bytes_max);
  }
  const std::size_t first = compact.find('.');
  const std::size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
    return fail(ErrorKind::invalid, "not three parts");
  }
  CompactJws jws;
  if (const Status header = read_header(compact.substr(0, first), jws); !header) {
    return tl::make_unexpected(header.error());
  }
  jws.signed_part = compact.substr(0, second);
  if (!crypto::base64url_decode_into(compact.substr(first + 1, second - first - 1), jws.payload) ||
      !crypto::base64url_decode_into(compact.substr(second + 1), jws.signature)) {
    return fail(ErrorKind::invalid, "payload or signature: not base64url");
  }
  return jws;
}

JwsVerdict verify_jws(const CompactJws& jws, const std::vector<VerificationKey>& keys) {
  const VerificationKey* const key = find_key(jws, keys);
  if (key == nullptr) {
    return JwsVerdict::unknown_key;
  }
  if (jws.algorithm != crypto::signature_algorithm_name(key->algorithm)) {
    return JwsVerdict::wrong_algorithm;
  }
  return key->key.verify(key->algorithm, jws.signed_part, jws.signature) ? JwsVerdict::valid : JwsVerdict::forged;
}

}  // namespace ostraka::token
