// A worker: a thread that executes items of one pool, or a rescuer.
//
// Memory of workers is type-stable: it goes back to the domain's free list, never to the allocator before
// the domain ends.  So a late ring of a retired worker's parker is harmless, and the watchdog and the
// sentinels may look at a worker that is just retiring.
#pragma once

#include <cstdint>

#include "cmwq/detail/core/execution.h"
#include "cmwq/detail/core/run_state.h"
#include "cmwq/detail/os/parker.h"

namespace cmwq::detail {

template <class P>
struct worker_pool;
template <class P>
struct basic_workqueue;
template <class P>
struct domain;

template <class P>
struct worker {
  template <class T>
  using atomic = typename P::template atomic<T>;

  domain<P>* dom = nullptr;                    // I
  atomic<worker_pool<P>*> pool{nullptr};       // AT: (W1); a rescuer changes it, others keep one for life
  int id = 0;                                  // I: within the pool, for the thread's name
  basic_workqueue<P>* rescue_wq = nullptr;     // I: the queue this rescuer serves; nullptr for workers
  thread_handle thread{};                      // I: while has_thread
  bool has_thread = false;                     // I: started and not joined; by who makes and frees the worker

  run_state<P> state;                          // AT: see run_state.h
  parker<P> sleep;                             // AT: see parker.h
  list_head idle_entry;                        // L: pool->idle_list, unless in a standby slot or taken
  list_head pool_entry;                        // L: pool->workers
  bool idle = false;                           // L: between worker_enter_idle() and worker_leave_idle()
  bool die = false;                            // L: leave the thread at the next wake-up
  std::uint64_t idle_since = 0;                // L: ns

  execution<P> base;                           // L: the first item of the stack
  execution<P>* top = nullptr;                 // K: the item being executed, or nullptr

  std::uint64_t cpu_sampled_at = 0;            // S: the tick of the last sample of its CPU time
  std::uint64_t cpu_sampled_ns = 0;            // S: that sample

  int blocking_depth = 0;                      // S: nested blocking sections
  bool blocking_counted = false;               // S: the outermost one took the worker out of the count

  // What hooks read to find out whether the thread blocks.
  atomic<int> tid{0};                          // AT: relaxed, 0 until the thread runs
  atomic<int> stat_fd{-1};                     // AT: (W2), /proc/self/task/TID/stat kept open, or -1
  atomic<const atomic<std::uint32_t>*> cpu_word{nullptr};  // AT: (W2), where the system keeps the thread's CPU
  atomic<int> lookers{0};                      // AT: (W7), who may be reading through the two above
  atomic<std::uint32_t> episode{0};            // AT: relaxed, statistic: grows at each item and each announced block
  atomic<int> last_cpu{-1};                    // AT: relaxed, hint: logical CPU at the last item's start
  atomic<int> placed_on{-1};                   // AT: (W3), CPU its mask was narrowed to for one start

  atomic<bool> started_by_hook{false};         // AT: relaxed, statistic

  atomic<bool> newly_blocked{false};           // AT: relaxed, found blocked since the watchdog looked last

  // Notes of the watchdog between two ticks.
  std::uint32_t seen_episode = 0;              // WD: watchdog thread only
  std::uint64_t seen_cpu_ns = 0;               // WD: CPU time when the episode was first seen
  std::uint64_t tick_cpu_ns = 0;               // WD: CPU time at the last tick

  list_head stable_entry;                      // PL: the domain's free_workers or lingering_workers

  // The thread has ended or is about to: takes away what hooks look at, unless one looks at this moment.  A hook of
  // idle priority may be kept from its CPU for long, so nobody waits for it.
  // Return: whether the thread may be joined; its memory holds the word.
  //
  //   hide                                  a hook
  //   1. take file and word away (W2)       1. lookers up (W7)
  //   2. read lookers (W7)                  2. read file and word (W6)
  bool hide_from_hooks() noexcept {
    cpu_word.exchange(nullptr, kSeqCst);           // (W2) seq_cst, with (W6)
    const int fd = stat_fd.exchange(-1, kSeqCst);  // (W2), with (W6)
    if (lookers.load(kSeqCst) != 0) {              // (W7) seq_cst, with (W7)
      stat_fd.exchange(fd, kSeqCst);               // (W2), with (W6)
      return false;
    }
    if (fd >= 0) P::close_thread_stat(fd);
    return true;
  }
};

}  // namespace cmwq::detail
