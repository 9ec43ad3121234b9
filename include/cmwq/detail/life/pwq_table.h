// A queue's shares: how one is made, put in place, replaced and buried.
#pragma once

#include <algorithm>

#include "cmwq/detail/life/pool_table.h"
#include "cmwq/detail/pool/active.h"

namespace cmwq::detail {

template <class P>
void release_pwq_job_run(job* chore);

// A share of @wq in @pool, whose reference it takes over; nullptr, with the reference given back, if no memory is
// left.  It is not on the queue's list yet.  Under the pool mutex.
template <class P>
pool_workqueue<P>* alloc_pwq(basic_workqueue<P>& wq, worker_pool<P>* pool) noexcept {
  if (!pool) return nullptr;
  domain<P>& dom = *wq.dom;
  auto* pwq = list_first_or_null<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(dom.free_pwqs);
  if (pwq)
    list_del_init(pwq->pwqs_entry);
  else
    pwq = dom.template make_stable<pool_workqueue<P>>();
  if (!pwq) {
    put_pool(*pool);
    return nullptr;
  }
  lock_guard guard(pool->lock);
  pwq->wq = &wq;
  pwq->refcnt = 1;
  pwq->flush_color = -1;
  pwq->plugged = false;
  pwq->stats = {};
  pwq->release_job.run = release_pwq_job_run<P>;
  pwq->pool.store(pool, kRelease);  // (Q2) release, with (Q1)
  return pwq;
}

// Undoes alloc_pwq(): the share was never on its queue's list.  Under the pool mutex.
template <class P>
void discard_pwq(pool_workqueue<P>& pwq) noexcept {
  worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: ours
  domain<P>& dom = *pool.dom;
  {
    lock_guard guard(pool.lock);
    pwq.refcnt = 0;
    pwq.wq = nullptr;
  }
  put_pool(pool);
  list_add(pwq.pwqs_entry, dom.free_pwqs);
}

// Makes a new share one of its queue's; it takes the current colour, so a flush neither misses nor waits for it twice.
// Under the pool mutex and the queue's.  Kernel: link_pwq().
template <class P>
void link_pwq(pool_workqueue<P>& pwq, bool plugged) noexcept {
  lock_guard guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: ours
  pwq.work_color = pwq.wq->work_color;
  pwq.plugged = plugged;
  pwq.installed = true;
  list_add_tail(pwq.pwqs_entry, pwq.wq->pwqs);
}

// Gives the queue's own reference back.  Under the pool mutex and the queue's.
template <class P>
void uninstall_pwq(pool_workqueue<P>& pwq, wake_batch<P>& wakes) noexcept {
  lock_guard guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
  pwq.installed = false;
  put_pwq_locked(pwq, wakes);
}

// The oldest share of an ordered queue may execute, now that those before it are gone.  Under the queue's mutex.
// Kernel: unplug_oldest_pwq().
template <class P>
void unplug_oldest_pwq(basic_workqueue<P>& wq, wake_batch<P>& wakes) noexcept {
  auto* pwq = list_first_or_null<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs);
  if (!pwq) return;
  worker_pool<P>& pool = *pwq->pool.load(kRelaxed);  // relaxed: constant while it is on the list
  lock_guard guard(pool.lock);
  if (!pwq->plugged) return;
  pwq->plugged = false;
  if (!pwq_activate_first_inactive_locked(*pwq, true)) return;
  // A plugged share does not stand in the line for slots: the next one, which finds none, gets it there.
  pwq_activate_first_inactive_locked(*pwq, false);
  kick_pool_locked(pool, wakes);
}

// The manager creates the first workers of pools that have none.  Under the pool mutex.
template <class P>
void staff_pools_of(basic_workqueue<P>& wq) noexcept {
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(
      wq.pwqs, [](pool_workqueue<P>& pwq) { staff_pool(*pwq.pool.load(kRelaxed)); });  // relaxed: constant
}

// A limit of @max_active over the whole queue, shared by the nodes in proportion to their CPUs, each at least
// @min_active.  Under the pool mutex or the queue's.  Kernel: wq_update_node_max_active().
template <class P>
void update_node_max_active(basic_workqueue<P>& wq, int max_active, int min_active) noexcept {
  if (!wq.node_active) return;
  const topology& machine = *wq.dom->machine;
  const cpumask& cpus = wq.effective_cpus;
  const int all = cpus.count();
  for (int node = 0; node < machine.nr_nodes(); ++node) {
    int of_node = 0;
    for (int cpu = cpus.first(); cpu >= 0; cpu = cpus.next(cpu + 1)) of_node += machine.cpu(cpu).node == node;
    // Without any CPU each node has the least.
    const int share = all ? (max_active * of_node + all - 1) / all : 0;
    wq.node_active[node].set_max(std::clamp(share, min_active, max_active));
  }
  wq.node_active[machine.nr_nodes()].set_max(max_active);
}

// Kernel: free_workqueue, the memory only.
template <class P>
void free_workqueue_memory(basic_workqueue<P>& wq) noexcept {
  P::release(wq.cpu_pwq);
  P::release(wq.node_active);
  auto* whole = static_cast<typename P::workqueue_type*>(&wq);
  whole->~workqueue_struct();
  P::release(whole);
}

// On the helper thread: the last reference of @pwq is gone.  With the last pwq goes the queue.
// Kernel: pwq_release_workfn().
template <class P>
void release_pwq(pool_workqueue<P>& pwq) noexcept {
  basic_workqueue<P>& wq = *pwq.wq;
  domain<P>& dom = *wq.dom;
  worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: nobody changes it any more
  bool last;
  wake_batch<P> wakes;
  lock_guard guard(dom.pool_mutex);
  {
    lock_guard wq_guard(wq.mutex_);
    list_del_init(pwq.pwqs_entry);
    wq.retired.add(pwq.stats);
    last = list_empty(wq.pwqs);  // under the mutex: two last ones must not both think so
    if (wq.ordered()) unplug_oldest_pwq(wq, wakes);
  }
  {
    lock_guard pool_guard(pool.lock);
    pwq.wq = nullptr;
  }
  put_pool(pool);
  list_add(pwq.pwqs_entry, dom.free_pwqs);
  if (last) free_workqueue_memory(wq);
}

template <class P>
void release_pwq_job_run(job* chore) {
  release_pwq(*field_owner<pool_workqueue<P>>(chore, &pool_workqueue<P>::release_job));
}

// Gives the queue's own reference of each share back.  The queue may be gone afterwards.
template <class P>
void put_all_pwqs(basic_workqueue<P>& wq) noexcept {
  domain<P>& dom = *wq.dom;
  wake_batch<P> wakes;
  lock_guard guard(dom.pool_mutex);  // keeps the list: releases wait for it
  lock_guard wq_guard(wq.mutex_);
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    if (pwq.installed) uninstall_pwq(pwq, wakes);
  });
}

}  // namespace cmwq::detail
