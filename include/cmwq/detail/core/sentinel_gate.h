// Whether a sentinel is looking: the word on which it sleeps, and the protocol that loses no call.
//
//   who has work held back                 the sentinel, nothing left to look for
//   1. publish it (H1 in worker_pool.h)    1. disarm()
//   2. arm(): read the gate, open it       2. look again; something held back: arm itself
//                                          3. wait()
//
// Both sides write first and read second, in one total order (seq_cst): one of them sees the other.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
class sentinel_gate {
 public:
  // Return: true if this call armed it; the caller then must ring(), holding no lock.
  [[nodiscard]] bool arm() noexcept {
    if (armed_.load(kSeqCst)) return false;      // (G1) seq_cst, with (H1) and (G2)
    return armed_.exchange(1, kSeqCst) == 0;     // (G1), with (G2)
  }
  void ring() noexcept { P::futex_wake(armed_, 1); }

  // By the sentinel only.
  void disarm() noexcept { armed_.exchange(0, kSeqCst); /* (G2) seq_cst, with (G1), (H1) and (B1) */ }
  void wait() noexcept { P::futex_wait(armed_, 0); }
  void rearm() noexcept { armed_.exchange(1, kSeqCst); /* (G1), with (G2) */ }

  bool armed() const noexcept { return armed_.load(kRelaxed) != 0; /* relaxed: advisory */ }

 private:
  typename P::template atomic<std::uint32_t> armed_{0};  // AT: tags G1, G2
};

}  // namespace cmwq::detail
