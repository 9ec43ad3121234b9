// Delayed work: an item whose PENDING is owned by a timer until it fires.
#pragma once

#include "cmwq/detail/queue/queue_work.h"

namespace cmwq::detail {

// On the timer thread.  A queue that drains refuses the item, even one of its own.
template <class P>
void delayed_work_timer_fired(timer_node<P>* timer) {
  auto& dwork = *field_owner<basic_delayed_work<P>>(timer, &basic_delayed_work<P>::timer);
  basic_workqueue<P>& wq = *dwork.wq;
  const int cpu = dwork.cpu;
  queue_owned_work<P>(cpu, wq, dwork.work);  // from here on @dwork may be gone
  wq.nr_armed.fetch_sub(1, kSeqCst);         // (M1), with (M2); from here on @wq may be gone
}

// The caller owns PENDING.  Kernel: __queue_delayed_work().
//
//   arm                                      destroy_workqueue()
//   1. nr_armed up (M1)                      1. set __WQ_DESTROYING (M2)
//   2. read the flags (M2)                   2. take timers away until nr_armed is 0 (M1)
template <class P>
void queue_owned_delayed_work(int cpu, basic_workqueue<P>& wq, basic_delayed_work<P>& dwork,
                              unsigned long delay) noexcept {
  if (delay == 0) {
    queue_owned_work<P>(cpu, wq, dwork.work);
    return;
  }
  wq.nr_armed.fetch_add(1, kSeqCst);                   // (M1) seq_cst, with (M2)
  if (wq.flags.load(kSeqCst) & __WQ_DESTROYING) {      // (M2) seq_cst, with (M1)
    queue_owned_work<P>(cpu, wq, dwork.work);          // refuses it, with a message
    wq.nr_armed.fetch_sub(1, kSeqCst);                 // (M1), with (M2)
    return;
  }
  if (cpu >= 0 && cpu < wq.dom->machine->nr_cpus() && !wq.dom->online_now.test(cpu) &&
      wq.dom->first_time(once::delay_on_offline_cpu))
    log_warning("workqueue %s: %s is delayed for CPU %d, which is offline; it will run on another one", wq.name,
                name_of(dwork.work.func).c_str(), cpu);
  dwork.wq = static_cast<typename P::workqueue_type*>(&wq);
  dwork.cpu = cpu;
  dwork.timer.fn.store(delayed_work_timer_fired<P>, kRelaxed);  // relaxed: the wheel's lock orders it
  wq.dom->timers.arm(dwork.timer, delay);
}

// @wq is being destroyed: takes the timers that are armed on it away; their items become idle.
// Return: how many.
template <class P>
int drop_armed_works(basic_workqueue<P>& wq) noexcept {
  int dropped = 0;
  while (wq.nr_armed.load(kSeqCst)) {  // (M1) seq_cst, with (M2)
    wq.dom->timers.cancel_if(
        [&](timer_node<P>& timer) {
          return timer.fn.load(kRelaxed) == delayed_work_timer_fired<P> &&  // relaxed: under the wheel's lock
                 field_owner<basic_delayed_work<P>>(&timer, &basic_delayed_work<P>::timer)->wq == &wq;
        },
        [&](timer_node<P>& timer) {
          auto& dwork = *field_owner<basic_delayed_work<P>>(&timer, &basic_delayed_work<P>::timer);
          static_cast<basic_work<P>&>(dwork.work).data.clear_pending();
          wq.nr_armed.fetch_sub(1, kSeqCst);  // (M1), with (M2)
          ++dropped;
        });
    P::yield();  // one may be firing
  }
  return dropped;
}

}  // namespace cmwq::detail
