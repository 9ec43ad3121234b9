// What a queue asks for, and what identifies a pool.
#pragma once

#include "cmwq/detail/base/cpumask.h"
#include "cmwq/detail/core/constants.h"
#include "cmwq/detail/topo/scope.h"

namespace cmwq {

using cpumask_t = detail::cpumask;  // CPU numbers are the domain's: 0 .. domain_cpus()-1

// Attributes of an unbound workqueue.  Kernel: struct workqueue_attrs.
struct workqueue_attrs {
  int nice = 0;                             // I: of the workers, -20 .. 19; where permitted
  cpumask_t cpumask = cpumask_t::all();     // I: where the queue's items may run; CPUs that do not exist are ignored
  bool affn_strict = false;                 // I: workers never leave the pod in which they are started
  wq_affn_scope affn_scope = WQ_AFFN_DFL;   // I: how far a pod reaches; of the queue, not of its pools
  bool ordered = false;                     // I: one pool for all CPUs; must stay set for an ordered queue

  // Not of the kernel.  false: every item starts as soon as max_active permits, as the kernel's unbound pools do it,
  // and the operating system shares the CPUs among them.
  bool concurrency_managed = true;          // I

  bool operator==(const workqueue_attrs&) const noexcept = default;
};

namespace detail {

// @s must not be WQ_AFFN_DFL.
constexpr scope scope_of(wq_affn_scope s) noexcept { return static_cast<scope>(static_cast<int>(s) - 1); }
static_assert(scope_of(WQ_AFFN_CPU) == scope::cpu && scope_of(WQ_AFFN_SYSTEM) == scope::system);
static_assert(WQ_AFFN_NR_TYPES - 1 == static_cast<int>(scope::count));

// Queues whose shares have equal pool attributes share the pool.  Kernel: workqueue_attrs, the part
// that wqattrs_equal() compares after wqattrs_clear_for_pool().
struct pool_attrs {
  int nice = 0;               // I: of the pool's workers, where permitted
  class cpumask cpus;         // I: where the pool's workers may run
  class cpumask pod_cpus;     // I: where they are started
  bool affn_strict = false;   // I: they never leave pod_cpus
  bool counted = true;        // I: its running workers are counted; false: every item starts at once

  bool operator==(const pool_attrs&) const noexcept = default;
  std::uint64_t hash() const noexcept {
    return cpus.hash() * 31 + pod_cpus.hash() * 7 + static_cast<std::uint64_t>(nice + 20) * 4 +
           static_cast<std::uint64_t>(affn_strict) * 2 + static_cast<std::uint64_t>(counted);
  }
};

}  // namespace detail
}  // namespace cmwq
