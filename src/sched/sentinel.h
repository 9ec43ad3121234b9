// Rung 1: one SCHED_IDLE thread per CPU that is runnable only while work is held back.
//
// The system runs it exactly when its CPU has nothing better to run, that is when the running worker blocked, in
// whatever way.  It never takes a lock, allocates or creates threads: it may be preempted for a long time at any
// instruction.  Can miss: everything while ordinary threads of others keep its CPU busy (the watchdog covers that).
// Can err: a worker that wakes between being looked at and being marked counts too low until its item ends.
// docs/hooks.md.
#pragma once

#include <array>
#include <atomic>

#include "cmwq/detail/core/sentinel_gate.h"
#include "cmwq/detail/core/slot_table.h"
#include "sched/hooks.h"
#include "sched/watchdog.h"

namespace cmwq::detail {

class sentinel {
 public:
  struct totals {
    std::atomic<std::uint64_t> starts{0};  // AT: relaxed, statistics, all
    std::atomic<std::uint64_t> rounds{0};
    std::atomic<std::uint64_t> false_rounds{0};
    std::atomic<std::uint64_t> pulled{0};
  };

  int start(std_domain& dom, std_events& events, watchdog& dog, totals& sums, int cpu) noexcept;
  void stop() noexcept;

  // Pools whose items may be started on this CPU.  Under the domain's pool mutex.
  void serve(std_pool& pool) noexcept {
    if (!serves(pool)) (void)pools_.add(&pool);
  }
  void forget(std_pool& pool) noexcept { pools_.remove(&pool); }
  bool serves(const std_pool& pool) const noexcept {
    return !pools_.visit([&pool](const std_pool& other) { return &other != &pool; });
  }

  // Its CPU went offline: it sleeps, as it would look at the wrong one.  Or it came back: it takes its place.
  // Under the domain's pool mutex.
  void set_online(bool online) noexcept;
  bool online() const noexcept { return online_.load(kRelaxed); /* relaxed: a hint; pools are kicked after a change */ }

  // Any thread, no lock.
  void arm() noexcept {
    if (online() && gate_.arm()) gate_.ring();
  }

  bool runs() const noexcept { return tid_.load(kRelaxed) > 0; /* relaxed: advisory */ }
  int tid() const noexcept { return tid_.load(kRelaxed); /* relaxed: statistic */ }

 private:
  enum class verdict { nothing_held_back, started, busy_elsewhere };

  static void thread_main(void* self);
  bool become_idle_priority() noexcept;
  void run() noexcept;
  bool anything_to_look_for() const noexcept;
  void sleep_until_armed() noexcept;
  verdict look() noexcept;
  verdict look_at_pool(std_pool& pool) noexcept;
  void find_blocked_here(std_pool& pool) noexcept;
  void find_blocked_elsewhere(std_pool& pool) noexcept;
  void note_start(std_pool& pool) noexcept;
  bool pull_stacked_worker(std_pool& pool) noexcept;
  void back_off() noexcept;

  std_domain* dom_ = nullptr;
  std_events* events_ = nullptr;
  watchdog* watchdog_ = nullptr;
  totals* totals_ = nullptr;
  int cpu_ = -1;
  int useless_rounds_ = 0;           // in a row; the sentinel's own, as the next two
  int quick_starts_ = 0;             // in a row
  std::uint64_t last_start_ns_ = 0;
  thread_handle thread_{};
  sentinel_gate<std_policy> gate_;
  std::atomic<bool> online_{true};   // AT: relaxed, a hint
  slot_table<std_policy, std_pool> pools_;
  std::atomic<bool> stop_{false};
  std::atomic<int> tid_{0};
};

}  // namespace cmwq::detail
