// For people who write a scheduler hook: another way to learn that a worker blocked.
//
// Derive from cmwq::sched_hook, hand an object to domain_options::custom_hook, and report what you see
// through the hook_events given to start().  Reports may be late, doubled or missing: they change how many
// workers run, never whether an item runs.  worker_thread_id() tells which thread to watch.  docs/hooks.md
// shows the ladder that comes with the library; src/sched/ holds its hooks, which use this interface.
#pragma once

#include "cmwq/detail/core/sched_hook.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq {

using hook_domain = detail::domain<detail::std_policy>;
using hook_pool = detail::worker_pool<detail::std_policy>;
using hook_worker = detail::worker<detail::std_policy>;
using hook_events = detail::hook_events<detail::std_policy>;

class sched_hook : public detail::sched_hook<detail::std_policy> {};

/* The kernel's id of the thread that @worker is; 0 before it runs and after it ended.  Any thread. */
CMWQ_API int worker_thread_id(const hook_worker& worker) noexcept;

/* Whether @pool has an item that may start when one of its workers blocks.  Any thread. */
CMWQ_API bool pool_holds_work_back(const hook_pool& pool) noexcept;

/* Whether CPU @cpu of @domain may be used now.  Any thread; may be outdated when it arrives. */
CMWQ_API bool cpu_is_online(const hook_domain& domain, int cpu) noexcept;

/* Calls @visit for each worker of @pool that counts as running, without a lock: workers may come and go
 * meanwhile.  Any thread. */
CMWQ_API void for_each_running_worker(hook_pool& pool, void (*visit)(hook_worker& worker, void* context),
                                      void* context) noexcept;

}  // namespace cmwq
