// Work functions that hog CPUs.
#pragma once

#include "sched/hooks.h"

namespace cmwq::detail {

// What the worker executes that is about to be found hogging its CPU.
struct hog_note {
  basic_work<std_policy>::func_type func = nullptr;
  char wq_name[WQ_NAME_LEN] = {};
};

/* The item of @w; none (func is null) in unbound pools, where long computations are what one comes for, or if it has just
 * ended.  Takes the pool's lock. */
hog_note note_item(std_worker& w) noexcept;

/* The item was found hogging its CPU: says so, if it is the function's turn.  Kernel: wq_cpu_intensive_report(). */
void report_hog(std_domain& dom, const hog_note& item) noexcept;

}  // namespace cmwq::detail
