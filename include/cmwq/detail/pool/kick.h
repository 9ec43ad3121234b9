// Start one more worker, if the policy says so.
#pragma once

#include "cmwq/detail/pool/idle.h"

namespace cmwq::detail {

// The manager is to create a worker, unless it is at it.  Kernel: manage_workers(), but the role is
// played by the domain's helper thread, so no worker that has an item to execute waits for a thread.
template <class P>
void request_worker_locked(worker_pool<P>& pool, wake_batch<P>& wakes) noexcept {
  if (pool.manager_active || pool.dying || !pool.dom->online.load(kAcquire)) return;  // (O2) acquire, with (O1)
  pool.manager_active = true;
  wakes.create_worker(pool);
}

// Wakes the idle worker that was busy last, if the pool needs one; asks for a new worker if there is none;
// tells the hook if the pool's items must wait.  The worker counts as running from here on: a burst of calls
// does not wake more workers than needed before the first one runs.
// @because_blocked: for the statistic CM_WAKEUP.  Return: whether a worker was started.  Kernel: kick_pool().
template <class P>
bool kick_pool_locked(worker_pool<P>& pool, wake_batch<P>& wakes, bool because_blocked = false) noexcept {
  if (list_empty(pool.worklist)) return false;
  if (!need_more_worker(pool)) {
    wakes.held_back(pool);
    return false;
  }
  worker<P>* w = take_idle_worker_locked(pool);
  if (!w) {
    if (!may_start_working(pool)) request_worker_locked(pool, wakes);
    return false;
  }
  if (because_blocked) w->started_by_hook.store(true, kRelaxed);  // relaxed: statistic
  w->state.start(pool.nr_running, pool.counted);
  w->sleep.give();
  wakes.ring(*w);
  return true;
}

}  // namespace cmwq::detail
