// `ostraka election …`: administration and results, through the gateway.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/core/backoff.h"
#include "cli/core/text.h"
#include "cli/small_file.h"
#include "cli/terminal.h"
#include "election/definition.h"

namespace ostraka::cli {
namespace {

using Json = nlohmann::json;

constexpr Backoff::Limits k_watch_pauses{Milliseconds(200), Milliseconds(5'000)};
constexpr Milliseconds k_final_wait{10'000};
constexpr Milliseconds k_final_pause{50};
constexpr int k_watch_failures_max = 20;  // in a row; then the gateway is called gone

struct ElectionOptions {
  ApiOptions api;
  std::string id;
  std::string file;
  std::string closes_at;
  bool json = false;
  bool watch = false;
};

std::string target_of(const ElectionOptions& options, std::string_view rest = "") {
  return fmt::format("/v1/elections/{}{}", options.id, rest);
}

// The document as it came, or as text for people.
int show(const Result<std::string>& document, bool json,
         const std::function<Result<std::string>(std::string_view)>& text) {
  if (!document) {
    return failed(document.error());
  }
  if (json) {
    print(*document + (document->empty() || document->back() != '\n' ? "\n" : ""));
    return k_exit_done;
  }
  const auto readable = text(*document);
  if (!readable) {
    return failed(readable.error());
  }
  print(*readable);
  return k_exit_done;
}

Result<std::string> with_admin(const ElectionOptions& options, const std::function<Result<std::string>(Api&)>& call) {
  auto api = Api::connect_as_admin(options.api);
  return api ? call(*api) : Result<std::string>(tl::make_unexpected(api.error()));
}

Result<std::string> with_anybody(const ElectionOptions& options, const std::string& target) {
  auto api = Api::connect(options.api);
  return api ? api->get(target) : Result<std::string>(tl::make_unexpected(api.error()));
}

int create(const ElectionOptions& options) {
  const auto definition = read_file(options.file, election::k_definition_bytes_max);
  if (!definition) {
    return failed(definition.error());
  }
  return show(with_admin(options, [&](Api& api) { return api.post("/v1/elections", *definition); }), options.json,
              election_text);
}

// Closing is done at once; the result is final a moment later, when every partition has its marker and is counted.
bool wait_until_final(Api& api, const ElectionOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + k_final_wait;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto document = api.get(target_of(options, "/results"));
    const auto read = Json::parse(document.value_or(""), nullptr, false);
    if (read.is_object() && read.value("final", false)) {
      return true;
    }
    std::this_thread::sleep_for(k_final_pause);
  }
  return false;
}

int act(const ElectionOptions& options, const std::string& act_name) {
  const auto done = with_admin(options, [&](Api& api) {
    auto answer = api.post(target_of(options, "/" + act_name));
    if (answer && act_name == "close" && !wait_until_final(api, options)) {
      complain(fmt::format("{} is closed; its result is not final yet: see `ostraka election results {}`\n",
                           options.id, options.id));
    }
    return answer;
  });
  return show(done, options.json, [](std::string_view document) -> Result<std::string> {
    const auto read = Json::parse(document, nullptr, false);
    if (!read.is_object()) {
      return fail(ErrorKind::invalid, "the answer is not an election");
    }
    return fmt::format("{} is {}\n", read.value("id", "?"), read.value("state", "?"));
  });
}

int patch(const ElectionOptions& options) {
  std::string body;
  if (!options.closes_at.empty()) {
    body = Json{{"closes_at", options.closes_at == "never" ? Json(nullptr) : Json(options.closes_at)}}.dump();
  } else if (options.file.empty()) {
    failed("--closes-at or --file is needed");
    return k_exit_wrong_usage;
  } else {
    auto read = read_file(options.file, election::k_definition_bytes_max);
    if (!read) {
      return failed(read.error());
    }
    body = std::move(*read);
  }
  return show(with_admin(options, [&](Api& api) { return api.patch(target_of(options), body); }), options.json,
              election_text);
}

// The definition as `create` reads it: what the server adds to it stays behind.
int export_definition(const ElectionOptions& options) {
  const auto document = with_anybody(options, target_of(options));
  if (!document) {
    return failed(document.error());
  }
  const auto read = Json::parse(*document, nullptr, false);
  if (!read.is_object()) {
    return failed("the answer is not an election");
  }
  Json definition;
  for (const char* member :
       {"id", "title", "description", "opens_at", "closes_at", "results", "contests", "eligibility"}) {
    if (read.contains(member)) {
      definition[member] = read[member];
    }
  }
  print(definition.dump(1) + "\n");
  return k_exit_done;
}

Result<std::string> readable_results(std::string_view document) {
  return results_text(document, stdout_page());
}

// Shows one document of the stream; whether another may follow.
http::Client::AfterEvent show_event(const http::ServerSentEvent& event, bool json) {
  using After = http::Client::AfterEvent;
  if (event.event != "results") {
    return After::go_on;
  }
  if (!json && stdout_is_terminal()) {
    print("\x1b[H\x1b[2J");
  }
  if (show(event.data, json, readable_results) != k_exit_done) {
    return After::go_on;
  }
  const auto read = Json::parse(event.data, nullptr, false);
  return read.is_object() && read.value("final", false) ? After::stop : After::go_on;
}

int watch(const ElectionOptions& options) {
  Backoff pauses(k_watch_pauses);
  int failures = 0;
  bool done = false;
  while (true) {
    auto api = Api::connect(options.api);
    Error error{ErrorKind::unavailable, "the stream ended"};
    if (api) {
      http::ClientRequest request;
      const std::string target = target_of(options, "/results/stream");
      request.target = target;
      const auto followed = api->client().follow_events(request, [&](const http::ServerSentEvent& event) {
        failures = 0;
        pauses.reset();
        const auto after = show_event(event, options.json);
        done = after == http::Client::AfterEvent::stop;
        return after;
      });
      if (done) {
        return k_exit_done;
      }
      error = !followed ? followed.error() : followed->status >= 400 ? problem_of(*followed) : error;
    } else {
      error = api.error();
    }
    if (error.kind != ErrorKind::unavailable || ++failures > k_watch_failures_max) {
      return failed(error);
    }
    std::this_thread::sleep_for(pauses.next(0.5));
  }
}

int results(const ElectionOptions& options) {
  return options.watch ? watch(options)
                       : show(with_anybody(options, target_of(options, "/results")), options.json, readable_results);
}

class Registration {
 public:
  Registration(CLI::App& group, Commands& commands) : group_(group), commands_(commands) {}

  struct Registered {
    CLI::App* command;
    std::shared_ptr<ElectionOptions> options;
  };
  Registered add(const std::string& name, const std::string& what, std::function<int(const ElectionOptions&)> run) {
    Registered added{group_.add_subcommand(name, what), std::make_shared<ElectionOptions>()};
    add_api_options(*added.command, added.options->api);
    if (name != "export") {
      added.command->add_flag("--json", added.options->json, "print the document as JSON");
    }
    commands_.push_back({added.command, [run = std::move(run), options = added.options] { return run(*options); }});
    return added;
  }
  Registered add_for_one(const std::string& name, const std::string& what,
                         std::function<int(const ElectionOptions&)> run) {
    auto added = add(name, what, std::move(run));
    added.command->add_option("ID", added.options->id, "the election")->required();
    return added;
  }

 private:
  CLI::App& group_;
  Commands& commands_;
};

}  // namespace

void add_elections(CLI::App& app, Commands& commands) {
  auto* group = app.add_subcommand("election", "Create, open, close and show elections");
  group->require_subcommand(1);
  Registration registration(*group, commands);
  const auto created = registration.add("create", "Create an election from its definition", create);
  created.command->add_option("FILE", created.options->file, "the definition, JSON")->required();
  registration.add("list", "List the elections", [](const ElectionOptions& options) {
    return show(with_anybody(options, "/v1/elections"), options.json, elections_text);
  });
  registration.add_for_one("show", "Show one election", [](const ElectionOptions& options) {
    return show(with_anybody(options, target_of(options)), options.json, election_text);
  });
  for (const auto& [name, what] :
       {std::pair{"open", "Open it: votes count from here on"}, std::pair{"close", "Close it, for good; returns when the result is final"},
        std::pair{"certify", "Certify the final result"}}) {
    registration.add_for_one(
        name, what, [act_name = std::string(name)](const ElectionOptions& options) { return act(options, act_name); });
  }
  const auto patched = registration.add_for_one("patch", "Move the end while open; change anything while draft", patch);
  auto* file = patched.command->add_option("--file", patched.options->file, "a JSON merge patch of the definition");
  auto* closes = patched.command->add_option("--closes-at", patched.options->closes_at,
                                             "the new end, RFC 3339, or never (then it is closed by command)");
  file->excludes(closes);
  registration.add_for_one("export", "Print the definition as `create` reads it", export_definition);
  const auto shown = registration.add_for_one("results", "Show the results", results);
  shown.command->add_flag("--watch", shown.options->watch,
                          "again on every change, until they are final; with --json, "
                          "one document a line");
}

}  // namespace ostraka::cli
