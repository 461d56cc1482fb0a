#include "service/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

namespace ostraka::service {
namespace {

using testing::HasSubstr;

// A service `tally` with one option of its own, beside the common ones.
class Options : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"OSTRAKA_LOG", "OSTRAKA_RUN", "OSTRAKA_LOG_LEVEL", "OSTRAKA_CONFIG", "OSTRAKA_VERBOSE"}) {
      unsetenv(name);
    }
    std::filesystem::remove(path_);
  }

  std::string file(const std::string& text) {
    std::ofstream(path_) << text;
    return path_;
  }

  std::optional<int> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tally");
    CLI::App app;
    read_ = ServiceOptions{};
    read_.name = "tally";
    issuers_.clear();
    verbose_ = false;
    add_service_options(app, read_);
    app.add_option("--issuer", issuers_);
    app.add_flag("--verbose", verbose_);
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const auto code = parse_options(app, static_cast<int>(arguments.size()), arguments.data());
    err_ = testing::internal::GetCapturedStderr();
    out_ = testing::internal::GetCapturedStdout();
    return code;
  }

  const std::string path_ = testing::TempDir() + "ostraka_options_" + std::to_string(getpid()) + ".toml";
  ServiceOptions read_;
  std::vector<std::string> issuers_;
  bool verbose_ = false;
  std::string err_;
  std::string out_;
};

TEST_F(Options, AFlagBeatsTheEnvironmentWhichBeatsTheFile) {
  const auto config = file("log-level = \"error\"\n[tally]\nlog = \"file:///file\"\nrun = \"/file\"\n");
  setenv("OSTRAKA_LOG", "file:///environment", 1);
  setenv("OSTRAKA_RUN", "/environment", 1);
  ASSERT_EQ(parse({"--config", config.c_str(), "--run", "/flag"}), std::nullopt) << err_;
  EXPECT_EQ(read_.run_directory, "/flag");
  EXPECT_EQ(read_.log_url, "file:///environment");
  EXPECT_EQ(read_.log_level, "error");
  EXPECT_EQ(read_.management_address, "127.0.0.1:0");
}

TEST_F(Options, TheOwnTableBeatsTheTopLevelAndOtherTablesAreNotRead) {
  const auto config = file(
      "log = \"top\"\nrun = \"top\"\nserver = \"of another command\"\n"
      "[tally]\nrun = \"own\"\nissuer = [\"a\", \"b\"]\nverbose = true\n[gateway]\nlog = \"other\"\n");
  setenv("OSTRAKA_CONFIG", config.c_str(), 1);
  ASSERT_EQ(parse({}), std::nullopt) << err_;
  EXPECT_EQ(read_.log_url, "top");
  EXPECT_EQ(read_.run_directory, "own");
  EXPECT_EQ(issuers_, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(verbose_);
}

TEST_F(Options, AFlagInTheEnvironmentMayBeFalse) {
  setenv("OSTRAKA_VERBOSE", "false", 1);
  ASSERT_EQ(parse({"--log", "x", "--run", "y"}), std::nullopt) << err_;
  EXPECT_FALSE(verbose_);
}

TEST_F(Options, AnUnknownKeyInTheOwnTableIsWrongUsage) {
  const auto config = file("[tally]\nlgo = \"file:///x\"\n");
  EXPECT_EQ(parse({"--log", "x", "--run", "y", "--config", config.c_str()}), 2);
  EXPECT_THAT(err_, HasSubstr("lgo"));
}

TEST_F(Options, ABrokenOrMissingFileIsWrongUsageAndSaysWhere) {
  const auto config = file("ok = 1\nbroken = \n");
  EXPECT_EQ(parse({"--log", "x", "--run", "y", "--config", config.c_str()}), 2);
  EXPECT_THAT(err_, HasSubstr("line 2"));
  EXPECT_EQ(parse({"--log", "x", "--run", "y", "--config", "/nowhere.toml"}), 2);
}

TEST_F(Options, WhatIsRequiredIsRequired) {
  EXPECT_EQ(parse({"--log", "x"}), 2);
  EXPECT_THAT(err_, HasSubstr("--run"));
}

TEST_F(Options, ValuesAreCheckedWhereverTheyComeFrom) {
  setenv("OSTRAKA_LOG_LEVEL", "loud", 1);
  EXPECT_EQ(parse({"--log", "x", "--run", "y"}), 2);
  EXPECT_THAT(err_, HasSubstr("loud"));
  EXPECT_THAT(err_, HasSubstr("warning")) << "what it may be";
}

TEST(OptionsThatExcludeEachOther, TheGivenOneKeepsTheOtherOut) {
  CLI::App app("operator", "recount");
  std::string data;
  std::string log;
  auto* data_option = app.add_option("--data", data);
  app.add_option("--log", log)->excludes(data_option);
  setenv("OSTRAKA_LOG", "file:///environment", 1);
  const char* argv[] = {"recount", "--data", "/flag"};
  EXPECT_EQ(parse_options(app, 3, argv), std::nullopt);
  unsetenv("OSTRAKA_LOG");
  EXPECT_EQ(data, "/flag");
  EXPECT_EQ(log, "");
}

TEST_F(Options, HelpAndVersionEndWithZeroOnStdout) {
  EXPECT_EQ(parse({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("--rpc-listen"));
  EXPECT_EQ(parse({"--version"}), 0);
  EXPECT_THAT(out_, HasSubstr("ostraka "));
}

TEST(OptionsOfSubcommands, TheTableIsNamedByTheSubcommands) {
  const std::string path = testing::TempDir() + "ostraka_subcommands_" + std::to_string(getpid()) + ".toml";
  std::ofstream(path) << "server = \"top\"\n[election]\nadmin = \"outer\"\n[election.create]\nserver = \"own\"\n";
  CLI::App app("operator", "ostraka");
  std::string server;
  std::string admin;
  auto* create = app.add_subcommand("election")->add_subcommand("create");
  create->add_option("--server", server);
  create->add_option("--admin", admin);
  const char* argv[] = {"ostraka", "election", "create", "--config", path.c_str()};
  EXPECT_EQ(parse_options(app, 5, argv), std::nullopt);
  EXPECT_EQ(server, "own");
  EXPECT_EQ(admin, "outer");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ostraka::service
