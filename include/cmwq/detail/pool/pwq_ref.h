// References to a pwq: its queue's own and one per queued item or mayday.  Under the pool's lock.
#pragma once

#include "cmwq/detail/pool/wake_batch.h"

namespace cmwq::detail {

template <class P>
void get_pwq_locked(pool_workqueue<P>& pwq) noexcept {
  CMWQ_ASSERT(pwq.refcnt > 0);
  ++pwq.refcnt;
}

// The last put leaves the release to the helper thread: it takes outer locks.
template <class P>
void put_pwq_locked(pool_workqueue<P>& pwq, wake_batch<P>& wakes) noexcept {
  CMWQ_ASSERT(pwq.refcnt > 0);
  if (--pwq.refcnt == 0) wakes.release(pwq, *pwq.wq->dom);
}

}  // namespace cmwq::detail
