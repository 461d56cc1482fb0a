#include "log/embedded/copy.h"

#include "log/embedded/test_world.h"

namespace ostraka::log {
namespace {

TEST(CopiedLog, HoldsTheSameAndGoesOn) {
  TestWorld world(8);
  std::map<std::string, std::vector<std::string>> written;
  std::vector<std::unique_ptr<Appender>> appenders;  // a running system
  const PartitionName names[] = {
      {"elections", Partition{0}}, {"ballots", Partition{0}}, {"ballots", Partition{10}}, {"issuances", Partition{2}}};
  for (const PartitionName& name : names) {
    appenders.push_back(std::move(world.open()->open_appender(name).value()));
    for (int i = 0; i < 20; ++i) {
      const std::string record = fmt::format("{} {} {}", name.stream, name.partition.value, i);
      written[name.stream + std::to_string(name.partition.value)].push_back(record);
      ASSERT_TRUE(append_all(*appenders.back(), {record}));
    }
  }
  const Result<CopyReport> report = copy_log(world.directory, "/backup/log", world.options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->partitions, 4U);
  EXPECT_EQ(report->records, 80U);
  appenders.clear();
  world.lose_power();
  const Result<CheckReport> check = check_log(world.files(), "/backup/log");
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->findings.empty());
  EXPECT_EQ(check->records, 80U);
  EXPECT_EQ(read_log_id(world.files(), "/backup/log").value(), read_log_id(world.files(), world.directory).value());
  EXPECT_EQ(list_partitions(world.files(), "/backup/log")->size(), 4U);
  auto copy = std::move(open_embedded_log("/backup/log", world.options).value());
  for (const PartitionName& name : names) {
    auto appender = copy->open_appender(name);
    ASSERT_TRUE(appender);
    EXPECT_EQ(append_all(**appender, {"next"}).value(), Offset{20});
    auto& expected = written[name.stream + std::to_string(name.partition.value)];
    expected.push_back("next");
    EXPECT_EQ(read_all(**copy->open_reader(name, Offset{})), expected);
  }
}

TEST(CopiedLog, HoldsTheMarkersThatItsElectionsName) {
  TestWorld world(8);
  const PartitionName ballots{"ballots", Partition{0}};
  const PartitionName issuances{"issuances", Partition{0}};
  const PartitionName elections{"elections", Partition{0}};
  const auto log = world.open();
  const auto ballots_appender = std::move(log->open_appender(ballots).value());
  const auto issuances_appender = std::move(log->open_appender(issuances).value());
  const auto elections_appender = std::move(log->open_appender(elections).value());
  ASSERT_TRUE(append_all(*ballots_appender, {"opened marker", "vote 1"}));
  ASSERT_TRUE(append_all(*issuances_appender, {"issue 1"}));
  ASSERT_TRUE(append_all(*elections_appender, {"opened"}));
  // The system goes on while it is copied, at the worst moment: each time something new of the copy is written.
  int turns = 0;
  bool is_busy = false;
  world.disk.on_step([&](const io::Step& step) {
    if (!is_busy && step.path.rfind("/backup", 0) == 0) {
      is_busy = true;
      ++turns;
      EXPECT_TRUE(append_all(*issuances_appender, {fmt::format("issue {}", turns + 1)}));
      EXPECT_TRUE(append_all(*ballots_appender, {fmt::format("vote {}", turns + 1)}));
      EXPECT_TRUE(append_all(*elections_appender, {fmt::format("names vote {}", turns + 1)}));
      is_busy = false;
    }
    return io::StepOutcome::proceed;
  });
  const Result<CopyReport> report = copy_log(world.directory, "/backup/log", world.options);
  world.disk.on_step({});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_GT(turns, 10);
  const auto copy = std::move(open_embedded_log("/backup/log", world.options).value());
  const auto votes = read_all(**copy->open_reader(ballots, Offset{}));
  const auto issues = read_all(**copy->open_reader(issuances, Offset{}));
  const auto named = read_all(**copy->open_reader(elections, Offset{}));
  EXPECT_GE(votes.size() - 1, named.size()) << "an election of the copy names a marker that it does not hold";
  EXPECT_GE(issues.size(), votes.size() - 1) << "a ballot of the copy was never issued a token";
}

TEST(CopiedLog, StreamOfANewerVersionIsNotLeftOut) {
  TestWorld world(8);
  const auto appender = world.open()->open_appender({"attempts", Partition{0}});
  ASSERT_TRUE(appender);
  EXPECT_EQ(copy_log(world.directory, "/backup/log", world.options).error().kind, ErrorKind::invalid);
}

TEST(CopiedLog, IsNotMixedWithAnotherLogAndNotMadeOfDamage) {
  TestWorld world(8);
  EXPECT_EQ(copy_log(world.directory, "/backup", world.options).error().kind, ErrorKind::not_found);
  auto appender = world.appender();
  ASSERT_TRUE(append_all(**appender, {"one"}));
  ASSERT_TRUE(append_all(**appender, {"two"}));
  EXPECT_EQ(copy_log(world.directory, world.directory, world.options).error().kind, ErrorKind::conflict);
  std::string bytes = *world.disk.content(world.segment(0));
  bytes[k_block_bytes + k_batch_header_bytes + 1] ^= 1;
  world.disk.set_content(world.segment(0), bytes);
  EXPECT_EQ(copy_log(world.directory, "/other", world.options).error().kind, ErrorKind::damaged);
}

TEST(CheckedLog, SaysEverythingThatIsWrongAndWhere) {
  TestWorld world(8);
  auto appender = world.appender();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(append_all(**appender, {"record"}));
  }
  world.restart();
  const std::vector<Offset> bases = list_segments(world.files(), world.partition()).value();
  ASSERT_GE(bases.size(), 4U);
  std::string first = *world.disk.content(world.segment(0));
  first[k_block_bytes + k_batch_header_bytes] ^= 1;
  world.disk.set_content(world.segment(0), first);
  ASSERT_TRUE(world.files().remove(world.segment(bases[2].value)));
  const Result<CheckReport> report = check_log(world.files(), world.directory);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->damaged());
  bool found_flip = false;
  bool found_gap = false;
  for (const Finding& finding : report->findings) {
    found_flip |= finding.path == world.segment(0) && finding.byte == k_block_bytes && finding.offset == Offset{};
    found_gap |= finding.path == world.segment(bases[2].value) && finding.offset == bases[2];
  }
  EXPECT_TRUE(found_flip);
  EXPECT_TRUE(found_gap);
  EXPECT_GT(report->records, 0U);
}

TEST(CheckedLog, DirectoryWithoutALogIsNotFound) {
  TestWorld world(8);
  EXPECT_EQ(check_log(world.files(), "/nowhere").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace ostraka::log
