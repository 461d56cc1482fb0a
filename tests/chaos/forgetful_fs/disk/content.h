// The bytes of one file twice: as programs see them, and as the medium holds them.
//
// A write changes what is seen. A sync makes the medium like it. A failed sync does what Linux does: the pages are no
// longer dirty, programs go on seeing them, the medium never gets them, and a later sync succeeds without having done
// anything. A loss of power leaves what the medium holds; torn, it leaves any of the unsynced sectors too.
//
// Pages are shared by both until one changes, and pages of zeros take no memory. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace forgetful {

inline constexpr std::size_t k_page_bytes = 4096;
inline constexpr std::size_t k_sector_bytes = 512;  // never torn, as drives promise

// True: what is asked about has reached the medium although nobody synced it.
using Coin = std::function<bool()>;

enum class Source { seen, medium };

class Content {
 public:
  std::uint64_t size() const { return size_; }
  bool is_synced() const { return dirty_.empty() && size_ == durable_size_; }

  // How many bytes were there, at most as many as fit. From the medium, as a direct read: pages that only wait for
  // their sync are read all the same (the kernel writes them first), those of a failed sync are not.
  std::size_t read(std::uint64_t at, std::span<char> into, Source source) const;
  void write(std::uint64_t at, std::string_view bytes);
  void resize(std::uint64_t size);

  void sync();
  void fail_sync();
  // Of what was not synced, what the coin says remains, sector by sector. How many pages were not synced.
  std::size_t lose_power(const Coin& remains);

 private:
  using Page = std::array<char, k_page_bytes>;
  using Pages = std::unordered_map<std::uint64_t, std::shared_ptr<const Page>>;

  static const Page& page_of(const Pages& pages, std::uint64_t number);
  static void put(Pages& pages, std::uint64_t number, const Page& page);
  void change(std::uint64_t number, std::size_t from, std::string_view bytes);
  void restore(std::uint64_t number, const Coin& remains);
  void cut_off_behind(std::uint64_t size);

  Pages seen_;
  Pages durable_;
  std::unordered_set<std::uint64_t> dirty_;     // seen, wait for a sync
  std::unordered_set<std::uint64_t> given_up_;  // seen, lost by a failed sync
  std::uint64_t size_ = 0;
  std::uint64_t durable_size_ = 0;
};

}  // namespace forgetful
