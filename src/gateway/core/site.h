// The web pages as they are served: every file in memory, with what a browser and its cache need to know. Pure.
//
// The pages are built into one folder (web/README.md): NAME.html at its root, everything else in assets/ under names
// that carry a hash of the content; beside a file its compressed forms, FILE.br and FILE.gz.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/core/request_checks.h"

namespace ostraka::gateway {

// One file in one coding. Lives as long as the site.
struct SiteBody {
  std::shared_ptr<const std::string> bytes;
  std::string etag;  // strong, with its quotes
};

struct SiteFile {
  std::string_view content_type;  // of static storage
  bool is_immutable = false;      // its name says its content: may be kept for ever
  std::map<Coding, SiteBody> bodies;  // identity is always there

  // The one in this coding, or the uncompressed one.
  const SiteBody& body(Coding accepted, Coding& used) const;
};

// Immutable: any thread.
class Site {
 public:
  Site() = default;  // without pages
  // Path below the folder ("vote.html", "assets/vote-1a2b3c4d.js.br") -> content. invalid: a compressed form without its
  // file, a kind of file that is not known.
  static Result<Site> of(std::map<std::string, std::string> files);

  bool empty() const { return files_.empty(); }
  const SiteFile* find(const std::string& path) const;

 private:
  std::map<std::string, SiteFile> files_;
};

}  // namespace ostraka::gateway
