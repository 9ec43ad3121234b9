// A callable of any type and size behind one type; movable, also when it holds what cannot be copied.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace cmwq {

template <class Signature>
class unique_function;

// Lives on the heap: made for handlers, which are stored once, not for items, which embed their callable.
template <class R, class... Args>
class unique_function<R(Args...)> {
 public:
  unique_function() noexcept = default;

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, unique_function> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  unique_function(F&& f) : held_(new holder_of<std::decay_t<F>>(std::forward<F>(f))) {}  // NOLINT: implicit on purpose

  unique_function(unique_function&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  unique_function& operator=(unique_function&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~unique_function() { delete held_; }

  explicit operator bool() const noexcept { return held_ != nullptr; }

  /* Calls what it holds; it must hold something. */
  R operator()(Args... args) const { return held_->call(std::forward<Args>(args)...); }

 private:
  struct holder {
    virtual ~holder() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct holder_of final : holder {
    template <class G>
    explicit holder_of(G&& g) : f(std::forward<G>(g)) {}
    R call(Args... args) override { return static_cast<R>(f(std::forward<Args>(args)...)); }
    F f;
  };

  holder* held_ = nullptr;
};

}  // namespace cmwq
