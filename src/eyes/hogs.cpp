#include "eyes/hogs.h"

#include <cstring>

#include "domain.h"

#include "cmwq/inspect.h"

namespace cmwq {

using namespace detail;

void detail::report_hog(std_worker& w) noexcept {
  std_pool* pool = w.pool.load(kAcquire);  // (W1) acquire, with (W4) in pool/manager.h
  if (!pool || pool->cpu < 0) return;
  basic_work<std_policy>::func_type func = nullptr;
  char name[WQ_NAME_LEN];
  {
    lock_guard guard(pool->lock);
    if (!w.top || w.top->barrier || w.state.read() != run_states::uncounted) return;  // its item has just ended
    func = w.top->func;
    std::memcpy(name, w.top->pwq->wq->name, sizeof name);
  }
  const std::uint64_t violations = w.dom->hog_functions.count(func);
  if (violations == 0) return;
  log_warning("workqueue %s: %s used its CPU for more than %llu us without a pause, %llu times; consider "
              "WQ_CPU_INTENSIVE or WQ_UNBOUND", name,
              name_of(func).c_str(), static_cast<unsigned long long>(w.dom->params.cpu_intensive_ns / kUsNs),
              static_cast<unsigned long long>(violations));
}

void set_cpu_intensive_warning_thresh(wq_domain* domain, unsigned violations) noexcept {
  domain->core.hog_functions.set_warning_thresh(violations);
}

}  // namespace cmwq
