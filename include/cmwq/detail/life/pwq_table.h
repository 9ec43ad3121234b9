// A queue's shares: which pwq serves which CPU.
#pragma once

#include "cmwq/detail/life/pool_table.h"

namespace cmwq::detail {

template <class P>
void release_pwq_job_run(job* chore);

// A share of @wq in @pool, whose reference it takes over; nullptr, with the reference given back, if no memory is
// left.  Under the pool mutex.
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
  pwq->work_color = wq.work_color;
  pwq->flush_color = -1;
  pwq->stats = {};
  pwq->release_job.run = release_pwq_job_run<P>;
  pwq->pool.store(pool, kRelease);  // (Q2) release, with (Q1)
  list_add_tail(pwq->pwqs_entry, wq.pwqs);
  return pwq;
}

template <class P>
bool alloc_percpu_pwqs(basic_workqueue<P>& wq) noexcept {
  for (int cpu = 0; cpu < wq.dom->machine->nr_cpus(); ++cpu) {
    pool_workqueue<P>* pwq = alloc_pwq(wq, bound_pool(*wq.dom, cpu, wq.has_flag(WQ_HIGHPRI)));
    if (!pwq) return false;
    wq.cpu_pwq[cpu].store(pwq, kRelease);  // (F6) release, with (F2)
  }
  return true;
}

// One share per pod of the queue's scope.  Ordered queues have a single one over all CPUs.
template <class P>
bool alloc_unbound_pwqs(basic_workqueue<P>& wq) noexcept {
  const topology& machine = *wq.dom->machine;
  const pod_table& table = machine.pods(wq.ordered() ? scope::system : wq.dom->default_scope);
  for (const cpumask& pod : table.pods) {
    pool_attrs attrs;
    attrs.nice = wq.has_flag(WQ_HIGHPRI) ? kHighpriNice : 0;
    attrs.cpus = machine.all();
    attrs.pod_cpus = pod;
    pool_workqueue<P>* pwq = alloc_pwq(wq, unbound_pool(*wq.dom, attrs));
    if (!pwq) return false;
    if (wq.ordered()) wq.dfl_pwq = pwq;
    for (int cpu = pod.first(); cpu >= 0; cpu = pod.next(cpu + 1))
      wq.cpu_pwq[cpu].store(pwq, kRelease);  // (F6), with (F2)
  }
  return true;
}

// A limit of @max_active over the whole queue, shared by the nodes in proportion to their CPUs, each at least
// @min_active.  Kernel: wq_update_node_max_active().
template <class P>
void update_node_max_active(basic_workqueue<P>& wq, int max_active, int min_active) noexcept {
  if (!wq.node_active) return;
  const topology& machine = *wq.dom->machine;
  const int all = machine.nr_cpus();
  for (int node = 0; node < machine.nr_nodes(); ++node) {
    int cpus = 0;
    for (int cpu = 0; cpu < all; ++cpu) cpus += machine.cpu(cpu).node == node;
    int share = (max_active * cpus + all - 1) / all;
    if (share < min_active) share = min_active;
    if (share > max_active) share = max_active;
    wq.node_active[node].set_max(share);
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
  lock_guard guard(dom.pool_mutex);
  {
    lock_guard wq_guard(wq.mutex_);
    list_del_init(pwq.pwqs_entry);
    wq.retired.add(pwq.stats);
    last = list_empty(wq.pwqs);  // under the mutex: two last ones must not both think so
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
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    lock_guard pool_guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    put_pwq_locked(pwq, wakes);
  });
}

}  // namespace cmwq::detail
