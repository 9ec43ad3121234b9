// The manager: creates workers, retires idle ones.  Runs on the domain's helper thread, one chore at a time.
//
// Kernel: a worker that finds no idle colleague becomes the manager and creates one before it works.  Here it
// asks the helper thread and goes on with its item, so no item waits for a thread to be created.
#pragma once

#include <algorithm>
#include <cerrno>
#include <new>

#include "cmwq/detail/pool/mayday.h"
#include "cmwq/detail/pool/worker_thread.h"

namespace cmwq::detail {

// @w's thread has ended or is about to: joins it, if no hook looks at it.  Without locks: the program's thread-local
// destructors run there.  Return: whether @w has no thread any more.
template <class P>
bool join_unless_looked_at(worker<P>& w) noexcept {
  if (!w.hide_from_hooks()) return false;
  if (w.has_thread) P::thread_join(w.thread);
  w.has_thread = false;
  return true;
}

// Puts @w where its memory is found again.
template <class P>
void shelve_worker(worker<P>& w) noexcept {
  const bool free = join_unless_looked_at(w);
  lock_guard guard(w.dom->pool_mutex);
  list_add(w.stable_entry, free ? w.dom->free_workers : w.dom->lingering_workers);
}

// @w's thread was never started, has ended, or ends now: blocks until it has.
template <class P>
void free_worker(worker<P>& w) noexcept {
  domain<P>& dom = *w.dom;
  worker<P>* lingering;
  {
    lock_guard guard(dom.pool_mutex);
    dom.all_workers.remove(&w);
    // Whoever frees one tries one that could not be freed before.
    lingering = list_first_or_null<worker<P>, &worker<P>::stable_entry>(dom.lingering_workers);
    if (lingering) list_del_init(lingering->stable_entry);
  }
  shelve_worker(w);
  if (lingering) shelve_worker(*lingering);
}

// A fresh or recycled worker of @dom, or nullptr.  Takes the pool mutex.
template <class P>
worker<P>* alloc_worker(domain<P>& dom) noexcept {
  lock_guard guard(dom.pool_mutex);
  auto* w = list_first_or_null<worker<P>, &worker<P>::stable_entry>(dom.free_workers);
  if (w)
    list_del_init(w->stable_entry);
  else
    w = dom.template make_stable<worker<P>>();
  if (!w) return nullptr;
  w->dom = &dom;
  w->base.owner = w;
  w->rescue_wq = nullptr;
  w->die = false;
  w->idle = false;
  w->blocking_depth = 0;
  w->blocking_counted = false;
  w->cpu_sampled_at = w->cpu_sampled_ns = 0;
  w->state.reset();
  w->sleep.reset();
  if (dom.all_workers.add(w)) return w;
  list_add(w->stable_entry, dom.free_workers);
  return nullptr;
}

// Starts @w's thread.  Return: 0, or an errno value.
template <class P>
int start_worker_thread(worker<P>& w, thread_entry entry) noexcept {
  const int error = P::thread_start(w.thread, entry, &w);
  w.has_thread = error == 0;
  return error;
}

template <class P>
bool pool_scan_add(worker_pool<P>& pool, worker<P>& w) noexcept {
  lock_guard guard(pool.lock);
  return pool.scan.add(&w);
}

// Return: 0, or an errno value.  Kernel: create_worker().
template <class P>
int create_worker(worker_pool<P>& pool) noexcept {
  worker<P>* w = alloc_worker(*pool.dom);
  if (!w) return ENOMEM;
  w->pool.store(&pool, kRelease);  // (W4) release, with (W1)
  {
    lock_guard guard(pool.lock);
    w->id = pool.next_worker_id++;
    list_add_tail(w->pool_entry, pool.workers);
    ++pool.nr_workers;
  }
  const int error = pool_scan_add(pool, *w) ? start_worker_thread(*w, worker_thread_entry<P>) : ENOMEM;
  if (error == 0) return 0;
  {
    lock_guard guard(pool.lock);
    pool.scan.remove(w);
    list_del_init(w->pool_entry);
    --pool.nr_workers;
  }
  free_worker(*w);
  return error;
}

// How many workers are to be created beside the one that was asked for: a pool with many workers gets them because its
// items block, and while it gets one at a time its CPU waits for each.
template <class P>
int workers_ahead(worker_pool<P>& pool) noexcept {
  lock_guard guard(pool.lock);
  if (!pool.held_back.read()) return 0;
  return std::min(pool.nr_workers / kWorkersPerSpare, kMostSpares) - pool.nr_idle;
}

// The chore behind request_worker_locked(): tries once; after a failure the rescuers are called while a worker
// is needed, and it tries again after a while.  Kernel: maybe_create_worker().
template <class P>
void manage_pool(worker_pool<P>& pool) noexcept {
  domain<P>& dom = *pool.dom;
  {
    lock_guard guard(pool.lock);
    if (pool.dying) return;
  }
  const int error = create_worker(pool);
  if (error == 0) {
    timer_wheel<P>::cancel(pool.mayday_timer);
    // The new worker ends the manager's turn itself; nobody misses one of the others that cannot be created.
    for (int more = workers_ahead(pool); more > 0 && create_worker(pool) == 0; --more) continue;
    return;
  }
  if (dom.first_time(once::create_failed))
    log_warning("cmwq: cannot create a worker thread (error %d); trying again every %llu ms while one is needed",
                error, static_cast<unsigned long long>(dom.params.create_cooldown_ticks));
  {
    lock_guard guard(pool.lock);
    if (list_empty(pool.worklist) || may_start_working(pool)) {
      pool.manager_active = false;
      return;
    }
  }
  if (dom.nr_rescuers.load(kRelaxed) && !timer_wheel<P>::armed(pool.mayday_timer))  // relaxed: advisory
    dom.timers.arm(pool.mayday_timer, dom.params.mayday_initial_ticks);
  dom.timers.arm(pool.retry_timer, dom.params.create_cooldown_ticks);
}

// On the timer thread.  A pool that has begun to die gets no more chores.
template <class P>
void post_unless_dying(worker_pool<P>& pool, job& chore) noexcept {
  lock_guard guard(pool.lock);
  if (!pool.dying) pool.dom->jobs.post(chore);
}

template <class P>
void retry_timer_fired(timer_node<P>* timer) {
  auto& pool = *field_owner<worker_pool<P>>(timer, &worker_pool<P>::retry_timer);
  post_unless_dying(pool, pool.create_job);
}

template <class P>
void idle_timer_fired(timer_node<P>* timer) {
  auto& pool = *field_owner<worker_pool<P>>(timer, &worker_pool<P>::idle_timer);
  post_unless_dying(pool, pool.cull_job);
}

// The worker that has been idle longest and may be taken, or nullptr.  Those in standby slots stay.
template <class P>
worker<P>* longest_idle_locked(worker_pool<P>& pool) noexcept {
  return list_empty(pool.idle_list) ? nullptr
                                    : list_owner<worker<P>, &worker<P>::idle_entry>(pool.idle_list.prev);
}

// Sends @w home: it is off the idle list and nobody else can take it.  Blocks until its thread is gone.
template <class P>
void retire_worker(worker<P>& w) noexcept {
  w.sleep.give();
  w.sleep.ring();
  free_worker(w);
}

// Takes the longest idle worker, if it has been idle too long and there are too many.
// @wait_ticks: when to look again; 0: not before more become idle.
template <class P>
worker<P>* take_overdue_worker(worker_pool<P>& pool, std::uint64_t& wait_ticks) noexcept {
  const std::uint64_t timeout = pool.dom->params.idle_timeout_ticks * kTickNs;
  wait_ticks = 0;
  lock_guard guard(pool.lock);
  worker<P>* oldest = longest_idle_locked(pool);
  if (pool.dying || !oldest || !too_many_workers(pool)) return nullptr;
  const std::uint64_t age = P::now() - oldest->idle_since;
  if (age < timeout) {
    wait_ticks = (timeout - age) / kTickNs + 1;
    return nullptr;
  }
  list_del_init(oldest->idle_entry);
  // From here on it is no spare: whoever looks for one must ask for another.
  worker_leave_idle_locked(*oldest, pool);
  oldest->die = true;
  return oldest;
}

// Retires workers that have been idle too long, while there are too many.  Kernel: idle_cull_fn().
template <class P>
void cull_idle_workers(worker_pool<P>& pool) noexcept {
  std::uint64_t wait_ticks = 0;
  while (worker<P>* overdue = take_overdue_worker(pool, wait_ticks)) retire_worker(*overdue);
  // The pool cannot die meanwhile: it would do so on this thread.
  if (wait_ticks && !timer_wheel<P>::armed(pool.idle_timer))
    pool.dom->timers.arm(pool.idle_timer, wait_ticks);
}

template <class P>
void create_job_run(job* chore) {
  manage_pool(*field_owner<worker_pool<P>>(chore, &worker_pool<P>::create_job));
}

template <class P>
void cull_job_run(job* chore) {
  cull_idle_workers(*field_owner<worker_pool<P>>(chore, &worker_pool<P>::cull_job));
}

}  // namespace cmwq::detail
