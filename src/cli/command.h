// What every subcommand of `ostraka` is: it registers itself with its options, and returns what runs when it was
// chosen.
#pragma once

#include <functional>
#include <vector>

namespace CLI {
class App;
}

namespace ostraka::cli {

inline constexpr int k_exit_done = 0;
inline constexpr int k_exit_failed = 1;
inline constexpr int k_exit_wrong_usage = 2;

struct Command {
  CLI::App* chosen_by;       // parsed when the command was given
  std::function<int()> run;  // returns the exit code
};
using Commands = std::vector<Command>;

// Each in its own file.
void add_up(CLI::App& app, Commands& commands);
void add_elections(CLI::App& app, Commands& commands);
void add_cast(CLI::App& app, Commands& commands);
void add_load(CLI::App& app, Commands& commands);
void add_recount(CLI::App& app, Commands& commands);
void add_fsck(CLI::App& app, Commands& commands);
void add_backup(CLI::App& app, Commands& commands);
void add_restore(CLI::App& app, Commands& commands);
void add_topics(CLI::App& app, Commands& commands);

}  // namespace ostraka::cli
