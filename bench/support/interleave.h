// Cases take turns, so that a slow minute of the machine hits all of them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>

#include "support/noise.h"
#include "support/options.h"

namespace bench {

inline constexpr double kNoisyPercent = 10;
inline constexpr int kMaxRepeats = 3;

/* In every round calls @measure(case) for every case, beginning with another one each time, and hands
 * the result and the noise in percent to @keep(case, result, noise).  What was measured while others
 * were noisy is dropped and repeated, up to three times.
 * @expected_foreign: CPU time of other processes that belong to the workload. */
template <class Measure, class Keep>
void interleave(const options& opts, int rounds, std::size_t cases, Measure measure, Keep keep,
                const std::function<std::uint64_t()>& expected_foreign = nullptr) {
  const auto once = [&](std::size_t which, bool last_attempt) {
    if (opts.wait_quiet) wait_for_quiet();
    const noise_meter meter(expected_foreign);
    auto result = measure(which);
    const double noise = meter.percent();
    if (noise > kNoisyPercent && !last_attempt) return false;
    keep(which, result, noise);
    return true;
  };
  for (int round = 0; round < rounds; round++) {
    for (std::size_t turn = 0; turn < cases; turn++) {
      const std::size_t which = (turn + static_cast<std::size_t>(round)) % cases;
      int attempts = 0;
      while (!once(which, !opts.wait_quiet || attempts == kMaxRepeats)) attempts++;
    }
    std::fprintf(stderr, "\rround %d of %d", round + 1, rounds);
  }
  std::fprintf(stderr, "\r                    \r");
}

}  // namespace bench
