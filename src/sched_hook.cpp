// The functions that hooks of other people need.
#include "cmwq/sched_hook.h"

#include "cmwq/detail/core/domain.h"
#include "sched/hooks.h"

namespace cmwq {

int worker_thread_id(const hook_worker& worker) noexcept {
  return worker.tid.load(detail::kAcquire);  // (W9) acquire, with (W8)
}

bool pool_holds_work_back(const hook_pool& pool) noexcept { return pool.held_back.read(); }

bool cpu_is_online(const hook_domain& domain, int cpu) noexcept { return domain.online_now.test(cpu); }

void for_each_running_worker(hook_pool& pool, void (*visit)(hook_worker&, void*), void* context) noexcept {
  pool.scan.visit([&](hook_worker& w) {
    if (w.state.running()) visit(w, context);
    return true;
  });
}

}  // namespace cmwq
