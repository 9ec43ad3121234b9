// How items are initialised and destroyed, checked in builds with CMWQ_DEBUG_WORK; the role of the kernel's debugobjects.
//
// What is found is said, and then mended: the item is taken back.  Nothing is kept about items: whether one is queued is
// looked for where queued items are, so that memory which was never initialised cannot be mistaken for one.
#include "cmwq/detail/queue/cancel.h"
#include "domain.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;
using item = basic_work<P>;

bool on_list(list_head& list, const item& work) noexcept {
  for (const list_head* at = list.next; at != &list; at = at->next)
    if (at == &work.entry) return true;
  return false;
}

// Under the pool's lock.
bool in_pool_locked(worker_pool<P>& pool, pool_workqueue<P>& pwq, const item& work) noexcept {
  if (on_list(pool.worklist, work) || on_list(pwq.inactive_works, work)) return true;
  for (list_head& bucket : pool.busy_hash)
    for (list_head* at = bucket.next; at != &bucket; at = at->next)
      if (on_list(list_owner<execution<P>, &execution<P>::busy_entry>(at)->scheduled, work)) return true;
  return false;
}

bool in_queue(basic_workqueue<P>& wq, const item& work, const void* named) noexcept {
  bool found = false;
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    if (&pwq != named) return;
    worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: constant while it is on the list
    lock_guard guard(pool.lock);
    found = in_pool_locked(pool, pwq, work);
  });
  return found;
}

bool in_timers(std_domain& dom, const timer_node<P>& timer) noexcept {
  bool found = false;
  dom.timers.cancel_if(
      [&](timer_node<P>& armed) {
        found = found || &armed == &timer;
        return false;
      },
      [](timer_node<P>&) {});
  return found;
}

// Is it queued, or its timer armed?  Its memory may hold anything.
bool is_waiting(const item& work, const timer_node<P>* timer) noexcept {
  const work_bits bits = work.data.read();
  if (!bits.pending()) return false;
  const void* named = bits.pwq<P>();
  bool found = false;
  for (int index = 0; index < kMaxDomains && !found; ++index) {
    const domain_pin<P> pin(static_cast<std::uint64_t>(index) << kPoolIndexBits);
    if (!pin.dom()) continue;
    if (timer) found = in_timers(*pin.dom(), *timer);
    if (!named || found) continue;
    lock_guard guard(pin.dom()->pool_mutex);
    list_for_each<basic_workqueue<P>, &basic_workqueue<P>::list>(
        pin.dom()->workqueues, [&](basic_workqueue<P>& wq) { found = found || in_queue(wq, work, named); });
  }
  return found;
}

void complain(const item& work, const char* what) noexcept {
  log_error("workqueue: item %p (%s) is %s; it was taken back: cancel it first", static_cast<const void*>(&work),
            name_of(work.func).c_str(), what);
}

bool executed_by_another(item& work) noexcept {
  const locked_pool_of<P> found(work);
  const execution<P>* running = found.running();
  return running && running->owner != P::current_worker();
}

void check_stack(item& work, basic_delayed_work<P>* dwork) noexcept {
  if (work.data.pending()) {
    take_back<P>(work, dwork, false);
    complain(work, "taken off the stack while it is pending");
  } else if (executed_by_another(work)) {
    log_error("workqueue: item %p (%s) is taken off the stack while it is running: flush it first",
              static_cast<void*>(&work), name_of(work.func).c_str());
  }
}

}  // namespace

void detail::check_init(work_struct& work) noexcept {
  if (!is_waiting(work, nullptr)) return;
  take_back<P>(work, nullptr, false);
  complain(work, "initialised while it is pending");
}

void detail::check_init(delayed_work& dwork) noexcept {
  basic_delayed_work<P>& core = dwork;
  if (!is_waiting(core.work, &core.timer)) return;
  take_back<P>(core.work, &core, false);
  complain(core.work, "initialised while it is pending");
}

void detail::destroyed_while_pending(work_struct& work) noexcept {
  take_back<P>(work, nullptr, false);
  complain(work, "destroyed while it is pending");
}

void detail::destroyed_while_pending(delayed_work& dwork) noexcept {
  basic_delayed_work<P>& core = dwork;
  take_back<P>(core.work, &core, false);
  complain(core.work, "destroyed while it is pending");
}

void detail::check_destroy_on_stack(work_struct& work) noexcept { check_stack(work, nullptr); }
void detail::check_destroy_on_stack(delayed_work& dwork) noexcept {
  basic_delayed_work<P>& core = dwork;
  check_stack(core.work, &core);
}

}  // namespace cmwq
