// A std::function that may hold what cannot be copied: a promise to answer somebody, once. What is small lives inside
// the object, so that a promise on the vote path costs no allocation.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace ostraka {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  static constexpr std::size_t k_inside_bytes = 80;

  UniqueFunction() = default;

  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction>)
  UniqueFunction(F&& callable) {  // implicit, as std::function is
    using Callable = std::decay_t<F>;
    if constexpr (fits_inside<Callable>) {
      ::new (inside_) Callable(std::forward<F>(callable));
      operations_ = &k_inside<Callable>;
    } else {
      ::new (inside_) Callable*(new Callable(std::forward<F>(callable)));
      operations_ = &k_outside<Callable>;
    }
  }

  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~UniqueFunction() { drop(); }

  explicit operator bool() const { return operations_ != nullptr; }
  // REQUIRES: holds something.
  R operator()(Args... args) { return operations_->call(inside_, std::forward<Args>(args)...); }

 private:
  struct Operations {
    R (*call)(std::byte*, Args&&...);
    void (*move)(std::byte* from, std::byte* to);  // and ends what is at `from`
    void (*end)(std::byte*);
  };

  template <class F>
  static constexpr bool fits_inside = sizeof(F) <= k_inside_bytes && alignof(F) <= alignof(std::max_align_t) &&
                                      std::is_nothrow_move_constructible_v<F>;
  template <class F>
  static F& at(std::byte* bytes) {
    return *std::launder(reinterpret_cast<F*>(bytes));
  }

  template <class F>
  static constexpr Operations k_inside = {
      [](std::byte* bytes, Args&&... args) -> R { return at<F>(bytes)(std::forward<Args>(args)...); },
      [](std::byte* from, std::byte* to) {
        ::new (to) F(std::move(at<F>(from)));
        at<F>(from).~F();
      },
      [](std::byte* bytes) { at<F>(bytes).~F(); }};
  template <class F>
  static constexpr Operations k_outside = {
      [](std::byte* bytes, Args&&... args) -> R { return (*at<F*>(bytes))(std::forward<Args>(args)...); },
      [](std::byte* from, std::byte* to) { ::new (to) F*(at<F*>(from)); },
      [](std::byte* bytes) { delete at<F*>(bytes); }};

  void take(UniqueFunction& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ != nullptr) {
      operations_->move(other.inside_, inside_);
    }
  }
  void drop() noexcept {
    if (const Operations* operations = std::exchange(operations_, nullptr)) {
      operations->end(inside_);
    }
  }

  alignas(std::max_align_t) std::byte inside_[k_inside_bytes];
  const Operations* operations_ = nullptr;
};

}  // namespace ostraka
