// Options of every command and service: a flag beats its environment variable beats the file that --config names.
//
// --rpc-listen is OSTRAKA_RPC_LISTEN in the environment and rpc-listen in the file. The file is TOML; a command's own
// table ([gateway], [election.create]) beats the tables around it, which beat the top level; a key in a command's own
// table that the command does not know is refused, elsewhere it may be another command's. Arrays give an option
// several values. On the command line --config names the file, in the environment OSTRAKA_CONFIG.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace ostraka::service {

// Options that every service takes.
struct ServiceOptions {
  std::string name{};                              // gateway, identity, …
  std::string log_url{};                           // --log file://DIR/log or kafka://…
  std::string run_directory{};                     // --run: sockets, and NAME.management with the management address
  std::string rpc_address{};                       // --rpc-listen unix:…/NAME.sock or host:port
  std::string management_address = "127.0.0.1:0";  // --management
  std::string log_level = "info";                  // --log-level
};

// REQUIRES: options.name is set, and options outlives the parsing. --log and --run must be given, the rest need not.
void add_service_options(CLI::App& app, ServiceOptions& options);

// Parses the whole command line, subcommands included, and adds --config and --version to `app`. Empty when the program
// should go on; otherwise what main returns, after the message was printed: 0 for --help and --version, 2 for wrong
// usage. Required options may come from the environment or the file as well. After it, `--config` holds the file's path
// wherever that came from.
std::optional<int> parse_options(CLI::App& app, int argc, const char* const* argv);

}  // namespace ostraka::service
