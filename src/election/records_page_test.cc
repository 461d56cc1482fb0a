// docs/formats/records.md against the messages that are really written.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "ostraka/v1/administration_records.pb.h"
#include "ostraka/v1/election_records.pb.h"
#include "ostraka/v1/issuance_records.pb.h"

namespace ostraka::election {
namespace {

constexpr const char* k_then = "2026-01-01T00:00:00Z";

std::int64_t milliseconds(const char* moment) {
  return to_milliseconds(from_rfc3339(moment).value());
}

struct Page {
  std::vector<std::string> lines;
  std::vector<std::string> examples;  // the fenced blocks, a line each, as bytes
};

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  EXPECT_EQ(to_hex(bytes), hex);
  return bytes;
}

Page read_page() {
  std::ifstream file(OSTRAKA_SOURCE_DIR "/docs/formats/records.md");
  Page page;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
    } else if (inside) {
      page.examples.push_back(bytes_of(line));
    } else {
      page.lines.push_back(line);
    }
  }
  return page;
}

std::string counting_up(int from, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(from + i));
  }
  return out;
}

// The first three cells of the table row that describes the field.
std::string row_of(const google::protobuf::FieldDescriptor& field) {
  const auto type_of = [](const google::protobuf::FieldDescriptor& of) {
    return of.message_type() == nullptr ? std::string(of.type_name()) : std::string(of.message_type()->name());
  };
  const std::string type = field.is_map() ? "map<" + type_of(*field.message_type()->map_key()) + ", " +
                                                type_of(*field.message_type()->map_value()) + ">"
                                          : type_of(field);
  return "| " + std::to_string(field.number()) + " | `" + std::string(field.name()) + "` | " + type + " | ";
}

// The rows of the table that follows the line that begins with the message's name.
std::vector<std::string> table_of(const Page& page, const std::string& message) {
  std::vector<std::string> rows;
  bool inside = false;
  for (const std::string& line : page.lines) {
    if (line.starts_with("`") || line.starts_with("#")) {
      inside = line.starts_with("`" + message + "`");
    } else if (inside && line.starts_with("| ") && !line.starts_with("| # |")) {
      rows.push_back(line);
    }
  }
  return rows;
}

TEST(RecordsPage, EveryMessageHasATableOfExactlyItsFields) {
  const Page page = read_page();
  std::size_t messages = 0;
  for (const auto* file : {v1::ElectionRecord::descriptor()->file(), v1::Issuance::descriptor()->file(),
                           v1::AdministrativeAct::descriptor()->file()}) {
    for (int m = 0; m < file->message_type_count(); ++m, ++messages) {
      const google::protobuf::Descriptor& message = *file->message_type(m);
      const std::vector<std::string> rows = table_of(page, std::string(message.name()));
      ASSERT_EQ(rows.size(), static_cast<std::size_t>(message.field_count())) << message.name();
      for (int f = 0; f < message.field_count(); ++f) {
        const std::string expected = row_of(*message.field(f));
        EXPECT_TRUE(rows[static_cast<std::size_t>(f)].starts_with(expected)) << message.name() << ": " << expected;
      }
    }
  }
  EXPECT_EQ(messages, 8U);
}

TEST(RecordsPage, TheExamplesAreWhatTheirTextSays) {
  const Page page = read_page();
  ASSERT_EQ(page.examples.size(), 3U);

  v1::ElectionRecord election;
  ASSERT_TRUE(election.ParseFromString(page.examples[0]));
  EXPECT_EQ(election.election(), "song");
  EXPECT_EQ(election.at_ms(), milliseconds(k_then));
  ASSERT_TRUE(election.has_opened());
  EXPECT_EQ(election.opened().definition_hash(), counting_up(0, 32));
  EXPECT_EQ(election.opened().partitions(), 4U);
  EXPECT_EQ(election.opened().pepper_commitment(), counting_up(32, 32));
  EXPECT_EQ(election.SerializeAsString(), page.examples[0]);

  v1::Issuance issuance;
  ASSERT_TRUE(issuance.ParseFromString(page.examples[1]));
  EXPECT_EQ(issuance.election(), "song");
  EXPECT_EQ(issuance.voter_key(), counting_up(0, 16));
  EXPECT_EQ(issuance.at_ms(), milliseconds(k_then));
  EXPECT_EQ(issuance.expires_at_ms(), milliseconds("2026-01-01T00:10:00Z"));
  EXPECT_TRUE(issuance.development());
  EXPECT_EQ(issuance.SerializeAsString(), page.examples[1]);

  v1::AdministrativeAct act;
  ASSERT_TRUE(act.ParseFromString(page.examples[2]));
  EXPECT_EQ(act.at_ms(), milliseconds(k_then));
  EXPECT_EQ(act.actor(), "admin token");
  EXPECT_EQ(act.act(), "open");
  EXPECT_EQ(act.election(), "song");
  EXPECT_EQ(act.outcome(), "done");
  EXPECT_EQ(act.SerializeAsString(), page.examples[2]);
}

}  // namespace
}  // namespace ostraka::election
