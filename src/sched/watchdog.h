// The watchdog: looks once a millisecond, and only while work is held back.
//
// It covers what the sentinels cannot see (a foreign load on the same CPU starves them), repairs what a hook
// missed, and finds CPU hogs.  Can delay: a blocked worker is found one to two ticks late.  Cannot lose: as long as
// work is held back it keeps looking.
#pragma once

#include <atomic>

#include "cmwq/detail/core/sentinel_gate.h"
#include "sched/hooks.h"

namespace cmwq::detail {

class watchdog {
 public:
  // @beside_sentinels: a worker that is found here was missed by them, because something else has the CPU.
  int start(std_domain& dom, std_events& events, bool beside_sentinels) noexcept;
  void stop() noexcept;

  // Any thread, no lock: look until nothing is held back.
  void wake() noexcept {
    if (gate_.arm()) gate_.ring();
  }

  // A sentinel found its CPU idle: the foreign load is gone.
  void cpu_was_idle(std_pool& pool) noexcept {
    pool.boost.store(0, kRelaxed);  // relaxed, both: hints
    pool.cpu_idled.store(true, kRelaxed);
  }

  bool contended(const std_pool& pool) const noexcept { return pool.boost.load(kRelaxed) > 0; /* relaxed: a hint */ }

  std::uint64_t starts() const noexcept { return starts_.load(kRelaxed); /* relaxed: statistic */ }
  int tid() const noexcept { return tid_.load(kRelaxed); /* relaxed: statistic */ }

 private:
  static void thread_main(void* self);
  void run() noexcept;
  std::uint64_t period() const noexcept;
  void sleep_until_woken() noexcept;
  bool tick() noexcept;
  void look_at_pool(std_pool& pool) noexcept;
  bool look_at_workers(std_pool& pool) noexcept;
  bool look_at_running(std_worker& w) noexcept;
  void look_at_found_blocked(std_worker& w) noexcept;
  bool start_one(std_pool& pool) noexcept;
  void raise_boost(std_pool& pool) noexcept;
  void lower_boost(std_pool& pool) noexcept;
  void lower_surplus(std_pool& pool) noexcept;

  std_domain* dom_ = nullptr;
  std_events* events_ = nullptr;
  bool beside_sentinels_ = false;
  // The watchdog's own:
  bool trouble_ = false;            // in this tick
  int quiet_ticks_ = 0;             // in a row
  std::uint64_t last_tick_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;    // since the tick before
  std::uint64_t used_ns_ = 0;       // CPU time of the pool's running workers in that time
  thread_handle thread_{};
  sentinel_gate<std_policy> gate_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> starts_{0};
  std::atomic<int> tid_{0};
};

}  // namespace cmwq::detail
