// Time: wall clock, CPU clocks, and the two things a synthetic work item does (compute, sleep).
#pragma once

#include <sys/prctl.h>
#include <time.h>

#include <cstdint>

namespace bench {

inline std::uint64_t read_clock_ns(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

inline std::uint64_t now_ns() { return read_clock_ns(CLOCK_MONOTONIC); }
inline std::uint64_t thread_cpu_ns() { return read_clock_ns(CLOCK_THREAD_CPUTIME_ID); }
inline std::uint64_t process_cpu_ns() { return read_clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

inline double to_ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

/* Uses @us of the calling thread's CPU time: an oversubscribed CPU cannot shorten the work. */
inline void burn_us(long us) {
  const std::uint64_t end = thread_cpu_ns() + static_cast<std::uint64_t>(us) * 1000;
  while (thread_cpu_ns() < end) {
  }
}

/* Sleeps @us.  The default timer slack (50 us) would be a visible part of a short sleep: it is set to
 * 1 ns, once per thread. */
inline void nap_us(long us) {
  thread_local const int once = prctl(PR_SET_TIMERSLACK, 1);
  static_cast<void>(once);
  const timespec t{us / 1'000'000, us % 1'000'000 * 1000};
  nanosleep(&t, nullptr);
}

/* Sleeps @ms without touching the timer slack, which threads made later would inherit. */
inline void pause_ms(long ms) {
  const timespec t{ms / 1000, ms % 1000 * 1'000'000};
  nanosleep(&t, nullptr);
}

}  // namespace bench
