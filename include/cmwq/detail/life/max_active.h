// Changing the limits while items run and wait.
#pragma once

#include <algorithm>

#include "cmwq/detail/life/pwq_table.h"

namespace cmwq::detail {

// Return: @max_active within its bounds, after a warning if it was not.  Kernel: wq_clamp_max_active().
inline int clamp_max_active(int max_active, const char* name) noexcept {
  const int clamped = std::clamp(max_active, 1, static_cast<int>(WQ_MAX_ACTIVE));
  if (clamped != max_active)
    log_warning("workqueue: max_active %d requested for %s is out of range, clamping between %d and %d", max_active,
                name, 1, static_cast<int>(WQ_MAX_ACTIVE));
  return clamped;
}

// A filler may have taken the last item of a share that waits for a slot, or that item was cancelled when no item was
// active whose end would notice: the share must not keep its place in line, new items would wait behind nothing.
template <class P>
void stop_waiting_for_nothing_locked(pool_workqueue<P>& pwq) noexcept {
  if (!pwq.waits_for_slot || !list_empty(pwq.inactive_works)) return;
  node_nr_active<P>& nna = *node_active_of(pwq);
  lock_guard guard(nna.lock);
  nna.stop_waiting_locked(pwq);
}

// Starts one waiting item per share and round, until no share has one that may start.  Passes through the lock of every
// share's pool: what is queued after that obeys the limits as they are now.
template <class P>
void activate_waiting(basic_workqueue<P>& wq) noexcept {
  for (bool activated = true; activated;) {
    activated = false;
    list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
      wake_batch<P> wakes;
      worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: constant while it is on the list
      lock_guard guard(pool.lock);
      if (!pwq_activate_first_inactive_locked(pwq, true)) return stop_waiting_for_nothing_locked(pwq);
      kick_pool_locked(pool, wakes);
      activated = true;
    });
  }
}

// relaxed: who freezes or thaws adjusts every queue under its mutex afterwards
template <class P>
bool is_frozen(const basic_workqueue<P>& wq) noexcept {
  return wq.has_flag(WQ_FREEZABLE) && wq.dom->freezing.load(kRelaxed);
}

// Puts the limits asked for in force, or 0 while the queue is frozen.  Under the queue's mutex.
// Kernel: wq_adjust_max_active().
template <class P>
void adjust_max_active(basic_workqueue<P>& wq) noexcept {
  const bool frozen = is_frozen(wq);
  const int max_active = frozen ? 0 : wq.saved_max_active.load(kRelaxed);  // relaxed, both: under the mutex; readers
  wq.max_active.store(max_active, kRelaxed);                               // hold a pool's lock, activation takes it next
  update_node_max_active(wq, max_active, frozen ? 0 : wq.min_active);
  activate_waiting(wq);
}

template <class P>
void set_max_active(basic_workqueue<P>& wq, int max_active) noexcept {
  if (wq.ordered() || wq.has_flag(WQ_BH))
    return log_warning("workqueue %s: max_active of %s queue cannot be changed", wq.name,
                       wq.ordered() ? "an ordered" : "a BH");
  max_active = clamp_max_active(max_active, wq.name);
  lock_guard guard(wq.mutex_);
  wq.saved_max_active.store(max_active, kRelaxed);  // relaxed: under the mutex
  if (wq.unbound()) wq.min_active = std::min(wq.min_active, max_active);
  adjust_max_active(wq);
}

template <class P>
void set_min_active(basic_workqueue<P>& wq, int min_active) noexcept {
  if (!wq.unbound() || wq.ordered())
    return log_warning("workqueue %s: min_active is for unbound, unordered queues", wq.name);
  lock_guard guard(wq.mutex_);
  wq.min_active = std::clamp(min_active, 0, wq.saved_max_active.load(kRelaxed));  // relaxed: under the mutex
  adjust_max_active(wq);
}

}  // namespace cmwq::detail
