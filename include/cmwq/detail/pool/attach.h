// A thread joins a pool: it takes the pool's CPUs, and follows them while it stays.
#pragma once

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// By the thread itself.  bind_workers() in life/pool_cpus.h finds it from here on, or it finds the new CPUs itself.
template <class P>
void attach_to_pool(worker<P>& w, worker_pool<P>& pool) noexcept {
  w.pool.exchange(&pool, kSeqCst);          // (W4) seq_cst, with (W1) and (A3)
  w.tid.exchange(P::thread_id(), kSeqCst);  // (W8) seq_cst, with (W9) in src/sched and (A3)
  pool.allowed.apply([](const cpumask& real) { P::unplace_thread(0, real); });
}

}  // namespace cmwq::detail
