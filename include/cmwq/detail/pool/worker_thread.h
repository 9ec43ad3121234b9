// The life of a worker thread: park, take items while the policy allows, become idle, park.
#pragma once

#include <cstdio>

#include "cmwq/detail/pool/bh.h"
#include "cmwq/detail/pool/execute.h"

namespace cmwq::detail {

// The calling thread takes the CPUs of @pool, and follows them from here on.
template <class P>
void attach_to_pool(worker<P>& w, worker_pool<P>& pool) noexcept {
  lock_guard guard(w.dom->attach_mutex);
  P::bind_self(*w.dom->machine, pool.allowed.logical());
  w.pool.store(&pool, kRelease);          // (W4) release, with (W1)
  w.tid.store(P::thread_id(), kRelease);  // (W8) release, with (W9) in src/sched
}

// The domain is active: the CPUs are looked at again in a while, if nobody has seen to that yet.
template <class P>
void follow_cpus_soon(domain<P>& dom) noexcept {
  if (dom.follow_armed.load(kRelaxed) || dom.follow_armed.exchange(true, kRelaxed)) return;  // relaxed: the timer's lock orders
  dom.timers.arm(*dom.follow_timer, dom.params.follow_ticks);
}

// On the new thread.  Hooks may look at the worker from the last line on.
template <class P>
void worker_thread_begin(worker<P>& w, worker_pool<P>& pool) noexcept {
  char name[48];  // P::set_name() keeps the first 15 characters
  if (pool.cpu >= 0)
    std::snprintf(name, sizeof name, "cmwq/%d:%d%s", pool.cpu, w.id, pool.attrs.nice < 0 ? "H" : "");
  else
    std::snprintf(name, sizeof name, "cmwq/u%d:%d", pool.id & ((1 << kPoolIndexBits) - 1), w.id);
  P::set_name(name);
  P::set_current_worker(&w);
  w.last_cpu.store(pool.cpu, kRelaxed);  // relaxed: a hint
  if (w.dom->stat_fds_left.fetch_sub(1, kRelaxed) > 0)  // relaxed: a budget
    w.stat_fd.store(P::open_thread_stat(), kSeqCst);    // (W2) seq_cst, with (W6) in src/sched
  w.cpu_word.store(P::own_cpu_word(), kSeqCst);         // (W2), with (W6)
  if (pool.attrs.nice) P::set_nice(pool.attrs.nice);
  attach_to_pool(w, pool);  // only now: the pool's CPUs have better to do than to set a thread up
}

template <class P>
void worker_thread_end(worker<P>& w) noexcept {
  {
    lock_guard guard(w.dom->attach_mutex);  // nobody sets the mask of a thread that has this number next
    w.tid.store(0, kRelaxed);  // relaxed: hooks that still read the old value get a wrong answer, no harm
  }
  const worker_pool<P>* pool = w.pool.load(kRelaxed);  // relaxed: its own
  if (pool && !pool->bh) w.dom->stat_fds_left.fetch_add(1, kRelaxed);  // relaxed: a budget
  P::set_current_worker(nullptr);
}

// Executes items until the list is empty or enough others run.  Under the pool's lock, dropped for each item.
template <class P>
void work_while_needed(worker<P>& w, worker_pool<P>& pool) noexcept {
  while (keep_working(pool)) {
    {
      wake_batch<P> wakes;
      refill_standby_locked(pool);
      // Always a spare: when this worker blocks there must be somebody to take over.
      if (!may_start_working(pool)) request_worker_locked(pool, wakes);
      if (!wakes.empty()) {
        pool.lock.unlock();
        wakes.flush();
        pool.lock.lock();
      }
    }
    auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(pool.worklist);
    if (work && assign_work_locked(pool, *work, w.base)) process_scheduled_works(w, pool, w.base);
  }
}

// @w leaves @pool for good.  Return: whether it was the last one of a dying pool.
template <class P>
bool detach_worker_locked(worker<P>& w, worker_pool<P>& pool) noexcept {
  w.state.park(pool.nr_running);
  pool.scan.remove(&w);
  list_del_init(w.pool_entry);
  if (!w.die) list_add_tail(w.pool_entry, pool.dead_workers);  // nobody waits for it yet
  return --pool.nr_workers == 0 && pool.dying;
}

// Kernel: worker_thread(); of a BH pool bh_worker().
template <class P>
void worker_thread(worker<P>& w) noexcept {
  worker_pool<P>& pool = *w.pool.load(kRelaxed);  // relaxed: set before the thread was started
  domain<P>& dom = *w.dom;
  bh_watch<P> watch;
  if (pool.bh)
    bh_thread_begin(w, pool);
  else
    worker_thread_begin(w, pool);

  pool.lock.lock();
  pool.manager_active = false;  // the worker that was asked for is here
  while (!pool.dying) {
    {
      wake_batch<P> wakes;
      worker_enter_idle_locked(w, pool, wakes);
      // An item may have come while this worker still counted, or before it existed: look again, now that it
      // does not count.  It may be this very worker that is chosen.
      kick_pool_locked(pool, wakes);
      pool.lock.unlock();
    }
    w.sleep.park();
    if (w.placed_on.exchange(-1, kAcquire) >= 0)  // (W5) acquire, with (W3) in concurrency.h
      pool.allowed.apply([](const cpumask& real) { P::unplace_thread(0, real); });
    follow_cpus_soon(dom);

    pool.lock.lock();
    if (w.die) break;
    worker_leave_idle_locked(w, pool);
    if (pool.bh)
      bh_work_until_empty(w, pool, watch);
    else
      work_while_needed(w, pool);
  }
  const bool last = detach_worker_locked(w, pool);
  pool.lock.unlock();
  worker_thread_end(w);
  if (last) dom.jobs.post(pool.release_job);
}

template <class P>
void worker_thread_entry(void* argument) {
  worker_thread(*static_cast<worker<P>*>(argument));
}

}  // namespace cmwq::detail
