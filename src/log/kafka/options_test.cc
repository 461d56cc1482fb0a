#include "log/kafka/options.h"

#include <gtest/gtest.h>

namespace ostraka::log {
namespace {

TEST(KafkaUrl, BrokersAlone) {
  const auto options = kafka_options_from_url("kafka://a.example:9092,10.0.0.2:9093,[::1]:9094");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->brokers, "a.example:9092,10.0.0.2:9093,[::1]:9094");
  EXPECT_EQ(options->topic_prefix, "ostraka-");
  EXPECT_FALSE(options->tls);
  EXPECT_FALSE(options->development);
}

TEST(KafkaUrl, EverySetting) {
  const auto options = kafka_options_from_url(
      "kafka://a:1?prefix=final-&tls=yes&ca-file=/ca.pem&certificate-file=/c.pem&key-file=/k.pem&username=ballots"
      "&password-file=/p&mechanism=SCRAM-SHA-256&development=yes");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->topic_prefix, "final-");
  EXPECT_TRUE(options->tls);
  EXPECT_EQ(options->ca_file, "/ca.pem");
  EXPECT_EQ(options->certificate_file, "/c.pem");
  EXPECT_EQ(options->key_file, "/k.pem");
  EXPECT_EQ(options->username, "ballots");
  EXPECT_EQ(options->password_file, "/p");
  EXPECT_EQ(options->mechanism, "SCRAM-SHA-256");
  EXPECT_TRUE(options->development);
}

TEST(KafkaUrl, WhatCannotBeMeantIsRefused) {
  for (const char* url :
       {"file:///tmp", "kafka://", "kafka://a", "kafka://a:0", "kafka://a:x", "kafka://:9092", "kafka://a:1,",
        "kafka://a:65536", "kafka://a:1?", "kafka://a:1?acks=1", "kafka://a:1?tls", "kafka://a:1?tls=true",
        "kafka://a:1?prefix=a/b", "kafka://a:1?ca-file=/x", "kafka://a:1?tls=yes&key-file=/k",
        "kafka://a:1?tls=yes&username=me", "kafka://a:1?username=me&password-file=/p",
        "kafka://a:1?tls=yes&username=me&password-file=/p&mechanism=PLAIN"}) {
    const auto options = kafka_options_from_url(url);
    ASSERT_FALSE(options) << url;
    EXPECT_EQ(options.error().kind, ErrorKind::invalid) << url;
  }
}

}  // namespace
}  // namespace ostraka::log
