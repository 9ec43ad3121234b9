// Freezing: all WQ_FREEZABLE queues of a domain stand still, for a checkpoint, a fork, a reload.
#pragma once

#include "cmwq/detail/base/config.h"

namespace cmwq {

struct wq_domain;

/* From here on no item of a WQ_FREEZABLE queue of the default domain starts; those that are active finish.
 * Queueing is accepted as ever, cancelling works, a flush of an item that waits blocks until the thaw, and so
 * does destroying a queue that has one.  Queues made meanwhile start frozen; a new max_active takes effect at
 * the thaw.  Takes locks, does not wait for items; callable from workers.  Again while frozen: one warning. */
CMWQ_API void freeze_workqueues_begin() noexcept;

/* The same for @domain. */
CMWQ_API void freeze_workqueues_begin_in(wq_domain* domain) noexcept;

/* Return: whether items of WQ_FREEZABLE queues of the default domain are still active.  Ask until it says
 * false: then nothing of theirs runs before the thaw.  Takes locks.  While not frozen: one warning. */
CMWQ_API bool freeze_workqueues_busy() noexcept;
CMWQ_API bool freeze_workqueues_busy_in(wq_domain* domain) noexcept;

/* Ends the freeze: what was accepted meanwhile starts, in order, as max_active permits.  Takes locks.  Does
 * nothing if the domain is not frozen.  destroy_domain() thaws by itself. */
CMWQ_API void thaw_workqueues() noexcept;
CMWQ_API void thaw_workqueues_in(wq_domain* domain) noexcept;

}  // namespace cmwq
