#include "log/kafka/client.h"

#include <fstream>
#include <iterator>

namespace ostraka::log {
namespace {

void on_log(const rd_kafka_t* client, int level, const char*, const char* message) {
  const auto* options = static_cast<const KafkaOptions*>(rd_kafka_opaque(client));
  if (options != nullptr && options->on_notice) {
    options->on_notice(level, message);
  }
}

Result<std::string> read_password(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorKind::not_found, "the password file {} cannot be read", path);
  }
  std::string password(std::istreambuf_iterator<char>(file), {});
  if (password.ends_with('\n')) {
    password.pop_back();
  }
  return password;
}

}  // namespace

std::string topic_of(const KafkaOptions& options, std::string_view stream) {
  return options.topic_prefix + std::string(stream);
}

KafkaConfBuilder::KafkaConfBuilder(const KafkaOptions& options) : options_(options), conf_(rd_kafka_conf_new()) {
  rd_kafka_conf_set_opaque(conf_.get(), const_cast<KafkaOptions*>(&options_));
  rd_kafka_conf_set_log_cb(conf_.get(), on_log);
  set("bootstrap.servers", options.brokers);
  set("client.id", "ostraka");
  set("allow.auto.create.topics", "false");
  // A broker that is gone is asked again soon, and a partition's new leader is found soon.
  set("reconnect.backoff.ms", "50");
  set("reconnect.backoff.max.ms", "500");
  set("topic.metadata.refresh.fast.interval.ms", "100");
  set("topic.metadata.refresh.interval.ms", "30000");
  set("socket.nagle.disable", "true");
  // What hangs there is asked for elsewhere, or again.
  set("socket.timeout.ms", "10000");
  set("socket.keepalive.enable", "true");
  if (const Status secure = set_security(); !secure && status_) {
    status_ = secure;
  }
}

Status KafkaConfBuilder::set_security() {
  const bool has_sasl = !options_.username.empty();
  const char* const with_sasl = options_.tls ? "sasl_ssl" : "sasl_plaintext";
  const char* const without = options_.tls ? "ssl" : "plaintext";
  set("security.protocol", has_sasl ? with_sasl : without);
  if (!options_.ca_file.empty()) {
    set("ssl.ca.location", options_.ca_file);
  }
  if (!options_.certificate_file.empty()) {
    set("ssl.certificate.location", options_.certificate_file);
    set("ssl.key.location", options_.key_file);
  }
  if (has_sasl) {
    const Result<std::string> password = read_password(options_.password_file);
    if (!password) {
      return tl::make_unexpected(password.error());
    }
    set("sasl.mechanism", options_.mechanism);
    set("sasl.username", options_.username);
    set("sasl.password", *password);
  }
  return {};
}

KafkaConfBuilder& KafkaConfBuilder::set(const char* property, const std::string& value) {
  char why[256];
  if (status_ && rd_kafka_conf_set(conf_.get(), property, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
    // Without the value: it may be a password.
    status_ = fail(ErrorKind::invalid, "kafka: the property {} cannot be set", property);
  }
  return *this;
}

Result<KafkaClient> KafkaConfBuilder::make(rd_kafka_type_t type) {
  for (const auto& [property, value] : options_.properties) {
    set(property.c_str(), value);
  }
  if (!status_) {
    return tl::make_unexpected(status_.error());
  }
  char why[512];
  rd_kafka_t* const client = rd_kafka_new(type, conf_.get(), why, sizeof why);
  if (client == nullptr) {
    return fail(ErrorKind::invalid, "kafka: no client can be made: {}", why);
  }
  (void)conf_.release();  // the client's now
  return KafkaClient(client);
}

Error kafka_error(rd_kafka_resp_err_t code, std::string_view what) {
  ErrorKind kind = ErrorKind::unavailable;
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      kind = ErrorKind::not_found;
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      kind = ErrorKind::denied;
      break;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
      kind = ErrorKind::damaged;
      break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
      kind = ErrorKind::invalid;
      break;
    default:
      break;
  }
  return {kind, fmt::format("kafka: {}: {}", what, rd_kafka_err2str(code))};
}

}  // namespace ostraka::log
