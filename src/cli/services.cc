#include "cli/services.h"

#include <fmt/format.h>

namespace ostraka::cli {
namespace {

std::string socket(const ServicesOptions& options, std::string_view name) {
  return fmt::format("unix:{}/{}.sock", options.sockets, name);
}

// One of several instances of a service: the first has the service's name, the second is NAME-2.
struct Instance {
  std::string service;
  int number = 1;

  std::string name() const { return number == 1 ? service : fmt::format("{}-{}", service, number); }
};

// The addresses of the first, the second, and so on.
std::string sockets_of(const ServicesOptions& options, const std::string& service, int instances) {
  std::string all;
  for (int i = 1; i <= instances; ++i) {
    all += (all.empty() ? "" : ",") + socket(options, Instance{service, i}.name());
  }
  return all;
}

ServiceSpec common(const Instance& instance, const DataDirectory& directory, const ServicesOptions& options) {
  ServiceSpec spec{.name = instance.name(),
                   .arguments = {fmt::format("{}/ostraka-{}", options.binaries, instance.service)}};
  // Each instance writes SERVICE.management there.
  const std::string run = instance.number == 1 ? directory.run() : directory.run() + "/" + instance.name();
  spec.management_file = fmt::format("{}/{}.management", run, instance.service);
  const auto give = [&](const char* flag, const std::string& value) {
    spec.arguments.emplace_back(flag);
    spec.arguments.push_back(value);
  };
  give("--log", options.log_url);
  give("--run", run);
  give("--rpc-listen", socket(options, instance.name()));
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

// Of an instance: two must not write the same file.
std::string snapshots_of(const DataDirectory& directory, const Instance& instance) {
  return instance.number == 1 ? directory.snapshots() : directory.snapshots() + "/" + instance.name();
}

ServiceSpec ballotbox_of(int number, const DataDirectory& directory, const ServicesOptions& options) {
  const Instance instance{"ballotbox", number};
  ServiceSpec spec = common(instance, directory, options);
  spec.after = {"elections"};
  add(spec, {"--keys", directory.keys(), "--snapshots", snapshots_of(directory, instance)});
  return spec;
}

ServiceSpec tally_of(int number, const DataDirectory& directory, const ServicesOptions& options) {
  const Instance instance{"tally", number};
  ServiceSpec spec = common(instance, directory, options);
  spec.after = {"elections", "ballotbox"};
  add(spec, {"--snapshots", snapshots_of(directory, instance)});
  return spec;
}

ServiceSpec gateway_of(int number, const std::string& listen, const DataDirectory& directory,
                       const ServicesOptions& options) {
  ServiceSpec spec = common({"gateway", number}, directory, options);
  add(spec, {"--listen", listen, "--identity", socket(options, "identity"), "--elections",
             socket(options, "elections"), "--ballotbox", sockets_of(options, "ballotbox", options.ballot_boxes),
             "--tally", sockets_of(options, "tally", options.tallies), "--unlimited-loopback"});
  if (!options.tls_certificate.empty()) {
    add(spec, {"--tls-certificate", options.tls_certificate, "--tls-key", options.tls_key});
  }
  if (!options.listen_plain.empty() && number == 1) {
    add(spec, {"--listen-plain", options.listen_plain});
  }
  if (!options.web.empty()) {
    add(spec, {"--web", options.web});
  }
  return spec;
}

}  // namespace

std::vector<ServiceSpec> services_of(const DataDirectory& directory, const ServicesOptions& options) {
  auto identity = common({"identity"}, directory, options);
  add(identity, {"--keys", directory.keys(), "--provider-cache", directory.providers()});
  if (!options.issuers.empty()) {
    add(identity, {"--issuers", options.issuers});
  }
  if (options.development_sign_in == DevelopmentSignIn::on) {
    add(identity, {"--development-issuer"});
  }
  auto elections = common({"elections"}, directory, options);
  add(elections, {"--admin-token-file", directory.admin_token(), "--identity", socket(options, "identity"),
                  "--ballotbox", sockets_of(options, "ballotbox", options.ballot_boxes)});
  std::vector<ServiceSpec> services{identity, elections};
  for (int i = 1; i <= options.ballot_boxes; ++i) {
    services.push_back(ballotbox_of(i, directory, options));
  }
  for (int i = 1; i <= options.tallies; ++i) {
    services.push_back(tally_of(i, directory, options));
  }
  services.push_back(gateway_of(1, options.listen.text(), directory, options));
  for (std::size_t i = 0; i < options.also_listen.size(); ++i) {
    services.push_back(gateway_of(static_cast<int>(i) + 2, options.also_listen[i], directory, options));
  }
  return services;
}

std::vector<std::string> stopping_order(const std::vector<ServiceSpec>& services) {
  std::vector<std::string> order;
  for (const std::string_view service : {"gateway", "identity", "ballotbox", "tally", "elections"}) {
    for (const ServiceSpec& spec : services) {
      const std::string_view name = spec.name;
      if (name == service || (name.starts_with(service) && name[service.size()] == '-')) {
        order.push_back(spec.name);
      }
    }
  }
  return order;
}

}  // namespace ostraka::cli
