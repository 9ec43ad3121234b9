// Where the workers of a pool may run now: changed when CPUs come or go, applied by whoever moves a worker.
//
//   CPUs changed (attach mutex)             who sets a worker's mask: itself after a start, a sentinel
//   1. publish the new CPUs                 1. read the version (A2)
//   2. take the version up (A1)             2. read the CPUs, set the mask
//   3. set the masks of all workers         3. read the version again (A2): if it changed, start over
//
// All in one total order: who sees no change has set a mask that step 3 replaces.
#pragma once

#include "cmwq/detail/core/published_mask.h"

namespace cmwq::detail {

template <class P>
class allowed_cpus {
 public:
  void publish(const cpumask& logical, const cpumask& real) noexcept {
    logical_.publish(logical);
    real_.publish(real);
    version_.fetch_add(1, kSeqCst);  // (A1) seq_cst, with (A2)
  }

  // Calls @set_mask(the system's numbers) until they have not changed meanwhile.
  template <class SetMask>
  void apply(SetMask set_mask) const noexcept {
    std::uint32_t before;
    do {
      before = version_.load(kSeqCst);  // (A2) seq_cst, with (A1)
      set_mask(real_.read());
    } while (version_.load(kSeqCst) != before);  // (A2), with (A1)
  }

  bool test(int cpu) const noexcept { return logical_.test(cpu); }
  cpumask logical() const noexcept { return logical_.read(); }
  cpumask real() const noexcept { return real_.read(); }

 private:
  published_mask<P> logical_;                              // AT: see published_mask.h
  published_mask<P> real_;                                 // AT: see published_mask.h
  typename P::template atomic<std::uint32_t> version_{0};  // AT: tags A1, A2
};

}  // namespace cmwq::detail
