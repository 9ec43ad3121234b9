// Using a CPU without blocking.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>

#include "patience.h"

namespace cmwq::test {

inline std::int64_t thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// Uses the CPU until the calling thread has consumed @us microseconds of it.
inline void burn_us(std::int64_t us) {
  const std::int64_t end = thread_cpu_ns() + us * 1000;
  while (thread_cpu_ns() < end) {
  }
}

// Uses the CPU until @flag is set.
inline bool spin_until(const std::atomic<bool>& flag, const char* what) {
  const deadline end;
  while (!flag.load(std::memory_order_acquire)) {
    if (end.passed()) {
      give_up(what);
      return false;
    }
  }
  return true;
}

}  // namespace cmwq::test
