// The rescuer: one thread per WQ_MEM_RECLAIM queue that executes the queue's items when no worker can be created.
//
// It promises one item at a time and no more: two items that wait for each other need two queues.
#pragma once

#include "cmwq/detail/pool/manager.h"

namespace cmwq::detail {

// The next item of @pwq on @pool's list that is not being executed already, or nullptr.
template <class P>
basic_work<P>* next_item_of_locked(pool_workqueue<P>& pwq, worker_pool<P>& pool, execution<P>& frame) noexcept {
  for (list_head *at = pool.worklist.next, *next = at->next; at != &pool.worklist; at = next, next = at->next) {
    auto* work = list_owner<basic_work<P>, &basic_work<P>::entry>(at);
    if (work->data.read().template pwq<P>() != &pwq) continue;
    if (assign_work_locked(pool, *work, frame)) return work;
    next = pool.worklist.next;  // barriers behind it moved too
  }
  return nullptr;
}

// Executes items of @pwq, one by one, while the pool has nobody else for them.  Under the pool's lock, dropped for
// each item.  Return: whether items are left and the pool still needs help.  Kernel: assign_rescuer_work().
template <class P>
bool rescue_pwq_locked(worker<P>& rescuer, pool_workqueue<P>& pwq, worker_pool<P>& pool) noexcept {
  for (int n = 0; n < kRescuerBatch; ++n) {
    if (!need_to_create_worker(pool) || !next_item_of_locked(pwq, pool, rescuer.base)) return false;
    process_scheduled_works(rescuer, pool, rescuer.base);
  }
  return need_to_create_worker(pool);
}

// The rescuer has no pool: it sleeps on the CPUs of unbound work, and follows them from here on.
template <class P>
void wait_on_unbound_cpus(worker<P>& rescuer) noexcept {
  lock_guard guard(rescuer.dom->attach_mutex);
  rescuer.pool.store(nullptr, kRelease);  // (W4) release, with (W1)
  const cpumask cpus = rescuer.dom->choice.read();
  if (!cpus.empty()) P::bind_self(*rescuer.dom->machine, cpus);
}

// Joins the pool of a pwq that asked for help, helps, and leaves.
template <class P>
void answer_mayday(worker<P>& rescuer, pool_workqueue<P>& pwq) noexcept {
  domain<P>& dom = *rescuer.dom;
  worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: constant while the mayday's reference is held
  attach_to_pool(rescuer, pool);

  wake_batch<P> wakes;
  {
    lock_guard guard(pool.lock);
    const bool more = rescue_pwq_locked(rescuer, pwq, pool);
    if (more) {  // others of this queue get their turn first
      lock_guard maydays(dom.mayday_lock);
      if (list_empty(pwq.mayday_entry)) {
        get_pwq_locked(pwq);
        list_add_tail(pwq.mayday_entry, pwq.wq->maydays);
      }
    }
    // The pool must not be left without anybody: a worker may have become idle meanwhile.
    kick_pool_locked(pool, wakes);
    put_pwq_locked(pwq, wakes);
  }
  wait_on_unbound_cpus(rescuer);
}

template <class P>
pool_workqueue<P>* take_mayday(basic_workqueue<P>& wq) noexcept {
  lock_guard guard(wq.dom->mayday_lock);
  auto* pwq = list_first_or_null<pool_workqueue<P>, &pool_workqueue<P>::mayday_entry>(wq.maydays);
  if (pwq) list_del_init(pwq->mayday_entry);
  return pwq;
}

// Kernel: rescuer_thread().
template <class P>
void rescuer_thread_entry(void* argument) {
  auto& rescuer = *static_cast<worker<P>*>(argument);
  basic_workqueue<P>& wq = *rescuer.rescue_wq;
  char name[16] = "cmwq/R-";
  for (int i = 0; i < 8 && wq.name[i]; ++i) name[7 + i] = wq.name[i];
  P::set_name(name);
  P::set_nice(kRescuerNice);
  P::set_current_worker(&rescuer);
  rescuer.tid.store(P::thread_id(), kRelease);  // (W8) release, with (W9) in src/
  wait_on_unbound_cpus(rescuer);

  for (;;) {
    // Read before the list is emptied: what was asked before the stop is answered.
    const bool stop = wq.rescuer_stop.load(kAcquire);  // (F4) acquire, with (F5)
    while (pool_workqueue<P>* pwq = take_mayday(wq)) answer_mayday(rescuer, *pwq);
    if (stop) break;
    rescuer.sleep.park();
  }
  worker_thread_end(rescuer);
}

// Kernel: init_rescuer().  Return: 0, or an errno value.
template <class P>
int create_rescuer(basic_workqueue<P>& wq) noexcept {
  worker<P>* rescuer = alloc_worker(*wq.dom);
  if (!rescuer) return ENOMEM;
  rescuer->rescue_wq = &wq;
  rescuer->pool.store(nullptr, kRelaxed);  // relaxed: the thread does not run yet
  rescuer->state.never_count();
  const int error = start_worker_thread(*rescuer, rescuer_thread_entry<P>);
  if (error) {
    free_worker(*rescuer);
    return error;
  }
  {
    lock_guard guard(wq.dom->mayday_lock);
    wq.rescuer = rescuer;
  }
  wq.dom->nr_rescuers.fetch_add(1, kRelaxed);  // relaxed: advisory
  return 0;
}

// Ends the rescuer after it has answered what was asked.  Does nothing if there is none.  Blocks.
template <class P>
void stop_rescuer(basic_workqueue<P>& wq) noexcept {
  worker<P>* rescuer = wq.rescuer;
  if (!rescuer) return;
  {
    lock_guard guard(wq.dom->mayday_lock);
    wq.rescuer = nullptr;  // no more maydays
  }
  wq.rescuer_stop.store(true, kRelease);  // (F5) release, with (F4)
  rescuer->sleep.give();
  rescuer->sleep.ring();
  wq.dom->nr_rescuers.fetch_sub(1, kRelaxed);  // relaxed: advisory
  free_worker(*rescuer);
}

}  // namespace cmwq::detail
