// The system queues: made in the default domain on first use, never destroyed.
#include "system_queues.h"

#include <atomic>
#include <cstdlib>

#include "cmwq/detail/core/domain.h"

namespace cmwq {
namespace {

using namespace detail;

struct recipe {
  const char* name;
  unsigned flags;
  int max_active;
};

// By the index in workqueue.h.
constexpr recipe kRecipes[] = {
    {"events", WQ_PERCPU, 0},
    {"events", WQ_PERCPU, 0},
    {"events_highpri", WQ_HIGHPRI | WQ_PERCPU, 0},
    {"events_long", WQ_PERCPU, 0},
    {"events_unbound", WQ_UNBOUND, WQ_MAX_ACTIVE},
    {"events_unbound", WQ_UNBOUND, WQ_MAX_ACTIVE},
    {"events_dfl_long", WQ_UNBOUND, WQ_MAX_ACTIVE},
    {"events_power_efficient", WQ_POWER_EFFICIENT | WQ_PERCPU, 0},
    {"events_freezable", WQ_FREEZABLE | WQ_PERCPU, 0},
    {"events_freezable_pwr_efficient", WQ_FREEZABLE | WQ_POWER_EFFICIENT | WQ_PERCPU, 0},
    {"events_bh", WQ_BH | WQ_PERCPU, 0},
    {"events_bh_highpri", WQ_BH | WQ_HIGHPRI | WQ_PERCPU, 0},
};
constexpr int kCount = sizeof kRecipes / sizeof kRecipes[0];

constinit std::atomic<workqueue_struct*> queues[kCount] = {};
constinit mutex<std_policy, lock_rank::directory> making;

workqueue_struct* make(int index) noexcept {
  wq_domain* domain = default_domain();
  lock_guard guard(making);
  if (workqueue_struct* made = queues[index].load(kRelaxed)) return made;  // relaxed: under the lock
  const recipe& r = kRecipes[index];
  workqueue_struct* wq = alloc_workqueue_in(domain, "%s", r.flags, r.max_active, r.name);
  if (!wq) std::abort();  // alloc_workqueue_in() has said why
  queues[index].store(wq, kRelease);  // (Y1) release, with (Y2)
  return wq;
}

}  // namespace

bool is_system_queue(const workqueue_struct* wq) noexcept {
  for (const auto& queue : queues)
    if (queue.load(kRelaxed) == wq) return true;  // relaxed: compared, not followed
  return false;
}

void warn_of_system_flush(workqueue_struct& wq) noexcept {
  if (wq.dom->first_time(once::system_flush))
    log_warning("workqueue %s: a flush of a system queue waits for everybody's items; flush the item, or use a queue of "
                "your own", wq.name);
}

system_workqueue::operator workqueue_struct*() const noexcept {
  workqueue_struct* wq = queues[index_].load(kAcquire);  // (Y2) acquire, with (Y1)
  return wq ? wq : make(index_);
}

}  // namespace cmwq
