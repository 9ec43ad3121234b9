// The CPU time of a queue's items, sampled.
//
// Reading a thread's CPU clock is a system call, too much for each item.  So, at the end of an item but at most once
// per tick of the system's clock, the worker charges what its thread has used since the last sample to the share of
// that item.  Long items are charged exactly; short ones in proportion, as the share that a tick finds at work pays
// for the tick.  Kernel: wq_worker_tick(), PWQ_STAT_CPU_TIME.
#pragma once

#include "cmwq/detail/core/worker.h"

namespace cmwq::detail {

// By the worker itself, without locks.  Return: ns.
template <class P>
std::uint64_t cpu_time_to_charge(worker<P>& w) noexcept {
  const std::uint64_t tick = P::now_coarse();
  if (tick == w.cpu_sampled_at) return 0;
  w.cpu_sampled_at = tick;
  const std::uint64_t before = w.cpu_sampled_ns;
  w.cpu_sampled_ns = P::own_cpu_time();
  return w.cpu_sampled_ns - before;
}

}  // namespace cmwq::detail
