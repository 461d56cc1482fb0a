// Which services run on one machine, and the flags that each is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/child.h"
#include "cli/data_directory.h"
#include "service/address.h"

namespace ostraka::cli {

enum class DevelopmentSignIn { off, on };

struct ServicesOptions {
  std::string binaries;  // directory of ostraka-NAME
  std::string web;       // folder of the web pages; empty: none
  std::string log_url;
  std::uint32_t partitions = 1;  // of the log; frozen in an election when it opens
  std::string sockets;
  service::Address listen;
  std::string tls_certificate = {};  // empty: no TLS
  std::string tls_key = {};
  std::string listen_plain = {};  // empty: none
  // More than one of each: for a log that several processes may write to, or may follow.
  int ballot_boxes = 1;
  int tallies = 1;
  std::vector<std::string> also_listen = {};  // a gateway more for each
  DevelopmentSignIn development_sign_in = DevelopmentSignIn::off;
  std::string log_level = "info";
  std::string issuers = {};  // file of the identity providers; empty: none
  std::string config;  // of `up`; each service reads its own table of it; empty: none
};

// In the order of starting. Of several instances of one service the second is called NAME-2 and so on.
std::vector<ServiceSpec> services_of(const DataDirectory& directory, const ServicesOptions& options);

// Doors before rooms: nothing new comes in, then what serves the rest goes.
std::vector<std::string> stopping_order(const std::vector<ServiceSpec>& services);

}  // namespace ostraka::cli
