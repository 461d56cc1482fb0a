#include "three_hundred_million/feeder.h"

#include <utility>

#include "net/rpc/transport.h"

namespace ostraka::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t k_on_their_way_max = 16'384;
constexpr std::size_t k_row = 512;  // votes that leave together
constexpr auto k_vote_deadline = 5s;
constexpr auto k_silence_max = 180s;  // a ballot box that comes back may take its time
constexpr auto k_signer_lifetime = 60s;
constexpr auto k_token_lifetime = 5min;

rpc::BatchClientOptions client_options() {
  rpc::BatchClientOptions options;
  options.departure = rpc::Departure::at_flush;
  options.batch_max = k_row;
  options.in_flight_max = 8;
  return options;
}

}  // namespace

Feeder::Feeder(FeedOptions options) : options_(std::move(options)), voters_(options_.seed) {
  client_ = std::make_unique<rpc::BatchClient<rpc::CastTraits>>(
      v1::BallotBox::NewStub(rpc::make_channel(options_.ballotbox)), ticker_, client_options());
}

Result<std::unique_ptr<Feeder>> Feeder::open(FeedOptions options) {
  std::unique_ptr<Feeder> feeder(new Feeder(std::move(options)));
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
  {
    const std::lock_guard lock(mutex_);
    fed_ = {};
    fed_.counted_by_choice.assign(options_.bodies.size(), 0);
    answered_ = 0;
    answered_at_ = begun;
  }
  std::uint64_t next = 0;
  while (true) {
    if (const Status fresh = refresh_signer(); !fresh) {
      return tl::make_unexpected(fresh.error());
    }
    std::vector<std::uint64_t> again;
    {
      const std::lock_guard lock(mutex_);
      again = std::exchange(again_, {});
      fed_.sent_again += again.size();
    }
    for (const std::uint64_t vote : again) {
      submit(feed, vote, false);
    }
    for (std::size_t i = 0; i < k_row && next < feed.votes; ++i) {
      submit(feed, next++, true);
    }
    client_->flush();
    const bool all_sent = next == feed.votes;
    if (const Status room = wait_for_room(all_sent ? 0 : k_on_their_way_max, on_progress); !room) {
      return tl::make_unexpected(room.error());
    }
    const std::lock_guard lock(mutex_);
    if (all_sent && answered_ == feed.votes) {
      fed_.seconds = std::chrono::duration<double>(Steady::now() - begun).count();
      return fed_;
    }
  }
}

void Feeder::submit(const Feed& feed, std::uint64_t vote, bool is_first_try) {
  const VoterKey key = voters_.key(feed.voter_of(vote));
  const auto choices = static_cast<std::uint32_t>(options_.bodies.size());
  const std::uint32_t own = Voters::choice(key, choices);
  const std::uint32_t choice = feed.ballot == Ballot::own ? own : (own + 1) % choices;
  const WallTime now = system_clock().wall_now();
  const std::string token =
      signer_->sign({key, options_.election, options_.revision, false, now, now + k_token_lifetime});
  {
    const std::lock_guard lock(mutex_);
    ++on_their_way_;
  }
  rpc::BatchClient<rpc::CastTraits>::Done done = [=, this](v1::CastReply* reply) {
    answered(vote, choice, is_first_try, reply);
  };
  const bool taken =
      client_->submit_filled(Steady::now() + k_vote_deadline, std::move(done), [&](v1::CastRequest& request) {
        request.set_election(options_.election);
        request.set_ballot_token(token);
        request.set_body(options_.bodies[choice]);
      });
  if (!taken) {
    answered(vote, choice, is_first_try, nullptr);
  }
}

void Feeder::answered(std::uint64_t vote, std::uint32_t choice, bool is_first_try, const v1::CastReply* reply) {
  const std::lock_guard lock(mutex_);
  --on_their_way_;
  const auto outcome = reply == nullptr ? v1::CAST_OUTCOME_UNAVAILABLE : reply->outcome();
  if (outcome == v1::CAST_OUTCOME_UNAVAILABLE) {
    again_.push_back(vote);  // always safe, and always told the truth
  } else {
    ++fed_.answers[static_cast<std::size_t>(outcome) % k_outcomes];
    const bool counted_before = !is_first_try && outcome == v1::CAST_OUTCOME_ALREADY_COUNTS;
    fed_.already_after_all += counted_before ? 1 : 0;
    fed_.counted_by_choice[choice] += outcome == v1::CAST_OUTCOME_COUNTED || counted_before ? 1 : 0;
    ++answered_;
    answered_at_ = Steady::now();
  }
  changed_.notify_one();
}

Status Feeder::wait_for_room(std::size_t on_their_way_max, const std::function<void(std::uint64_t)>& on_progress) {
  std::unique_lock lock(mutex_);
  while (on_their_way_ > on_their_way_max) {
    changed_.wait_for(lock, 1s, [&] { return on_their_way_ <= on_their_way_max; });
    if (Steady::now() - answered_at_ > k_silence_max) {
      return fail(ErrorKind::unavailable, "no vote was answered for {} s", k_silence_max.count());
    }
    if (on_their_way_ > on_their_way_max) {
      const std::uint64_t answered = answered_;
      lock.unlock();
      on_progress(answered);
      lock.lock();
    }
  }
  const std::uint64_t answered = answered_;
  lock.unlock();
  on_progress(answered);
  return {};
}

}  // namespace ostraka::bench
