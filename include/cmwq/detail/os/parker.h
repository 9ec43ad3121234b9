// Where a thread sleeps until it is given a token.
//
// give() makes the token available (it may be called under a lock: no system call); ring() wakes the
// sleeper (a system call: never under a lock).  A token given before the sleeper sleeps is not lost; a
// ring without a token is a spurious wake-up and is absorbed by park().
#pragma once

#include <cstdint>

#include "cmwq/detail/base/memory_order.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq::detail {

template <class P>
class parker {
 public:
  void give() noexcept { token_.exchange(1, kRelease); /* (K1) release, with (K2) */ }
  void ring() noexcept { P::futex_wake(token_, 1); }

  // Drops a token.  Nobody sleeps here, and nobody gives.
  void reset() noexcept { token_.exchange(0, kRelaxed); /* relaxed: not shared now */ }

  // Takes the token; sleeps until there is one.
  void park() noexcept {
    while (!try_take()) P::futex_wait(token_, 0);
  }

  // The same, but gives up at @deadline.  Return: whether the token was taken.
  bool park_until(std::uint64_t deadline) noexcept {
    while (!try_take()) {
      if (P::now() >= deadline) return false;
      P::futex_wait(token_, 0, deadline);
    }
    return true;
  }

 private:
  bool try_take() noexcept {
    return token_.load(kRelaxed) != 0 &&          // relaxed: a hint, the exchange decides
           token_.exchange(0, kAcquire) != 0;     // (K2) acquire, with (K1): sees what the giver wrote
  }

  typename P::template atomic<std::uint32_t> token_{0};  // AT: tags K1, K2
};

}  // namespace cmwq::detail
