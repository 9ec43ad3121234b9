// alloc_workqueue(): from flags to a queue with shares, limits and, if wanted, a rescuer.
#pragma once

#include <algorithm>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "cmwq/detail/life/share_map.h"
#include "cmwq/detail/pool/rescuer.h"

namespace cmwq::detail {

inline constexpr unsigned kKnownFlags = WQ_BH | WQ_UNBOUND | WQ_FREEZABLE | WQ_MEM_RECLAIM | WQ_HIGHPRI |
                                        WQ_CPU_INTENSIVE | WQ_SYSFS | WQ_POWER_EFFICIENT | WQ_PERCPU |
                                        __WQ_ORDERED | __WQ_LEGACY;

// The name: cut with a warning if it is too long, replaced with a warning if it is empty.
inline bool format_name(char (&name)[WQ_NAME_LEN], const char* fmt, va_list args) noexcept {
  if (!fmt) {
    log_error("workqueue: alloc_workqueue() without a name");
    return false;
  }
  const int length = std::vsnprintf(name, sizeof name, fmt, args);
  if (length < 0) {
    log_error("workqueue: alloc_workqueue() with a malformed name \"%s\"", fmt);
    return false;
  }
  if (length >= static_cast<int>(sizeof name))
    log_warning("workqueue: name of %d characters exceeds %d, truncated to: %s", length, WQ_NAME_LEN - 1, name);
  if (length == 0) {
    std::snprintf(name, sizeof name, "(unnamed)");
    log_warning("workqueue: alloc_workqueue() with an empty name; it is called %s", name);
  }
  return true;
}

// A BH queue runs one item at a time whatever is asked for, and knows only one property: its priority.
inline bool check_bh(unsigned flags, int max_active, const char* name) noexcept {
  if (!(flags & WQ_BH)) return true;
  if (flags & ~unsigned{__WQ_BH_ALLOWS}) {
    log_error("workqueue %s: flags 0x%x do not go with WQ_BH; only WQ_HIGHPRI and WQ_PERCPU do", name,
              flags & ~unsigned{__WQ_BH_ALLOWS});
    return false;
  }
  if (max_active != 0) log_error("workqueue %s: max_active of a WQ_BH queue must be 0, not %d", name, max_active);
  return max_active == 0;
}

// Refuses what is unknown or yet to come; settles WQ_PERCPU against WQ_UNBOUND as Linux 7.2 does.
template <class P>
bool check_flags(domain<P>& dom, unsigned& flags, int max_active, const char* name) noexcept {
  if (flags & ~kKnownFlags) {
    log_error("workqueue %s: unknown flags 0x%x", name, flags & ~kKnownFlags);
    return false;
  }
  if (!check_bh(flags, max_active, name)) return false;
  // Without a word: whoever gives this flag leaves the kind to the domain.
  if (flags & WQ_POWER_EFFICIENT && dom.params.power_efficient) flags = (flags & ~unsigned{WQ_PERCPU}) | WQ_UNBOUND;
  const unsigned kind = flags & (WQ_PERCPU | WQ_UNBOUND);
  if (kind == 0) {
    if (dom.first_time(once::flags_missing))
      log_warning("workqueue %s: neither WQ_PERCPU nor WQ_UNBOUND given, WQ_PERCPU assumed", name);
    flags |= WQ_PERCPU;
  } else if (kind == (WQ_PERCPU | WQ_UNBOUND)) {
    if (dom.first_time(once::flags_both))
      log_warning("workqueue %s: both WQ_PERCPU and WQ_UNBOUND given, WQ_PERCPU dropped", name);
    flags &= ~unsigned{WQ_PERCPU};
  }
  return true;
}

// The queue's own memory, without shares.
template <class P>
basic_workqueue<P>* alloc_workqueue_memory(domain<P>& dom, unsigned flags) noexcept {
  using whole_type = typename P::workqueue_type;
  void* memory = P::allocate(sizeof(whole_type), alignof(whole_type));
  if (!memory) return nullptr;
  basic_workqueue<P>* wq = new (memory) whole_type;
  wq->dom = &dom;
  wq->flags.store(flags, kRelaxed);  // relaxed: not shared yet

  using slot = typename P::template atomic<pool_workqueue<P>*>;
  const auto nr_cpus = static_cast<std::size_t>(dom.machine->nr_cpus());
  wq->cpu_pwq = static_cast<slot*>(P::allocate(sizeof(slot) * nr_cpus, alignof(slot)));
  if (wq->cpu_pwq)
    for (std::size_t i = 0; i < nr_cpus; ++i) new (wq->cpu_pwq + i) slot(nullptr);

  const auto nr_counts = static_cast<std::size_t>(dom.machine->nr_nodes()) + 1;
  if (flags & WQ_UNBOUND) {
    using count = node_nr_active<P>;
    wq->node_active = static_cast<count*>(P::allocate(sizeof(count) * nr_counts, alignof(count)));
    if (wq->node_active)
      for (std::size_t i = 0; i < nr_counts; ++i) new (wq->node_active + i) count;
  }
  if (wq->cpu_pwq && (wq->node_active || !(flags & WQ_UNBOUND))) return wq;
  free_workqueue_memory(*wq);
  return nullptr;
}

// The shares of a new queue.  Return: false if no memory is left; then it has none.
template <class P>
bool install_first_shares(basic_workqueue<P>& wq) noexcept {
  wake_batch<P> wakes;
  lock_guard guard(wq.dom->pool_mutex);
  workqueue_attrs attrs;
  attrs.nice = wq.has_flag(WQ_HIGHPRI) ? kHighpriNice : 0;
  attrs.ordered = wq.ordered();
  share_map<P> map(wq);
  if (!(wq.unbound() ? map.prepare_unbound(attrs) : map.prepare_percpu())) return false;
  map.commit(wakes);
  list_add_tail(wq.list, wq.dom->workqueues);
  staff_pools_of(wq);
  return true;
}

// Kernel: __alloc_workqueue().  Return: nullptr after a message.
template <class P>
basic_workqueue<P>* alloc_queue(domain<P>& dom, unsigned flags, int max_active, const char* fmt,
                                va_list args) noexcept {
  char name[WQ_NAME_LEN];
  if (!format_name(name, fmt, args) || !check_flags(dom, flags, max_active, name)) return nullptr;
  if (flags & WQ_BH)
    max_active = INT_MAX;
  else
    max_active = max_active ? clamp_max_active(max_active, name) : static_cast<int>(WQ_DFL_ACTIVE);

  basic_workqueue<P>* wq = alloc_workqueue_memory(dom, flags);
  if (!wq) {
    log_error("workqueue %s: no memory", name);
    return nullptr;
  }
  std::memcpy(wq->name, name, sizeof name);
  wq->saved_max_active.store(max_active, kRelaxed);  // relaxed: not shared yet
  wq->min_active = std::min(max_active, static_cast<int>(WQ_DFL_MIN_ACTIVE));

  if ((flags & WQ_MEM_RECLAIM)) {
    if (const int error = create_rescuer(*wq)) {
      log_error("workqueue %s: cannot create its rescuer (error %d)", name, error);
      free_workqueue_memory(*wq);
      return nullptr;
    }
  }
  if (install_first_shares(*wq)) return wq;
  log_error("workqueue %s: no memory for its shares", name);
  stop_rescuer(*wq);
  free_workqueue_memory(*wq);
  return nullptr;
}

}  // namespace cmwq::detail
