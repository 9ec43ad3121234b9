// The workqueue: a domain for flushing, limits and forward progress.  It owns no threads but its rescuer.
#pragma once

#include <cstdint>

#include "cmwq/detail/core/attrs.h"
#include "cmwq/detail/core/constants.h"
#include "cmwq/detail/core/node_active.h"
#include "cmwq/detail/os/completion.h"

namespace cmwq::detail {

// One flush_workqueue() in progress; lives on the caller's stack.
template <class P>
struct wq_flusher {
  list_head entry;       // WQ
  int flush_color = -1;  // WQ
  completion<P> done;
};

template <class P>
struct basic_workqueue {
  template <class T>
  using atomic = typename P::template atomic<T>;

  domain<P>* dom = nullptr;                             // I
  char name[WQ_NAME_LEN] = {};                          // I
  atomic<unsigned> flags{0};                            // AT: (F1); internal flags change under WQ
  mutex<P, lock_rank::wq_mutex> mutex_;

  list_head pwqs;                                       // WR: PL and WQ for writes, either for reads
  atomic<pool_workqueue<P>*>* cpu_pwq = nullptr;        // AT: (F2); one per CPU, those of a pod are equal
  workqueue_attrs attrs;                                // PW: as asked for; unbound queues only
  cpumask effective_cpus;                               // PW: of attrs.cpumask, those that may be used and are online
  node_nr_active<P>* node_active = nullptr;             // I: one per node and one for pools that span nodes

  int work_color = 0;                                   // WQ: current colour
  int flush_color = 0;                                  // WQ: the oldest colour still being flushed
  atomic<int> nr_pwqs_to_flush{0};                      // AT: (F3)
  wq_flusher<P>* first_flusher = nullptr;               // WQ
  list_head flusher_queue;                              // WQ: waits for its colour
  list_head flusher_overflow;                           // WQ: waits for a free colour

  int nr_drainers = 0;                                  // WQ
  atomic<int> max_active{0};                            // WO: the limit in force, 0 while frozen
  atomic<int> saved_max_active{0};                      // WO: the limit asked for
  int min_active = 0;                                   // WQ: asked for

  list_head maydays;                                    // MD: pwqs that ask for the rescuer
  worker<P>* rescuer = nullptr;                         // MD: nullptr before and after it takes maydays
  atomic<bool> rescuer_stop{false};                     // AT: (F4)
  atomic<int> nr_rcu{0};                                // AT: (M3), rcu_works that wait for readers on their way here
  atomic<int> nr_armed{0};                              // AT: (M1), delayed works armed on this queue or firing

  list_head list;                                       // PL: domain->workqueues
  bool visible = false;                                 // PL: has attributes by name
  int attribute_users = 0;                              // PL: who reads or writes one at this moment
  pwq_stats retired;                                    // WQ: of shares that are gone

  bool has_flag(unsigned flag) const noexcept { return flags.load(kRelaxed) & flag; /* relaxed: constant bits */ }
  bool ordered() const noexcept { return has_flag(__WQ_ORDERED); }
  bool unbound() const noexcept { return has_flag(WQ_UNBOUND); }
};

}  // namespace cmwq::detail

namespace cmwq {

struct workqueue_struct : detail::basic_workqueue<detail::std_policy> {};

}  // namespace cmwq
