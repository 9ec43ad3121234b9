// What dumps show, copied under the locks.  Text is made of it after they have been dropped, so that a log sink may
// queue work, and nothing is allocated under a pool's lock.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain.h"

namespace cmwq::detail {

using std_queue = basic_workqueue<std_policy>;
using std_share = pool_workqueue<std_policy>;
using std_execution = execution<std_policy>;
using std_func = basic_work<std_policy>::func_type;

/* Lets @fill(push) push rows under @lock.  What does not fit is only counted there; then it is done again with more
 * room. */
template <class Row, class Lock, class Fill>
std::vector<Row> collect(Lock& lock, Fill fill) {
  std::vector<Row> rows;
  for (std::size_t room = 16;;) {
    rows.clear();
    rows.reserve(room);
    std::size_t wanted = 0;
    {
      lock_guard guard(lock);
      fill([&](const Row& row) {
        if (wanted++ < room) rows.push_back(row);
      });
    }
    if (wanted <= room) return rows;
    room = wanted + wanted / 4;
  }
}

inline int number_in_domain(const std_pool& pool) noexcept { return pool.id & ((1 << kPoolIndexBits) - 1); }

// The part of a line that says which pool it is.
struct pool_info {
  int id = 0;
  std::string cpus;
  int node = -1;
  int nice = 0;
  unsigned flags = 0;
};

struct item_row {
  enum class place { in_flight, scheduled, pending, inactive };
  place at = place::pending;
  std_func func = nullptr;
  int waiter = 0;            // of a flush barrier: the thread that waits; 0: an item
  int tid = 0;               // in flight: the thread that executes it, as the next three
  bool rescuer = false;
  std::uint64_t since = 0;
  char desc[kWorkerDescLength] = {};
};

struct pwq_rows {
  pool_info pool;
  int nr_active = 0, refcnt = 0;
  bool mayday = false;
  std::vector<item_row> items;

  bool busy() const noexcept;
};

struct queue_rows {
  std::string name;
  unsigned flags = 0;
  std::vector<pwq_rows> shares;  // the busy ones
};

struct pool_rows {
  pool_info info;
  int nr_workers = 0;
  std::uint64_t hung_ns = 0;
  int manager_tid = 0;           // 0: nobody is creating a worker
  bool busy = false;
  std::vector<int> idle_tids;
};

/* Under the pool mutex or, for a share, its queue's. */
queue_rows rows_of(std_queue& wq);
pool_rows rows_of(std_pool& pool);

/* Of the queues for which @wanted says so; those without a busy share are left out. */
std::vector<queue_rows> busy_queues(wq_domain& domain, const std::function<bool(const std_queue&)>& wanted);

/* Of the pools that are not idle. */
std::vector<pool_rows> busy_pools(wq_domain& domain);

/* How long @pool has made no progress, ns; 0 while nothing waits on its list.  Under its lock. */
std::uint64_t hung_ns_locked(const std_pool& pool, std::uint64_t now) noexcept;

}  // namespace cmwq::detail
