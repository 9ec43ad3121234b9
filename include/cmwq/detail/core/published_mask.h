// A set of CPUs that is changed under a lock and read without one.
//
// A reader may see a change half done: whatever it does with the answer must be right for any CPU.
#pragma once

#include "cmwq/detail/base/cpumask.h"
#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
class published_mask {
 public:
  void publish(const cpumask& mask) noexcept {
    for (std::size_t i = 0; i < cpumask::kWords; ++i) words_[i].store(mask.word(i), kRelaxed);  // relaxed: a hint
  }
  cpumask read() const noexcept {
    cpumask mask;
    for (std::size_t i = 0; i < cpumask::kWords; ++i) mask.set_word(i, words_[i].load(kRelaxed));  // relaxed: a hint
    return mask;
  }
  bool test(int cpu) const noexcept {
    return words_[static_cast<std::size_t>(cpu) / 64].load(kRelaxed) >> (cpu % 64) & 1;  // relaxed: a hint
  }

 private:
  typename P::template atomic<std::uint64_t> words_[cpumask::kWords] = {};  // AT: relaxed, a hint
};

}  // namespace cmwq::detail
