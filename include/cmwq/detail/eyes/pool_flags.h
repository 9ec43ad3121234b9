// The kernel's POOL_* bits of a pool, as dumps show them; derived, not stored.
#pragma once

#include "cmwq/detail/core/worker_pool.h"

namespace cmwq::detail {

enum pool_flag : unsigned {
  POOL_BH = 1u << 0,
  POOL_MANAGER_ACTIVE = 1u << 1,  // a worker is being created
  POOL_DISASSOCIATED = 1u << 2,   // not tied to a CPU
  POOL_BH_DRAINING = 1u << 3,
};

// Under the pool's lock.
template <class P>
unsigned pool_flags_locked(const worker_pool<P>& pool) noexcept {
  return (pool.manager_active ? POOL_MANAGER_ACTIVE : 0u) | (pinned_to_cpu(pool) ? 0u : POOL_DISASSOCIATED) |
         (pool.bh ? POOL_BH : 0u);
}

}  // namespace cmwq::detail
