#include "eyes/hogs.h"

#include <cstring>

#include "domain.h"

#include "cmwq/inspect.h"

namespace cmwq {

using namespace detail;

hog_note detail::note_item(std_worker& w) noexcept {
  hog_note note;
  std_pool* pool = w.pool.load(kAcquire);  // (W1) acquire, with (W4) in pool/manager.h
  if (!pool || pool->cpu < 0) return note;
  lock_guard guard(pool->lock);
  if (!w.top || w.top->barrier) return note;  // its item has just ended
  note.func = w.top->func;
  std::memcpy(note.wq_name, w.top->pwq->wq->name, sizeof note.wq_name);
  return note;
}

void detail::report_hog(std_domain& dom, const hog_note& note) noexcept {
  if (!note.func) return;
  const std::uint64_t violations = dom.hog_functions.count(note.func);
  if (violations == 0) return;
  // relaxed: a tunable
  log_warning("workqueue %s: %s used its CPU for more than %llu us without a pause, %llu times; consider "
              "WQ_CPU_INTENSIVE or WQ_UNBOUND", note.wq_name,
              name_of(note.func).c_str(), static_cast<unsigned long long>(dom.cpu_intensive_ns.load(kRelaxed) / kUsNs),
              static_cast<unsigned long long>(violations));
}

void set_cpu_intensive_warning_thresh(wq_domain* domain, unsigned violations) noexcept {
  domain->core.hog_functions.set_warning_thresh(violations);
}

}  // namespace cmwq
