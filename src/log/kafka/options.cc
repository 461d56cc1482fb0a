#include "log/kafka/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <map>

namespace ostraka::log {
namespace {

constexpr std::string_view k_scheme = "kafka://";
constexpr std::size_t k_prefix_bytes_max = 64;

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

// A host or an address in brackets, and a port.
bool is_broker(std::string_view broker) {
  const std::size_t colon = broker.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const std::string_view port = broker.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number != 0;
}

// Of a topic's name, as Kafka has it.
bool is_prefix(std::string_view prefix) {
  return prefix.size() <= k_prefix_bytes_max && std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
}

Result<bool> yes_or_no(std::string_view name, std::string_view value) {
  if (value != "yes" && value != "no") {
    return fail(ErrorKind::invalid, "kafka://…: {} is yes or no, not \"{}\"", name, value);
  }
  return value == "yes";
}

Status set(KafkaOptions& options, std::string_view name, std::string_view value) {
  const std::map<std::string_view, std::string*> texts = {
      {"prefix", &options.topic_prefix}, {"ca-file", &options.ca_file},
      {"key-file", &options.key_file},   {"certificate-file", &options.certificate_file},
      {"username", &options.username},   {"password-file", &options.password_file},
      {"mechanism", &options.mechanism}};
  const std::map<std::string_view, bool*> switches = {{"tls", &options.tls}, {"development", &options.development}};
  if (const auto text = texts.find(name); text != texts.end()) {
    *text->second = value;
    return {};
  }
  if (const auto found = switches.find(name); found != switches.end()) {
    const Result<bool> is_on = yes_or_no(name, value);
    if (!is_on) {
      return tl::make_unexpected(is_on.error());
    }
    *found->second = *is_on;
    return {};
  }
  return fail(ErrorKind::invalid, "kafka://…: there is no setting \"{}\"", name);
}

Status check_together(const KafkaOptions& options) {
  if (!is_prefix(options.topic_prefix)) {
    return fail(ErrorKind::invalid, "kafka://…: the prefix is at most {} of a-z A-Z 0-9 . _ -", k_prefix_bytes_max);
  }
  if (options.mechanism != "SCRAM-SHA-512" && options.mechanism != "SCRAM-SHA-256") {
    return fail(ErrorKind::invalid, "kafka://…: the mechanism is SCRAM-SHA-512 or SCRAM-SHA-256");
  }
  if (options.username.empty() != options.password_file.empty()) {
    return fail(ErrorKind::invalid, "kafka://…: username and password-file belong together");
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return fail(ErrorKind::invalid, "kafka://…: certificate-file and key-file belong together");
  }
  if (!options.tls && (!options.ca_file.empty() || !options.certificate_file.empty())) {
    return fail(ErrorKind::invalid, "kafka://…: certificates are of no use without tls=yes");
  }
  if (!options.tls && !options.username.empty() && !options.development) {
    return fail(ErrorKind::invalid, "kafka://…: a password is sent over TLS only (tls=yes), or with development=yes");
  }
  return {};
}

}  // namespace

Result<KafkaOptions> kafka_options_from_url(std::string_view url) {
  if (!url.starts_with(k_scheme)) {
    return fail(ErrorKind::invalid, "{}: expected kafka://host:port,host:port", url);
  }
  url.remove_prefix(k_scheme.size());
  KafkaOptions options;
  const std::size_t question = url.find('?');
  options.brokers = url.substr(0, question);
  for (const std::string_view broker : split(options.brokers, ',')) {
    if (!is_broker(broker)) {
      return fail(ErrorKind::invalid, "kafka://…: \"{}\" is not a broker's host:port", broker);
    }
  }
  if (question != std::string_view::npos) {
    for (const std::string_view part : split(url.substr(question + 1), '&')) {
      const std::size_t equals = part.find('=');
      const Status is_set = set(options, part.substr(0, equals),
                                equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1));
      if (!is_set) {
        return tl::make_unexpected(is_set.error());
      }
    }
  }
  if (const Status together = check_together(options); !together) {
    return tl::make_unexpected(together.error());
  }
  return options;
}

}  // namespace ostraka::log
