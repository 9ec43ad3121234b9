// destroy_workqueue(): drain, stop the rescuer, check that nothing is left, release.
#pragma once

#include "cmwq/detail/life/pwq_table.h"
#include "cmwq/detail/pool/rescuer.h"
#include "cmwq/detail/queue/delayed.h"
#include "cmwq/detail/queue/flush_workqueue.h"
#include "cmwq/detail/queue/rcu_work.h"

namespace cmwq::detail {

// Kernel: pwq_busy().  Under the pool's lock.
template <class P>
bool pwq_busy_locked(const pool_workqueue<P>& pwq) noexcept {
  for (int in_flight : pwq.nr_in_flight)
    if (in_flight) return true;
  return pwq.nr_active || !list_empty(pwq.inactive_works);
}

template <class P>
bool anything_left(basic_workqueue<P>& wq) noexcept {
  lock_guard guard(wq.mutex_);
  bool left = false;
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    lock_guard pool_guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    left = left || pwq_busy_locked(pwq);
  });
  return left;
}

// Kernel: destroy_workqueue().
template <class P>
void destroy_queue(basic_workqueue<P>& wq) noexcept {
  if (is_own_queue(wq, "destroy_workqueue()")) return;
  domain<P>& dom = *wq.dom;
  if (!wait_for_rcu_works(wq)) return log_error("workqueue %s: not destroyed", wq.name);
  if (anything_left(wq) && is_offline(wq, "destroy_workqueue()")) return;
  {
    lock_guard guard(wq.mutex_);
    wq.flags.fetch_or(__WQ_DESTROYING, kSeqCst);  // (M2) seq_cst, with (M1); also (F7), with (F1)
  }
  // Misuse that the kernel cannot see: timers that would fire into a queue that is gone.
  if (const int dropped = drop_armed_works(wq))
    log_error("workqueue %s: destroyed while %d delayed work(s) were armed on it; they were dropped: cancel them "
              "first", wq.name, dropped);
  wait_for_rcu_works(wq);  // misuse too: queued meanwhile, refused when their readers have left
  drain(wq, "destroy_workqueue()");
  // Before the check: a mayday holds a reference.
  stop_rescuer(wq);
  if (anything_left(wq)) {
    log_error("workqueue %s: items are in flight after the drain: queued from outside while it was being "
              "destroyed; the queue is left behind and refuses new items", wq.name);
    return;
  }
  {
    lock_guard guard(dom.pool_mutex);
    list_del_init(wq.list);
  }
  put_all_pwqs(wq);
}

}  // namespace cmwq::detail
