// A worker blocks, runs again or hogs its CPU: what the hook reports and what the library knows itself.
#pragma once

#include "cmwq/detail/pool/bh_report.h"
#include "cmwq/detail/pool/kick.h"

namespace cmwq::detail {

// A worker of @pool blocked: starts another one if one is needed; takes the pool's lock.
template <class P>
bool kick_pool_after_block(worker_pool<P>& pool) noexcept {
  wake_batch<P> wakes;
  lock_guard guard(pool.lock);
  return kick_pool_locked(pool, wakes, true);
}

// The calling worker is about to block.  The outermost call takes it out of the count.
// Kernel: wq_worker_sleeping().
template <class P>
void worker_blocking_begin(worker<P>& w) noexcept {
  if (w.blocking_depth++ != 0) return;
  worker_pool<P>* pool = w.pool.load(kRelaxed);  // relaxed: its own
  if (!pool || !w.top) return;
  if (pool->bh) return report_announced_block(w);
  w.dom->declared_blocks.fetch_add(1, kRelaxed);          // relaxed: statistic
  w.episode.store(w.episode.load(kRelaxed) + 1, kRelaxed);  // relaxed: statistic
  w.blocking_counted = w.state.block(pool->nr_running);
  if (!w.blocking_counted || !need_more_worker(*pool)) return;
  // The hook's idle thread starts the next one when this thread really has left its CPU; that costs
  // nothing if the call does not block after all.
  if (w.dom->hook->wakes_lazily(*pool))
    w.dom->hook->work_held_back(*pool);
  else
    kick_pool_after_block(*pool);
}

// The calling worker has stopped blocking.  Kernel: wq_worker_running().
template <class P>
void worker_blocking_end(worker<P>& w) noexcept {
  if (--w.blocking_depth != 0 || !w.blocking_counted) return;
  w.blocking_counted = false;
  w.state.unblock(w.pool.load(kRelaxed)->nr_running);  // relaxed: its own
}

// What a hook's reports do.
template <class P>
class hook_receiver final : public hook_events<P> {
 public:
  explicit hook_receiver(domain<P>& dom) noexcept : dom_(dom) {}

  bool worker_blocked(worker<P>& w) noexcept override {
    if (!w.state.found_blocked()) return false;
    w.newly_blocked.store(true, kRelaxed);  // relaxed: a note
    pool_of(w).nr_running.decrement();
    dom_.found_blocked.fetch_add(1, kRelaxed);  // relaxed: statistic
    return true;
  }

  bool worker_running(worker<P>& w) noexcept override {
    if (!w.state.found_running()) return false;
    pool_of(w).nr_running.increment();
    return true;
  }

  bool worker_hogs(worker<P>& w) noexcept override {
    if (!w.state.found_hogging()) return false;
    pool_of(w).nr_running.decrement();
    dom_.hogs.fetch_add(1, kRelaxed);  // relaxed: statistic
    return true;
  }

  bool start_worker(worker_pool<P>& pool, int cpu) noexcept override {
    if (!need_more_worker(pool)) return false;
    worker<P>* w = take_standby_near(pool, cpu);
    if (!w) return false;
    w->started_by_hook.store(true, kRelaxed);  // relaxed: statistic
    w->state.start(pool.nr_running, pool.counted);
    // relaxed: a hint
    if (cpu >= 0 && !pinned_to_cpu(pool) && w->last_cpu.load(kRelaxed) != cpu && pool.allowed.test(cpu)) {
      place_and_wake(*w, cpu);
    } else {
      w->sleep.give();
      w->sleep.ring();
    }
    return true;
  }

 private:
  // One that ran last on @cpu need not be moved.
  static worker<P>* take_standby_near(worker_pool<P>& pool, int cpu) noexcept {
    worker<P>* near = nullptr;
    if (!pinned_to_cpu(pool))
      near = pool.standby.take_if([cpu](const worker<P>& w) { return w.last_cpu.load(kRelaxed) == cpu; });
    return near ? near : pool.standby.take();
  }

  static worker_pool<P>& pool_of(worker<P>& w) noexcept {
    return *w.pool.load(kAcquire);  // (W1) acquire, with (W4) in manager.h
  }

  domain<P>& dom_;
};

}  // namespace cmwq::detail
