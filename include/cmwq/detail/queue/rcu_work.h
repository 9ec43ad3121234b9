// rcu_work: an item whose PENDING is owned by a grace period until that is over.
#pragma once

#include "cmwq/detail/core/rcu_work.h"
#include "cmwq/detail/queue/flush_work.h"
#include "cmwq/detail/queue/queue_work.h"

namespace cmwq::detail {

// The grace period is over.  On the thread that ended it.  Kernel: rcu_work_rcufn().
template <class P>
void rcu_work_is_ready(rcu_head* head) {
  auto& rwork = *field_owner<basic_rcu_work<P>>(head, &basic_rcu_work<P>::rcu);
  basic_workqueue<P>& wq = *rwork.wq;
  queue_owned_work<P>(WORK_CPU_UNBOUND, wq, rwork.work);  // from here on @rwork may be gone
  wq.nr_rcu.fetch_sub(1, kSeqCst);                        // (M3), with (M2); from here on @wq may be gone
}

// Misuse: an rcu_work cannot be kept out.  The caller owns PENDING.  Return: true after a message; PENDING is given back.
template <class P>
bool is_disabled_rcu_work(basic_workqueue<P>* wq, basic_work<P>& work) noexcept {
  if (work.data.read().disable_depth() == 0) return false;
  work.data.clear_pending();
  if (wq && wq->dom->first_time(once::disabled_rcu_work))
    log_warning("workqueue %s: rcu_work %s is disabled, which it cannot be; not queued", wq->name,
                name_of(work.func).c_str());
  return true;
}

// Arms as delayed work does: queue/delayed.h has the two columns.  Kernel: queue_rcu_work().
template <class P>
bool queue_after_grace_period(basic_workqueue<P>* wq, basic_rcu_work<P>& rwork) noexcept {
  basic_work<P>& work = rwork.work;
  if (!work.data.try_set_pending()) return false;
  if (is_disabled_rcu_work(wq, work) || !may_be_queued<P>(wq, work)) return false;
  wq->nr_rcu.fetch_add(1, kSeqCst);                 // (M3) seq_cst, with (M2)
  if (wq->flags.load(kSeqCst) & __WQ_DESTROYING) {  // (M2) seq_cst, with (M3)
    queue_owned_work<P>(WORK_CPU_UNBOUND, *wq, work);  // refuses it, with a message
    wq->nr_rcu.fetch_sub(1, kSeqCst);               // (M3), with (M2)
    return true;
  }
  const rcu_flavor& flavor = *wq->dom->rcu;
  rwork.wq = static_cast<typename P::workqueue_type*>(wq);
  rwork.flavor.store(&flavor, kRelaxed);  // relaxed: flavours outlive their domains
  flavor.call(&rwork.rcu, rcu_work_is_ready<P>, flavor.context);
  return true;
}

// Kernel: flush_rcu_work().
template <class P>
bool flush_after_grace_period(basic_rcu_work<P>& rwork) noexcept {
  basic_work<P>& work = rwork.work;
  if (is_uninitialised(work, "flush_rcu_work()") || is_own_item(work, "flush_rcu_work()")) return false;
  const rcu_flavor* flavor = rwork.flavor.load(kRelaxed);  // relaxed: see above
  if (!flavor || !work.data.pending()) return flush_work_instance(work, false);
  if (!flavor->barrier(flavor->context)) return false;
  flush_work_instance(work, false);
  return true;
}

// Waits until no item is on its way to @wq through a grace period.  Return: false if that cannot be waited for.
template <class P>
bool wait_for_rcu_works(basic_workqueue<P>& wq) noexcept {
  const rcu_flavor& flavor = *wq.dom->rcu;
  while (wq.nr_rcu.load(kSeqCst))  // (M3) seq_cst, with (M2)
    if (!flavor.barrier(flavor.context)) return false;
  return true;
}

}  // namespace cmwq::detail
