// docs/operating/metrics.md is what an operator looks into when a number is strange: every name is in there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace ostraka::service {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands in quotes as a metric's name does.
void add_names(const std::string& source, std::set<std::string>& names) {
  constexpr std::string_view k_opening = "\"ostraka_";
  for (std::size_t at = source.find(k_opening); at != std::string::npos; at = source.find(k_opening, at + 1)) {
    const std::size_t end = source.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at + 1);
    if (end != std::string::npos && source[end] == '"') {
      names.insert(source.substr(at + 1, end - at - 1));
    }
  }
}

TEST(MetricsPage, NamesEveryMetricOfTheSources) {
  const std::filesystem::path root = OSTRAKA_SOURCE_DIR;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "src")) {
    const std::string file = entry.path().filename().string();
    if (entry.path().extension() == ".cc" && file.find("_test") == std::string::npos) {
      add_names(content_of(entry.path()), names);
    }
  }
  ASSERT_GT(names.size(), 10U);
  const std::string page = content_of(root / "docs/operating/metrics.md");
  for (const std::string& name : names) {
    const bool is_named =
        page.find("`" + name + "`") != std::string::npos || page.find("`" + name + "{") != std::string::npos;
    EXPECT_TRUE(is_named) << name;
  }
}

}  // namespace
}  // namespace ostraka::service
