// Taking the timer from a delayed work.
#pragma once

#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/os/timer_wheel.h"

namespace cmwq::detail {

// Return: true if @dwork's timer was armed and is not any more; then the caller owns PENDING.
template <class P>
bool cancel_timer(basic_delayed_work<P>& dwork) noexcept {
  if (!timer_wheel<P>::cancel(dwork.timer)) return false;
  static_cast<basic_workqueue<P>*>(dwork.wq)->nr_armed.fetch_sub(1, kSeqCst);  // (M1), with (M2)
  return true;
}

}  // namespace cmwq::detail
