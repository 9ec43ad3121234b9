// Becoming idle and being taken from idleness.  All under the pool's lock.
#pragma once

#include "cmwq/detail/pool/policy.h"
#include "cmwq/detail/pool/wake_batch.h"

namespace cmwq::detail {

// By the worker itself, which executes nothing.  From here on any thread may take it.
template <class P>
void worker_enter_idle_locked(worker<P>& w, worker_pool<P>& pool, wake_batch<P>& wakes) noexcept {
  w.idle = true;
  w.idle_since = P::now();
  ++pool.nr_idle;
  w.state.park(pool.nr_running);  // before it can be found
  if (worker<P>* displaced = pool.standby.put(&w)) list_add(displaced->idle_entry, pool.idle_list);
  if (too_many_workers(pool)) wakes.cull_later(pool);
}

// Off the list or slot it is already: by the worker itself, or by who retires it.
template <class P>
void worker_leave_idle_locked(worker<P>& w, worker_pool<P>& pool) noexcept {
  CMWQ_ASSERT(w.idle && list_empty(w.idle_entry));
  w.idle = false;
  --pool.nr_idle;
}

// The worker that became idle last, or nullptr.
template <class P>
worker<P>* take_idle_worker_locked(worker_pool<P>& pool) noexcept {
  if (worker<P>* w = pool.standby.take()) return w;
  auto* w = list_first_or_null<worker<P>, &worker<P>::idle_entry>(pool.idle_list);
  if (w) list_del_init(w->idle_entry);
  return w;
}

// Sentinels take from the slots without the lock; fill the slots again from the list.
template <class P>
void refill_standby_locked(worker_pool<P>& pool) noexcept {
  while (!pool.standby.full()) {
    auto* w = list_first_or_null<worker<P>, &worker<P>::idle_entry>(pool.idle_list);
    if (!w) return;
    list_del_init(w->idle_entry);
    if (worker<P>* displaced = pool.standby.put(w)) list_add(displaced->idle_entry, pool.idle_list);
  }
}

}  // namespace cmwq::detail
