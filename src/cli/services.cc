#include "cli/services.h"

#include <fmt/format.h>

namespace ostraka::cli {
namespace {

std::string socket(const ServicesOptions& options, std::string_view name) {
  return fmt::format("unix:{}/{}.sock", options.sockets, name);
}

ServiceSpec common(const std::string& name, const DataDirectory& directory, const ServicesOptions& options) {
  ServiceSpec spec{.name = name, .arguments = {fmt::format("{}/ostraka-{}", options.binaries, name)}};
  spec.management_file = fmt::format("{}/{}.management", directory.run(), name);
  const auto give = [&](const char* flag, const std::string& value) {
    spec.arguments.emplace_back(flag);
    spec.arguments.push_back(value);
  };
  give("--log", options.log_url);
  give("--run", directory.run());
  give("--rpc-listen", socket(options, name));
  give("--management", "127.0.0.1:0");
  give("--log-level", options.log_level);
  give("--partitions", fmt::format("{}", options.partitions));
  if (!options.config.empty()) {
    give("--config", options.config);
  }
  return spec;
}

void add(ServiceSpec& spec, std::initializer_list<std::string> arguments) {
  spec.arguments.insert(spec.arguments.end(), arguments);
}

}  // namespace

std::vector<ServiceSpec> services_of(const DataDirectory& directory, const ServicesOptions& options) {
  auto identity = common("identity", directory, options);
  add(identity, {"--keys", directory.keys(), "--provider-cache", directory.providers()});
  if (!options.issuers.empty()) {
    add(identity, {"--issuers", options.issuers});
  }
  if (options.development_sign_in == DevelopmentSignIn::on) {
    add(identity, {"--development-issuer"});
  }
  auto elections = common("elections", directory, options);
  add(elections, {"--admin-token-file", directory.admin_token(), "--identity", socket(options, "identity"),
                  "--ballotbox", socket(options, "ballotbox")});
  auto ballotbox = common("ballotbox", directory, options);
  ballotbox.after = {"elections"};
  add(ballotbox, {"--keys", directory.keys(), "--snapshots", directory.snapshots()});
  auto tally = common("tally", directory, options);
  tally.after = {"elections", "ballotbox"};
  add(tally, {"--snapshots", directory.snapshots()});
  auto gateway = common("gateway", directory, options);
  add(gateway, {"--listen", options.listen.text(), "--identity", socket(options, "identity"), "--elections",
                socket(options, "elections"), "--ballotbox", socket(options, "ballotbox"), "--tally",
                socket(options, "tally"), "--unlimited-loopback"});
  if (!options.tls_certificate.empty()) {
    add(gateway, {"--tls-certificate", options.tls_certificate, "--tls-key", options.tls_key});
  }
  if (!options.listen_plain.empty()) {
    add(gateway, {"--listen-plain", options.listen_plain});
  }
  if (!options.web.empty()) {
    add(gateway, {"--web", options.web});
  }
  return {identity, elections, ballotbox, tally, gateway};
}

std::vector<std::string> stopping_order() {
  return {"gateway", "identity", "ballotbox", "tally", "elections"};
}

}  // namespace ostraka::cli
