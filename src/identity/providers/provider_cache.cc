#include "identity/providers/provider_cache.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace ostraka::identity {

namespace {

constexpr std::uintmax_t k_cache_file_bytes_max = 2 * 1024 * 1024;

}  // namespace

ProviderCache::ProviderCache(std::string folder) : folder_(std::move(folder)) {
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::create_directory(folder_, ignored);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, ignored);
  }
}

std::string ProviderCache::path_of(const std::string& issuer) const {
  return folder_ + "/" + to_hex(crypto::sha256(issuer).substr(0, 16)) + ".json";
}

std::optional<ProviderCache::Documents> ProviderCache::load(const std::string& issuer) const {
  if (folder_.empty()) {
    return std::nullopt;
  }
  const std::string path = path_of(issuer);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error || bytes > k_cache_file_bytes_max) {
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const nlohmann::json kept = nlohmann::json::parse(text, nullptr, false);
  const auto text_of = [&kept](const char* name) {
    const auto found = kept.find(name);
    return found != kept.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!kept.is_object() || text_of("issuer") != issuer) {
    return std::nullopt;
  }
  return Documents{text_of("discovery"), text_of("key_set")};
}

bool ProviderCache::store(const std::string& issuer, const Documents& documents) const {
  if (folder_.empty()) {
    return true;
  }
  const std::string path = path_of(issuer);
  {
    std::ofstream out(path + ".new", std::ios::binary | std::ios::trunc);
    out << nlohmann::json{
        {"issuer", issuer}, {"discovery", documents.discovery}, {"key_set", documents.key_set}};
    if (!out.flush()) {
      return false;
    }
  }
  std::error_code error;
  std::filesystem::rename(path + ".new", path, error);
  return !error;
}

}  // namespace ostraka::identity
