// A call for help: no worker can be created and items wait.
#pragma once

#include "cmwq/detail/pool/pwq_ref.h"
#include "cmwq/detail/pool/policy.h"

namespace cmwq::detail {

// Puts @pwq on its queue's distress list, if the queue has a rescuer.  The mayday holds a reference.
// Under the pool's lock and the mayday lock.  Kernel: send_mayday().
template <class P>
void send_mayday_locked(pool_workqueue<P>& pwq, wake_batch<P>& wakes) noexcept {
  worker<P>* rescuer = pwq.wq->rescuer;
  if (!rescuer || !list_empty(pwq.mayday_entry)) return;
  get_pwq_locked(pwq);
  list_add_tail(pwq.mayday_entry, pwq.wq->maydays);
  pwq.stats.mayday++;
  rescuer->sleep.give();
  wakes.ring(*rescuer);
}

// On the timer thread, while the manager cannot create a worker.  Kernel: pool_mayday_timeout().
template <class P>
void mayday_timer_fired(timer_node<P>* timer) {
  auto& pool = *field_owner<worker_pool<P>>(timer, &worker_pool<P>::mayday_timer);
  domain<P>& dom = *pool.dom;
  wake_batch<P> wakes;
  {
    lock_guard guard(pool.lock);
    if (pool.dying || !pool.manager_active) return;
    if (need_to_create_worker(pool)) {
      lock_guard maydays(dom.mayday_lock);
      list_for_each<basic_work<P>, &basic_work<P>::entry>(pool.worklist, [&](basic_work<P>& work) {
        send_mayday_locked(*work.data.read().template pwq<P>(), wakes);
      });
    }
    // Under the lock: whoever ends the manager's turn finds it armed and cancels it.
    dom.timers.arm(pool.mayday_timer, dom.params.mayday_interval_ticks);
  }
}

}  // namespace cmwq::detail
