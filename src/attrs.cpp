// The doors to the attributes of unbound queues and to the CPUs of unbound work.
#include <cstring>
#include <new>

#include "cmwq/detail/life/apply_attrs.h"
#include "domain.h"
#include "scope_names.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

constexpr const char* kScopeNames[] = {"default", "cpu", "smt", "cache", "cache_shard", "numa", "system"};
static_assert(sizeof kScopeNames / sizeof kScopeNames[0] == WQ_AFFN_NR_TYPES);

}  // namespace

const char* scope_name(wq_affn_scope scope) noexcept { return kScopeNames[scope]; }

wq_affn_scope scope_named(const char* name) noexcept {
  int scope = WQ_AFFN_DFL;
  while (scope < WQ_AFFN_NR_TYPES && std::strcmp(kScopeNames[scope], name) != 0) ++scope;
  return static_cast<wq_affn_scope>(scope);
}

workqueue_attrs* alloc_workqueue_attrs() noexcept { return new (std::nothrow) workqueue_attrs; }
void free_workqueue_attrs(workqueue_attrs* attrs) noexcept { delete attrs; }

int apply_workqueue_attrs(workqueue_struct* wq, const workqueue_attrs* attrs) noexcept {
  if (!wq || !attrs) {
    log_error("workqueue: apply_workqueue_attrs() of a null pointer");
    return -EINVAL;
  }
  return apply_attrs<P>(*wq, *attrs);
}

int workqueue_get_attrs(workqueue_struct* wq, workqueue_attrs* attrs) noexcept {
  if (!wq || !attrs || !wq->unbound()) return -EINVAL;
  lock_guard guard(wq->mutex_);
  *attrs = wq->attrs;
  return 0;
}

int workqueue_set_unbound_cpumask_in(wq_domain* domain, const cpumask_t* cpus) noexcept {
  lock_guard guard(domain->core.pool_mutex);
  return change_unbound_cpus(domain->core, *cpus, domain->core.isolated_cpus);
}

int workqueue_set_unbound_cpumask(const cpumask_t* cpus) noexcept {
  return workqueue_set_unbound_cpumask_in(default_domain(), cpus);
}

int workqueue_unbound_housekeeping_update_in(wq_domain* domain, const cpumask_t* housekeeping) noexcept {
  std_domain& dom = domain->core;
  lock_guard guard(dom.pool_mutex);
  return change_unbound_cpus(dom, dom.requested_unbound_cpus, dom.machine->all().without(*housekeeping));
}

int workqueue_unbound_housekeeping_update(const cpumask_t* housekeeping) noexcept {
  return workqueue_unbound_housekeeping_update_in(default_domain(), housekeeping);
}

}  // namespace cmwq
