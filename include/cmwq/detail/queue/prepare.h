// PREPARE_WORK(): another function for an idle item.
#pragma once

#include "cmwq/detail/queue/find.h"

namespace cmwq::detail {

// Sets @func if nobody has the item.  Return: nullptr, or what the item is instead of idle.
template <class P>
const char* change_function(basic_work<P>& work, typename basic_work<P>::func_type func) noexcept {
  if (!work.data.try_set_pending()) return "pending";
  bool running;
  {
    const locked_pool_of<P> found(work);
    running = found.running() != nullptr;
  }
  if (!running) work.func = func;
  work.data.clear_pending();
  return running ? "running" : nullptr;
}

}  // namespace cmwq::detail
