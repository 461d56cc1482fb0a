#include "identity/issuing/issuers_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "identity/core/development_issuer.h"
#include "identity/core/utf8.h"

namespace ostraka::identity {

namespace {

constexpr std::size_t k_issuers_file_bytes_max = 1 << 20;
constexpr std::array<std::string_view, 4> k_members = {"issuer", "client_id", "jwks_file", "kind"};

Result<std::string> text_member(const toml::table& table, std::string_view name) {
  const auto* const text = table.get_as<std::string>(name);
  if (text == nullptr || text->get().empty() || text->get().size() > k_issuer_text_bytes_max ||
      !is_plain_text(text->get())) {
    return fail(ErrorKind::invalid, "an [[issuer]] needs {}, a text of 1 to {} bytes", name, k_issuer_text_bytes_max);
  }
  return text->get();
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

Status add_issuer(const toml::table& table, const ReadFile& read_file, IssuersFile& file) {
  if (Status members = check_members(table); !members) {
    return members;
  }
  const Result<std::string> name = text_member(table, "issuer");
  const Result<std::string> client_id = text_member(table, "client_id");
  const Result<std::string> jwks_path = text_member(table, "jwks_file");
  for (const Result<std::string>* const member : {&name, &client_id, &jwks_path}) {
    if (!*member) {
      return tl::make_unexpected(member->error());
    }
  }
  const bool twice = std::any_of(file.issuers.begin(), file.issuers.end(),
                                 [&name](const token::Issuer& other) { return other.issuer == *name; });
  if (twice || *name == k_development_issuer_name) {
    return fail(ErrorKind::invalid, "issuer {} stands twice, or is the development issuer", *name);
  }
  const Result<std::string> jwks = read_file(*jwks_path);
  if (!jwks) {
    return tl::make_unexpected(jwks.error());
  }
  Result<token::KeySet> keys = token::read_jwks(*jwks);
  if (!keys) {
    return fail(ErrorKind::invalid, "keys of issuer {}: {}", *name, keys.error().message);
  }
  for (const std::string& ignored : keys->ignored) {
    file.remarks.push_back(fmt::format("issuer {}: ignored {}", *name, ignored));
  }
  file.issuers.push_back({*name, *client_id, token::IssuerKind::oidc, std::move(keys->keys)});
  return {};
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

Result<IssuersFile> read_issuers(const std::string& path) {
  const Result<std::string> toml = read_file_at(path);
  if (!toml) {
    return tl::make_unexpected(toml.error());
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return parse_issuers(
             *toml,
             [&folder](const std::string& name) { return read_file_at(name.starts_with('/') ? name : folder + name); })
      .map_error([&path](Error error) { return Error{error.kind, path + ": " + error.message}; });
}

}  // namespace ostraka::identity
