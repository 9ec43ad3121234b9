// A pool: a list of active items, the workers that execute them, and the count that decides how many run.
//
// Bound pools belong to one CPU (four each: normal and highpri, for workers and for BH items) and live as long as the
// domain.  Unbound
// pools are found by their attributes and live while a queue's share refers to them.  Memory is
// type-stable, like that of workers: an item names its last pool by number long after.  It is reused only for a pool
// with the same attributes.
//
// Invariants whenever lock is free:
//  (1) held_back is set iff worklist is not empty;
//  (2) nr_workers == idle workers + busy workers + those in between (woken, not yet at the list);
//  (3) a worker with idle set is in exactly one of: idle_list, a standby slot, the hands of who took it;
//  (4) if worklist is not empty, then enough workers count as running, or one was taken and is on its way,
//      or one is being created.
#pragma once

#include <cstdint>

#include "cmwq/detail/core/allowed_cpus.h"
#include "cmwq/detail/core/attrs.h"
#include "cmwq/detail/core/params.h"
#include "cmwq/detail/core/run_state.h"
#include "cmwq/detail/core/slot_table.h"
#include "cmwq/detail/core/standby.h"
#include "cmwq/detail/core/worker.h"
#include "cmwq/detail/os/jobs.h"
#include "cmwq/detail/os/mutex.h"
#include "cmwq/detail/os/timer_node.h"

namespace cmwq::detail {

// "Work is held back": published by the pool's lock holder, read by hooks and by workers about to block.
template <class P>
class held_back_flag {
 public:
  // (H1) seq_cst, with (H2): see (R1) in run_state.h, (G1) in sentinel_gate.h and (V1) in stall_watch.h.
  // Return: whether it changed.
  bool set(bool value) noexcept {
    if (value == (flag_.load(kRelaxed) != 0)) return false;  // relaxed: only the lock holder writes
    flag_.exchange(value ? 1 : 0, kSeqCst);  // (H1), with (H2)
    return true;
  }
  bool read() const noexcept { return flag_.load(kSeqCst) != 0; /* (H2) seq_cst, with (H1) */ }

 private:
  typename P::template atomic<std::uint32_t> flag_{0};  // AT: tags H1, H2
};

template <class P>
struct worker_pool {
  template <class T>
  using atomic = typename P::template atomic<T>;

  mutex<P, lock_rank::pool_lock> lock;

  domain<P>* dom = nullptr;                       // I
  int id = -1;                                    // I: number in the process, as items' words store it
  int cpu = -1;                                   // I: bound CPU, -1 if unbound
  atomic<bool> displaced{false};                  // AT: relaxed, no CPU of its pod is online: others run it
  int node = -1;                                  // I: the node of all its CPUs, -1 if they span several
  pool_attrs attrs;                               // I
  allowed_cpus<P> allowed;                        // AT: where its workers may run now
  cpumask real_pod_cpus;                          // I: the system's numbers of attrs.pod_cpus
  bool roams = false;                             // I: its workers may leave the pod once they are started
  bool bh = false;                                // I: one thread, one item at a time (pool/bh.h).  Kernel: POOL_BH
  bool counted = true;                            // I: false: start every item at once (hook "none")
  atomic<int> target{1};                          // AT: relaxed, how many counted workers may run
  atomic<int> boost{0};                           // AT: relaxed, more of them while a foreign load competes
  atomic<int> surplus{0};                         // AT: relaxed, more of them while blocks come in quick succession
  atomic<bool> cpu_idled{false};                  // AT: relaxed, a sentinel looked since the watchdog did
  atomic<std::uint32_t> sentinel_starts{0};       // AT: relaxed, statistic

  list_head worklist;                             // L: active items in order
  held_back_flag<P> held_back;                    // AT: written under L
  alignas(kCacheLine) run_count<P> nr_running;    // AT: see run_state.h
  alignas(kCacheLine) standby_slots<P> standby;   // AT: see standby.h

  list_head idle_list;                            // L: last to become idle first
  list_head workers;                              // L: all but rescuers
  list_head dead_workers;                         // L: their threads have ended or are about to
  list_head busy_hash[kBusyHashBuckets];          // L: executions by item address
  slot_table<P, worker<P>> scan;                  // L: the same workers, read by hooks without the lock
  int nr_workers = 0;                             // L
  int nr_idle = 0;                                // L
  int nr_busy = 0;                                // L: executions in busy_hash
  int next_worker_id = 0;                         // L
  int next_pod_cpu = -1;                          // L: the CPU to which a worker was brought back last
  std::uint64_t nr_bh_rounds = 0;                 // L: statistic
  bool manager_active = false;                    // L: a worker is being created
  bool dying = false;                             // L: no new workers
  atomic<std::uint64_t> watchdog_ts{0};           // AT: relaxed, written under L: last forward progress, ns

  timer_node<P> idle_timer;                       // W: fires when the longest idle worker may go
  timer_node<P> mayday_timer;                     // W: while no worker can be created
  timer_node<P> retry_timer;                      // W: cool-down after a failed creation
  job create_job;                                 // J: manager: create a worker
  job cull_job;                                   // J: retire idle workers
  job release_job;                                // J: the last reference is gone

  int refcnt = 0;                                 // PL: shares of queues
  list_head hash_entry;                           // PL: bucket of the domain's unbound pools
  list_head stable_entry;                         // PL: the domain's free list

  // Notes of the watchdog between two ticks.
  std::uint32_t seen_sentinel_starts = 0;         // WD: watchdog thread only
  int recount_from = 0;                           // WD: which of the workers found blocked is looked at next
  int short_ticks = 0;                            // WD: ticks with too few workers running
  int calm_ticks = 0;                             // WD: ticks since the foreign load was last felt
};

// Whether @pool's workers are pinned to its one CPU: false for unbound pools and while that CPU is offline.  A hint
// without the pool mutex.
template <class P>
bool pinned_to_cpu(const worker_pool<P>& pool) noexcept {
  return pool.cpu >= 0 && !pool.displaced.load(kRelaxed);  // relaxed: a hint
}

// Something was put on pool.worklist.  The first item of a list begins a wait.  Under the lock.
template <class P>
void worklist_grew_locked(worker_pool<P>& pool) noexcept {
  if (pool.held_back.set(true)) pool.watchdog_ts.store(P::now_coarse(), kRelaxed);  // relaxed: read again under the lock
}

}  // namespace cmwq::detail
