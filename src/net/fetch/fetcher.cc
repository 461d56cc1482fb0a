#include "net/fetch/fetcher.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace ostraka::fetch {

namespace {

constexpr int k_poll_ms_max = 1'000;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void initialise_once() {
  static const CURLcode k_initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(k_initialised == CURLE_OK, "libcurl can be initialised");
}

// One request on its way. Its address is known to curl: it does not move.
struct Transfer {
  FetchRequest request;
  Fetcher::Done done;
  std::size_t body_bytes_max = 0;
  std::unique_ptr<CURL, FreeEasy> easy;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::string body;
  bool is_too_large = false;
  std::array<char, CURL_ERROR_SIZE> error{};
};

std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  if (transfer.body.size() + size > transfer.body_bytes_max) {
    transfer.is_too_large = true;
    return 0;
  }
  transfer.body.append(bytes, size);
  return size;
}

void set_up(Transfer& transfer, const FetchLimits& limits) {
  CURL* const easy = transfer.easy.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that is still being looked up is not waited for
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "ostraka/" OSTRAKA_VERSION);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_deadline.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.deadline.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
  if (!transfer.request.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, transfer.request.ca_file.c_str());
  }
  transfer.headers.reset(curl_slist_append(nullptr, "Accept: application/json"));
  if (transfer.request.body) {
    const std::string type = "Content-Type: " + transfer.request.content_type;
    curl_slist_append(transfer.headers.get(), type.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer.request.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.request.body->data());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  if (transfer.request.credentials) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, transfer.request.credentials->user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, transfer.request.credentials->password.c_str());
  }
}

std::string field_of(CURL* easy, const char* name) {
  curl_header* field = nullptr;
  const bool found = curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK;
  return found ? field->value : "";
}

Result<FetchResponse> response_of(Transfer& transfer, CURLcode code) {
  if (transfer.is_too_large) {
    return fail(ErrorKind::damaged, "the answer has more than {} bytes", transfer.body_bytes_max);
  }
  if (code != CURLE_OK) {
    const bool is_no_http = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY;
    const char* const what = transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    return fail(is_no_http ? ErrorKind::damaged : ErrorKind::unavailable, "{}", what);
  }
  FetchResponse response;
  long status = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<unsigned>(status);
  response.content_type = field_of(transfer.easy.get(), "Content-Type");
  response.max_age = max_age_of(field_of(transfer.easy.get(), "Cache-Control"));
  response.body = std::move(transfer.body);
  return response;
}

}  // namespace

class Fetcher::Loop {
 public:
  explicit Loop(FetchLimits limits) : limits_(limits), multi_(curl_multi_init()) {
    check(multi_ != nullptr, "libcurl has a handle");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(limits.connections_per_host_max));
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() { stop(); }

  bool submit(FetchRequest& request, Done& done) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || in_flight_ >= limits_.in_flight_max) {
        return false;
      }
      ++in_flight_;
      auto transfer = std::make_unique<Transfer>();
      transfer->request = std::move(request);
      transfer->done = std::move(done);
      inbox_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_.get());
    return true;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  void run() {
    while (take_inbox()) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      finish_what_is_done();
      curl_multi_poll(multi_.get(), nullptr, 0, k_poll_ms_max, nullptr);
    }
    for (std::unique_ptr<Transfer>& transfer : transfers_) {
      curl_multi_remove_handle(multi_.get(), transfer->easy.get());
      transfer->done(fail(ErrorKind::unavailable, "stopping"));
    }
    transfers_.clear();
  }

  // False when it is time to stop: then everything that was submitted is in transfers_.
  bool take_inbox() {
    std::vector<std::unique_ptr<Transfer>> fresh;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      fresh.swap(inbox_);
      stopping = stopping_;
    }
    for (std::unique_ptr<Transfer>& transfer : fresh) {
      transfer->easy.reset(curl_easy_init());
      check(transfer->easy != nullptr, "libcurl has a handle");
      transfer->body_bytes_max = limits_.body_bytes_max;
      set_up(*transfer, limits_);
      curl_multi_add_handle(multi_.get(), transfer->easy.get());
      transfers_.push_back(std::move(transfer));
    }
    return !stopping;
  }

  void finish_what_is_done() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) {
        continue;
      }
      const CURLcode code = message->data.result;
      void* pointer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pointer);
      curl_multi_remove_handle(multi_.get(), message->easy_handle);
      finish(*static_cast<Transfer*>(pointer), code);
    }
  }

  void finish(Transfer& transfer, CURLcode code) {
    const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                    [&transfer](const auto& each) { return each.get() == &transfer; });
    check(found != transfers_.end(), "a transfer that ends is one of ours");
    const std::unique_ptr<Transfer> ended = std::move(*found);
    transfers_.erase(found);
    {
      const std::lock_guard lock(mutex_);
      --in_flight_;
    }
    ended->done(response_of(*ended, code));
  }

  const FetchLimits limits_;
  const std::unique_ptr<CURLM, FreeMulti> multi_;     // the thread's, but for curl_multi_wakeup
  std::vector<std::unique_ptr<Transfer>> transfers_;  // the thread's

  std::mutex mutex_;  // guards the three below
  std::vector<std::unique_ptr<Transfer>> inbox_;
  std::size_t in_flight_ = 0;
  bool stopping_ = false;

  std::thread thread_;
};

Fetcher::Fetcher(FetchLimits limits) {
  initialise_once();
  loop_ = std::make_unique<Loop>(limits);
}

Fetcher::~Fetcher() = default;

bool Fetcher::submit(FetchRequest&& request, Done&& done) { return loop_->submit(request, done); }

void Fetcher::stop() { loop_->stop(); }

}  // namespace ostraka::fetch
