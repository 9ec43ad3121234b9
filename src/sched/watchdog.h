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
  void cpu_was_idle(std_pool& pool) noexcept { pool.boost.store(0, kRelaxed); /* relaxed: a hint */ }

  bool contended(const std_pool& pool) const noexcept { return pool.boost.load(kRelaxed) > 0; /* relaxed: a hint */ }

  std::uint64_t starts() const noexcept { return starts_.load(kRelaxed); /* relaxed: statistic */ }
  int tid() const noexcept { return tid_.load(kRelaxed); /* relaxed: statistic */ }

 private:
  static void thread_main(void* self);
  void run() noexcept;
  bool tick() noexcept;
  void look_at_pool(std_pool& pool) noexcept;
  bool look_at_worker(std_worker& w) noexcept;
  void verify_presumption(std_worker& w) noexcept;
  void raise_boost(std_pool& pool) noexcept;
  void lower_boost(std_pool& pool) noexcept;

  std_domain* dom_ = nullptr;
  std_events* events_ = nullptr;
  bool beside_sentinels_ = false;
  thread_handle thread_{};
  sentinel_gate<std_policy> gate_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> starts_{0};
  std::atomic<int> tid_{0};
};

}  // namespace cmwq::detail
