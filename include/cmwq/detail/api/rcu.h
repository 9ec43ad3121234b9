// Work that waits for readers: an item that is queued after a grace period, and the library's own readers.
#pragma once

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/rcu_work.h"

// liburcu has macros of these names; this header's functions keep theirs.
#pragma push_macro("rcu_read_lock")
#pragma push_macro("rcu_read_unlock")
#pragma push_macro("synchronize_rcu")
#undef rcu_read_lock
#undef rcu_read_unlock
#undef synchronize_rcu

namespace cmwq {

/* A read section: what the caller can reach in it is not given up by those who wait for readers, until the section
 * ends.  Nests.  Never waits and never allocates; any thread.  Must end in the thread that began it.  The end of a
 * section may queue the items that waited for it, so no lock that a log sink takes should be held there. */
CMWQ_API void rcu_read_lock() noexcept;
CMWQ_API void rcu_read_unlock() noexcept;

/* Waits until every read section that is under way has ended.  Blocks; in a section it would wait for itself: refused
 * with a message. */
CMWQ_API void synchronize_rcu() noexcept;

/* Queues @rwork on @wq after a grace period: when every read section that is under way now has ended
 * (domain_options::rcu: or whatever that waits for).  Never waits.  Return: false if it was pending: then it runs, but
 * perhaps before a full grace period.  An rcu_work cannot be disabled (one warning, false), and must not be
 * cancelled: cancel_work() would spin until the grace period is over.
 * flush_workqueue() does not see one that waits for readers; destroy_workqueue() does, and executes it. */
CMWQ_API bool queue_rcu_work(workqueue_struct* wq, rcu_work* rwork) noexcept;

/* Waits for the grace period and the execution of a pending @rwork, else as flush_work().  In a read section: refused
 * with a message.  Return: true if it was pending or had to be waited for. */
CMWQ_API bool flush_rcu_work(rcu_work* rwork) noexcept;

/* As INIT_WORK(). */
inline void INIT_RCU_WORK(rcu_work* rwork, work_func_t func) noexcept { rwork->init(func); }
inline void INIT_RCU_WORK_ONSTACK(rcu_work* rwork, work_func_t func) noexcept { rwork->init(func); }

/* The rcu_work around the item given to a work function. */
inline rcu_work* to_rcu_work(work_struct* work) noexcept {
  return reinterpret_cast<rcu_work*>(work);  // work is the first member
}

}  // namespace cmwq

#pragma pop_macro("rcu_read_lock")
#pragma pop_macro("rcu_read_unlock")
#pragma pop_macro("synchronize_rcu")
