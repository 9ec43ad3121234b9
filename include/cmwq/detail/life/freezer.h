// Freezing: no item of a WQ_FREEZABLE queue starts until the thaw; those that are active finish.
//
// A frozen queue has a limit of 0 in force, whatever its max_active is (life/max_active.h); the rest follows:
// accepted items wait, cancelling takes them back, a flush of one blocks.  docs/states/frozen_queue.md.
#pragma once

#include "cmwq/detail/life/max_active.h"

namespace cmwq::detail {

template <class P>
void adjust_freezable_queues(domain<P>& dom) noexcept {
  list_for_each<basic_workqueue<P>, &basic_workqueue<P>::list>(dom.workqueues, [](basic_workqueue<P>& wq) {
    if (!wq.has_flag(WQ_FREEZABLE)) return;
    lock_guard guard(wq.mutex_);
    adjust_max_active(wq);
  });
}

template <class P>
bool any_active(basic_workqueue<P>& wq) noexcept {
  lock_guard guard(wq.mutex_);
  bool active = false;
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    lock_guard pool_guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    active = active || pwq.nr_active > 0;
  });
  return active;
}

// Kernel: freeze_workqueues_begin().
template <class P>
void freeze_begin(domain<P>& dom) noexcept {
  bool frozen_already;
  {
    lock_guard guard(dom.pool_mutex);
    frozen_already = dom.freezing.exchange(true, kRelaxed);  // relaxed: the queues' mutexes order it
    if (!frozen_already) adjust_freezable_queues(dom);
  }
  if (frozen_already && dom.first_time(once::frozen_twice))
    log_warning("cmwq: domain %s: freeze_workqueues_begin() while its queues are frozen already", dom.name.c_str());
}

// Whether items of freezable queues are still active.  Kernel: freeze_workqueues_busy().
template <class P>
bool freeze_busy(domain<P>& dom) noexcept {
  bool busy = false, freezing;
  {
    lock_guard guard(dom.pool_mutex);
    freezing = dom.freezing.load(kRelaxed);  // relaxed: under the pool mutex
    list_for_each<basic_workqueue<P>, &basic_workqueue<P>::list>(dom.workqueues, [&busy](basic_workqueue<P>& wq) {
      if (wq.has_flag(WQ_FREEZABLE)) busy = busy || any_active(wq);
    });
  }
  if (!freezing && dom.first_time(once::busy_without_freeze))
    log_warning("cmwq: domain %s: freeze_workqueues_busy() while its queues are not frozen", dom.name.c_str());
  return busy;
}

// Kernel: thaw_workqueues().
template <class P>
void thaw(domain<P>& dom) noexcept {
  lock_guard guard(dom.pool_mutex);
  if (dom.freezing.exchange(false, kRelaxed)) adjust_freezable_queues(dom);  // relaxed: as in freeze_begin()
}

}  // namespace cmwq::detail
