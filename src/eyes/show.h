// Text that other eyes need of the dump.
#pragma once

#include <string>

#include "domain.h"

namespace cmwq::detail {

/* "BUG: workqueue lockup - pool cpus=... stuck for Ns!" */
std::string lockup_text(std_pool& pool, std::uint64_t stuck_ns);

}  // namespace cmwq::detail
