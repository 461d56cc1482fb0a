#include "gateway/site_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

namespace ostraka::gateway {

namespace fs = std::filesystem;

Result<Site> read_site(const std::string& directory) {
  if (directory.empty()) {
    return Site();
  }
  std::error_code error;
  fs::recursive_directory_iterator entries(directory, error);
  if (error) {
    return fail(error == std::errc::no_such_file_or_directory ? ErrorKind::not_found : ErrorKind::unavailable,
                "the web pages in {} cannot be read: {}", directory, error.message());
  }
  std::map<std::string, std::string> files;
  for (; entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (!entries->is_regular_file(error)) {
      continue;
    }
    std::ifstream file(entries->path(), std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(file), {});
    if (!file) {
      return fail(ErrorKind::unavailable, "{} cannot be read", entries->path().string());
    }
    files.emplace(entries->path().lexically_relative(directory).generic_string(), std::move(content));
  }
  if (error) {
    return fail(ErrorKind::unavailable, "the web pages in {} cannot be read: {}", directory, error.message());
  }
  return Site::of(std::move(files));
}

}  // namespace ostraka::gateway
