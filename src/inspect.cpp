// Looking inside: snapshots and the invariants.  The dumps are in eyes/show.cpp.
#include "cmwq/inspect.h"

#include <fmt/format.h>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/eyes/invariants.h"
#include "cmwq/detail/eyes/pool_flags.h"
#include "cmwq/detail/life/max_active.h"
#include "cmwq/detail/pool/policy.h"
#include "cmwq/detail/queue/barrier.h"
#include "domain.h"
#include "eyes/collect.h"
#include "rcu.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;
using queue = basic_workqueue<P>;
using share = pool_workqueue<P>;

wq_stats to_public(const pwq_stats& s) noexcept {
  return {.started = s.started,
          .completed = s.completed,
          .cpu_time_us = s.cpu_time_ns / 1000,
          .cpu_intensive = s.cpu_intensive,
          .cm_wakeup = s.cm_wakeup,
          .repatriated = s.repatriated,
          .mayday = s.mayday,
          .rescued = s.rescued};
}

// Items that wait for a slot, without the barriers chained to them.  Under the pool's lock.
int nr_waiting_items(share& pwq) noexcept {
  int n = 0;
  list_for_each<basic_work<P>, &basic_work<P>::entry>(
      pwq.inactive_works, [&](basic_work<P>& work) { n += work.func != &wq_barrier_func<P>; });
  return n;
}

// Under the queue's mutex or the domain's pool mutex: the list of shares stays.
wq_snapshot snapshot_locked(queue& wq) {
  wq_snapshot s;
  s.name = wq.name;
  s.flags = wq.flags.load(kRelaxed);            // relaxed, all: a snapshot
  s.max_active = wq.saved_max_active.load(kRelaxed);
  s.frozen = is_frozen(wq);
  s.nr_armed = wq.nr_armed.load(kRelaxed);
  for (int cpu = 0; cpu < wq.dom->machine->nr_cpus(); ++cpu) {
    const share* pwq = wq.cpu_pwq[cpu].load(kRelaxed);  // relaxed, both: under PL or WQ
    s.pool_of_cpu.push_back(pwq->pool.load(kRelaxed)->id & ((1 << kPoolIndexBits) - 1));
  }
  pwq_stats sum = wq.retired;
  list_for_each<share, &share::pwqs_entry>(wq.pwqs, [&](share& pwq) {
    lock_guard guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    sum.add(pwq.stats);
    s.nr_active += pwq.nr_active;
    s.nr_inactive += nr_waiting_items(pwq);
    for (int n : pwq.nr_in_flight) s.nr_in_flight += n;
  });
  s.stats = to_public(sum);
  return s;
}

pool_snapshot snapshot_of(std_pool& pool) {
  lock_guard guard(pool.lock);
  pool_snapshot s;
  s.id = pool.id & ((1 << kPoolIndexBits) - 1);
  s.cpu = pool.cpu;
  s.cpus = cpulist_text(pool.attrs.pod_cpus);
  s.node = pool.node;
  s.nice = pool.attrs.nice;
  s.refcount = pool.refcnt;
  s.nr_workers = pool.nr_workers;
  s.nr_idle = pool.nr_idle;
  s.nr_busy = pool.nr_busy;
  s.nr_running = pool.nr_running.read();
  s.nr_queued = static_cast<int>(list_count(pool.worklist));
  s.flags = pool_flags_locked(pool);
  s.hung_ms = static_cast<long>(hung_ns_locked(pool, P::now()) / kMsNs);
  s.target = pool.counted ? running_limit(pool) : 0;
  s.bh = pool.bh;
  s.nr_bh_rounds = pool.nr_bh_rounds;
  s.runs_on = cpulist_text(pool.allowed.logical());
  s.displaced = pool.displaced.load(kRelaxed);  // relaxed: under the pool mutex
  return s;
}

template <class Visit>
void for_each_queue_locked(wq_domain& domain, Visit visit) {
  lock_guard guard(domain.core.pool_mutex);
  list_for_each<queue, &queue::list>(domain.core.workqueues, visit);
}

std::string broken_invariant(std_pool& pool) {
  lock_guard guard(pool.lock);
  const char* broken = broken_pool_state(pool);
  if (!broken) broken = broken_pool_cpus(pool);
  return broken ? fmt::format("pool {}: {}", pool.id, broken) : std::string();
}

std::string broken_invariant(queue& wq) {
  lock_guard guard(wq.mutex_);
  const char* broken = broken_flush_state(wq);
  if (!broken) broken = broken_freeze_state(wq);
  list_for_each<share, &share::pwqs_entry>(wq.pwqs, [&](share& pwq) {
    lock_guard pool_guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    if (!broken) broken = broken_pwq_state(pwq);
  });
  return broken ? fmt::format("workqueue {}: {}", wq.name, broken) : std::string();
}

}  // namespace

wq_snapshot snapshot(workqueue_struct* wq) {
  lock_guard guard(wq->mutex_);
  return snapshot_locked(*wq);
}

std::vector<wq_snapshot> snapshot_workqueues(wq_domain* domain) {
  std::vector<wq_snapshot> all;
  for_each_queue_locked(*domain, [&](queue& wq) { all.push_back(snapshot_locked(wq)); });
  return all;
}

std::vector<pool_snapshot> snapshot_pools(wq_domain* domain) {
  std::vector<pool_snapshot> all;
  lock_guard guard(domain->core.pool_mutex);
  domain->core.pools.visit([&](std_pool& pool) {
    all.push_back(snapshot_of(pool));
    return true;
  });
  return all;
}

cpus_snapshot snapshot_cpus(wq_domain* domain) {
  const std_domain& dom = domain->core;
  lock_guard guard(domain->core.pool_mutex);
  cpus_snapshot s;
  s.possible = cpulist_text(dom.machine->all());
  s.online = cpulist_text(dom.online_cpus);
  s.off = cpulist_text(dom.offline_by_call);
  s.quota = static_cast<double>(dom.quota_milli) / 1000;
  s.followed = domain->follower.follows();
  s.looks = domain->follower.looks();
  return s;
}

hook_snapshot snapshot_hook(wq_domain* domain) {
  hook_snapshot s;
  s.name = domain->core.hook->name();
  if (domain->own_hook) {
    const hook_counters c = domain->own_hook->counters();
    s.sentinels = c.sentinels;
    s.proc_readable = c.proc_readable;
    s.sentinel_starts = c.sentinel_starts;
    s.watchdog_starts = c.watchdog_starts;
    s.sentinel_rounds = c.sentinel_rounds;
    s.sentinel_false = c.sentinel_false;
    s.pulled = c.pulled;
  }
  s.found_blocked = domain->core.found_blocked.load(kRelaxed);  // relaxed, all: statistics
  s.declared_blocks = domain->core.declared_blocks.load(kRelaxed);
  s.hogs = domain->core.hogs.load(kRelaxed);
  return s;
}

std::vector<int> snapshot_threads(wq_domain* domain) {
  std::vector<int> tids;
  const auto add = [&](int tid) {
    if (tid > 0) tids.push_back(tid);
  };
  lock_guard guard(domain->core.pool_mutex);
  domain->core.all_workers.visit([&](std_worker& w) {
    add(w.tid.load(kRelaxed));  // relaxed: a snapshot
    return true;
  });
  add(domain->core.timer_tid.load(kRelaxed));
  add(domain->core.helper_tid.load(kRelaxed));
  if (domain->own_hook) domain->own_hook->collect_threads(tids);
  return tids;
}

std::string check_invariants(wq_domain* domain) {
  std::string broken;
  const auto note = [&](std::string found) {
    if (broken.empty()) broken = std::move(found);
  };
  if (const char* rcu = broken_grace_period(own_rcu_state())) note(rcu);
  for_each_queue_locked(*domain, [&](queue& wq) { note(broken_invariant(wq)); });
  lock_guard guard(domain->core.pool_mutex);
  domain->core.pools.visit([&](std_pool& pool) {
    note(broken_invariant(pool));
    return true;
  });
  return broken;
}

void rearm_warnings(wq_domain* domain) noexcept {
  domain->core.warned.store(0, kRelaxed);  // relaxed, both: publishes nothing
  for (auto& function : domain->core.bh_blockers) function.store(nullptr, kRelaxed);
  P::directory().rearm_warnings();
}

}  // namespace cmwq
