// CPUs go away and come back while the domain runs, and so does the quota.  docs/cpus.md.
//
// A CPU that is lost takes nothing with it: its pools become displaced, that is their workers run on the CPUs that are
// left, still one of them at once, and other CPUs' sentinels look after them.  When it returns they are bound again.
// Items are neither moved nor counted anew.
//
// Everything here under the domain's pool mutex.
#pragma once

#include "cmwq/detail/life/apply_attrs.h"

namespace cmwq::detail {

// Whatever a pool's limit is now, as many workers run as it permits and its items need.
template <class P>
void kick_all_pools(domain<P>& dom) noexcept {
  dom.pools.visit([](worker_pool<P>& pool) {
    wake_batch<P> wakes;
    lock_guard guard(pool.lock);
    for (std::size_t n = list_count(pool.worklist); n > 0 && kick_pool_locked(pool, wakes); --n) continue;
    return true;
  });
}

// @online, not empty and of the machine's CPUs, are those that may be used from now on.  Blocks for a moment.
// Kernel: workqueue_offline_cpu() and workqueue_online_cpu(), for any number of CPUs at once.
template <class P>
void set_online_cpus(domain<P>& dom, const cpumask& online) noexcept {
  CMWQ_ASSERT(!online.empty() && dom.machine->all().contains(online));
  dom.online_cpus = online;
  dom.online_now.publish(online);
  publish_choice(dom);
  dom.hook->cpus_changed();
  settle_pools(dom);
  // Without memory the old shares stay, which lose nothing; the next change or look tries again.
  dom.shares_outdated = update_unbound_shares(dom, [](auto&) { return true; }) != 0;
  kick_all_pools(dom);
}

// What is online now: of what the system lets us use, all but what was taken offline by call.  If nothing is left the
// last state stays, as the system runs our threads somewhere anyway.
// @bind_anew: also if nothing has changed.  Return: false if nothing is left.
template <class P>
bool update_online_cpus(domain<P>& dom, bool bind_anew) noexcept {
  const cpumask online = dom.system_cpus.without(dom.offline_by_call);
  if (online.empty()) return false;
  if (bind_anew || dom.shares_outdated || !(online == dom.online_cpus)) set_online_cpus(dom, online);
  return true;
}

// The domain may use @milli thousandths of a CPU; 0: no limit.
template <class P>
void set_cpu_quota(domain<P>& dom, long milli) noexcept {
  dom.quota_milli = milli;
  dom.pools.visit([&dom](worker_pool<P>& pool) {
    pool.target.store(running_target(dom, pool), kRelaxed);  // relaxed: a hint
    return true;
  });
  kick_all_pools(dom);
}

// Both pools of @cpu have a worker or are getting one.  Kernel: workqueue_prepare_cpu().
template <class P>
void prepare_cpu(domain<P>& dom, int cpu) noexcept {
  for (auto& pools : dom.bound_pools)
    if (worker_pool<P>* pool = pools[static_cast<std::size_t>(cpu)]) staff_pool(*pool);
}

}  // namespace cmwq::detail
