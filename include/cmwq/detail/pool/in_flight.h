// What is in flight per flush colour; the last item of a colour ends its flush.
#pragma once

#include "cmwq/detail/pool/active.h"
#include "cmwq/detail/pool/pwq_ref.h"

namespace cmwq::detail {

// An item of @pwq has been executed or taken back; the last act on it.  @counted: it held a slot.
// Under the pool's lock, which may be dropped and retaken.  Kernel: pwq_dec_nr_in_flight().
template <class P>
void pwq_dec_nr_in_flight_locked(pool_workqueue<P>& pwq, int color, bool counted, wake_batch<P>& wakes) noexcept {
  if (counted) pwq_dec_nr_active_locked(pwq, wakes);
  if (--pwq.nr_in_flight[color] == 0 && pwq.flush_color == color) {
    pwq.flush_color = -1;
    // (F3) acq_rel, with itself: the last one sees what the others' items wrote.
    if (pwq.wq->nr_pwqs_to_flush.fetch_sub(1, kAcqRel) == 1) wakes.complete(pwq.wq->first_flusher->done);
  }
  put_pwq_locked(pwq, wakes);
}

}  // namespace cmwq::detail
