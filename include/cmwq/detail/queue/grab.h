// Steal PENDING from whatever state the item is in: idle, in a timer, inactive, queued.
#pragma once

#include "cmwq/detail/pool/in_flight.h"
#include "cmwq/detail/queue/find.h"
#include "cmwq/detail/queue/timer.h"

namespace cmwq::detail {

enum class grab_result { was_idle, was_pending, in_transit };

// Takes a queued item off its list.  Under its pool's lock.
template <class P>
void unqueue_locked(pool_workqueue<P>& pwq, worker_pool<P>& pool, basic_work<P>& work, wake_batch<P>& wakes) noexcept {
  const work_bits bits = work.data.read();
  // Barriers chained to an inactive item must not stay behind on the inactive list: nothing would count them.
  if (bits.inactive()) move_linked_works(work, pool.worklist);
  list_del_init(work.entry);
  if (list_empty(pool.worklist))
    pool.held_back.set(false);
  else
    worklist_grew_locked(pool);
  work.data.set_pool_and_keep_pending(static_cast<std::uint64_t>(pool.id), pool.bh);
  pwq_dec_nr_in_flight_locked(pwq, bits.color(), !bits.inactive(), wakes);
  // A barrier moved here, or an item that took over the slot, may be all there is on the list.
  kick_pool_locked(pool, wakes);
}

// Kernel: try_to_grab_pending().  Whatever it returns but in_transit, the caller owns PENDING.
template <class P>
grab_result try_to_grab_pending(basic_work<P>& work, basic_delayed_work<P>* dwork) noexcept {
  if (dwork && cancel_timer(*dwork)) return grab_result::was_pending;
  if (work.data.try_set_pending()) return grab_result::was_idle;

  wake_batch<P> wakes;
  locked_pool_of<P> found(work);
  pool_workqueue<P>* pwq = found.pwq();
  if (!pwq) return grab_result::in_transit;
  unqueue_locked(*pwq, *found.pool(), work, wakes);
  found.unlock();
  return grab_result::was_pending;
}

// The same until it succeeds.  Somebody between "took PENDING" and "queued" is a few instructions away from
// the end, unless the system took the CPU from it.  Return: whether the item was pending.
template <class P>
bool grab_pending(basic_work<P>& work, basic_delayed_work<P>* dwork) noexcept {
  for (int spins = 0;; ++spins) {
    const grab_result result = try_to_grab_pending(work, dwork);
    if (result != grab_result::in_transit) return result == grab_result::was_pending;
    if (spins < 100)
      P::relax();
    else
      P::yield();
  }
}

}  // namespace cmwq::detail
