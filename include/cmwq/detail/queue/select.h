// Which pwq does an item go to?
#pragma once

#include <algorithm>

#include "cmwq/detail/pool/busy.h"
#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// The caller's CPU: of a bound worker its pool's, of others the one it runs on; round-robin if that is not ours or offline.
template <class P>
int local_cpu(domain<P>& dom) noexcept {
  const worker<P>* self = P::current_worker();
  if (self && self->dom == &dom) {
    const worker_pool<P>* pool = self->pool.load(kRelaxed);  // relaxed: its own
    if (pool && pinned_to_cpu(*pool)) return pool->cpu;
  }
  const int cpu = dom.machine->logical(P::current_cpu());
  if (cpu >= 0 && dom.online_now.test(cpu)) return cpu;
  const unsigned turn = dom.rr_cursor.fetch_add(1, kRelaxed);  // relaxed: any value will do
  const int next = static_cast<int>(turn % static_cast<unsigned>(dom.machine->nr_cpus()));
  return dom.online_now.test(next) ? next : std::max(0, dom.online_now.read().next_wrapped(next));
}

// The CPU whose pod an item of an unbound queue goes to: the local one if it is not excluded, else the next one in turn.
// Kernel: wq_select_unbound_cpu().
template <class P>
int local_unbound_cpu(domain<P>& dom) noexcept {
  const int local = local_cpu(dom);
  if (!dom.choice_limited.load(kRelaxed)) return local;  // relaxed: a hint
  const bool forced = dom.force_rr_cpu.load(kRelaxed);   // relaxed: a hint
  if (!forced && dom.choice.test(local)) return local;
  if (forced && dom.first_time(once::force_rr_cpu))
    log_warning("workqueue: round-robin CPU selection is forced for domain %s: expect it to be slower", dom.name.c_str());
  const int next = dom.choice.read().next_wrapped(dom.last_choice.load(kRelaxed));  // relaxed: any CPU will do
  if (next < 0) return local;
  dom.last_choice.store(next, kRelaxed);  // relaxed: the same
  return next;
}

// Locks the pool of the pwq to which @work goes and returns the pwq, which is alive.  If the item is being
// executed for the same queue elsewhere, that is where it goes, so that it never runs twice at once.  Ordered
// queues need no such detour: they have one pwq.  Kernel: the middle of __queue_work().
template <class P>
pool_workqueue<P>& lock_selected_pwq(basic_workqueue<P>& wq, basic_work<P>& work, int cpu) noexcept {
  for (;;) {
    pool_workqueue<P>* pwq = wq.cpu_pwq[cpu].load(kAcquire);  // (F2) acquire, with (F6) in life/pwq_table.h
    worker_pool<P>* pool = pwq->pool.load(kAcquire);          // (Q1), with (Q2)
    worker_pool<P>* last = wq.dom->pool_by_id(work.data.read().pool_id());
    if (last && last != pool && !wq.ordered()) {
      last->lock.lock();
      execution<P>* running = find_execution_locked(*last, work);
      if (running && running->pwq->wq == &wq) return *running->pwq;
      last->lock.unlock();
    }
    pool->lock.lock();
    // A pwq that was replaced may be gone by now.
    if (pwq->refcnt > 0 && pwq->wq == &wq && pwq->pool.load(kRelaxed) == pool) return *pwq;  // relaxed: under lock
    pool->lock.unlock();
    P::relax();
  }
}

}  // namespace cmwq::detail
