// The kernel's workqueue API for ordinary programs: kernel names, argument order and return values.
//
// This layer borrows: the caller owns every work item and keeps it alive while it is pending or
// running.  A work function must not throw; if an exception escapes, the program is terminated with
// the item's function and queue in the message.  Unless a function says otherwise it may be called
// from any thread, including from work functions, but not from signal handlers.
//
// Time: delays are in jiffies, and 1 jiffy is 1 ms (HZ is 1000).  A delay is a minimum.
#pragma once

#include "cmwq/detail/api/attrs.h"
#include "cmwq/detail/api/delayed.h"
#include "cmwq/detail/api/freezing.h"
#include "cmwq/detail/api/jiffies.h"
#include "cmwq/detail/api/legacy.h"
#include "cmwq/detail/api/rcu.h"
#include "cmwq/detail/api/run_on_cpu.h"
#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/constants.h"
#include "cmwq/detail/core/work.h"

namespace cmwq {

// ---------------------------------------------------------------------------------------------
// Domains: everything the kernel keeps in globals.  Most programs never name one: the kernel-named
// calls use the default domain, which starts on first use and lives until the process ends.

struct wq_domain;    // opaque
struct work_struct;  // from core/work.h: 32 bytes, embedded in the caller's object
struct delayed_work;
struct workqueue_struct;  // opaque
class sched_hook;         // cmwq/sched_hook.h

struct domain_options {
  const char* name = "domain";

  // A synthetic machine in hwloc's notation ("numa:2 l3:2 core:4 pu:2") or an XML file that hwloc exported
  // ("that-server.xml"); null: $HWLOC_SYNTHETIC or the real machine.  CPUs of a synthetic machine are mapped round-robin onto the real ones.
  const char* synthetic = nullptr;

  // CPUs to use, as a list ("0-3,8"); null: $CMWQ_CPUS.  Intersected with the affinity mask of the
  // starting thread and with what hwloc allows; never widens them.
  const char* cpus = nullptr;

  // Whether to follow affinity mask, cpuset and CPU quota while the domain is active; a synthetic machine never does.
  // See docs/cpus.md.
  int follow_cpus = -1;           // -1: $CMWQ_FOLLOW_CPUS, or 1
  long follow_interval_ms = 1000;  // the least time between two looks

  // How many CPUs' worth of time may be used at once, like 1.5; 0: no limit.
  double cpu_quota = -1;  // -1: $CMWQ_CPU_QUOTA, or the tightest quota of the control groups, which is followed

  // "sentinel", "declared" or "none"; null: $CMWQ_HOOK, or "sentinel".  See docs/hooks.md.
  const char* hook = nullptr;

  // A hook of the caller's own instead; it must outlive the domain.
  sched_hook* custom_hook = nullptr;

  // Makes the grace periods of queue_rcu_work() instead of the library's own readers; it must outlive the domain.
  const rcu_flavor* rcu = nullptr;

  // false: stage one only.  Queueing is accepted, nothing executes until start_domain().
  bool start_workers = true;

  // An item that uses the CPU this long without blocking stops holding back others; 0: never.
  // Microseconds; also $CMWQ_CPU_INTENSIVE_THRESH_US.
  long cpu_intensive_thresh_us = -1;  // -1: the environment, or 10000

  // Per-CPU queues' functions that exceed it as often are reported, and again after 1, 3, 7 ... more times; 0: never.
  long cpu_intensive_warning_thresh = -1;  // -1: $CMWQ_CPU_INTENSIVE_WARNING_THRESH, or 4

  // A pool whose items wait so long without progress is reported; a fatal report aborts the program (inspect.h); 0: never.
  long watchdog_thresh_ms = -1;      // -1: $CMWQ_WATCHDOG_THRESH in seconds, or 30 s
  long panic_on_stall = -1;          // -1: $CMWQ_PANIC_ON_STALL, or 0
  long panic_on_stall_time_ms = -1;  // -1: $CMWQ_PANIC_ON_STALL_TIME in seconds, or 0

  // Milliseconds an idle worker beyond the spare ones lives.
  long idle_timeout_ms = 300'000;

  // Milliseconds until the rescuers are called when no worker can be created; then the interval.
  long mayday_initial_ms = 10;
  long mayday_interval_ms = 100;

  // Milliseconds between attempts to create a worker after a failure.
  long create_cooldown_ms = 1000;

  // 1: queues made with WQ_POWER_EFFICIENT are unbound; 0: they are per-CPU.  Constant once the domain exists.
  // Kernel: workqueue.power_efficient.  Also $CMWQ_POWER_EFFICIENT.
  int power_efficient = -1;  // -1: the environment, or 0

  // Pods of unbound queues that do not say otherwise; WQ_AFFN_DFL: $CMWQ_DEFAULT_AFFINITY_SCOPE, or cache_shard.
  wq_affn_scope affinity_scope = WQ_AFFN_DFL;
  int cache_shard_size = -1;  // cores per cache shard; -1: $CMWQ_CACHE_SHARD_SIZE, or 8

  // CPUs of unbound queues, as a list; null: $CMWQ_UNBOUND_CPUS, or all.  See workqueue_set_unbound_cpumask().
  const char* unbound_cpus = nullptr;

  // 1: unbound items without a CPU never prefer the local one, to flush out what relies on it; -1:
  // $CMWQ_DEBUG_FORCE_RR_CPU, or 0.
  int debug_force_rr_cpu = -1;
};

/* Creates a domain.  May block; not from a worker.
 * Return: the domain, or nullptr (after a message) when the options are invalid or the helper
 * threads cannot be created. */
CMWQ_API wq_domain* alloc_domain(const domain_options& options = {}) noexcept;

/* Creates the workers of a domain made with start_workers = false (stage two) and lets what was
 * queued so far execute.  Does nothing on a started domain. */
CMWQ_API void start_domain(wq_domain* domain) noexcept;

/* Destroys @domain: every queue must have been destroyed (those that were not are reported and
 * drained), joins all its threads.  Blocks.  Refused with a message from a worker of @domain and for
 * the default domain. */
CMWQ_API void destroy_domain(wq_domain* domain) noexcept;

/* The default domain; started by the first call.  Aborts with a message if it cannot start. */
CMWQ_API wq_domain* default_domain() noexcept;

/* How many CPUs @domain uses; they are numbered 0 .. n-1 in all calls that take a CPU. */
CMWQ_API int domain_cpus(const wq_domain* domain) noexcept;

/* How many NUMA nodes these CPUs are on; they are numbered 0 .. n-1 too. */
CMWQ_API int domain_nodes(const wq_domain* domain) noexcept;

// ---------------------------------------------------------------------------------------------
// Creating and destroying queues

/* Creates a workqueue in the default domain.  The name is printf-style, at most 31 characters (longer
 * ones are cut with a warning).  @max_active: how many items may be active per CPU (per-CPU queues) or
 * altogether, divided over the NUMA nodes (WQ_UNBOUND); 0 means 1024; clamped to 1 .. 2048 with a
 * warning.  Exactly one of WQ_PERCPU and WQ_UNBOUND should be given; see docs/deviations.md.
 * May block; callable from workers.
 * Return: the queue, or nullptr (after a message) for unknown or not yet supported flags, no memory,
 * or when the rescuer of a WQ_MEM_RECLAIM queue cannot be created. */
CMWQ_API workqueue_struct* alloc_workqueue(const char* fmt, unsigned flags, int max_active, ...) noexcept
    CMWQ_PRINTF(1, 4);

/* The same in @domain. */
CMWQ_API workqueue_struct* alloc_workqueue_in(wq_domain* domain, const char* fmt, unsigned flags,
                                              int max_active, ...) noexcept CMWQ_PRINTF(2, 5);

/* Creates a queue that executes at most one item at a time, in queueing order, over all CPUs.
 * @flags: WQ_FREEZABLE, WQ_MEM_RECLAIM and WQ_HIGHPRI make sense. */
CMWQ_API workqueue_struct* alloc_ordered_workqueue(const char* fmt, unsigned flags, ...) noexcept
    CMWQ_PRINTF(1, 3);

/* The same in @domain. */
CMWQ_API workqueue_struct* alloc_ordered_workqueue_in(wq_domain* domain, const char* fmt, unsigned flags,
                                                      ...) noexcept CMWQ_PRINTF(2, 4);

/* Executes everything that was accepted, then destroys @wq.  Blocks.  Armed delayed works are not seen
 * by the kernel; here they are counted and reported, and dropped when they fire.  From an item of @wq it
 * would wait for itself: refused with a message, and @wq stays usable. */
CMWQ_API void destroy_workqueue(workqueue_struct* wq) noexcept;

/* Sets the limit of active items, 1 .. 2048 (clamped with a warning).  Raising starts waiting items
 * at once, lowering never stops running ones.  Ignored with a warning for ordered and for BH queues. */
CMWQ_API void workqueue_set_max_active(workqueue_struct* wq, int max_active) noexcept;

/* Sets how many items may be active on any NUMA node whatever max_active's share is; unbound,
 * unordered queues only (otherwise ignored with a warning).  Clamped to 0 .. max_active. */
CMWQ_API void workqueue_set_min_active(workqueue_struct* wq, int min_active) noexcept;

// ---------------------------------------------------------------------------------------------
// Work items

/* Initialises @work to call @func.  Not on an item that is pending or running: its state is reset,
 * the disable depth included.  Kernel: INIT_WORK(). */
inline void INIT_WORK(work_struct* work, work_func_t func) noexcept {
  if constexpr (detail::kDebugWork) detail::check_init(*work);
  work->init(func);
}
inline void INIT_WORK_ONSTACK(work_struct* work, work_func_t func) noexcept { INIT_WORK(work, func); }
inline void INIT_WORK_ONSTACK_KEY(work_struct* work, work_func_t func, lock_class_key*) noexcept { INIT_WORK(work, func); }

/* @work, on the stack, goes out of scope: it must be neither pending nor running (CMWQ_DEBUG_WORK checks it). */
inline void destroy_work_on_stack(work_struct* work) noexcept { detail::debug_destroy_on_stack(*work); }

/* The same for a delayed work. */
inline void INIT_DELAYED_WORK(delayed_work* dwork, work_func_t func) noexcept {
  if constexpr (detail::kDebugWork) detail::check_init(*dwork);
  dwork->init(func);
}
inline void INIT_DELAYED_WORK_ONSTACK(delayed_work* dwork, work_func_t func) noexcept { INIT_DELAYED_WORK(dwork, func); }
inline void destroy_delayed_work_on_stack(delayed_work* dwork) noexcept { detail::debug_destroy_on_stack(*dwork); }

/* The same with a timer that wakes nobody: never early, but while the domain is idle it fires only when something else
 * happens.  For housekeeping that nobody misses as long as nothing is done. */
inline void INIT_DEFERRABLE_WORK(delayed_work* dwork, work_func_t func) noexcept {
  if constexpr (detail::kDebugWork) detail::check_init(*dwork);
  dwork->init(func, TIMER_DEFERRABLE);
}
inline void INIT_DEFERRABLE_WORK_ONSTACK(delayed_work* dwork, work_func_t func) noexcept {
  INIT_DEFERRABLE_WORK(dwork, func);
}

/* The delayed work around the item given to a work function.  Kernel: to_delayed_work(). */
inline delayed_work* to_delayed_work(work_struct* work) noexcept {
  return reinterpret_cast<delayed_work*>(work);  // work is the first member
}

/* The object around the item given to a work function: from_work<&job::work>(work) is a job*.  The member may be a
 * work_struct or one of its kin (delayed_work ...).  Kernel: from_work(), which is a macro in kernel_names.h. */
template <auto Member>
auto* from_work(work_struct* work) noexcept {
  return detail::owner_of_item(work, Member);
}

/* True from acceptance (also while a timer is armed) until just before the function is called.
 * Unsynchronised: true or false may be outdated when it arrives. */
inline bool work_pending(const work_struct* work) noexcept { return work->data.pending(); }
inline bool delayed_work_pending(const delayed_work* dwork) noexcept { return work_pending(&dwork->work); }

/* WORK_BUSY_PENDING | WORK_BUSY_RUNNING.  Advisory; running is looked for in the last pool only. */
CMWQ_API unsigned work_busy(work_struct* work) noexcept;

// ---------------------------------------------------------------------------------------------
// Queueing.  Never allocates, never waits for a worker; takes one pool lock for a few instructions.

namespace detail {
// The caller has won PENDING.  Return: whether it stays queued (false: disabled or misuse).
CMWQ_API bool queue_claimed_work(int cpu, workqueue_struct* wq, work_struct* work) noexcept;
}  // namespace detail

/* Queues @work on @wq, on @cpu (0 .. domain_cpus()-1; WORK_CPU_UNBOUND: the local one preferred).
 * What was written before a call is visible to the execution that follows it, also if the call
 * returned false because the item was pending already.
 * A CPU that does not exist: one warning, queued as with WORK_CPU_UNBOUND.
 * Return: true if accepted (also if a draining or destroying queue dropped it, with a warning);
 * false if it was already pending, or is disabled, or has no function (warning). */
inline bool queue_work_on(int cpu, workqueue_struct* wq, work_struct* work) noexcept {
  if (!work->data.try_set_pending()) return false;
  return detail::queue_claimed_work(cpu, wq, work);
}

/* queue_work_on() with WORK_CPU_UNBOUND. */
inline bool queue_work(workqueue_struct* wq, work_struct* work) noexcept {
  return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

/* Queues @work on a CPU of NUMA node @node (0 .. domain_nodes()-1): the local one if it is there, else the node's
 * first that is online.  A node that does not exist: as queue_work().  For unbound queues; others are warned of once.
 * Return: as queue_work_on(). */
CMWQ_API bool queue_work_node(int node, workqueue_struct* wq, work_struct* work) noexcept;

// ---------------------------------------------------------------------------------------------
// Waiting

/* Waits until the last queueing of @work has finished.  From a worker, an item that has not started is
 * run in place if its pool allows.  On the item that is being executed by the caller itself: refused
 * with a message.  Return: true if it had to wait; false if @work was idle, or after misuse. */
CMWQ_API bool flush_work(work_struct* work) noexcept;

/* flush_work() that first queues an armed @dwork at once. */
CMWQ_API bool flush_delayed_work(delayed_work* dwork) noexcept;

/* Waits for everything queued on @wq before the call.  From an item of @wq: refused with a message. */
CMWQ_API void flush_workqueue(workqueue_struct* wq) noexcept;

/* Waits until @wq is empty; meanwhile only items of @wq may queue on it.  Warns after 10, 100, 200 ...
 * rounds.  From an item of @wq: refused with a message. */
CMWQ_API void drain_workqueue(workqueue_struct* wq) noexcept;

// ---------------------------------------------------------------------------------------------
// Taking back and keeping out

/* Takes a pending @work back; does not wait for a running one.  Return: true iff it was pending. */
CMWQ_API bool cancel_work(work_struct* work) noexcept;

/* The same, and waits for a running instance; queueing is refused meanwhile, so that an item that
 * queues itself stops.  From the item's own function it cancels and does not wait (message).
 * From a BH item it waits, without blocking, for items that were last queued on a BH queue, and not for others (message). */
CMWQ_API bool cancel_work_sync(work_struct* work) noexcept;

CMWQ_API bool cancel_delayed_work(delayed_work* dwork) noexcept;
CMWQ_API bool cancel_delayed_work_sync(delayed_work* dwork) noexcept;

/* Adds 1 to the item's disable depth and takes a pending instance back; _sync also waits for a running
 * one.  While the depth is above 0 nothing queues the item.  Depth 65535 is the most (one warning).
 * Return: true iff it was pending. */
CMWQ_API bool disable_work(work_struct* work) noexcept;
CMWQ_API bool disable_work_sync(work_struct* work) noexcept;
CMWQ_API bool disable_delayed_work(delayed_work* dwork) noexcept;
CMWQ_API bool disable_delayed_work_sync(delayed_work* dwork) noexcept;

/* Takes 1 from the disable depth.  Return: true iff it is 0 now.  Without a disable_work() before it:
 * one warning, true. */
CMWQ_API bool enable_work(work_struct* work) noexcept;
CMWQ_API bool enable_delayed_work(delayed_work* dwork) noexcept;

/* Queues @work if enable_work() brought the depth to 0.  Return: whether the depth is 0. */
inline bool enable_and_queue_work(workqueue_struct* wq, work_struct* work) noexcept {
  if (!enable_work(work)) return false;
  queue_work(wq, work);
  return true;
}

// ---------------------------------------------------------------------------------------------
// Who am I

/* The item the calling thread is executing, or nullptr. */
CMWQ_API work_struct* current_work() noexcept;

/* Whether the calling thread is a rescuer. */
CMWQ_API bool current_is_workqueue_rescuer() noexcept;

/* Whether the calling thread executes an item of a WQ_MEM_RECLAIM queue (not one of create_workqueue() and its kin):
 * then it must not wait for items of queues without that flag. */
CMWQ_API bool current_is_workqueue_mem_reclaim() noexcept;

/* Whether items of @wq wait for a free slot on @cpu (WORK_CPU_UNBOUND: the local one).  Advisory: it may be outdated
 * when it arrives.  A CPU that does not exist: one warning, false. */
CMWQ_API bool workqueue_congested(int cpu, workqueue_struct* wq) noexcept;
/* Describes, printf-style, what the item does that the calling worker executes: at most 31 characters, shown by dumps and
 * snapshots until the item ends.  Ignored outside of workers.  Kernel: set_worker_desc(). */
CMWQ_API void set_worker_desc(const char* fmt, ...) noexcept CMWQ_PRINTF(1, 2);

// ---------------------------------------------------------------------------------------------
// System queues: of the default domain, created on first use, never destroyed

class system_workqueue {
 public:
  constexpr explicit system_workqueue(int index) noexcept : index_(index) {}
  CMWQ_API operator workqueue_struct*() const noexcept;

 private:
  int index_;  // I: into the table in src/system_queues.cpp
};

inline constexpr system_workqueue system_wq{0};           // "events"; deprecated by the kernel
inline constexpr system_workqueue system_percpu_wq{1};    // "events": short per-CPU items
inline constexpr system_workqueue system_highpri_wq{2};   // "events_highpri"
inline constexpr system_workqueue system_long_wq{3};      // "events_long": long per-CPU items
inline constexpr system_workqueue system_unbound_wq{4};   // "events_unbound"; deprecated
inline constexpr system_workqueue system_dfl_wq{5};       // "events_unbound": the default choice
inline constexpr system_workqueue system_dfl_long_wq{6};  // "events_dfl_long"
inline constexpr system_workqueue system_power_efficient_wq{7};  // "events_power_efficient"
inline constexpr system_workqueue system_freezable_wq{8};        // "events_freezable"
inline constexpr system_workqueue system_freezable_power_efficient_wq{9};  // "events_freezable_pwr_efficient"
inline constexpr system_workqueue system_bh_wq{10};                        // "events_bh": items must not block
inline constexpr system_workqueue system_bh_highpri_wq{11};                // "events_bh_highpri"

inline bool schedule_work(work_struct* work) noexcept { return queue_work(system_percpu_wq, work); }
inline bool schedule_work_on(int cpu, work_struct* work) noexcept {
  return queue_work_on(cpu, system_percpu_wq, work);
}
inline bool schedule_delayed_work(delayed_work* dwork, unsigned long delay) noexcept {
  return queue_delayed_work(system_percpu_wq, dwork, delay);
}
inline bool schedule_delayed_work_on(int cpu, delayed_work* dwork, unsigned long delay) noexcept {
  return queue_delayed_work_on(cpu, system_percpu_wq, dwork, delay);
}
template <duration_like D>
bool schedule_delayed_work(delayed_work* dwork, const D& delay) noexcept {
  return schedule_delayed_work(dwork, to_jiffies(delay));
}
template <duration_like D>
bool schedule_delayed_work_on(int cpu, delayed_work* dwork, const D& delay) noexcept {
  return schedule_delayed_work_on(cpu, dwork, to_jiffies(delay));
}

}  // namespace cmwq
