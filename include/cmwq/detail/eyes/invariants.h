// The state machines, asserted: one function per page of docs/states/.
//
// Each returns the first invariant that does not hold, as text, or nullptr.  They only read.
#pragma once

#include "cmwq/detail/core/domain.h"
#include "cmwq/detail/life/max_active.h"
#include "cmwq/detail/os/rcu.h"
#include "cmwq/detail/pool/busy.h"

namespace cmwq::detail {

// docs/states/work_item.md.  @work is on the list of @pool or of one of its pwqs; under the pool's lock.
template <class P>
const char* broken_work_state(const basic_work<P>& work, const worker_pool<P>& pool, bool on_inactive_list) noexcept {
  const work_bits bits = work.data.read();
  if (!bits.pending()) return "a listed item is not pending";
  pool_workqueue<P>* pwq = bits.template pwq<P>();
  if (!pwq) return "a listed item does not name its pwq";
  if (pwq->pool.load(kRelaxed) != &pool) return "a listed item names another pool's pwq";  // relaxed: constant
  if (on_inactive_list && !bits.inactive()) return "an item waits for a slot but is not marked inactive";
  if (pwq->refcnt < 2) return "a listed item holds no reference to its pwq";
  return nullptr;
}

// docs/states/worker.md.  Under the pool's lock.
template <class P>
const char* broken_worker_state(const worker<P>& w, const worker_pool<P>& pool) noexcept {
  if (w.pool.load(kRelaxed) != &pool) return "a worker of this pool names another";  // relaxed: constant
  if (w.idle && w.top) return "an idle worker executes an item";
  if (!w.idle && !list_empty(w.idle_entry)) return "a worker on the idle list is not idle";
  if (!list_empty(w.idle_entry) && w.state.read() != run_states::parked) return "a worker on the idle list is not parked";
  if (w.top && w.state.read() == run_states::parked) return "a parked worker executes an item";
  for (const execution<P>* e = w.top; e; e = e->outer)
    if (e->owner != &w) return "an execution names another worker";
  return nullptr;
}

// docs/states/bh_pool.md.  Under the pool's lock.
template <class P>
const char* broken_bh_state(const worker_pool<P>& pool) noexcept {
  if (!pool.bh) return nullptr;
  if (pool.cpu < 0) return "a BH pool belongs to no CPU";
  if (pool.nr_workers > 1) return "a BH pool has more than one thread";
  if (pool.nr_busy > 1) return "a BH pool executes two items at once";
  if (!pool.counted || pool.target.load(kRelaxed) != 1) return "a BH pool would start a second item";  // relaxed: constant
  return nullptr;
}

// docs/states/worker_pool.md.  Under the pool's lock.
template <class P>
const char* broken_pool_state(worker_pool<P>& pool) noexcept {
  if (pool.held_back.read() == list_empty(pool.worklist)) return "held_back disagrees with worklist";
  if (pool.nr_idle < 0 || pool.nr_idle > pool.nr_workers) return "nr_idle out of range";
  const char* broken = broken_bh_state(pool);
  const auto note = [&broken](const char* found) {
    if (!broken) broken = found;
  };
  int workers = 0, idle = 0, busy = 0;
  list_for_each<worker<P>, &worker<P>::pool_entry>(pool.workers, [&](worker<P>& w) {
    ++workers;
    idle += w.idle;
    note(broken_worker_state(w, pool));
  });
  if (workers != pool.nr_workers) note("nr_workers disagrees with the list of workers");
  if (idle != pool.nr_idle) note("nr_idle disagrees with the workers");
  for (list_head& bucket : pool.busy_hash) busy += static_cast<int>(list_count(bucket));
  if (busy != pool.nr_busy) note("nr_busy disagrees with busy_hash");
  list_for_each<basic_work<P>, &basic_work<P>::entry>(
      pool.worklist, [&](basic_work<P>& work) { note(broken_work_state(work, pool, false)); });
  return broken;
}

// The CPUs of docs/states/worker_pool.md.  Under the domain's pool mutex.
template <class P>
const char* broken_pool_cpus(const worker_pool<P>& pool) noexcept {
  const cpumask& online = pool.dom->online_cpus;
  const cpumask runs_on = pool.allowed.logical();
  if (runs_on.empty() || !online.contains(runs_on)) return "its workers may run on CPUs that are offline, or on none";
  if (pool.displaced.load(kRelaxed) == pool.attrs.pod_cpus.intersects(online))  // relaxed: under the mutex
    return "displaced disagrees with the CPUs that are online";
  if (pool.counted && pool.target.load(kRelaxed) < 1) return "none of its workers may run";  // relaxed: the same
  return nullptr;
}

// docs/states/pool_workqueue.md.  Under the lock of its pool.
template <class P>
const char* broken_pwq_state(pool_workqueue<P>& pwq) noexcept {
  int in_flight = 0;
  for (int n : pwq.nr_in_flight) {
    if (n < 0) return "nr_in_flight is negative";
    in_flight += n;
  }
  if (pwq.installed && pwq.refcnt < 1) return "a share in its queue's slots has no reference";
  if (pwq.plugged && pwq.nr_active) return "a plugged share has active items";
  if (pwq.nr_active < 0 || pwq.nr_active > in_flight) return "nr_active out of range";
  const char* broken = nullptr;
  int inactive = 0;
  list_for_each<basic_work<P>, &basic_work<P>::entry>(pwq.inactive_works, [&](basic_work<P>& work) {
    ++inactive;
    if (!broken) broken = broken_work_state(work, *pwq.pool.load(kRelaxed), true);  // relaxed: constant
  });
  if (inactive + pwq.nr_active > in_flight) return "more items wait and are active than are in flight";
  if (pwq.flush_color >= 0 && pwq.nr_in_flight[pwq.flush_color] == 0) return "a flush waits for a colour that is done";
  return broken;
}

// docs/states/flush_colours.md.  Under the queue's mutex.
template <class P>
const char* broken_flush_state(basic_workqueue<P>& wq) noexcept {
  if (!wq.first_flusher && !list_empty(wq.flusher_queue)) return "flushers queue up behind nobody";
  if (!wq.first_flusher && wq.flush_color != wq.work_color) return "colours are in use without a flusher";
  if (!list_empty(wq.flusher_overflow) && (wq.work_color + 1) % WORK_NR_COLORS != wq.flush_color)
    return "flushers wait for a colour while one is free";
  if (wq.nr_drainers < 0) return "nr_drainers is negative";
  return nullptr;
}

// docs/states/grace_period.md.
template <class P>
const char* broken_grace_period(rcu_state<P>& rcu) noexcept {
  return rcu.broken();
}

// docs/states/frozen_queue.md.  Under the pool mutex and the queue's.
template <class P>
const char* broken_freeze_state(const basic_workqueue<P>& wq) noexcept {
  const bool frozen = is_frozen(wq);
  const int asked = wq.saved_max_active.load(kRelaxed);  // relaxed, both: under the mutex
  const int in_force = wq.max_active.load(kRelaxed);
  if (asked < 1) return "the limit asked for is below 1";
  if (in_force != (frozen ? 0 : asked)) return "the limit in force is neither the one asked for nor that of a frozen queue";
  if (wq.min_active < 0 || wq.min_active > asked) return "min_active out of range";
  return nullptr;
}

}  // namespace cmwq::detail
