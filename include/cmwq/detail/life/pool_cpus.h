// Which CPUs serve a pool, and how many of its workers may run.  Under the domain's pool mutex.
#pragma once

#include <algorithm>

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// The CPUs on which @pool's workers may run: its own as far as they are online; if none is, those of unbound work, and
// if none of these is, any.  Never empty.
template <class P>
cpumask cpus_for(const domain<P>& dom, const worker_pool<P>& pool) noexcept {
  for (const cpumask* wanted : {&pool.attrs.cpus, &dom.unbound_cpus}) {
    const cpumask left = *wanted & dom.online_cpus;
    if (!left.empty()) return left;
  }
  return dom.online_cpus;
}

// CPUs' worth of time that the domain may use at once; 0: no limit.
template <class P>
int quota_in_cpus(const domain<P>& dom) noexcept {
  return static_cast<int>((dom.quota_milli + 999) / 1000);
}

// How many counted workers of @pool may run: one per CPU of its pod that is online.  A quota that is smaller than
// the machine is dealt out to the CPUs, so that pods that do not overlap get exactly the quota, but each at least one.
// Bound pools keep one: a CPU without a worker would leave its items to nobody.
template <class P>
int running_target(const domain<P>& dom, const worker_pool<P>& pool) noexcept {
  if (pool.cpu >= 0) return 1;
  const cpumask usable = dom.unbound_cpus & dom.online_cpus, mine = pool.attrs.pod_cpus & usable;
  const int nr_usable = usable.count();
  const int quota = quota_in_cpus(dom);
  if (quota == 0 || quota >= nr_usable) return std::max(1, mine.count());
  int share = 0, rank = 0;
  for (int cpu = usable.first(); cpu >= 0; cpu = usable.next(cpu + 1), ++rank)
    if (mine.test(cpu)) share += (rank + 1) * quota / nr_usable - rank * quota / nr_usable;
  return std::max(1, share);
}

// Settles where @pool runs and how much of it.  Its workers keep the masks they have until bind_workers().
// Return: whether the CPUs at which its items are to be started changed.
template <class P>
bool settle_pool(const domain<P>& dom, worker_pool<P>& pool) noexcept {
  const cpumask cpus = cpus_for(dom, pool);
  const bool displaced = !pool.attrs.pod_cpus.intersects(dom.online_cpus);
  const bool was_displaced = pool.displaced.load(kRelaxed);  // relaxed, all: hints; masks have their own tags
  const bool moved = displaced != was_displaced || (displaced && !(pool.allowed.logical() == cpus));
  pool.allowed.publish(cpus, dom.machine->real_cpus(cpus));
  pool.displaced.store(displaced, kRelaxed);
  pool.target.store(running_target(dom, pool), kRelaxed);
  return moved;
}

// Sets the masks of all workers and rescuers anew: their CPUs may have changed, or the system has changed the masks.
template <class P>
void bind_workers(domain<P>& dom) noexcept {
  const cpumask choice = dom.machine->real_cpus(dom.choice.read());
  lock_guard guard(dom.attach_mutex);
  dom.all_workers.visit([&choice](worker<P>& w) {
    const worker_pool<P>* pool = w.pool.load(kRelaxed);  // relaxed, both: under the mutex
    const int tid = w.tid.load(kRelaxed);
    if (tid <= 0) return true;
    if (pool)
      pool->allowed.apply([tid](const cpumask& real) { P::unplace_thread(tid, real); });
    else if (!choice.empty())
      P::unplace_thread(tid, choice);
    return true;
  });
}

// Settles every pool, and its workers with it.
template <class P>
void settle_pools(domain<P>& dom) noexcept {
  dom.pools.visit([&dom](worker_pool<P>& pool) {
    if (settle_pool(dom, pool)) dom.hook->pool_moved(pool);
    return true;
  });
  bind_workers(dom);
}

}  // namespace cmwq::detail
