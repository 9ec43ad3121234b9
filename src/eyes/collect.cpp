#include "eyes/collect.h"

#include <cstring>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/eyes/pool_flags.h"
#include "cmwq/detail/queue/barrier.h"

namespace cmwq::detail {
namespace {

using P = std_policy;
using place = item_row::place;

item_row waiting_row(basic_work<P>& work, place at) noexcept {
  item_row row;
  row.at = at;
  row.func = work.func;
  if (work.func == &wq_barrier_func<P>)
    row.waiter = field_owner<wq_barrier<P>>(static_cast<work_struct*>(&work), &wq_barrier<P>::work)->waiter;
  return row;
}

item_row running_row(const std_execution& e) noexcept {
  item_row row;
  row.at = place::in_flight;
  row.func = e.func;
  row.tid = e.owner->tid.load(kRelaxed);  // relaxed: a snapshot
  row.rescuer = e.owner->rescue_wq != nullptr;
  row.since = e.started_at;
  std::memcpy(row.desc, e.desc, sizeof row.desc);
  return row;
}

template <class Push>
void push_list(list_head& list, place at, const std_share* of, Push push) {
  list_for_each<basic_work<P>, &basic_work<P>::entry>(list, [&](basic_work<P>& work) {
    if (!of || work.data.read().pwq<P>() == of) push(waiting_row(work, at));
  });
}

template <class Push>
void push_in_flight(std_pool& pool, const std_share& pwq, Push push) {
  for (list_head& bucket : pool.busy_hash)
    list_for_each<std_execution, &std_execution::busy_entry>(bucket, [&](std_execution& e) {
      if (e.pwq != &pwq || e.func == &wq_barrier_func<P>) return;
      push(running_row(e));
      push_list(e.scheduled, place::scheduled, nullptr, push);
    });
}

pool_info info_of(std_pool& pool) {
  return {number_in_domain(pool), cpulist_text(pool.attrs.pod_cpus), pool.node, pool.attrs.nice, 0};
}

pwq_rows rows_of_share(std_share& pwq) {
  std_pool& pool = *pwq.pool.load(kRelaxed);  // relaxed: constant while it is on its queue's list
  pwq_rows rows;
  rows.pool = info_of(pool);
  rows.items = collect<item_row>(pool.lock, [&](auto push) {
    rows.pool.flags = pool_flags_locked(pool);
    rows.nr_active = pwq.nr_active;
    rows.refcnt = pwq.refcnt;
    {
      lock_guard guard(pool.dom->mayday_lock);
      rows.mayday = !list_empty(pwq.mayday_entry);
    }
    push_in_flight(pool, pwq, push);
    push_list(pool.worklist, place::pending, &pwq, push);
    push_list(pwq.inactive_works, place::inactive, nullptr, push);
  });
  return rows;
}

}  // namespace

bool pwq_rows::busy() const noexcept {
  if (nr_active) return true;
  for (const item_row& item : items)
    if (item.at == place::inactive) return true;
  return false;
}

std::uint64_t hung_ns_locked(const std_pool& pool, std::uint64_t now) noexcept {
  const std::uint64_t last = pool.watchdog_ts.load(kRelaxed);  // relaxed: under the lock
  return list_empty(pool.worklist) || now < last ? 0 : now - last;
}

queue_rows rows_of(std_queue& wq) {
  queue_rows rows;
  rows.name = wq.name;
  rows.flags = wq.flags.load(kRelaxed);  // relaxed: a snapshot
  list_for_each<std_share, &std_share::pwqs_entry>(wq.pwqs, [&](std_share& pwq) {
    pwq_rows share = rows_of_share(pwq);
    if (share.busy()) rows.shares.push_back(std::move(share));
  });
  return rows;
}

pool_rows rows_of(std_pool& pool) {
  pool_rows rows;
  rows.info = info_of(pool);
  rows.idle_tids = collect<int>(pool.lock, [&](auto push) {
    rows.info.flags = pool_flags_locked(pool);
    rows.nr_workers = pool.nr_workers;
    rows.busy = pool.nr_workers != pool.nr_idle || !list_empty(pool.worklist);
    rows.hung_ns = hung_ns_locked(pool, P::now());
    rows.manager_tid = pool.manager_active ? pool.dom->helper_tid.load(kRelaxed) : 0;  // relaxed: a snapshot
    list_for_each<std_worker, &std_worker::pool_entry>(pool.workers, [&](std_worker& w) {
      if (w.idle) push(w.tid.load(kRelaxed));  // relaxed: a snapshot
    });
  });
  return rows;
}

std::vector<queue_rows> busy_queues(wq_domain& domain, const std::function<bool(const std_queue&)>& wanted) {
  std::vector<queue_rows> busy;
  lock_guard guard(domain.core.pool_mutex);
  list_for_each<std_queue, &std_queue::list>(domain.core.workqueues, [&](std_queue& wq) {
    if (!wanted(wq)) return;
    queue_rows rows = rows_of(wq);
    if (!rows.shares.empty()) busy.push_back(std::move(rows));
  });
  return busy;
}

std::vector<pool_rows> busy_pools(wq_domain& domain) {
  std::vector<pool_rows> busy;
  lock_guard guard(domain.core.pool_mutex);
  domain.core.pools.visit([&](std_pool& pool) {
    pool_rows rows = rows_of(pool);
    if (rows.busy) busy.push_back(std::move(rows));
    return true;
  });
  return busy;
}

}  // namespace cmwq::detail
