// May the caller wait?
#pragma once

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// Misuse: the caller executes an item of a BH queue, or is a thread of the library that must not stop.
// Return: true after a message.  Kernel: might_sleep().
template <class P>
bool must_not_wait(const char* what) noexcept {
  if (!P::blocking_forbidden()) return false;
  const worker<P>* self = P::current_worker();
  if (self && self->top && self->top->pwq)
    log_error("workqueue %s: %s from BH item %s, which must not block; not waiting", self->top->pwq->wq->name, what,
              name_of(self->top->func).c_str());
  else
    log_error("workqueue: %s on a thread that must not block; not waiting", what);
  return true;
}

}  // namespace cmwq::detail
