// The library's own read-copy-update.
#pragma once

#include "cmwq/detail/core/rcu_work.h"

namespace cmwq::detail {

rcu_state<std_policy>& own_rcu_state() noexcept;
extern const rcu_flavor own_rcu_flavor;

}  // namespace cmwq::detail
