// What is counted per share.  Kernel: PWQ_STAT_*.
#pragma once

#include <cstdint>

namespace cmwq::detail {

struct pwq_stats {
  std::uint64_t started = 0;        // L: items begun
  std::uint64_t completed = 0;      // L: items ended
  std::uint64_t cpu_time_ns = 0;    // L: of the workers in items, sampled: pool/cpu_time.h
  std::uint64_t cpu_intensive = 0;  // L: items found hogging a CPU
  std::uint64_t cm_wakeup = 0;      // L: workers started because a worker blocked
  std::uint64_t repatriated = 0;    // L: workers brought back into their pod to start
  std::uint64_t mayday = 0;         // L: calls for the rescuer
  std::uint64_t rescued = 0;        // L: items executed by the rescuer

  void add(const pwq_stats& other) noexcept {
    started += other.started;
    completed += other.completed;
    cpu_time_ns += other.cpu_time_ns;
    cpu_intensive += other.cpu_intensive;
    cm_wakeup += other.cm_wakeup;
    repatriated += other.repatriated;
    mayday += other.mayday;
    rescued += other.rescued;
  }
};

}  // namespace cmwq::detail
