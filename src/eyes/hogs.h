// Work functions that hog CPUs.
#pragma once

#include "sched/hooks.h"

namespace cmwq::detail {

/* @w has just been found hogging its CPU: says so, if it is the function's turn.  Only in per-CPU pools: elsewhere long
 * computations are what one comes for.  Takes the pool's lock.  Kernel: wq_cpu_intensive_report(). */
void report_hog(std_worker& w) noexcept;

}  // namespace cmwq::detail
