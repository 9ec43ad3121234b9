// From what a queue asks for to the pools that serve it.  Under the domain's pool mutex.
#pragma once

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// @wanted as it takes effect: within the CPUs of unbound work, or all of these if nothing is left; with a scope.
// Kernel: wqattrs_actualize_cpumask().
template <class P>
workqueue_attrs effective_attrs(const domain<P>& dom, const workqueue_attrs& wanted) noexcept {
  workqueue_attrs effective = wanted;
  effective.cpumask = wanted.cpumask & dom.unbound_cpus;
  if (effective.cpumask.empty()) effective.cpumask = dom.unbound_cpus;
  if (wanted.affn_scope == WQ_AFFN_DFL) effective.affn_scope = dom.default_scope;
  if (wanted.ordered) effective.affn_scope = WQ_AFFN_SYSTEM;
  return effective;
}

// The pods of the scope of @effective; ordered queues have one over all CPUs.
template <class P>
const pod_table& pods_of(const domain<P>& dom, const workqueue_attrs& effective) noexcept {
  return dom.machine->pods(scope_of(effective.affn_scope));
}

// The pool for the CPUs of @pod.  A pod without a CPU that is wanted and online is served by all that are wanted.
// Kernel: wq_calc_pod_cpumask().
template <class P>
pool_attrs attrs_of_pod(const domain<P>& dom, const workqueue_attrs& effective, const cpumask& pod) noexcept {
  pool_attrs attrs;
  attrs.nice = effective.nice;
  attrs.affn_strict = effective.affn_strict;
  attrs.counted = effective.concurrency_managed;
  attrs.pod_cpus = pod & effective.cpumask;
  if (!attrs.pod_cpus.intersects(dom.online_cpus)) attrs.pod_cpus = effective.cpumask;
  attrs.cpus = effective.affn_strict ? attrs.pod_cpus : effective.cpumask;
  return attrs;
}

}  // namespace cmwq::detail
