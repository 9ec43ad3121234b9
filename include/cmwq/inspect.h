// Looking inside and control: dump, statistics, messages, CPUs that come and go.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

// Kernel: PWQ_STAT_*; counted under the pool lock, so sums are exact.
struct wq_stats {
  std::uint64_t started = 0;        // items begun
  std::uint64_t completed = 0;      // items ended
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

/* The text of show_all_workqueues(): busy queues, their shares and items, non-idle pools, the hook. */
CMWQ_API std::string dump_workqueues(wq_domain* domain);

/* Sends dump_workqueues() of the default domain to the log.  Kernel: show_all_workqueues(). */
CMWQ_API void show_all_workqueues();

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
