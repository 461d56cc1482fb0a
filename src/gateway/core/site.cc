#include "gateway/core/site.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace ostraka::gateway {

namespace {

constexpr std::size_t k_etag_digest_bytes = 12;
constexpr std::string_view k_assets = "assets/";

struct Kind {
  std::string_view suffix;
  std::string_view content_type;
};
constexpr std::array k_kinds{
    Kind{".html", "text/html; charset=utf-8"}, Kind{".js", "text/javascript; charset=utf-8"},
    Kind{".css", "text/css; charset=utf-8"},   Kind{".json", "application/json"},
    Kind{".svg", "image/svg+xml"},             Kind{".png", "image/png"},
    Kind{".txt", "text/plain; charset=utf-8"},
};

std::string_view content_type_of(std::string_view path) {
  for (const Kind& kind : k_kinds) {
    if (path.ends_with(kind.suffix)) {
      return kind.content_type;
    }
  }
  return {};
}

std::pair<std::string, Coding> split_coding(const std::string& path) {
  for (const auto& [suffix, coding] : {std::pair{".br", Coding::brotli}, std::pair{".gz", Coding::gzip}}) {
    if (path.ends_with(suffix)) {
      return {path.substr(0, path.size() - 3), coding};
    }
  }
  return {path, Coding::identity};
}

}  // namespace

const SiteBody& SiteFile::body(Coding accepted, Coding& used) const {
  const auto found = bodies.find(accepted);
  used = found == bodies.end() ? Coding::identity : accepted;
  return bodies.at(used);
}

Result<Site> Site::of(std::map<std::string, std::string> files) {
  Site site;
  for (auto& [path, content] : files) {
    const auto [name, coding] = split_coding(path);
    const std::string_view content_type = content_type_of(name);
    if (content_type.empty()) {
      return fail(ErrorKind::invalid, "the web pages hold a kind of file that is not served: {}", path);
    }
    SiteFile& file = site.files_[name];
    file.content_type = content_type;
    file.is_immutable = name.starts_with(k_assets);
    const std::string digest = crypto::base64url_encode(crypto::sha256(content).substr(0, k_etag_digest_bytes));
    file.bodies[coding] = {std::make_shared<const std::string>(std::move(content)), fmt::format("\"{}\"", digest)};
  }
  for (const auto& [name, file] : site.files_) {
    if (!file.bodies.contains(Coding::identity)) {
      return fail(ErrorKind::invalid, "the web pages hold a compressed form of {} but not the file", name);
    }
  }
  return site;
}

const SiteFile* Site::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace ostraka::gateway
