// Which functions were told of because they blocked in a BH item.
#pragma once

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// True for the first report of @func in @dom, as long as there is room to remember it.
template <class P>
bool is_first_report(domain<P>& dom, typename basic_work<P>::func_type func) noexcept {
  for (auto& slot : dom.bh_blockers) {
    typename basic_work<P>::func_type seen = nullptr;
    if (slot.compare_exchange_strong(seen, func, kRelaxed, kRelaxed)) return true;  // relaxed: publishes nothing
    if (seen == func) return false;
  }
  return false;
}

// Misuse: a BH item announces that it will block.  On its own thread.
template <class P>
void report_announced_block(const worker<P>& w) noexcept {
  const execution<P>& e = *w.top;
  if (is_first_report(*w.dom, e.func))
    log_warning("workqueue %s: BH item %s begins a blocking section: items of BH queues must not block",
                e.pwq->wq->name, name_of(e.func).c_str());
}

}  // namespace cmwq::detail
