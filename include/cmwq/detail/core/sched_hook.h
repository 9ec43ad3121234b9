// The scheduler hook: how the library learns that a worker blocked.  Declared low, implemented in
// src/sched/; cmwq/sched_hook.h is the door for hooks of other people.
//
// A hook decides only how many workers run, never whether an item runs: its reports may be late, doubled,
// wrong or missing.  Two directions: the library calls the hook (sched_hook), the hook reports through
// hook_events.  Every call of both must be safe from any thread at any time between start() and stop().
#pragma once

namespace cmwq::detail {

template <class P>
struct domain;
template <class P>
struct worker;
template <class P>
struct worker_pool;

// What a hook may report.  Lock-free and allocation-free, so that a thread of idle priority may call it.
template <class P>
class hook_events {
 public:
  virtual ~hook_events() = default;

  // @w blocked inside an item.  Return: whether that was news.  Kernel: wq_worker_sleeping().
  virtual bool worker_blocked(worker<P>& w) noexcept = 0;

  // @w, reported as blocked, wants a CPU again.  Return: whether that was news.  Kernel: wq_worker_running().
  virtual bool worker_running(worker<P>& w) noexcept = 0;

  // @w has used a CPU for cpu_intensive_thresh_us without blocking.  Kernel: wq_worker_tick().
  virtual bool worker_hogs(worker<P>& w) noexcept = 0;

  // CPU @cpu has nothing to run: start one more worker of @pool there, if it needs one.
  // Return: whether one was started.
  virtual bool start_worker(worker_pool<P>& pool, int cpu) noexcept = 0;
};

template <class P>
class sched_hook {
 public:
  virtual ~sched_hook() = default;

  virtual const char* name() const noexcept = 0;

  // false: the pools do not count workers and start every item as soon as max_active permits.
  virtual bool counts_workers() const noexcept = 0;

  // Before the first worker starts / after the last one ended.  Reports go to @events.
  // Return of start(): 0, or an errno value that makes the domain fall back to the next rung.
  virtual int start(domain<P>& dom, hook_events<P>& events) noexcept = 0;
  virtual void stop() noexcept = 0;

  // @pool has an item that may not start because enough of its workers count as running: look for a worker
  // that blocked until this is no longer so.  No lock is held.  Pairs with nothing; called often.
  virtual void work_held_back(worker_pool<P>& pool) noexcept = 0;

  // May the library leave starting the next worker to this hook when a worker of @pool announces that
  // it will block?  Otherwise the announcing thread starts it itself.
  virtual bool wakes_lazily(worker_pool<P>& pool) const noexcept = 0;

  // CPUs of the domain went offline or came back, or the system changed where our threads may run.  Then, for each
  // pool of which it is true: other CPUs than before are to start its items, as none or one of its own is online again.
  // Under the domain's pool mutex.
  virtual void cpus_changed() noexcept {}
  virtual void pool_moved(worker_pool<P>&) noexcept {}

  // @pool has come into being / is going away.  Under the domain's pool mutex.
  virtual void pool_added(worker_pool<P>&) noexcept {}
  virtual void pool_removed(worker_pool<P>&) noexcept {}
};

}  // namespace cmwq::detail
