#include "identity/providers/issuers_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "identity/core/development_issuer.h"
#include "identity/core/provider_quirks.h"
#include "identity/core/utf8.h"

namespace ostraka::identity {

namespace {

constexpr std::size_t k_issuers_file_bytes_max = 1 << 20;
constexpr std::array<std::string_view, 10> k_members = {
    "issuer", "client_id",       "title",          "client_secret_file", "scope",
    "kind",   "max_age_seconds", "mfa_acr_values", "ca_file",            "jwks_file"};

bool is_text(const std::string& text) {
  return !text.empty() && text.size() <= k_issuer_text_bytes_max && is_plain_text(text);
}

Result<std::string> required_text(const toml::table& table, std::string_view name) {
  const auto* const text = table.get_as<std::string>(name);
  if (text == nullptr || !is_text(text->get())) {
    return fail(ErrorKind::invalid, "an [[issuer]] needs {}, a text of 1 to {} bytes", name, k_issuer_text_bytes_max);
  }
  return text->get();
}

// Leaves `to` as it is when there is none.
Status optional_text(const toml::table& table, std::string_view name, std::string& to) {
  if (!table.contains(name)) {
    return {};
  }
  return required_text(table, name).map([&to](std::string text) { to = std::move(text); });
}

Status check_members(const toml::table& table) {
  for (const auto& [key, value] : table) {
    if (std::find(k_members.begin(), k_members.end(), key.str()) == k_members.end()) {
      return fail(ErrorKind::invalid, "an [[issuer]] has no {}", key.str());
    }
  }
  if (table.contains("kind") && table["kind"].value<std::string>() != "oidc") {
    return fail(ErrorKind::invalid, "an [[issuer]]'s kind is oidc; the development issuer is a flag");
  }
  return {};
}

Status read_max_age(const toml::table& table, token::Issuer& issuer) {
  if (!table.contains("max_age_seconds")) {
    return {};
  }
  const auto* const seconds = table.get_as<std::int64_t>("max_age_seconds");
  if (seconds == nullptr || seconds->get() < 0 || seconds->get() > k_max_age_seconds_max) {
    return fail(ErrorKind::invalid, "max_age_seconds is a number from 0 to {}", k_max_age_seconds_max);
  }
  issuer.max_age = std::chrono::seconds(seconds->get());
  return {};
}

Status read_acr_values(const toml::table& table, token::Issuer& issuer) {
  if (!table.contains("mfa_acr_values")) {
    return {};
  }
  const auto* const values = table.get_as<toml::array>("mfa_acr_values");
  if (values == nullptr || values->empty() || values->size() > k_acr_values_max) {
    return fail(ErrorKind::invalid, "mfa_acr_values is a list of 1 to {} texts", k_acr_values_max);
  }
  for (const toml::node& value : *values) {
    const auto* const text = value.as_string();
    // A page sends them in one parameter, with spaces between them.
    if (text == nullptr || !is_text(text->get()) || text->get().find(' ') != std::string::npos) {
      return fail(ErrorKind::invalid, "mfa_acr_values are texts without spaces");
    }
    issuer.mfa_acr_values.push_back(text->get());
  }
  return {};
}

Status read_secret(const toml::table& table, const ReadFile& read_file, Provider& provider) {
  std::string path;
  if (Status read = optional_text(table, "client_secret_file", path); !read || path.empty()) {
    return read;
  }
  Result<std::string> secret = read_file(path);
  if (!secret) {
    return tl::make_unexpected(secret.error());
  }
  while (secret->ends_with('\n') || secret->ends_with('\r')) {
    secret->pop_back();
  }
  if (!is_text(*secret)) {
    return fail(ErrorKind::invalid, "{} holds no client secret of 1 to {} bytes", path, k_issuer_text_bytes_max);
  }
  provider.client_secret = std::move(*secret);
  return {};
}

Status read_fixed_keys(const toml::table& table, const ReadFile& read_file, Provider& provider, IssuersFile& file) {
  std::string path;
  if (Status read = optional_text(table, "jwks_file", path); !read || path.empty()) {
    return read;
  }
  const Result<std::string> jwks = read_file(path);
  if (!jwks) {
    return tl::make_unexpected(jwks.error());
  }
  Result<token::KeySet> keys = token::read_jwks(*jwks);
  if (!keys) {
    return fail(ErrorKind::invalid, "keys of issuer {}: {}", provider.issuer.issuer, keys.error().message);
  }
  for (const std::string& ignored : keys->ignored) {
    file.remarks.push_back(fmt::format("issuer {}: ignored {}", provider.issuer.issuer, ignored));
  }
  provider.keys = KeySource::fixed;
  provider.keys_file = std::move(path);
  provider.issuer.keys = std::move(keys->keys);
  return {};
}

Status read_texts(const toml::table& table, Provider& provider) {
  Result<std::string> issuer = required_text(table, "issuer");
  Result<std::string> client_id = required_text(table, "client_id");
  for (const Result<std::string>* const text : {&issuer, &client_id}) {
    if (!*text) {
      return tl::make_unexpected(text->error());
    }
  }
  provider.issuer.issuer = std::move(*issuer);
  provider.issuer.client_id = std::move(*client_id);
  for (const auto& [name, to] : {std::pair{"title", &provider.title}, std::pair{"scope", &provider.scope},
                                 std::pair{"ca_file", &provider.ca_file}}) {
    if (Status read = optional_text(table, name, *to); !read) {
      return read;
    }
  }
  return {};
}

// Of all that are there already, under any name.
bool is_named(const IssuersFile& file, const std::string& name) {
  return name == k_development_issuer_name ||
         std::any_of(file.providers.begin(), file.providers.end(), [&name](const Provider& other) {
           const auto& aliases = other.issuer.aliases;
           return other.issuer.issuer == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
         });
}

Status check_names(const Provider& provider, const IssuersFile& file) {
  std::vector<std::string> names = provider.issuer.aliases;
  names.push_back(provider.issuer.issuer);
  for (const std::string& name : names) {
    if (is_named(file, name)) {
      return fail(ErrorKind::invalid, "issuer {} stands twice, or is the development issuer", name);
    }
  }
  if (provider.keys == KeySource::discovered && !is_provider_url(provider.issuer.issuer)) {
    return fail(ErrorKind::invalid, "issuer {} is no https address, and has no jwks_file", provider.issuer.issuer);
  }
  return {};
}

Status add_issuer(const toml::table& table, const ReadFile& read_file, IssuersFile& file) {
  Provider provider;
  return check_members(table)
      .and_then([&] { return read_texts(table, provider); })
      .and_then([&] { return read_max_age(table, provider.issuer); })
      .and_then([&] { return read_acr_values(table, provider.issuer); })
      .and_then([&] { return read_secret(table, read_file, provider); })
      .and_then([&] { return read_fixed_keys(table, read_file, provider, file); })
      .and_then([&] { return apply_quirks(provider); })
      .and_then([&] { return check_names(provider, file); })
      .map([&] { file.providers.push_back(std::move(provider)); });
}

Result<std::string> read_file_at(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(ErrorKind::not_found, "cannot read {}", path);
  }
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || bytes.size() > k_issuers_file_bytes_max) {
    return fail(ErrorKind::invalid, "cannot read {}, or it is too large", path);
  }
  return bytes;
}

}  // namespace

Result<IssuersFile> parse_issuers(std::string_view toml, const ReadFile& read_file) {
  toml::table root;
  try {
    root = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::invalid, "line {}: {}", static_cast<unsigned>(error.source().begin.line),
                error.description());
  }
  const auto* const entries = root.get_as<toml::array>("issuer");
  if (entries == nullptr || root.size() != 1 || entries->size() > k_issuers_max) {
    return fail(ErrorKind::invalid, "expected 1 to {} times [[issuer]] and nothing else", k_issuers_max);
  }
  IssuersFile file;
  for (const toml::node& entry : *entries) {
    if (!entry.is_table()) {
      return fail(ErrorKind::invalid, "issuer is not a list of tables");
    }
    if (const Status added = add_issuer(*entry.as_table(), read_file, file); !added) {
      return tl::make_unexpected(added.error());
    }
  }
  return file;
}

Result<token::KeySet> read_key_set(const std::string& path) {
  return read_file_at(path).and_then([](const std::string& jwks) { return token::read_jwks(jwks); });
}

Result<IssuersFile> read_issuers(const std::string& path) {
  const Result<std::string> toml = read_file_at(path);
  if (!toml) {
    return tl::make_unexpected(toml.error());
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const auto beside = [&folder](const std::string& name) { return name.starts_with('/') ? name : folder + name; };
  Result<IssuersFile> file =
      parse_issuers(*toml, [&beside](const std::string& name) { return read_file_at(beside(name)); });
  if (!file) {
    return fail(file.error().kind, "{}: {}", path, file.error().message);
  }
  for (Provider& provider : file->providers) {
    for (std::string* const named : {&provider.ca_file, &provider.keys_file}) {
      *named = named->empty() ? "" : beside(*named);
    }
  }
  return file;
}

}  // namespace ostraka::identity
