// workqueue_congested(): do items wait for a slot?
#pragma once

#include "cmwq/detail/queue/select.h"

namespace cmwq::detail {

// Whether the share of @wq that serves @cpu has items that wait.
template <class P>
bool has_waiting_items(basic_workqueue<P>& wq, int cpu) noexcept {
  for (;;) {
    pool_workqueue<P>* pwq = wq.cpu_pwq[cpu].load(kAcquire);  // (F2) acquire, with (F6) in life/pwq_table.h
    worker_pool<P>* pool = pwq->pool.load(kAcquire);          // (Q1), with (Q2)
    {
      lock_guard guard(pool->lock);
      // A share that was replaced may be gone by now.
      if (pwq->refcnt > 0 && pwq->wq == &wq && pwq->pool.load(kRelaxed) == pool)  // relaxed: under lock
        return !list_empty(pwq->inactive_works);
    }
    P::relax();
  }
}

}  // namespace cmwq::detail
