// A one-shot event: any number of threads wait, one completes.
//
// The waiter may destroy the object as soon as wait() returns: complete() uses only its address after
// the exchange.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
class completion {
 public:
  void complete() noexcept {
    // (C1) acq_rel, with (C2): what happened before completion is visible to who waited.
    if (word_.exchange(kDone, kAcqRel) == kWaiting) P::futex_wake(word_, 1 << 30);
  }

  bool done() const noexcept { return word_.load(kAcquire) == kDone; /* (C2), with (C1) */ }

  void wait() noexcept {
    while (!done()) {
      std::uint32_t expected = kFresh;
      // relaxed: announces a sleeper; the futex compares the word again before sleeping
      word_.compare_exchange_strong(expected, kWaiting, kRelaxed, kRelaxed);
      if (expected != kDone) P::futex_wait(word_, kWaiting);
    }
  }

 private:
  enum : std::uint32_t { kFresh, kWaiting, kDone };
  typename P::template atomic<std::uint32_t> word_{kFresh};  // AT: tags C1, C2
};

}  // namespace cmwq::detail
