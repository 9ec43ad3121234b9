// Other programs on the same CPUs spoil a measurement: wait until they are quiet, and say how loud they
// were.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>

#include "support/clock.h"
#include "support/process.h"

namespace bench {

/* CPU time all programs have used on all CPUs, time stolen by the host included; in ticks of 10 ms. */
inline std::uint64_t machine_busy_ns() {
  unsigned long long user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (std::FILE* f = std::fopen("/proc/stat", "r")) {
    if (std::fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &iowait,
                    &irq, &softirq, &steal) != 8) {
      steal = 0;
    }
    std::fclose(f);
  }
  return (user + nice + system + irq + softirq + steal) * 10'000'000u;
}

// The share of all CPUs that others used since construction.
class noise_meter {
 public:
  /* @expected: CPU time of other processes that belong to the workload. */
  explicit noise_meter(std::function<std::uint64_t()> expected = nullptr)
      : expected_(std::move(expected)), wall_(now_ns()), busy_(machine_busy_ns()), own_(own_ns()) {}

  double percent() const {
    const double wall = static_cast<double>(now_ns() - wall_) * nr_cpus();
    const double busy = static_cast<double>(machine_busy_ns() - busy_);
    const double foreign = busy - static_cast<double>(own_ns() - own_);
    return foreign <= 0 || wall <= 0 ? 0 : 100 * foreign / wall;
  }

 private:
  std::uint64_t own_ns() const { return process_cpu_ns() + (expected_ ? expected_() : 0); }

  std::function<std::uint64_t()> expected_;
  std::uint64_t wall_, busy_, own_;
};

/* Returns once others used under 5 % of the CPUs for 100 ms, or after @patience_ms. */
inline void wait_for_quiet(long patience_ms = 20'000) {
  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(patience_ms) * 1'000'000u;
  while (now_ns() < deadline) {
    const noise_meter meter;
    pause_ms(100);
    if (meter.percent() < 5) return;
  }
}

}  // namespace bench
