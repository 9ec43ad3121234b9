// The lock order, outer to inner.  A thread may take a lock only if every lock it holds stands above
// it in this table; paranoid builds check that at each acquisition.  docs/locking.md explains the order.
#pragma once

#include <cstdint>

namespace cmwq::detail {

enum class lock_rank : std::uint32_t {
  task_group,  // of the C++ layer, which calls the library: items of a group that have not started
  directory,   // the process's table of domains
  pool_mutex,  // PL: a domain's queues, pools, ids
  wq_mutex,    // WQ: one queue's colours, flushers, shares
  attach_mutex,  // who sets the masks of other threads; they do not end meanwhile
  pool_lock,   // L: everything hot of one pool
  node_lock,   // N: pools that wait for a slot of a node
  mayday_lock, // MD: calls for rescuers
  timer_lock,  // W: the timer wheel
  jobs_lock,   // J: the helper's list of jobs
  rcu_lock,    // U: the process's grace period and who waits for it
  block_store, // spare blocks for closures of the C++ layer
};

}  // namespace cmwq::detail
