// What identifies a pool.
#pragma once

#include "cmwq/detail/base/cpumask.h"

namespace cmwq::detail {

// Queues whose shares have equal pool attributes share the pool.  Kernel: workqueue_attrs, the part
// that wqattrs_equal() compares after wqattrs_clear_for_pool().
struct pool_attrs {
  int nice = 0;               // I: of the pool's workers, where permitted
  cpumask cpus;               // I: where the pool's workers may run
  cpumask pod_cpus;           // I: where they are started
  bool affn_strict = false;   // I: they never leave pod_cpus

  bool operator==(const pool_attrs&) const noexcept = default;
  std::uint64_t hash() const noexcept {
    return cpus.hash() * 31 + pod_cpus.hash() * 7 + static_cast<std::uint64_t>(nice + 20) * 2 + affn_strict;
  }
};

}  // namespace cmwq::detail
