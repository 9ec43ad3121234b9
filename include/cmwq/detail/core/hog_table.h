// Which work functions hog CPUs, and whether to say so again.
//
// Said at the threshold's violation and then after 1, 3, 7, 15 ... further ones: often enough to be seen, too rarely to
// be a nuisance.  Functions beyond the first kMaxFunctions are not tracked.  Kernel: wq_cpu_intensive_report().
#pragma once

#include <bit>
#include <cstdint>

#include "cmwq/detail/core/work.h"
#include "cmwq/detail/os/mutex.h"

namespace cmwq::detail {

template <class P>
class hog_table {
 public:
  using func_type = typename basic_work<P>::func_type;
  static constexpr int kMaxFunctions = 128;  // Kernel: WCI_MAX_ENTS

  // The first violation that is said; 0: none is.
  void set_warning_thresh(unsigned violations) noexcept {
    thresh_.store(violations, kRelaxed);  // relaxed: a setting
  }

  unsigned warning_thresh() const noexcept { return static_cast<unsigned>(thresh_.load(kRelaxed)); /* relaxed: a setting */ }

  // Counts a violation by @func.  Return: how many there were, if this one is to be said; else 0.
  std::uint64_t count(func_type func) noexcept {
    const std::uint64_t thresh = thresh_.load(kRelaxed);  // relaxed: a setting
    if (thresh == 0) return 0;
    lock_guard guard(lock_);
    for (entry& e : entries_) {
      if (e.func && e.func != func) continue;
      e.func = func;
      ++e.violations;
      return e.violations >= thresh && std::has_single_bit(e.violations + 1 - thresh) ? e.violations : 0;
    }
    return 0;
  }

 private:
  struct entry {
    func_type func = nullptr;      // J: this table's lock, as the next
    std::uint64_t violations = 0;  // J
  };

  typename P::template atomic<unsigned> thresh_{0};  // AT: relaxed, a setting
  mutex<P, lock_rank::jobs_lock> lock_;
  entry entries_[kMaxFunctions];  // J: this table's lock
};

}  // namespace cmwq::detail
