// The five questions of concurrency management.  Everything else only asks them.
#pragma once

#include "cmwq/detail/core/worker_pool.h"

namespace cmwq::detail {

template <class P>
int running_limit(const worker_pool<P>& pool) noexcept {
  // relaxed: all are hints that the hook adjusts
  return pool.target.load(kRelaxed) + pool.boost.load(kRelaxed) + pool.surplus.load(kRelaxed);
}

// Should another worker start?  Asked by everyone but a running worker.  Any thread, no lock needed.
template <class P>
bool need_more_worker(const worker_pool<P>& pool) noexcept {
  return pool.held_back.read() && (!pool.counted || pool.nr_running.read() < running_limit(pool));
}

// May the calling worker, which is counted, take another item?
template <class P>
bool keep_working(const worker_pool<P>& pool) noexcept {
  return pool.held_back.read() && (!pool.counted || pool.nr_running.read() <= running_limit(pool));
}

// Is there an idle worker to take over if this one blocks?  Under the pool's lock, as the rest.
template <class P>
bool may_start_working(const worker_pool<P>& pool) noexcept {
  return pool.nr_idle > 0;
}

template <class P>
bool need_to_create_worker(const worker_pool<P>& pool) noexcept {
  return need_more_worker(pool) && !may_start_working(pool);
}

template <class P>
bool too_many_workers(const worker_pool<P>& pool) noexcept {
  const int nr_busy = pool.nr_workers - pool.nr_idle;
  return pool.nr_idle > 2 && (pool.nr_idle - 2) * kMaxIdleWorkersRatio >= nr_busy;
}

}  // namespace cmwq::detail
