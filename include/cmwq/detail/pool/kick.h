// Start one more worker, if the policy says so.
#pragma once

#include "cmwq/detail/pool/idle.h"

namespace cmwq::detail {

// The manager is to create a worker, unless it is at it.  Kernel: manage_workers(), but the role is
// played by the domain's helper thread, so no worker that has an item to execute waits for a thread.
template <class P>
void request_worker_locked(worker_pool<P>& pool, wake_batch<P>& wakes) noexcept {
  if (pool.bh && pool.nr_workers > 0) return;  // it has its one thread
  if (pool.manager_active || pool.dying || !pool.dom->online.load(kAcquire)) return;  // (O2) acquire, with (O1)
  pool.manager_active = true;
  wakes.create_worker(pool);
}

// A worker of a pool that roams is started inside the pod: if it ran elsewhere last it is brought back, to the pod's CPUs
// in turn.  Return: where to, or -1 if it may start where it is.  Kernel: the wake_cpu part of kick_pool().
template <class P>
int pod_cpu_to_start_on_locked(worker_pool<P>& pool, const worker<P>& w) noexcept {
  if (!pool.roams) return -1;
  const topology& machine = *pool.dom->machine;
  const int last = w.last_cpu.load(kRelaxed);  // relaxed: a hint
  if (last >= 0 && pool.dom->online_now.test(last) && pool.real_pod_cpus.test(machine.cpu(last).real_cpu)) return -1;
  const cpumask online = pool.attrs.pod_cpus & pool.dom->choice.read();
  const int cpu = online.next_wrapped(pool.next_pod_cpu);
  if (cpu < 0) return -1;
  pool.next_pod_cpu = cpu;
  if (last >= 0) {
    auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(pool.worklist);
    work->data.read().template pwq<P>()->stats.repatriated++;
  }
  return cpu;
}

// Wakes the idle worker that was busy last, if the pool needs one; asks for a new worker if there is none;
// tells the hook if the pool's items must wait.  The worker counts as running from here on: a burst of calls
// does not wake more workers than needed before the first one runs.
// @because_blocked: for the statistic CM_WAKEUP.  Return: whether a worker was started.  Kernel: kick_pool().
template <class P>
bool kick_pool_locked(worker_pool<P>& pool, wake_batch<P>& wakes, bool because_blocked = false) noexcept {
  if (list_empty(pool.worklist)) return false;
  if (pool.dom->stalls.off_duty()) wakes.watch_stalls(*pool.dom);
  if (!need_more_worker(pool)) {
    if (!pool.bh) wakes.held_back(pool);  // hooks do not know BH pools
    return false;
  }
  worker<P>* w = take_idle_worker_locked(pool);
  if (!w) {
    if (!may_start_working(pool)) request_worker_locked(pool, wakes);
    return false;
  }
  if (because_blocked) w->started_by_hook.store(true, kRelaxed);  // relaxed: statistic
  w->state.start(pool.nr_running, pool.counted);
  if (const int cpu = pod_cpu_to_start_on_locked(pool, *w); cpu >= 0) {
    wakes.ring_on(*w, cpu);
    return true;
  }
  w->sleep.give();
  wakes.ring(*w);
  return true;
}

}  // namespace cmwq::detail
