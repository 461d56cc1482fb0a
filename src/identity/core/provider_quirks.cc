#include "identity/core/provider_quirks.h"

#include <array>

namespace ostraka::identity {

namespace {

enum class LastSlash { either, always, never };

struct Quirks {
  std::string_view name;
  std::string_view host;         // begins with a dot: any host below it
  LastSlash last_slash = LastSlash::either;
  std::string_view alias = {};   // a second spelling of `iss`
  bool verified_may_be_text = false;
};

constexpr std::array<Quirks, 4> k_quirks = {{
    {.name = "Auth0", .host = ".auth0.com", .last_slash = LastSlash::always},
    // https://cognito-idp.REGION.amazonaws.com/POOL. Its access tokens have no `aud`: id_token.cc refuses them by token_use.
    {.name = "Amazon Cognito", .host = ".amazonaws.com", .last_slash = LastSlash::never},
    {.name = "Google", .host = "accounts.google.com", .last_slash = LastSlash::never, .alias = "accounts.google.com"},
    {.name = "Apple", .host = "appleid.apple.com", .last_slash = LastSlash::never, .verified_may_be_text = true},
}};

std::string_view issuer_host(std::string_view issuer) {
  constexpr std::string_view k_scheme = "https://";
  if (!issuer.starts_with(k_scheme)) {
    return {};
  }
  issuer.remove_prefix(k_scheme.size());
  return issuer.substr(0, issuer.find_first_of("/:"));
}

bool is_of(const Quirks& quirks, std::string_view host) {
  return quirks.host.starts_with('.') ? host.ends_with(quirks.host) : host == quirks.host;
}

}  // namespace

Status apply_quirks(Provider& provider) {
  const std::string& issuer = provider.issuer.issuer;
  for (const Quirks& quirks : k_quirks) {
    if (!is_of(quirks, issuer_host(issuer))) {
      continue;
    }
    if (quirks.last_slash != LastSlash::either && issuer.ends_with('/') != (quirks.last_slash == LastSlash::always)) {
      return fail(ErrorKind::invalid, "issuer {}: an issuer of {} {} with a slash", issuer, quirks.name,
                  quirks.last_slash == LastSlash::always ? "ends" : "does not end");
    }
    if (!quirks.alias.empty()) {
      provider.issuer.aliases.emplace_back(quirks.alias);
    }
    provider.issuer.verified_may_be_text = quirks.verified_may_be_text;
  }
  return {};
}

}  // namespace ostraka::identity
