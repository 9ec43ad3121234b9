// The owner of an item writes its word and links it.  Under the pool's lock.
#pragma once

#include "cmwq/detail/pool/pwq_ref.h"

namespace cmwq::detail {

// Kernel: insert_work().
template <class P>
void insert_work_locked(pool_workqueue<P>& pwq, basic_work<P>& work, list_head& before, int color,
                        std::uint64_t flags) noexcept {
  work.data.set_queued(&pwq, color, flags);
  list_add_tail(work.entry, before);
  get_pwq_locked(pwq);
}

}  // namespace cmwq::detail
