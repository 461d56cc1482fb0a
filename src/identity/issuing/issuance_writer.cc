#include "identity/issuing/issuance_writer.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace ostraka::identity {

IssuanceWriter::IssuanceWriter(std::unique_ptr<log::Appender> appender, const SigningKeys& keys, const Clock& clock,
                               IssuanceWriterHooks hooks)
    : appender_(std::move(appender)), keys_(keys), clock_(clock), hooks_(std::move(hooks)), thread_([this] {
        run();
      }) {}

IssuanceWriter::~IssuanceWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool IssuanceWriter::submit(Grant&& grant) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= k_queued_grants_max) {
      return false;
    }
    queue_.push_back(std::move(grant));
  }
  changed_.notify_one();
  return true;
}

std::size_t IssuanceWriter::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

// Empty when the writer is to end.
std::vector<Grant> IssuanceWriter::wait_for_grants() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.size() <= k_group_commit_grants_max) {
    return std::exchange(queue_, {});
  }
  const auto cut = queue_.begin() + k_group_commit_grants_max;
  std::vector<Grant> grants(std::make_move_iterator(queue_.begin()), std::make_move_iterator(cut));
  queue_.erase(queue_.begin(), cut);
  return grants;
}

void IssuanceWriter::run() {
  for (std::vector<Grant> grants = wait_for_grants(); !grants.empty(); grants = wait_for_grants()) {
    write_and_answer(grants);
  }
}

void IssuanceWriter::write_and_answer(std::vector<Grant>& grants) {
  if (!append(grants)) {
    for (Grant& grant : grants) {
      grant.done(nullptr);
    }
    return;
  }
  // Which key signs is looked up after the append: it may have taken longer than a rotation.
  token::BallotTokenSigner signer(*keys_.current());
  for (Grant& grant : grants) {
    const std::string compact = signer.sign(grant.ballot_token);
    grant.done(&compact);
  }
}

bool IssuanceWriter::append(const std::vector<Grant>& grants) {
  std::vector<std::string_view> records;
  records.reserve(grants.size());
  for (const Grant& grant : grants) {
    records.push_back(grant.record);
  }
  const MonotonicTime began = clock_.monotonic_now();
  const Result<Offset> appended = appender_->append(records);
  failing_ = !appended;
  if (!appended) {
    hooks_.on_failure(appended.error());
    return false;
  }
  hooks_.on_append(grants.size(), clock_.monotonic_now() - began);
  return true;
}

}  // namespace ostraka::identity
