// An identity provider as an operator configured it (docs/operating/sign-in.md), and where it can be reached.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "token/id_token.h"

namespace ostraka::identity {

enum class KeySource {
  fixed,       // from a file; nothing is fetched, no code is exchanged
  discovered,  // from the provider
};

struct Provider {
  token::Issuer issuer;  // with keys where they are fixed
  KeySource keys = KeySource::discovered;
  std::string keys_file;  // where they are fixed
  std::string title;  // what pages call it; may be empty
  std::string scope = "openid";
  std::string client_secret;  // empty: a public client
  std::string ca_file;        // who certifies it; empty: the system's authorities
};

struct Endpoints {
  std::string authorization = {};
  std::string token = {};
  std::string keys = {};
  // How a confidential client says who it is (OpenID Connect Core 1.0, section 9): client_secret_basic, the default, or
  // client_secret_post.
  bool takes_basic = true;
  bool iss_in_response = false;  // RFC 9207
};

// An address that a provider may have: https, or http on a loopback address; nothing that a browser or a log could
// misread (user information, fragments, spaces, quotes, control characters).
bool is_provider_url(std::string_view url);

}  // namespace ostraka::identity
