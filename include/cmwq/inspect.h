// Looking inside and control: dump, statistics, messages, CPUs that come and go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cmwq/detail/core/trace.h"
#include "cmwq/workqueue.h"

namespace cmwq {

// ---------------------------------------------------------------------------------------------
// Messages

enum class log_level { info, warning, error };

/* Receives one message (no newline at its end).  Called without any lock of the library held, from
 * any thread; may queue work. */
using log_sink = void (*)(log_level level, const char* message, void* context);

/* Sends messages to @sink instead of standard error; nullptr restores it. */
CMWQ_API void set_log_sink(log_sink sink, void* context) noexcept;

/* Lets every once-only warning of @domain be printed again. */
CMWQ_API void rearm_warnings(wq_domain* domain) noexcept;

// ---------------------------------------------------------------------------------------------
// Statistics

// Kernel: PWQ_STAT_*; counted under the pool lock, so sums are exact.  started - completed is in flight.
struct wq_stats {
  std::uint64_t started = 0;        // items begun
  std::uint64_t completed = 0;      // items ended
  std::uint64_t cpu_time_us = 0;    // CPU time of items that have ended, sampled (docs/observability.md)
  std::uint64_t cpu_intensive = 0;  // items found hogging a CPU
  std::uint64_t cm_wakeup = 0;      // workers started because another one blocked
  std::uint64_t repatriated = 0;    // workers brought back into their pod to start
  std::uint64_t mayday = 0;         // calls for the rescuer
  std::uint64_t rescued = 0;        // items executed by the rescuer
};

struct wq_snapshot {
  std::string name;
  unsigned flags = 0;
  int max_active = 0;
  bool frozen = false;  // none of its items starts before the thaw
  int nr_active = 0;    // on a pool's list or running
  int nr_inactive = 0;  // waiting for a free slot
  int nr_in_flight = 0;
  int nr_armed = 0;  // delayed works whose timer has not fired
  std::vector<int> pool_of_cpu;  // which pool serves an item queued on that CPU: pool_snapshot::id
  wq_stats stats;
};

struct pool_snapshot {
  int id = 0;
  int cpu = -1;      // -1: unbound
  std::string cpus;  // list
  int node = -1;
  int nice = 0;
  int refcount = 0;    // queues' shares served by this pool
  int nr_workers = 0;  // threads, rescuers not counted
  int nr_idle = 0;
  int nr_busy = 0;
  int nr_running = 0;  // counted by the concurrency manager as wanting a CPU
  int nr_queued = 0;   // on the pool's list
  unsigned flags = 0;  // the kernel's POOL_* bits
  long hung_ms = 0;    // how long nothing has started although something waits; coarse
  int target = 0;      // how many may run at once; 0: no limit (hook "none")
  bool bh = false;     // executes items of WQ_BH queues
  std::uint64_t nr_bh_rounds = 0;
  std::string runs_on;     // list: where its workers may run now
  bool displaced = false;  // none of `cpus` is online: other CPUs serve it.  Kernel: POOL_DISASSOCIATED of a bound pool
};

struct cpus_snapshot {
  std::string possible;    // list: the CPUs of the domain
  std::string online;      // list: those that may be used now
  std::string off;         // list: those taken offline by call
  double quota = 0;        // CPUs' worth of time that may be used at once; 0: no limit
  bool followed = false;   // affinity, cpuset and quota are looked at while the domain is active
  std::uint64_t looks = 0; // how often they were
};

struct hook_snapshot {
  std::string name;                      // the rung in use
  bool sentinels = false;                // SCHED_IDLE threads are running
  bool proc_readable = false;            // /proc/self/task/TID/stat can be read
  std::uint64_t found_blocked = 0;       // workers found blocked without an announcement
  std::uint64_t sentinel_starts = 0;     // workers started by a sentinel
  std::uint64_t watchdog_starts = 0;     // workers started by the watchdog
  std::uint64_t declared_blocks = 0;     // announced blocks
  std::uint64_t sentinel_rounds = 0;     // times a sentinel looked
  std::uint64_t sentinel_false = 0;      // ... and found its CPU busy
  std::uint64_t pulled = 0;              // runnable workers moved to an idle CPU
  std::uint64_t hogs = 0;                // items taken out of the count as CPU hogs
};

CMWQ_API wq_snapshot snapshot(workqueue_struct* wq);
CMWQ_API std::vector<wq_snapshot> snapshot_workqueues(wq_domain* domain);
CMWQ_API std::vector<pool_snapshot> snapshot_pools(wq_domain* domain);
CMWQ_API hook_snapshot snapshot_hook(wq_domain* domain);
CMWQ_API cpus_snapshot snapshot_cpus(wq_domain* domain);

struct worker_snapshot {
  int tid = 0;
  int pool = -1;          // pool_snapshot::id; -1: a rescuer that helps nobody
  std::string name;       // of the thread, not cut: "cmwq/0:1", "cmwq/u2:0H", "cmwq/R-queue"
  std::string workqueue;  // of what it executes, or executed last; of a rescuer: whose it is
  std::string function;   // what it executes; empty: nothing
  std::string desc;       // what set_worker_desc() said of that item; otherwise the queue's name
  bool rescuer = false;
  bool idle = false;
  std::uint64_t busy_ns = 0;  // how long it has executed that
};

CMWQ_API std::vector<worker_snapshot> snapshot_workers(wq_domain* domain);

/* Every thread of @domain by kernel thread id, helpers included. */
CMWQ_API std::vector<int> snapshot_threads(wq_domain* domain);

// ---------------------------------------------------------------------------------------------
// Attributes by their kernel names.  All may block.
//
//   NAME/per_cpu                        1 or 0, read-only               of queues with WQ_SYSFS
//   NAME/max_active                     1 .. 2048; read-only for ordered queues
//   NAME/nice                           -20 .. 19                       the rest of unbound queues only
//   NAME/cpumask                        hexadecimal mask
//   NAME/affinity_scope                 default, cpu, smt, cache, cache_shard, numa, system
//   NAME/affinity_strict                0 or 1
//   cpumask                             of unbound work, in effect; writing asks for it
//   cpumask_requested, cpumask_isolated read-only
//   parameters/...                      those of the kernel's module

/* Reads the attribute @path of @domain into @value.  Return: 0, or -ENOENT if there is none. */
CMWQ_API int read_attribute(wq_domain* domain, const std::string& path, std::string& value);

/* Writes it; a newline at the end is ignored.  Return: 0; -ENOENT; -EACCES if it is read-only; -EINVAL for a value that
 * is malformed or out of range; -ENOMEM.  On an error nothing has changed. */
CMWQ_API int write_attribute(wq_domain* domain, const std::string& path, const std::string& value);

/* Every path that can be read. */
CMWQ_API std::vector<std::string> attribute_paths(wq_domain* domain);

// ---------------------------------------------------------------------------------------------
// Dump

// All of these may be called from any thread, also from log sinks and work functions.  They take the queues' locks for
// moments, one after the other: what they show need not be from one instant.  The format: docs/observability.md.

/* Busy queues with their shares and items, pools that are not idle, and the hook in use; lines end with '\n'. */
CMWQ_API std::string dump_workqueues(wq_domain* domain);

/* The same of one queue, without pools; empty if @wq is idle. */
CMWQ_API std::string dump_one_workqueue(workqueue_struct* wq);

/* The same of the WQ_FREEZABLE queues that are busy. */
CMWQ_API std::string dump_freezable_workqueues(wq_domain* domain);

/* Send these texts to the log, line by line, as information; without a domain: of the default one. */
CMWQ_API void show_all_workqueues();
CMWQ_API void show_all_workqueues(wq_domain* domain);
CMWQ_API void show_one_workqueue(workqueue_struct* wq);
CMWQ_API void show_freezable_workqueues();
CMWQ_API void show_freezable_workqueues(wq_domain* domain);

/* What each queue has done so far, as a table for people.  "-": cannot happen there.  Kernel: wq_monitor.py. */
CMWQ_API std::string wq_monitor(wq_domain* domain);

/* The same and more as one JSON object: {"time_ns": ..., "domain": "...", "workqueues": [{"name": "...", ...}, ...]}. */
CMWQ_API std::string wq_monitor_json(wq_domain* domain);

/* How @domain is laid out: the pods of each affinity scope, the pools, which pool serves which CPU of which queue, the
 * rescuers, the active items per node.  Kernel: wq_dump.py. */
CMWQ_API std::string wq_dump(wq_domain* domain);

// ---------------------------------------------------------------------------------------------
// Workers

/* Sends "Workqueue: NAME FUNCTION (DESCRIPTION)" to the log if thread @tid is a worker, of whatever domain, that executes
 * something; else nothing.  Kernel: print_worker_info(), there by task. */
CMWQ_API void print_worker_info(log_level level, int tid);

/* The name of the worker with thread @tid and what it does, "cmwq/0:1+desc", or did last, "cmwq/0:1-desc"; "" if it is
 * not a worker.  At most @size - 1 characters and the end.  Kernel: wq_worker_comm(), there by task. */
CMWQ_API void wq_worker_comm(char* buf, std::size_t size, int tid) noexcept;

// ---------------------------------------------------------------------------------------------
// The watchdog of stalls.  A pool is stalled if items wait on its list and, for the threshold, none was started, none was
// the first to wait, and nobody called wq_watchdog_touch().  Looked for once per threshold, and only while something
// waits.  A stall is logged ("BUG: workqueue lockup - pool ... stuck for Ns!"), with a dump and, for per-CPU pools, what
// their busy workers do; then one more worker is started if there is one, and workers that have been in one item for
// the whole time do not hold back others any more.

struct watchdog_snapshot {
  long thresh_ms = 0;        // 0: switched off
  bool on_duty = false;      // its timer is armed
  std::uint64_t stalls = 0;  // checks that found a pool stalled
  std::uint64_t healed = 0;  // workers that were started in stalled pools
};
CMWQ_API watchdog_snapshot snapshot_watchdog(wq_domain* domain);

/* Changes the threshold and starts the wait anew; 0: off.  Kernel: writing workqueue.watchdog_thresh. */
CMWQ_API void set_watchdog_thresh_ms(wq_domain* domain, long ms) noexcept;

/* Tells it that it is known and intended that @cpu's pools do not advance for now: their clocks start
 * again.  Negative: the pools of every CPU, and the unbound ones.  Of every domain; the second form: of @domain.
 * Kernel: wq_watchdog_touch(). */
CMWQ_API void wq_watchdog_touch(int cpu) noexcept;
CMWQ_API void wq_watchdog_touch(wq_domain* domain, int cpu) noexcept;

struct stall_report {
  wq_domain* domain;
  const char* lockups;  // "BUG: workqueue lockup ...", a line for each pool that is stalled
  long stuck_ms;        // the one that is stalled longest
};

/* Handlers are called on the domain's timer thread, after the report was logged and no lock is held.  They may queue
 * work, but not wait for any nor destroy the domain.  One that was replaced may still be running. */
using stall_handler = void (*)(const stall_report& report, void* context);
CMWQ_API void set_stall_handler(wq_domain* domain, stall_handler handler, void* context) noexcept;

/* What to do at a stall that is fatal by the two settings below; nullptr: abort(). */
CMWQ_API void set_panic_handler(wq_domain* domain, stall_handler handler, void* context) noexcept;

/* Fatal are the @nth stall and all after it; 0: none.  Kernel: workqueue.panic_on_stall. */
CMWQ_API void set_panic_on_stall(wq_domain* domain, unsigned nth) noexcept;

/* Fatal is a stall that has lasted as long; 0: none.  Kernel: workqueue.panic_on_stall_time. */
CMWQ_API void set_panic_on_stall_time_ms(wq_domain* domain, long ms) noexcept;

/* Sets the number of violations from which on a work function of a per-CPU queue is reported that uses a CPU for
 * cpu_intensive_thresh_us without blocking; 0: never.  Kernel: workqueue.cpu_intensive_warning_thresh. */
CMWQ_API void set_cpu_intensive_warning_thresh(wq_domain* domain, unsigned violations) noexcept;

// ---------------------------------------------------------------------------------------------
// Tracing.  Per item in this order: queue_work, activate_work (later than queue_work if the item waited for a slot),
// execute_start, execute_end; an item that is cancelled has no execute events.  Flush barriers are left out.  The same
// events are USDT probes: provider cmwq, named as the kernel's trace points (docs/observability.md).

using trace_record = detail::basic_trace_record<detail::std_policy>;

/* Called at each event of the domain, from any thread, partly with locks of the library held: it may neither block nor
 * allocate nor call the library.  Write the event down and return. */
using trace_sink = void (*)(const trace_record& event, void* context);

/* Sends the events of @domain to @sink; nullptr: to nobody, which costs one load per event.  When it returns the sink
 * before is not called any more.  Not from a sink. */
CMWQ_API void set_trace_sink(wq_domain* domain, trace_sink sink, void* context) noexcept;

// ---------------------------------------------------------------------------------------------

/* Asserts every invariant of every pool and queue of @domain.  Return: the first one that does not hold,
 * as text; empty if all hold. */
CMWQ_API std::string check_invariants(wq_domain* domain);

// ---------------------------------------------------------------------------------------------
// CPUs that come and go.  The calls take effect before they return, block for a moment, and may be made by any thread,
// workers included.  docs/cpus.md.

/* Takes @cpu out of use until workqueue_online_cpu(): what is queued for it runs on other CPUs.
 * Return: 0; -EINVAL if there is no such CPU; -EBUSY, and one warning, if it is the last one.
 * Kernel: workqueue_offline_cpu(), which runs on that CPU. */
CMWQ_API int workqueue_offline_cpu(wq_domain* domain, int cpu) noexcept;

/* Brings @cpu back; does nothing if it is online.
 * Return: 0; -EINVAL if there is no such CPU; -EAGAIN if the system does not let the process use it now: then it comes back
 * when that changes.  Kernel: workqueue_online_cpu(). */
CMWQ_API int workqueue_online_cpu(wq_domain* domain, int cpu) noexcept;

/* Lets the first workers of the pools of @cpu be created, if they have none; workqueue_online_cpu() does so itself.
 * Return: 0; -EINVAL if there is no such CPU.  Kernel: workqueue_prepare_cpu(). */
CMWQ_API int workqueue_prepare_cpu(wq_domain* domain, int cpu) noexcept;

/* Looks now at affinity mask, cpuset and CPU quota of the process, instead of within a second while it is active.
 * Return: 0; -EOPNOTSUPP on a synthetic machine, which has none; -EINVAL for a null @domain. */
CMWQ_API int workqueue_update_cpus(wq_domain* domain) noexcept;

}  // namespace cmwq
