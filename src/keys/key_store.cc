#include "keys/key_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ids.h"
#include "crypto/aead.h"

namespace ostraka::keys {

namespace {

constexpr std::string_view k_magic = "ostraka key 1\n";
constexpr std::size_t k_token_key_id_random_bytes = 8;
constexpr std::size_t k_times_bytes = 16;  // created_at, active_from: little-endian milliseconds

const std::string k_receipt_name = "receipt.key";
const std::string k_development_name = "development-issuer.key";

std::string token_name(const std::string& id) {
  return "tokens/" + id;
}

Result<std::string> expect_secret(Result<std::string> secret, std::string_view name) {
  if (secret && secret->size() != k_secret_bytes) {
    return fail(ErrorKind::damaged, "key file {} does not hold {} bytes", name, k_secret_bytes);
  }
  return secret;
}

Result<std::optional<std::string>> expect_secret(Result<std::optional<std::string>> secret, std::string_view name) {
  if (secret && *secret && (*secret)->size() != k_secret_bytes) {
    return fail(ErrorKind::damaged, "key file {} does not hold {} bytes", name, k_secret_bytes);
  }
  return secret;
}

std::string pepper_name(std::string_view election) {
  check(is_identifier(election), "peppers are named by elections");
  return "peppers/" + std::string(election);
}

Result<bool> holds_other_keys(const KeyFiles& files) {
  for (const std::string& name : {k_receipt_name, k_development_name}) {
    const auto bytes = files.read(name);
    if (!bytes || *bytes) {
      return bytes ? Result<bool>(true) : tl::make_unexpected(bytes.error());
    }
  }
  for (const char* const folder : {"tokens", "peppers"}) {
    const auto names = files.list(folder);
    if (!names || !names->empty()) {
      return names ? Result<bool>(true) : tl::make_unexpected(names.error());
    }
  }
  return false;
}

}  // namespace

Result<std::string> master_key_or_make(KeyFiles& files, Random& random) {
  Result<std::optional<std::string>> present = files.read(k_master_key_name);
  if (present && !*present) {
    const Result<bool> others = holds_other_keys(files);
    if (!others) {
      return tl::make_unexpected(others.error());
    }
    if (*others) {
      return fail(ErrorKind::conflict, "there are keys, but the {} that they are wrapped under is gone: restore it",
                  k_master_key_name);
    }
    const Status made = files.create(k_master_key_name, random.bytes(k_secret_bytes));
    if (!made && made.error().kind != ErrorKind::conflict) {
      return tl::make_unexpected(made.error());
    }
    present = files.read(k_master_key_name);
  }
  if (!present) {
    return tl::make_unexpected(present.error());
  }
  if (!*present || (*present)->size() != k_secret_bytes) {
    return fail(ErrorKind::damaged, "{} does not hold {} bytes", k_master_key_name, k_secret_bytes);
  }
  return std::move(**present);
}

Result<std::string> read_master_key(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorKind::not_found, "no master key at {}", path);
  }
  if ((status.st_mode & 0077) != 0) {
    return fail(ErrorKind::denied, "{} is open to other users", path);
  }
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || bytes.size() != k_secret_bytes) {
    return fail(ErrorKind::invalid, "{} does not hold {} bytes", path, k_secret_bytes);
  }
  return bytes;
}

KeyStore::KeyStore(KeyFiles& files, std::string master_key, Random& random)
    : files_(files), master_key_(std::move(master_key)), random_(random) {
  check(master_key_.size() == k_secret_bytes, "a master key has 32 bytes");
}

Result<std::optional<std::string>> KeyStore::open(const std::string& name) const {
  Result<std::optional<std::string>> file = files_.read(name);
  if (!file || !*file) {
    return file;
  }
  const std::string_view bytes = **file;
  std::optional<std::string> plain;
  if (bytes.starts_with(k_magic)) {
    plain = crypto::aead_open({master_key_, name}, bytes.substr(k_magic.size()));
  }
  if (!plain) {
    return fail(ErrorKind::damaged, "key file {} was altered, moved, or wrapped under another master key", name);
  }
  return plain;
}

Status KeyStore::seal(const std::string& name, std::string_view plain) {
  return files_.create(name, std::string(k_magic) + crypto::aead_seal({master_key_, name}, plain, random_));
}

Result<std::string> KeyStore::open_or_seal(const std::string& name, std::string_view fresh) {
  Result<std::optional<std::string>> present = open(name);
  if (present && !*present) {
    const Status sealed = seal(name, fresh);
    // Another process was first: its key is the key.
    if (!sealed && sealed.error().kind != ErrorKind::conflict) {
      return tl::make_unexpected(sealed.error());
    }
    present = open(name);
  }
  if (!present) {
    return tl::make_unexpected(present.error());
  }
  if (!*present) {
    return fail(ErrorKind::internal, "key file {} vanished", name);
  }
  return std::move(**present);
}

Result<StoredTokenKey> KeyStore::open_token_key(const std::string& id) const {
  const Result<std::optional<std::string>> plain = open(token_name(id));
  if (!plain) {
    return tl::make_unexpected(plain.error());
  }
  if (!*plain) {
    return fail(ErrorKind::not_found, "token key {} is gone", id);
  }
  const std::string& bytes = **plain;
  if (bytes.size() != k_times_bytes + k_secret_bytes) {
    return fail(ErrorKind::damaged, "token key {} has the wrong length", id);
  }
  return StoredTokenKey{{id, bytes.substr(k_times_bytes)},
                        wall_time(load_le<std::int64_t>(bytes.data())),
                        wall_time(load_le<std::int64_t>(bytes.data() + 8))};
}

Result<std::vector<StoredTokenKey>> KeyStore::token_keys() const {
  const Result<std::vector<std::string>> ids = files_.list("tokens");
  if (!ids) {
    return tl::make_unexpected(ids.error());
  }
  std::vector<StoredTokenKey> keys;
  for (const std::string& id : *ids) {
    Result<StoredTokenKey> key = open_token_key(id);
    if (key) {
      keys.push_back(std::move(*key));
    } else if (key.error().kind != ErrorKind::not_found) {  // removed while we read
      return tl::make_unexpected(key.error());
    }
  }
  sort_by_activation(keys);
  return keys;
}

Result<StoredTokenKey> KeyStore::make_token_key(WallTime created_at, WallTime active_from) {
  StoredTokenKey key{
      {to_hex(random_.bytes(k_token_key_id_random_bytes)), random_.bytes(k_secret_bytes)}, created_at, active_from};
  std::string plain(k_times_bytes, '\0');
  store_le(plain.data(), to_milliseconds(created_at));
  store_le(plain.data() + 8, to_milliseconds(active_from));
  plain += key.key.secret;
  if (const Status sealed = seal(token_name(key.key.id), plain); !sealed) {
    return tl::make_unexpected(sealed.error());
  }
  return key;
}

Status KeyStore::remove_token_key(const std::string& id) {
  return files_.remove(token_name(id));
}

Result<std::optional<std::string>> KeyStore::pepper(std::string_view election) const {
  const std::string name = pepper_name(election);
  return expect_secret(open(name), name);
}

Result<std::string> KeyStore::pepper_or_make(std::string_view election) {
  const std::string name = pepper_name(election);
  return expect_secret(open_or_seal(name, random_.bytes(k_secret_bytes)), name);
}

Result<std::optional<std::string>> KeyStore::receipt_key() const {
  return expect_secret(open(k_receipt_name), k_receipt_name);
}

Result<std::string> KeyStore::receipt_key_or_make() {
  return expect_secret(open_or_seal(k_receipt_name, random_.bytes(k_secret_bytes)), k_receipt_name);
}

Result<std::optional<std::string>> KeyStore::development_issuer_key() const {
  return open(k_development_name);
}

Result<std::string> KeyStore::development_issuer_key_or_store(std::string_view der) {
  return open_or_seal(k_development_name, der);
}

}  // namespace ostraka::keys
