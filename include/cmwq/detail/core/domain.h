// A domain: everything the kernel keeps in globals.
//
// Legend of the marks on fields (tests/lint/check_markers.py finds fields without one):
//
//   I   set when the object is made, then read-only     L   pool->lock
//   S   only the worker itself                          K   written by the worker under L, read under L or by itself
//   PL  domain->pool_mutex                              WQ  wq->mutex_
//   WR  PL and WQ for writes, either for reads          PW  the same
//   WO  WQ for writes, atomic reads anywhere            N   node_nr_active->lock
//   LN  L and N for writes, either for reads            MD  domain->mayday_lock
//   W   the timer wheel's lock                          J   the job list's lock
//   AT  atomic; its tags are explained where it is used WD  the watchdog thread only
//   D   the directory's lock
//
// The lock order is in os/lock_rank.h.
#pragma once

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cmwq/detail/core/directory.h"
#include "cmwq/detail/core/hog_table.h"
#include "cmwq/detail/core/params.h"
#include "cmwq/detail/core/rcu_work.h"
#include "cmwq/detail/core/published_mask.h"
#include "cmwq/detail/core/sched_hook.h"
#include "cmwq/detail/core/stall_watch.h"
#include "cmwq/detail/core/trace.h"
#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/os/jobs.h"
#include "cmwq/detail/os/log.h"
#include "cmwq/detail/os/timer_wheel.h"
#include "cmwq/detail/topo/topology.h"

namespace cmwq::detail {

// Warnings that are printed once per domain (rearm_warnings() prints them again).
enum class once : unsigned {
  queue_while_draining,
  no_such_cpu,
  flags_missing,
  flags_both,
  create_failed,
  reclaim_flush,
  frozen_twice,
  busy_without_freeze,
  system_flush,
  force_rr_cpu,
  node_of_percpu,
  disabled_rcu_work,
  delay_on_offline_cpu,
  last_cpu,
  no_cpu_left,
};

// The pools of one CPU.
enum class bound_kind { normal, highpri, bh, bh_highpri };
inline constexpr int kBoundKinds = 4;

template <class P>
struct domain {
  template <class T>
  using atomic = typename P::template atomic<T>;

  std::string name;                                     // I
  int index = -1;                                       // I: in the directory
  domain_params params;                                 // I
  std::unique_ptr<topology> machine;                    // I
  wq_affn_scope default_scope = WQ_AFFN_CACHE_SHARD;    // PL: of queues with WQ_AFFN_DFL
  cpumask online_cpus;                                  // PL: of the machine's, those that may be used now
  cpumask requested_unbound_cpus;                       // PL: what was asked for; not empty
  cpumask isolated_cpus;                                // PL: kept free of unbound work
  cpumask unbound_cpus;                                 // PL: requested and not isolated; requested if that is empty
  published_mask<P> choice;                             // AT: unbound_cpus that are online: what queue_work() chooses from
  atomic<std::uint64_t> cpu_intensive_ns{10'000 * kUsNs};  // AT: relaxed, 0 = never.  Kernel: cpu_intensive_thresh_us
  atomic<bool> force_rr_cpu{false};                     // AT: relaxed, a hint: never prefer the local CPU for unbound items
  atomic<bool> choice_limited{false};                   // AT: relaxed, a hint: that is not every CPU, or never the local one
  sched_hook<P>* hook = nullptr;                        // I
  const rcu_flavor* rcu = nullptr;                      // I: what rcu_works wait by
  bool counted = true;                                  // I: hook->counts_workers()
  bool is_default = false;                              // I
  stall_watch<P> stalls;                                // AT: see stall_watch.h
  trace_point<P> trace;                                 // AT: see trace.h

  cpumask system_cpus;                                  // PL: those the system lets us use, as of the last look
  cpumask offline_by_call;                              // PL: workqueue_offline_cpu()
  bool shares_outdated = false;                         // PL: no memory when the CPUs changed last
  long quota_milli = 0;                                 // PL: thousandths of a CPU the domain may use; 0: no limit
  published_mask<P> online_now;                         // AT: online_cpus, for readers without a lock
  job* follow_job = nullptr;                            // I: looks at the CPUs again
  atomic<std::uint64_t> next_look{~0ULL};               // AT: relaxed, not before this time, ns

  mutex<P, lock_rank::pool_mutex> pool_mutex;
  mutex<P, lock_rank::attach_mutex> attach_mutex;       // threads of workers do not end while it is held
  atomic<bool> online{false};                           // AT: (O1), written under PL: workers may be created (stage two)
  list_head workqueues;                                 // PL
  atomic<bool> freezing{false};                         // AT: relaxed, written under PL; then every queue is adjusted
  list_head unbound_pools[kPoolHashBuckets];            // PL: by hash of attributes
  std::vector<worker_pool<P>*> bound_pools[kBoundKinds];  // PL: by bound_kind and CPU; nullptr until used
  list_head free_pools;                                 // PL
  list_head free_workers;                               // PL: without a thread
  list_head lingering_workers;                          // PL: a hook looked when they were to be joined
  list_head free_pwqs;                                  // PL: through pwqs_entry
  std::vector<void*> memory;                            // PL: everything type-stable, released at the end
  std::vector<int> free_pool_indexes;                   // PL
  int nr_pool_indexes = 0;                              // PL
  slot_table<P, worker<P>> all_workers;                 // PL: live threads, rescuers included

  static constexpr int kPoolChunk = 1024;
  atomic<atomic<worker_pool<P>*>*> pool_chunks[(1 << kPoolIndexBits) / kPoolChunk] = {};  // AT: (D5)
  slot_table<P, worker_pool<P>> pools;                  // PL: live pools, read by the watchdog without a lock

  mutex<P, lock_rank::mayday_lock> mayday_lock;
  atomic<int> nr_rescuers{0};                           // AT: relaxed, whether maydays are worth a timer

  timer_wheel<P> timers;                                // W
  job_list<P> jobs;                                     // J
  thread_handle timer_thread{};                         // I
  thread_handle helper_thread{};                        // I
  atomic<int> timer_tid{0};                             // AT: relaxed, statistic
  atomic<int> helper_tid{0};                            // AT: relaxed, statistic

  atomic<int> stat_fds_left{0};                         // AT: relaxed, how many workers may still keep a file open

  atomic<unsigned> warned{0};                           // AT: relaxed, which of `once` were printed
  atomic<typename basic_work<P>::func_type> bh_blockers[kMaxBhBlockers] = {};  // AT: relaxed, those told of, then nullptr
  atomic<unsigned> rr_cursor{0};                        // AT: relaxed, next CPU for callers outside the set
  atomic<int> last_choice{-1};                          // AT: relaxed, the CPU chosen last when the local one was excluded
  atomic<std::uint64_t> declared_blocks{0};             // AT: relaxed, statistic
  atomic<std::uint64_t> found_blocked{0};               // AT: relaxed, statistic
  atomic<std::uint64_t> hogs{0};                        // AT: relaxed, statistic
  hog_table<P> hog_functions;                           // J: its own lock

  // Memory that is not given back before the domain ends, or nullptr.  Under the pool mutex.
  void* allocate_stable(std::size_t size, std::size_t alignment) noexcept {
    void* const block = P::allocate(size, alignment);
    if (!block) return nullptr;
    try {
      memory.push_back(block);
      return block;
    } catch (...) {
      P::release(block);
      return nullptr;
    }
  }
  template <class T>
  T* make_stable() noexcept {
    void* const block = allocate_stable(sizeof(T), alignof(T));
    return block ? new (block) T : nullptr;
  }

  // One more free pool index.  Makes room for its return too, which must not fail.
  bool add_pool_index() noexcept {
    try {
      free_pool_indexes.reserve(static_cast<std::size_t>(nr_pool_indexes) + 1);
      free_pool_indexes.push_back(nr_pool_indexes++);
      return true;
    } catch (...) {
      return false;
    }
  }

  // True for the first caller since the start or since rearm_warnings().
  bool first_time(once what) noexcept {
    const unsigned bit = 1u << static_cast<unsigned>(what);
    if (warned.load(kRelaxed) & bit) return false;       // relaxed: the RMW decides
    return !(warned.fetch_or(bit, kRelaxed) & bit);      // relaxed: publishes nothing
  }

  // The live pool numbered @pool_id, or nullptr; any thread that keeps the domain in being.
  worker_pool<P>* pool_by_id(std::uint64_t pool_id) noexcept {
    if (static_cast<int>(pool_id >> kPoolIndexBits) != index) return nullptr;
    const auto at = static_cast<unsigned>(pool_id & ((1u << kPoolIndexBits) - 1));
    auto* chunk = pool_chunks[at / kPoolChunk].load(kAcquire);  // (D5) acquire, with (D6) in pool_table.h
    return chunk ? chunk[at % kPoolChunk].load(kAcquire) : nullptr;  // (D7) acquire, with (D8) in pool_table.h
  }
};

}  // namespace cmwq::detail
