#include "content.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace forgetful {

const Content::Page& Content::page_of(const Pages& pages, std::uint64_t number) {
  static const Page zeros{};
  const auto found = pages.find(number);
  return found == pages.end() ? zeros : *found->second;
}

void Content::put(Pages& pages, std::uint64_t number, const Page& page) {
  if (std::all_of(page.begin(), page.end(), [](char byte) { return byte == '\0'; })) {
    pages.erase(number);
  } else {
    pages[number] = std::make_shared<const Page>(page);
  }
}

std::size_t Content::read(std::uint64_t at, std::span<char> into, Source source) const {
  if (at >= size_) {
    return 0;
  }
  const std::size_t count = std::min<std::uint64_t>(into.size(), size_ - at);
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t number = (at + done) / k_page_bytes;
    const std::size_t from = (at + done) % k_page_bytes;
    const std::size_t some = std::min(count - done, k_page_bytes - from);
    const bool is_lost = source == Source::medium && given_up_.contains(number);
    std::memcpy(into.data() + done, page_of(is_lost ? durable_ : seen_, number).data() + from, some);
    done += some;
  }
  return count;
}

void Content::write(std::uint64_t at, std::string_view bytes) {
  size_ = std::max(size_, at + bytes.size());
  while (!bytes.empty()) {
    const std::size_t from = at % k_page_bytes;
    const std::size_t some = std::min(bytes.size(), k_page_bytes - from);
    change(at / k_page_bytes, from, bytes.substr(0, some));
    at += some;
    bytes.remove_prefix(some);
  }
}

void Content::change(std::uint64_t number, std::size_t from, std::string_view bytes) {
  Page page = page_of(seen_, number);
  std::memcpy(page.data() + from, bytes.data(), bytes.size());
  put(seen_, number, page);
  given_up_.erase(number);
  dirty_.insert(number);
}

void Content::resize(std::uint64_t size) {
  if (size < size_) {
    cut_off_behind(size);
  }
  size_ = size;
}

void Content::cut_off_behind(std::uint64_t size) {
  std::vector<std::uint64_t> behind;
  for (const auto& [number, page] : seen_) {
    if ((number + 1) * k_page_bytes > size) {
      behind.push_back(number);
    }
  }
  for (const std::uint64_t number : behind) {
    const std::size_t from = number * k_page_bytes >= size ? 0 : size % k_page_bytes;
    change(number, from, std::string(k_page_bytes - from, '\0'));
  }
}

void Content::sync() {
  for (const std::uint64_t number : dirty_) {
    if (const auto found = seen_.find(number); found != seen_.end()) {
      durable_[number] = found->second;
    } else {
      durable_.erase(number);
    }
  }
  dirty_.clear();
  durable_size_ = size_;
}

void Content::fail_sync() {
  given_up_.merge(dirty_);
  dirty_.clear();
}

void Content::restore(std::uint64_t number, const Coin& remains) {
  Page page = page_of(durable_, number);
  const Page& seen = page_of(seen_, number);
  for (std::size_t at = 0; at < k_page_bytes; at += k_sector_bytes) {
    if (remains()) {
      std::copy_n(seen.begin() + static_cast<std::ptrdiff_t>(at), k_sector_bytes,
                  page.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  put(seen_, number, page);
}

std::size_t Content::lose_power(const Coin& remains) {
  const std::size_t unsynced = dirty_.size() + given_up_.size();
  const std::uint64_t size = size_ != durable_size_ && remains() ? size_ : durable_size_;
  std::vector<std::uint64_t> in_order(dirty_.begin(), dirty_.end());
  std::sort(in_order.begin(), in_order.end());  // the same seed does the same
  for (const std::uint64_t number : in_order) {
    restore(number, remains);
  }
  for (const std::uint64_t number : given_up_) {
    restore(number, [] { return false; });
  }
  given_up_.clear();
  cut_off_behind(size);
  size_ = size;
  sync();
  return unsynced;
}

}  // namespace forgetful
