#include "identity/core/discovery.h"

#include <algorithm>

#include "token/strict_json.h"

namespace ostraka::identity {

namespace {

using nlohmann::json;

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

// Without a list it is. Where neither is listed the provider will say so itself, with the first code.
bool takes_basic(const json& document) {
  const auto methods = document.find("token_endpoint_auth_methods_supported");
  return methods == document.end() || !is_listed(*methods, "client_secret_post") ||
         is_listed(*methods, "client_secret_basic");
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
  const auto iss = document->find("authorization_response_iss_parameter_supported");
  return Endpoints{*authorization, *token, *keys, takes_basic(*document), iss != document->end() && *iss == true};
}

}  // namespace ostraka::identity
