// A std::function that may hold what cannot be copied: a promise to answer somebody, once.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace ostraka {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;

  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction>)
  UniqueFunction(F&& callable)  // implicit, as std::function is
      : body_(std::make_unique<Body<std::decay_t<F>>>(std::forward<F>(callable))) {}

  explicit operator bool() const { return body_ != nullptr; }
  // REQUIRES: holds something.
  R operator()(Args... args) { return body_->call(std::forward<Args>(args)...); }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Body final : Callable {
    explicit Body(F&& f) : function(std::move(f)) {}
    explicit Body(const F& f) : function(f) {}
    R call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };

  std::unique_ptr<Callable> body_;
};

}  // namespace ostraka
