#include "election/ballot.h"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <bitset>
#include <cstring>
#include <numeric>

#include "base/check.h"
#include "election/json_pointer.h"

namespace ostraka::election {

namespace {

namespace dom = simdjson::dom;

constexpr std::size_t k_depth_max = 32;
// Longer lists are looked up in a sorted index, so that a body full of long lists stays cheap.
constexpr std::size_t k_compared_one_by_one_max = 4096;

// Finds the options of one contest by id.
class OptionFinder {
 public:
  void begin(const Contest& contest, std::size_t lookups) {
    options_ = &contest.options;
    sorted_.clear();
    if (lookups * options_->size() > k_compared_one_by_one_max) {
      sorted_.resize(options_->size());
      std::iota(sorted_.begin(), sorted_.end(), 0U);
      std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) { return id(a) < id(b); });
    }
  }

  // The option's number, or the number of options.
  std::uint32_t find(std::string_view wanted) const {
    const auto none = static_cast<std::uint32_t>(options_->size());
    if (sorted_.empty()) {
      std::uint32_t option = 0;
      while (option < none && id(option) != wanted) {
        ++option;
      }
      return option;
    }
    const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), wanted,
                                     [&](std::uint32_t option, std::string_view text) { return id(option) < text; });
    return at != sorted_.end() && id(*at) == wanted ? *at : none;
  }

 private:
  const std::string& id(std::uint32_t option) const { return (*options_)[option].id; }

  const std::vector<Option>* options_ = nullptr;
  std::vector<std::uint32_t> sorted_;
};

}  // namespace

struct BallotParser::State {
  dom::parser parser{k_vote_body_bytes_max};
  std::vector<char> padded;
  std::string base;  // pointer of the contest that is being read; built when a mistake needs it
  Choices choices;
  OptionFinder finder;

  State() : padded(k_vote_body_bytes_max + simdjson::SIMDJSON_PADDING) {
    check(parser.allocate(k_vote_body_bytes_max, k_depth_max) == simdjson::SUCCESS, "room for one body");
  }
};

namespace {

// One call of parse(): the document in, choices and mistakes out.
class Reading {
 public:
  Reading(const Definition& definition, Choices& choices, OptionFinder& finder)
      : definition_(definition), choices_(choices), finder_(finder) {
    choices_.resize(definition.contests.size());
    for (auto& of_contest : choices_) {
      of_contest.clear();
    }
  }

  void read(const dom::object& ballot) {
    for (const dom::key_value_pair field : ballot) {
      const std::size_t contest = contest_named(field.key);
      if (contest == definition_.contests.size()) {
        note(fmt::format("/ballot/{}", pointer_token(field.key)), "is no contest of this election");
      } else if (seen_.test(contest)) {
        note(fmt::format("/ballot/{}", pointer_token(field.key)), "appears twice");
      } else {
        seen_.set(contest);
        read_contest(contest, field.value);
      }
    }
    for (std::size_t i = 0; i < definition_.contests.size(); ++i) {
      if (!seen_.test(i) && definition_.contests[i].min_choices > 0) {
        note(fmt::format("/ballot/{}", definition_.contests[i].id), "is required");
      }
    }
  }

  void note(std::string pointer, std::string detail) {
    if (mistakes_.size() < k_mistakes_max) {
      mistakes_.push_back({std::move(pointer), std::move(detail)});
    }
  }

  std::vector<Mistake>& mistakes() { return mistakes_; }

 private:
  std::size_t contest_named(std::string_view id) const {
    std::size_t contest = 0;
    while (contest < definition_.contests.size() && definition_.contests[contest].id != id) {
      ++contest;
    }
    return contest;
  }

  void read_contest(std::size_t index, const dom::element& value) {
    const Contest& contest = definition_.contests[index];
    const std::size_t mistakes_before = mistakes_.size();
    const bool scored = contest.method == Method::score;
    dom::array list;
    dom::object scores;
    if (scored ? value.get(scores) != simdjson::SUCCESS : value.get(list) != simdjson::SUCCESS) {
      note(fmt::format("/ballot/{}", contest.id),
           scored ? "must be an object of option ids and points" : "must be an array of option ids");
      return;
    }
    chosen_.reset();
    if (scored) {
      read_scores(contest, choices_[index], scores);
    } else {
      read_list(contest, choices_[index], list);
    }
    if (mistakes_.size() == mistakes_before) {
      check_number_of_choices(contest, choices_[index].size());
    }
  }

  void read_list(const Contest& contest, std::vector<Choice>& out, const dom::array& list) {
    finder_.begin(contest, list.size());
    std::size_t place = 0;
    for (const dom::element entry : list) {
      std::string_view id;
      if (entry.get(id) != simdjson::SUCCESS) {
        note(fmt::format("/ballot/{}/{}", contest.id, place), "must be an option's id, a string");
      } else {
        const std::uint32_t option = finder_.find(id);
        if (option == contest.options.size()) {
          note(fmt::format("/ballot/{}/{}", contest.id, place), "is no option of this contest");
        } else if (chosen_.test(option)) {
          note(fmt::format("/ballot/{}/{}", contest.id, place), "is chosen twice");
        } else {
          chosen_.set(option);
          out.push_back({option, 1});
        }
      }
      ++place;
    }
  }

  void read_scores(const Contest& contest, std::vector<Choice>& out, const dom::object& scores) {
    finder_.begin(contest, scores.size());
    for (const dom::key_value_pair field : scores) {
      const std::uint32_t option = finder_.find(field.key);
      std::uint64_t points = 0;
      const char* problem = nullptr;
      if (option == contest.options.size()) {
        problem = "is no option of this contest";
      } else if (chosen_.test(option)) {
        problem = "appears twice";
      } else if (field.value.get(points) != simdjson::SUCCESS || points > contest.max_score) {
        chosen_.set(option);
        note(fmt::format("/ballot/{}/{}", contest.id, pointer_token(field.key)),
             fmt::format("must be a whole number from 0 to {}", contest.max_score));
        continue;
      }
      if (problem != nullptr) {
        note(fmt::format("/ballot/{}/{}", contest.id, pointer_token(field.key)), problem);
        continue;
      }
      chosen_.set(option);
      out.push_back({option, static_cast<std::uint32_t>(points)});
    }
  }

  void check_number_of_choices(const Contest& contest, std::size_t chosen) {
    if (chosen < contest.min_choices) {
      note(fmt::format("/ballot/{}", contest.id),
           fmt::format("must have at least {}, not {}", contest.min_choices, chosen));
    } else if (chosen > contest.max_choices) {
      note(fmt::format("/ballot/{}", contest.id),
           fmt::format("must have at most {}, not {}", contest.max_choices, chosen));
    }
  }

  const Definition& definition_;
  Choices& choices_;
  OptionFinder& finder_;
  std::bitset<k_contests_max> seen_;
  std::bitset<k_options_max> chosen_;  // in the contest that is being read
  std::vector<Mistake> mistakes_;
};

ParsedBallot malformed_ballot(std::string problem) {
  ParsedBallot parsed;
  parsed.malformed = true;
  parsed.mistakes.push_back({"", std::move(problem)});
  return parsed;
}

}  // namespace

BallotParser::BallotParser() : state_(std::make_unique<State>()) {}
BallotParser::~BallotParser() = default;
BallotParser::BallotParser(BallotParser&&) noexcept = default;

ParsedBallot BallotParser::parse(const Definition& definition, std::string_view body) {
  if (body.size() > k_vote_body_bytes_max) {
    return malformed_ballot(fmt::format("larger than {} bytes", k_vote_body_bytes_max));
  }
  if (body.starts_with("\xEF\xBB\xBF")) {
    return malformed_ballot("a byte order mark before the document");
  }
  body.copy(state_->padded.data(), body.size());  // an empty one may have no address
  std::memset(state_->padded.data() + body.size(), 0, simdjson::SIMDJSON_PADDING);
  // The document model validates every byte, also of what nobody asks for; parsing on demand does not.
  dom::element root;
  if (state_->parser.parse(state_->padded.data(), body.size(), false).get(root) != simdjson::SUCCESS) {
    return malformed_ballot("not JSON in UTF-8");
  }
  dom::object document;
  if (root.get(document) != simdjson::SUCCESS) {
    return malformed_ballot("must be an object");
  }
  Reading reading(definition, state_->choices, state_->finder);
  std::size_t ballots = 0;
  for (const dom::key_value_pair field : document) {
    dom::object ballot;
    if (field.key != "ballot") {
      reading.note("/" + pointer_token(field.key), "is not a member that is known here");
    } else if (++ballots > 1) {
      reading.note("/ballot", "appears twice");
    } else if (field.value.get(ballot) != simdjson::SUCCESS) {
      return malformed_ballot("the member \"ballot\" must be an object");
    } else {
      reading.read(ballot);
    }
  }
  if (ballots == 0) {
    return malformed_ballot("the member \"ballot\" is required");
  }
  ParsedBallot parsed;
  parsed.mistakes = std::move(reading.mistakes());
  if (parsed.mistakes.empty()) {
    parsed.canonical = encode_ballot(definition, state_->choices);
  }
  return parsed;
}

}  // namespace ostraka::election
