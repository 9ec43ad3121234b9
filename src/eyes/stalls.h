// What happens when a pool stalls.
#pragma once

#include "cmwq/inspect.h"
#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

struct stall_settings {
  mutex<std_policy, lock_rank::jobs_lock> lock;
  stall_handler on_stall = nullptr;       // J: this lock, as the rest
  void* stall_context = nullptr;
  stall_handler on_panic = nullptr;
  void* panic_context = nullptr;
  unsigned panic_on_stall = 0;            // 0: never
  std::uint64_t panic_on_stall_ms = 0;    // 0: never
  unsigned nr_events = 0;                 // stalls so far that count for panic_on_stall
};

/* On the timer thread, once per threshold while something waits.  Kernel: wq_watchdog_timer_fn(). */
void stall_timer_fired(timer_node<std_policy>* timer);

}  // namespace cmwq::detail
