#include "log/kafka/topics.h"

#include <gtest/gtest.h>

#include "log/kafka/limits.h"

namespace ostraka::log {
namespace {

TopicFacts safe_facts() {
  return {"ostraka-ballots", 12, 3,
          {{"min.insync.replicas", "2"},
           {"unclean.leader.election.enable", "false"},
           {"cleanup.policy", "delete"},
           {"retention.ms", "-1"},
           {"retention.bytes", "-1"},
           {"max.message.bytes", std::to_string(k_message_bytes_max)}}};
}

TEST(TopicDangers, NoneInATopicThatLosesNothing) { EXPECT_TRUE(dangers_of(safe_facts()).empty()); }

TEST(TopicDangers, EachIsFoundAlone) {
  TopicFacts few = safe_facts();
  few.replicas_min = 2;
  EXPECT_EQ(dangers_of(few).size(), 1U);
  const std::pair<const char*, const char*> settings[] = {
      {"min.insync.replicas", "1"},        {"unclean.leader.election.enable", "true"},
      {"cleanup.policy", "compact"},       {"cleanup.policy", "compact,delete"},
      {"retention.ms", "604800000"},       {"retention.bytes", "1073741824"},
      {"max.message.bytes", "1048588"}};
  for (const auto& [name, value] : settings) {
    TopicFacts facts = safe_facts();
    facts.settings[name] = value;
    EXPECT_EQ(dangers_of(facts).size(), 1U) << name;
  }
}

TEST(TopicDangers, WhatTheClusterDoesNotSayIsADanger) {
  TopicFacts silent = safe_facts();
  silent.settings.clear();
  EXPECT_EQ(dangers_of(silent).size(), 6U);
}

}  // namespace
}  // namespace ostraka::log
