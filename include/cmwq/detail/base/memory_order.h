// Short names for memory orders.  Every use stronger than kRelaxed carries a tag such as "(P1)" and
// names its partner; docs/memory_order.md lists the tags.
#pragma once

#include <atomic>

namespace cmwq::detail {

inline constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
inline constexpr std::memory_order kAcquire = std::memory_order_acquire;
inline constexpr std::memory_order kRelease = std::memory_order_release;
inline constexpr std::memory_order kAcqRel = std::memory_order_acq_rel;
inline constexpr std::memory_order kSeqCst = std::memory_order_seq_cst;

}  // namespace cmwq::detail
