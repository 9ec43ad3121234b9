// Queueing delayed work: in jiffies, and with std::chrono beside.
#pragma once

#include "cmwq/detail/api/jiffies.h"
#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/constants.h"
#include "cmwq/detail/core/work.h"

namespace cmwq {

/* Queues @dwork after @delay jiffies; 0 queues at once, without a timer.
 * Return: false if it was pending (timer armed or queued) or is disabled: nothing changes. */
CMWQ_API bool queue_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork,
                                    unsigned long delay) noexcept;
inline bool queue_delayed_work(workqueue_struct* wq, delayed_work* dwork, unsigned long delay) noexcept {
  return queue_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

/* Arms @dwork anew, whatever its state: afterwards exactly one pending instance exists, with this
 * delay (unless it is disabled).  Return: whether it was pending. */
CMWQ_API bool mod_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork,
                                  unsigned long delay) noexcept;
inline bool mod_delayed_work(workqueue_struct* wq, delayed_work* dwork, unsigned long delay) noexcept {
  return mod_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

template <duration_like D>
bool queue_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, const D& delay) noexcept {
  return queue_delayed_work_on(cpu, wq, dwork, to_jiffies(delay));
}
template <duration_like D>
bool queue_delayed_work(workqueue_struct* wq, delayed_work* dwork, const D& delay) noexcept {
  return queue_delayed_work(wq, dwork, to_jiffies(delay));
}
template <duration_like D>
bool mod_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, const D& delay) noexcept {
  return mod_delayed_work_on(cpu, wq, dwork, to_jiffies(delay));
}
template <duration_like D>
bool mod_delayed_work(workqueue_struct* wq, delayed_work* dwork, const D& delay) noexcept {
  return mod_delayed_work(wq, dwork, to_jiffies(delay));
}

}  // namespace cmwq
