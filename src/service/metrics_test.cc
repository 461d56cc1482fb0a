#include "service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <thread>

namespace ostraka::service {
namespace {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// A reader of the text format, written from its specification and sharing nothing with the renderer.
struct Scrape {
  std::map<std::string, std::string> help;
  std::map<std::string, std::string> type;
  std::vector<Sample> samples;

  const Sample* find(const std::string& name, const std::map<std::string, std::string>& labels = {}) const {
    for (const Sample& sample : samples) {
      if (sample.name == name && sample.labels == labels) {
        return &sample;
      }
    }
    return nullptr;
  }
};

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      EXPECT_LT(i, text.size());
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> read_labels(const std::string& line, std::size_t& at) {
  std::map<std::string, std::string> labels;
  while (line[at] != '}') {
    const std::size_t equals = line.find('=', at);
    const std::string name = line.substr(at, equals - at);
    EXPECT_EQ(line[equals + 1], '"');
    std::string raw;
    for (at = equals + 2; line[at] != '"'; ++at) {
      if (line[at] == '\\') {
        raw += line[at++];
      }
      raw += line[at];
    }
    EXPECT_TRUE(labels.emplace(name, unescaped(raw)).second) << line;
    at += line[at + 1] == ',' ? 2 : 1;
  }
  ++at;
  return labels;
}

Scrape scrape(const std::string& text) {
  Scrape out;
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = text.find('\n', from);
    const std::string line = text.substr(from, to - from);
    from = to + 1;
    if (line.rfind("# ", 0) == 0) {
      const std::size_t name_at = 7;
      const std::size_t space = line.find(' ', name_at);
      auto& into = line.rfind("# HELP ", 0) == 0 ? out.help : out.type;
      EXPECT_TRUE(into.emplace(line.substr(name_at, space - name_at), unescaped(line.substr(space + 1))).second)
          << "twice: " << line;
      continue;
    }
    Sample sample;
    std::size_t at = line.find_first_of("{ ");
    sample.name = line.substr(0, at);
    if (line[at] == '{') {
      ++at;
      sample.labels = read_labels(line, at);
    }
    EXPECT_EQ(line[at], ' ');
    sample.value = std::stod(line.substr(at + 1));
    out.samples.push_back(sample);
  }
  return out;
}

TEST(Metrics, WhatWasCountedIsRead) {
  Metrics metrics;
  metrics.counter("ostraka_votes_total", "Votes.", {{"outcome", "counted"}}).add(3);
  metrics.counter("ostraka_votes_total", "Votes.", {{"outcome", "repeated"}}).add();
  metrics.gauge("ostraka_queue", "Waiting.").set(-2.5);
  metrics.gauge_of("ostraka_lag_seconds", "Behind.", [] { return 0.125; });
  metrics.counter_of("ostraka_cpu_seconds_total", "CPU.", [] { return 1e-7; });
  const Scrape read = scrape(metrics.render());
  EXPECT_EQ(read.find("ostraka_votes_total", {{"outcome", "counted"}})->value, 3);
  EXPECT_EQ(read.find("ostraka_votes_total", {{"outcome", "repeated"}})->value, 1);
  EXPECT_EQ(read.find("ostraka_queue")->value, -2.5);
  EXPECT_EQ(read.find("ostraka_lag_seconds")->value, 0.125);
  EXPECT_EQ(read.find("ostraka_cpu_seconds_total")->value, 1e-7);
  EXPECT_EQ(read.type.at("ostraka_votes_total"), "counter");
  EXPECT_EQ(read.type.at("ostraka_cpu_seconds_total"), "counter");
  EXPECT_EQ(read.type.at("ostraka_queue"), "gauge");
  EXPECT_EQ(read.help.at("ostraka_votes_total"), "Votes.");
}

TEST(Metrics, LabelsAndHelpSurviveEscaping) {
  Metrics metrics;
  const std::string nasty = "back\\slash \"quote\"\nline, }= ü";
  metrics.gauge("ostraka_x", "first\nsecond \\ \"third\"", {{"why", nasty}, {"also", ""}}).set(1);
  const Scrape read = scrape(metrics.render());
  EXPECT_NE(read.find("ostraka_x", {{"why", nasty}, {"also", ""}}), nullptr);
  EXPECT_EQ(read.help.at("ostraka_x"), "first\nsecond \\ \"third\"");
}

TEST(Metrics, TheSameLabelsInAnotherOrderAreTheSameSeries) {
  Metrics metrics;
  Counter& one = metrics.counter("ostraka_x_total", "x", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&one, &metrics.counter("ostraka_x_total", "x", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&one, &metrics.counter("ostraka_x_total", "x", {{"a", "1"}}));
}

TEST(Metrics, BucketsAreCumulativeAndABoundBelongsToItsBucket) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("ostraka_wait_seconds", "Wait.", {0.1, 1, 10}, {{"path", "vote"}});
  for (const double value : {0.05, 0.1, 0.5, 10.0, 11.0}) {
    histogram.observe(value);
  }
  const Scrape read = scrape(metrics.render());
  const auto bucket = [&](const std::string& le) {
    return read.find("ostraka_wait_seconds_bucket", {{"path", "vote"}, {"le", le}})->value;
  };
  EXPECT_EQ(bucket("0.1"), 2);
  EXPECT_EQ(bucket("1"), 3);
  EXPECT_EQ(bucket("10"), 4);
  EXPECT_EQ(bucket("+Inf"), 5);
  EXPECT_EQ(read.find("ostraka_wait_seconds_count", {{"path", "vote"}})->value, 5);
  EXPECT_DOUBLE_EQ(read.find("ostraka_wait_seconds_sum", {{"path", "vote"}})->value, 21.65);
  EXPECT_EQ(read.type.at("ostraka_wait_seconds"), "histogram");
}

TEST(Metrics, OddValuesAreSpelledAsPrometheusSpellsThem) {
  Metrics metrics;
  metrics.gauge("ostraka_nan", "n").set(std::nan(""));
  metrics.gauge("ostraka_inf", "i").set(-INFINITY);
  EXPECT_THAT(metrics.render(), testing::HasSubstr("ostraka_nan NaN\n"));
  EXPECT_THAT(metrics.render(), testing::HasSubstr("ostraka_inf -Inf\n"));
}

TEST(Metrics, CountingFromManyThreadsLosesNothing) {
  Metrics metrics;
  constexpr int k_threads = 4;
  constexpr int k_each = 5000;
  std::vector<std::thread> threads;
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([&metrics] {
      Counter& counter = metrics.counter("ostraka_n_total", "n");
      Histogram& histogram = metrics.histogram("ostraka_n_seconds", "n", {1});
      for (int n = 0; n < k_each; ++n) {
        counter.add();
        histogram.observe(0.5);
      }
    });
  }
  const std::string during = metrics.render();  // must not tear under the counting threads
  for (auto& thread : threads) {
    thread.join();
  }
  const Scrape read = scrape(metrics.render());
  EXPECT_EQ(read.find("ostraka_n_total")->value, k_threads * k_each);
  EXPECT_EQ(read.find("ostraka_n_seconds_sum")->value, k_threads * k_each * 0.5);
  scrape(during);
}

TEST(MetricsDeathTest, OneNameHasOneKind) {
  Metrics metrics;
  metrics.counter("ostraka_x_total", "x");
  EXPECT_DEATH(metrics.gauge("ostraka_x_total", "x"), "one kind");
}

}  // namespace
}  // namespace ostraka::service
