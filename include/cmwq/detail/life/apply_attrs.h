// Changing where the items of unbound queues run, while they run.
#pragma once

#include <cerrno>

#include "cmwq/detail/life/share_map.h"

namespace cmwq::detail {

template <class P>
bool being_destroyed(const basic_workqueue<P>& wq) noexcept {
  return wq.has_flag(__WQ_DESTROYING);
}

// What apply_workqueue_attrs() refuses.  Return: true after a message.
template <class P>
bool attrs_are_invalid(const basic_workqueue<P>& wq, const workqueue_attrs& attrs) noexcept {
  const char* what = nullptr;
  if (!wq.unbound())
    what = "a per-CPU queue has none";
  else if (attrs.affn_scope < WQ_AFFN_DFL || attrs.affn_scope >= WQ_AFFN_NR_TYPES)
    what = "no such affinity scope";
  else if (attrs.nice < -20 || attrs.nice > 19)
    what = "nice is out of range (-20 to 19)";
  else if (wq.ordered() && !attrs.ordered)
    what = "an ordered queue stays ordered: start from its own attributes";
  else if (being_destroyed(wq))
    what = "it is being destroyed";
  if (what) log_warning("workqueue %s: attributes not applied: %s", wq.name, what);
  return what != nullptr;
}

// Items queued from now on go to pools with @attrs; those queued before stay where they are, and the pools that are
// not needed any more go with the last of them.  Return: 0, -EINVAL after a message, or -ENOMEM: nothing has changed.
// Kernel: apply_workqueue_attrs().
template <class P>
int apply_attrs(basic_workqueue<P>& wq, const workqueue_attrs& attrs) noexcept {
  if (attrs_are_invalid(wq, attrs)) return -EINVAL;
  wake_batch<P> wakes;
  lock_guard guard(wq.dom->pool_mutex);
  share_map<P> map(wq);
  if (!map.prepare_unbound(attrs)) return -ENOMEM;
  map.commit(wakes);
  staff_pools_of(wq);
  return 0;
}

// Evaluates the shares of every unbound queue for which @concerned(wq) says so anew, after the CPUs of unbound work,
// the CPUs that are online or the default scope have changed.  All or nothing.  Under the pool mutex.
// Return: 0 or -ENOMEM.  Kernel: workqueue_apply_unbound_cpumask(), unbound_wq_update_pwq().
template <class P, class Concerned>
int update_unbound_shares(domain<P>& dom, Concerned concerned) noexcept {
  wake_batch<P> wakes;
  try {
    std::vector<share_map<P>> maps;
    std::vector<basic_workqueue<P>*> queues;
    bool prepared = true;
    list_for_each<basic_workqueue<P>, &basic_workqueue<P>::list>(dom.workqueues, [&](basic_workqueue<P>& wq) {
      if (!wq.unbound() || being_destroyed(wq) || !prepared || !concerned(wq)) return;
      queues.push_back(&wq);
      maps.emplace_back(wq);
      prepared = maps.back().prepare_unbound(wq.attrs);
    });
    if (!prepared) return -ENOMEM;
    for (share_map<P>& map : maps) map.commit(wakes);
    for (basic_workqueue<P>* wq : queues) staff_pools_of(*wq);
    return 0;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

// Publishes from which CPUs queue_work() may choose for unbound queues.  Under the pool mutex.
template <class P>
void publish_choice(domain<P>& dom) noexcept {
  const cpumask choice = dom.unbound_cpus & dom.online_cpus;
  dom.choice.publish(choice);
  const bool forced = dom.force_rr_cpu.load(kRelaxed);                                // relaxed, both: hints
  dom.choice_limited.store(forced || !(choice == dom.machine->all()), kRelaxed);
}

// @requested less @isolated, or @requested if nothing is left.  Under the pool mutex.
template <class P>
void set_unbound_cpus(domain<P>& dom, const cpumask& requested, const cpumask& isolated) noexcept {
  dom.requested_unbound_cpus = requested;
  dom.isolated_cpus = isolated;
  dom.unbound_cpus = requested.without(isolated);
  if (dom.unbound_cpus.empty()) dom.unbound_cpus = requested;
}

// The CPUs of unbound work.  Return: 0, -EINVAL if none of @requested exists, or -ENOMEM: nothing has changed.
// Kernel: workqueue_set_unbound_cpumask(), workqueue_unbound_housekeeping_update().
template <class P>
int change_unbound_cpus(domain<P>& dom, const cpumask& requested, const cpumask& isolated) noexcept {
  const cpumask existing = requested & dom.machine->all();
  if (existing.empty()) return -EINVAL;
  const cpumask old_requested = dom.requested_unbound_cpus, old_isolated = dom.isolated_cpus;
  set_unbound_cpus(dom, existing, isolated);
  if (const int error = update_unbound_shares(dom, [](auto&) { return true; })) {
    set_unbound_cpus(dom, old_requested, old_isolated);
    return error;
  }
  publish_choice(dom);
  settle_pools(dom);
  return 0;
}

// The scope of queues with WQ_AFFN_DFL.  Return: 0, -EINVAL or -ENOMEM.  Kernel: wq_affn_dfl_set().
template <class P>
int change_default_scope(domain<P>& dom, wq_affn_scope scope) noexcept {
  if (scope <= WQ_AFFN_DFL || scope >= WQ_AFFN_NR_TYPES) return -EINVAL;
  lock_guard guard(dom.pool_mutex);
  const wq_affn_scope old = dom.default_scope;
  dom.default_scope = scope;
  const int error = update_unbound_shares(dom, [](auto& wq) { return wq.attrs.affn_scope == WQ_AFFN_DFL; });
  if (error) dom.default_scope = old;
  return error;
}

}  // namespace cmwq::detail
