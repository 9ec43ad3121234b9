// What the kernel keeps for old callers, or has removed.
#include "cmwq/detail/api/legacy.h"

#include "cmwq/detail/queue/prepare.h"
#include "domain.h"
#include "system_queues.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

bool prepare(basic_work<P>& work, work_func_t func, const char* call) noexcept {
  const char* obstacle = func ? change_function(work, func) : "offered no function";
  if (!obstacle) return true;
  log_warning("workqueue: %s of item %p (%s), which is %s; unchanged", call, static_cast<void*>(&work),
              name_of(work.func).c_str(), obstacle);
  return false;
}

}  // namespace

workqueue_struct* create_workqueue(const char* name) noexcept {
  return alloc_workqueue("%s", __WQ_LEGACY | WQ_MEM_RECLAIM | WQ_PERCPU, 1, name ? name : "");
}
workqueue_struct* create_freezable_workqueue(const char* name) noexcept {
  return alloc_workqueue("%s", __WQ_LEGACY | WQ_FREEZABLE | WQ_UNBOUND | WQ_MEM_RECLAIM, 1, name ? name : "");
}
workqueue_struct* create_singlethread_workqueue(const char* name) noexcept {
  return alloc_ordered_workqueue("%s", __WQ_LEGACY | WQ_MEM_RECLAIM, name ? name : "");
}

void flush_scheduled_work() noexcept { flush_workqueue(system_percpu_wq); }

void __warn_flushing_systemwide_wq() noexcept { warn_of_system_flush(*system_percpu_wq.operator workqueue_struct*()); }

bool PREPARE_WORK(work_struct* work, work_func_t func) noexcept { return prepare(*work, func, "PREPARE_WORK()"); }
bool PREPARE_DELAYED_WORK(delayed_work* dwork, work_func_t func) noexcept {
  return prepare(dwork->work, func, "PREPARE_DELAYED_WORK()");
}

}  // namespace cmwq
