#include "cli/core/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ostraka::cli {
namespace {

using Record = std::vector<std::string>;

Result<std::vector<Record>> read_all(std::string_view text) {
  CsvReader reader(text);
  std::vector<Record> records;
  while (true) {
    Record record;
    const auto more = reader.next(record);
    if (!more) {
      return tl::make_unexpected(more.error());
    }
    if (!*more) {
      return records;
    }
    records.push_back(record);
  }
}

TEST(Csv, PlainLinesOfEitherEnding) {
  EXPECT_EQ(*read_all("a,b\n1,2\n"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(*read_all("a,b\r\n1,2\r\n"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(*read_all("a,b\n1,2"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(*read_all("a,b\r\n1,2\r"), (std::vector<Record>{{"a", "b"}, {"1", "2"}}));
}

TEST(Csv, EmptyFieldsAreFields) {
  EXPECT_EQ(*read_all("a,,\n,,c\n"), (std::vector<Record>{{"a", "", ""}, {"", "", "c"}}));
  EXPECT_EQ(*read_all("\n\"\"\n"), (std::vector<Record>{{""}, {""}}));
  EXPECT_TRUE(read_all("")->empty());
  EXPECT_EQ(*read_all("a,"), (std::vector<Record>{{"a", ""}}));
}

TEST(Csv, QuotedFieldsHoldCommasQuotesAndLines) {
  EXPECT_EQ(*read_all("\"a,b\",\"say \"\"x\"\"\",\"two\r\nlines\"\r\nnext,\"\",z\n"),
            (std::vector<Record>{{"a,b", "say \"x\"", "two\r\nlines"}, {"next", "", "z"}}));
}

TEST(Csv, AByteOrderMarkIsNotPartOfTheFirstName) {
  EXPECT_EQ((*read_all("\xEF\xBB\xBFrank1\n"))[0][0], "rank1");
}

TEST(Csv, WhatCouldBeReadInTwoWaysIsRefused) {
  for (const char* text : {"a\"b\n", "\"a\"b\n", "\"a\n", "x,\"a\" ,y\n", "\"a\"\rb\n"}) {
    EXPECT_FALSE(read_all(text)) << text;
  }
  EXPECT_THAT(read_all("a\n\"b\nc\"\nd\"\n").error().message, testing::HasSubstr("line 4"));
}

TEST(Csv, ReadsBackWhateverWasWritten) {
  rc::check("records survive quoting", [](const std::vector<Record>& records) {
    std::string text;
    for (const Record& record : records) {
      RC_PRE(!record.empty());
      for (std::size_t i = 0; i < record.size(); ++i) {
        std::string quoted = "\"";
        for (const char c : record[i]) {
          quoted += c == '"' ? "\"\"" : std::string(1, c);
        }
        text += (i == 0 ? "" : ",") + quoted + "\"";
      }
      text += "\r\n";
    }
    RC_ASSERT(*read_all(text) == records);
  });
}

}  // namespace
}  // namespace ostraka::cli
