#include "three_hundred_million/feeder.h"

#include <utility>

namespace ostraka::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t k_on_their_way_max = 16'384;
constexpr std::size_t k_row = 512;  // votes that leave together
constexpr auto k_vote_deadline = 5s;
constexpr auto k_pause = 50ms;
constexpr auto k_silence_max = 180s;  // a ballot box that comes back may take its time
constexpr auto k_signer_lifetime = 60s;
constexpr auto k_token_lifetime = 5min;

batch::ClientOptions client_options() {
  batch::ClientOptions options;
  options.departure = batch::Departure::at_flush;
  options.batch_max = k_row;
  options.in_flight_max = 8;
  return options;
}

}  // namespace

Feeder::Feeder(FeedOptions options) : options_(std::move(options)), voters_(options_.seed) {}

Result<std::unique_ptr<Feeder>> Feeder::open(FeedOptions options) {
  std::unique_ptr<Feeder> feeder(new Feeder(std::move(options)));
  const auto address = batch::streams_address(feeder->options_.ballotbox);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  feeder->client_.emplace(feeder->io_, *address, client_options());
  auto files = keys::open_key_folder(feeder->options_.keys, system_random(), io::exit_on_storage_failure());
  if (!files) {
    return tl::make_unexpected(files.error());
  }
  feeder->files_ = std::move(*files);
  auto master = keys::master_key_or_make(*feeder->files_, system_random());
  if (!master) {
    return tl::make_unexpected(master.error());
  }
  feeder->store_ = std::make_unique<keys::KeyStore>(*feeder->files_, std::move(*master), system_random());
  if (const Status read = feeder->refresh_signer(); !read) {
    return tl::make_unexpected(read.error());
  }
  return feeder;
}

// The key that `identity` would sign with now: they change while this runs.
Status Feeder::refresh_signer() {
  if (signer_ && Steady::now() - signer_read_ < k_signer_lifetime) {
    return {};
  }
  auto keys = store_->token_keys();
  if (!keys) {
    return tl::make_unexpected(keys.error());
  }
  const keys::StoredTokenKey* key = keys::signing_key(*keys, system_clock().wall_now());
  if (key == nullptr) {
    return fail(ErrorKind::unavailable, "no token key signs yet");
  }
  signer_.emplace(key->key);
  signer_read_ = Steady::now();
  return {};
}

Result<Fed> Feeder::run(const Feed& feed, const std::function<void(std::uint64_t)>& on_progress) {
  const auto begun = Steady::now();
  fed_ = {};
  fed_.counted_by_choice.assign(options_.bodies.size(), 0);
  are_new_ = feed.are_new;
  answered_ = 0;
  answered_at_ = begun;
  std::uint64_t next = 0;
  while (answered_ < feed.votes) {
    if (const Status fresh = refresh_signer(); !fresh) {
      return tl::make_unexpected(fresh.error());
    }
    const std::vector<std::uint64_t> again = std::exchange(again_, {});
    fed_.sent_again += again.size();
    for (const std::uint64_t vote : again) {
      submit(feed, vote, false);
    }
    if (!again.empty()) {
      io_.run_for(k_pause);  // whoever could not take them will not take them at once
    }
    for (std::size_t i = 0; i < k_row && next < feed.votes && on_their_way_ < k_on_their_way_max; ++i) {
      submit(feed, next++, true);
    }
    client_->flush();
    on_progress(answered_);
    if (const Status heard = hear_answers(next == feed.votes ? 0 : k_on_their_way_max); !heard) {
      return tl::make_unexpected(heard.error());
    }
  }
  fed_.seconds = std::chrono::duration<double>(Steady::now() - begun).count();
  return fed_;
}

void Feeder::submit(const Feed& feed, std::uint64_t vote, bool is_first_try) {
  const VoterKey key = voters_.key(feed.voter_of(vote));
  const auto choices = static_cast<std::uint32_t>(options_.bodies.size());
  const std::uint32_t own = Voters::choice(key, choices);
  const std::uint32_t choice = feed.ballot == Ballot::own ? own : (own + 1) % choices;
  const WallTime now = system_clock().wall_now();
  const std::string token =
      signer_->sign({key, options_.election, options_.revision, false, now, now + k_token_lifetime});
  ++on_their_way_;
  Client::Done done = [=, this](rpc::CastReply* reply) { answered(vote, choice, is_first_try, reply); };
  if (!client_->submit({options_.election, token, options_.bodies[choice]}, Steady::now() + k_vote_deadline,
                       std::move(done))) {
    answered(vote, choice, is_first_try, nullptr);
  }
}

void Feeder::answered(std::uint64_t vote, std::uint32_t choice, bool is_first_try, const rpc::CastReply* reply) {
  --on_their_way_;
  const auto outcome = reply == nullptr ? v1::CAST_OUTCOME_UNAVAILABLE : reply->outcome;
  if (outcome == v1::CAST_OUTCOME_UNAVAILABLE) {
    again_.push_back(vote);  // always safe, and always told the truth
    return;
  }
  ++fed_.answers[static_cast<std::size_t>(outcome) % k_outcomes];
  const bool counted_before = (!is_first_try || are_new_) && outcome == v1::CAST_OUTCOME_ALREADY_COUNTS;
  fed_.already_after_all += counted_before ? 1 : 0;
  fed_.counted_by_choice[choice] += outcome == v1::CAST_OUTCOME_COUNTED || counted_before ? 1 : 0;
  ++answered_;
  answered_at_ = Steady::now();
}

// What is there; and more, until no more than so many are on their way, or some time has passed.
Status Feeder::hear_answers(std::size_t on_their_way_max) {
  io_.restart();
  io_.poll();
  const auto until = Steady::now() + 1s;
  while (on_their_way_ > on_their_way_max && Steady::now() < until) {
    io_.run_one_for(100ms);
  }
  if (on_their_way_ > 0 && Steady::now() - answered_at_ > k_silence_max) {
    return fail(ErrorKind::unavailable, "no vote was answered for {} s", k_silence_max.count());
  }
  return {};
}

}  // namespace ostraka::bench
