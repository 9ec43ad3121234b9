// max_active: who may be on a pool's list.  All under the lock of the pwq's pool.
//
// A per-CPU queue has a limit per pwq; an unbound queue has one per NUMA node, shared by its pwqs there.
// The per-node protocol, two columns (the numbers are the tags in node_active.h):
//
//   a pwq that wants a slot                     who gives a slot back
//   1. stand on pending_pwqs                    1. take nr down (N4)
//   2. try again (N3)                           2. look at pending_pwqs
//
// Both in one total order: the wish or the slot is seen.
#pragma once

#include "cmwq/detail/pool/kick.h"
#include "cmwq/detail/pool/trace_sites.h"

namespace cmwq::detail {

// nullptr for per-CPU queues.
template <class P>
node_nr_active<P>* node_active_of(const pool_workqueue<P>& pwq) noexcept {
  if (!pwq.wq->node_active) return nullptr;
  const int node = pwq.pool.load(kRelaxed)->node;  // relaxed: constant while the pwq lives
  return &pwq.wq->node_active[node >= 0 ? node : pwq.wq->dom->machine->nr_nodes()];
}

// Takes a slot.  @fill: the caller fills pwqs in turn, waiting ones included.
// Kernel: pwq_tryinc_nr_active().
template <class P>
bool pwq_tryinc_nr_active_locked(pool_workqueue<P>& pwq, bool fill) noexcept {
  if (pwq.plugged) return false;
  node_nr_active<P>* nna = node_active_of(pwq);
  if (!nna) {
    if (pwq.nr_active >= pwq.wq->max_active.load(kRelaxed)) return false;  // relaxed: a change re-activates
    ++pwq.nr_active;
    return true;
  }
  // Others of this pwq wait already: do not overtake them.
  if (pwq.waits_for_slot && !fill) return false;
  if (nna->try_increment()) {
    ++pwq.nr_active;
    return true;
  }
  lock_guard guard(nna->lock);
  if (!pwq.waits_for_slot)
    nna->start_waiting_locked(pwq);
  else if (!fill)
    return false;
  if (!nna->try_increment()) return false;
  // It is not waiting after all; a filler leaves it to node_activate_pending_pwq() to tidy up.
  if (!fill) nna->stop_waiting_locked(pwq);
  ++pwq.nr_active;
  return true;
}

// inactive_works -> the pool's list.
template <class P>
void activate_work_locked(pool_workqueue<P>& pwq, basic_work<P>& work) noexcept {
  worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: constant while the pwq lives
  trace_activate_work(*pool.dom, work);
  work.data.clear_inactive();
  move_linked_works(work, pool.worklist);
  worklist_grew_locked(pool);
}

// Kernel: pwq_activate_first_inactive().
template <class P>
bool pwq_activate_first_inactive_locked(pool_workqueue<P>& pwq, bool fill) noexcept {
  auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(pwq.inactive_works);
  if (!work || !pwq_tryinc_nr_active_locked(pwq, fill)) return false;
  activate_work_locked(pwq, *work);
  return true;
}

// Lets the first waiting pwq of the node have a slot.  @locked: a pool whose lock the caller holds and holds
// again on return; it may be dropped in between.  Kernel: node_activate_pending_pwq().
template <class P>
void node_activate_pending_pwq(node_nr_active<P>& nna, worker_pool<P>& locked, wake_batch<P>& wakes) noexcept {
  worker_pool<P>* held = &locked;
  nna.lock.lock();
  while (auto* pwq = list_first_or_null<pool_workqueue<P>, &pool_workqueue<P>::pending_node>(nna.pending_pwqs)) {
    worker_pool<P>& pool = *pwq->pool.load(kRelaxed);  // relaxed: constant while the pwq lives
    if (&pool != held) {
      // A pool's lock comes before the node's: try, or start over with both dropped.
      held->lock.unlock();
      if (!pool.lock.try_lock()) {
        nna.lock.unlock();
        pool.lock.lock();
        held = &pool;
        nna.lock.lock();
        continue;
      }
      held = &pool;
    }
    auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(pwq->inactive_works);
    if (!work) {  // it was cancelled, or a filler took it
      nna.stop_waiting_locked(*pwq);
      continue;
    }
    if (nna.try_increment()) {
      ++pwq->nr_active;
      activate_work_locked(*pwq, *work);
      if (list_empty(pwq->inactive_works))
        nna.stop_waiting_locked(*pwq);
      else
        list_move_tail(pwq->pending_node, nna.pending_pwqs);  // the next one's turn
      if (&pool != &locked) kick_pool_locked(pool, wakes);
    }
    break;
  }
  nna.lock.unlock();
  if (held != &locked) {
    held->lock.unlock();
    locked.lock.lock();
  }
}

// Gives a slot back and lets the next item have it.  May drop and retake the pool's lock: the caller is done
// with the item.  Kernel: pwq_dec_nr_active().
template <class P>
void pwq_dec_nr_active_locked(pool_workqueue<P>& pwq, wake_batch<P>& wakes) noexcept {
  node_nr_active<P>* nna = node_active_of(pwq);
  --pwq.nr_active;
  if (!nna) {
    pwq_activate_first_inactive_locked(pwq, false);
    return;
  }
  if (!nna->decrement()) return;  // the limit was lowered
  if (!nna->anybody_waits()) return;
  node_activate_pending_pwq(*nna, *pwq.pool.load(kRelaxed), wakes);  // relaxed: constant while the pwq lives
}

}  // namespace cmwq::detail
