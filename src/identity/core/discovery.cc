#include "identity/core/discovery.h"

#include <algorithm>

#include "token/strict_json.h"

namespace ostraka::identity {

namespace {

using nlohmann::json;

constexpr const char* k_authentication_methods = "token_endpoint_auth_methods_supported";

std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::string> url_member(const json& document, const char* name) {
  std::string url = text_member(document, name);
  if (!is_provider_url(url)) {
    return fail(ErrorKind::invalid, "discovery: {} is no https address", name);
  }
  return url;
}

bool is_listed(const json& list, std::string_view value) {
  return list.is_array() && std::find(list.begin(), list.end(), value) != list.end();
}

// Without a list it is client_secret_basic. Public clients are often not on it although they are let in: they have
// nothing else to say.
Result<ClientAuthentication> choose_authentication(const json& document, const Provider& provider) {
  if (provider.client_secret.empty()) {
    return ClientAuthentication::none;
  }
  const auto methods = document.find(k_authentication_methods);
  if (methods == document.end() || is_listed(*methods, "client_secret_basic")) {
    return ClientAuthentication::client_secret_basic;
  }
  if (is_listed(*methods, "client_secret_post")) {
    return ClientAuthentication::client_secret_post;
  }
  return fail(ErrorKind::invalid, "discovery: the token endpoint takes no client secret");
}

}  // namespace

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) {
    issuer.remove_suffix(1);
  }
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<Endpoints> read_discovery(std::string_view text, const Provider& provider) {
  if (text.size() > k_discovery_bytes_max) {
    return fail(ErrorKind::invalid, "discovery: more than {} bytes", k_discovery_bytes_max);
  }
  const Result<json> document = token::parse_strict_json(text);
  if (!document || !document->is_object()) {
    return fail(ErrorKind::invalid, "discovery: not a JSON object");
  }
  if (text_member(*document, "issuer") != provider.issuer.issuer) {
    return fail(ErrorKind::invalid, "discovery: it is another issuer's, or spelled otherwise (a slash at the end?)");
  }
  const Result<std::string> authorization = url_member(*document, "authorization_endpoint");
  const Result<std::string> token = url_member(*document, "token_endpoint");
  const Result<std::string> keys = url_member(*document, "jwks_uri");
  for (const Result<std::string>* const url : {&authorization, &token, &keys}) {
    if (!*url) {
      return tl::make_unexpected(url->error());
    }
  }
  const Result<ClientAuthentication> authentication = choose_authentication(*document, provider);
  if (!authentication) {
    return tl::make_unexpected(authentication.error());
  }
  const auto iss = document->find("authorization_response_iss_parameter_supported");
  return Endpoints{*authorization, *token, *keys, *authentication, iss != document->end() && *iss == true};
}

}  // namespace ostraka::identity
