// A pool_workqueue (pwq): one queue's share of one pool.
//
// It holds the items of its queue that wait for a slot (max_active), counts what is in flight per flush
// colour, and keeps the queue's memory alive.  Aligned to 256 bytes: an item's word stores its address in
// the upper bits.  Memory is type-stable within the domain.
#pragma once

#include <cstdint>

#include "cmwq/detail/core/stats.h"
#include "cmwq/detail/core/worker_pool.h"

namespace cmwq::detail {

template <class P>
struct alignas(256) pool_workqueue {
  typename P::template atomic<worker_pool<P>*> pool{nullptr};  // AT: (Q1); constant while refcnt > 0
  basic_workqueue<P>* wq = nullptr;                            // L: constant while refcnt > 0
  int refcnt = 0;                                              // L: the queue's own and one per queued item
  bool installed = false;                                      // PW: in the queue's slots; the queue's own reference
  bool plugged = false;                                        // L: of an ordered queue, waits for older shares to go
  int work_color = 0;                                          // L: what new items take
  int flush_color = -1;                                        // L: what is being flushed, -1 = none
  int nr_in_flight[WORK_NR_COLORS] = {};                       // L: items and barriers per colour
  int nr_active = 0;                                           // L: on the pool's list or running
  list_head inactive_works;                                    // L: items that wait for a slot
  list_head pending_node;                                      // N: node_nr_active::pending_pwqs
  bool waits_for_slot = false;                                 // LN: pending_node is linked
  list_head pwqs_entry;                                        // WQ: wq->pwqs, oldest first
  list_head mayday_entry;                                      // MD: wq->maydays
  pwq_stats stats;                                             // L
  job release_job;                                             // J: the last reference is gone
};

}  // namespace cmwq::detail
