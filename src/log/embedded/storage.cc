#include "log/embedded/storage.h"

#include "base/broken.h"

namespace ostraka::log {

tl::unexpected<Error> Storage::broken(const Error& error) const {
  fatal(error.message);
  return fail(ErrorKind::unavailable, "{}", error.message);
}

Status Storage::sync(io::File& file, const std::string& path) const {
  Status synced = file.sync();
  if (!synced && ostraka::broken(Break::retries_a_failed_sync)) {
    synced = file.sync();
  }
  if (!synced) {
    return broken({synced.error().kind, fmt::format("{} ({})", synced.error().message, path)});
  }
  return {};
}

Status Storage::sync_directory(const std::string& directory) const {
  if (Status synced = files.sync_directory(directory); !synced) {
    return broken(synced.error());
  }
  return {};
}

Status Storage::ensure_directory(const std::string& directory) const {
  const std::string parent = io::parent_directory(directory);
  Status made = files.create_directory(directory);
  if (!made && made.error().kind == ErrorKind::not_found && parent != directory) {
    if (Status above = ensure_directory(parent); !above) {
      return above;
    }
    made = files.create_directory(directory);
  }
  const bool existed = !made && made.error().kind == ErrorKind::conflict;
  if (!made && !existed) {
    return made;
  }
  // Also when it exists: whoever made it may not have come to sync its name.
  if (Status synced = files.sync_directory(parent); !synced) {
    if (existed && synced.error().kind == ErrorKind::denied) {
      return {};  // a directory that somebody with more rights made for us
    }
    return broken(synced.error());
  }
  return {};
}

}  // namespace ostraka::log
