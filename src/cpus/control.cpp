// The door's calls about CPUs.
#include <cerrno>

#include "cmwq/detail/life/cpus.h"
#include "cmwq/inspect.h"
#include "domain.h"

namespace cmwq {

using namespace detail;

namespace {

bool has_cpu(const wq_domain* domain, int cpu) noexcept {
  return domain && cpu >= 0 && cpu < domain->core.machine->nr_cpus();
}

}  // namespace

int workqueue_offline_cpu(wq_domain* domain, int cpu) noexcept {
  if (!has_cpu(domain, cpu)) return -EINVAL;
  std_domain& dom = domain->core;
  {
    lock_guard guard(dom.pool_mutex);
    const bool was_off = dom.offline_by_call.test(cpu);
    dom.offline_by_call.set(cpu);
    if (update_online_cpus(dom, false)) return 0;
    if (!was_off) dom.offline_by_call.clear(cpu);
  }
  if (dom.first_time(once::last_cpu))
    log_warning("workqueue_offline_cpu(): CPU %d is the last one of domain %s; it stays online", cpu, dom.name.c_str());
  return -EBUSY;
}

int workqueue_online_cpu(wq_domain* domain, int cpu) noexcept {
  if (!has_cpu(domain, cpu)) return -EINVAL;
  std_domain& dom = domain->core;
  lock_guard guard(dom.pool_mutex);
  dom.offline_by_call.clear(cpu);
  prepare_cpu(dom, cpu);
  update_online_cpus(dom, false);
  return dom.online_cpus.test(cpu) ? 0 : -EAGAIN;
}

int workqueue_prepare_cpu(wq_domain* domain, int cpu) noexcept {
  if (!has_cpu(domain, cpu)) return -EINVAL;
  lock_guard guard(domain->core.pool_mutex);
  prepare_cpu(domain->core, cpu);
  return 0;
}

int workqueue_update_cpus(wq_domain* domain) noexcept {
  if (!domain) return -EINVAL;
  try {
    return domain->follower.look();
  } catch (const std::exception& e) {
    log_error("workqueue_update_cpus(): domain %s: %s", domain->core.name.c_str(), e.what());
    return -ENOMEM;
  }
}

}  // namespace cmwq
