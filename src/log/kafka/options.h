// Where a Kafka cluster is, and how to speak to it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ostraka::log {

// What librdkafka has to tell: a broker that is gone, one that is back. Called on its threads.
using KafkaNotice = std::function<void(int syslog_level, const std::string& message)>;

struct KafkaOptions {
  std::string brokers;                    // host:port,host:port: some of them; the others are learnt from these
  std::string topic_prefix = "ostraka-";  // of the topic of each stream

  bool tls = false;
  std::string ca_file;           // PEM; empty: the machine's authorities
  std::string certificate_file;  // PEM, of this client; empty: it shows none
  std::string key_file;
  std::string username;       // SASL/SCRAM; empty: none
  std::string password_file;  // read when the log is opened; a newline at its end is not part of it
  std::string mechanism = "SCRAM-SHA-512";

  // Topics that could lose what was acknowledged are accepted. Said by who runs a single broker on a desk.
  bool development = false;

  Milliseconds append_timeout{10'000};  // then its outcome is uncertain
  Milliseconds read_timeout{10'000};    // of records that are there but do not come
  KafkaNotice on_notice;                // may be empty, as may the next two; those are called by who appends
  std::function<void(std::chrono::nanoseconds)> on_append;  // how long an append took until it was answered
  std::function<void()> on_uncertain;                       // one was, and its producer was thrown away
  std::vector<std::pair<std::string, std::string>> properties;  // of librdkafka, above everything else: for tests
};

// kafka://a:9092,b:9092?prefix=…&tls=yes&ca-file=…&certificate-file=…&key-file=…&username=…&password-file=…
// &mechanism=…&development=yes. Errors: invalid, and says which part.
Result<KafkaOptions> kafka_options_from_url(std::string_view url);

}  // namespace ostraka::log
