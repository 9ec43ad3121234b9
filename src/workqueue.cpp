// The door's bodies: from kernel names to the floors below.
#include "cmwq/workqueue.h"

#include "cmwq/cxx/blocking_section.hpp"
#include "cmwq/detail/life/alloc.h"
#include "cmwq/detail/life/destroy.h"
#include "cmwq/detail/life/freezer.h"
#include "cmwq/detail/queue/cancel.h"
#include "cmwq/detail/queue/congested.h"
#include "cmwq/detail/queue/delayed.h"
#include "cmwq/detail/queue/node.h"
#include "domain.h"
#include "sysfs.h"
#include "system_queues.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

basic_work<P>& core(work_struct* work) noexcept { return *work; }
basic_delayed_work<P>& core(delayed_work* dwork) noexcept { return *dwork; }

workqueue_struct* alloc_in(wq_domain& domain, const char* fmt, unsigned flags, int max_active, va_list args) noexcept {
  auto* wq = static_cast<workqueue_struct*>(alloc_queue(domain.core, flags, max_active, fmt, args));
  if (!wq || !wq->has_flag(WQ_SYSFS) || workqueue_sysfs_register(wq) == 0) return wq;
  log_error("workqueue %s: a queue of this name has attributes already; not created", wq->name);
  destroy_queue<P>(*wq);
  return nullptr;
}

// Misuse: nullptr for a queue or an item.  Return: true after a message.
template <class T>
bool is_null(const T* object, const char* call) noexcept {
  if (object) return false;
  log_error("workqueue: %s of a null pointer", call);
  return true;
}

}  // namespace

workqueue_struct* alloc_workqueue(const char* fmt, unsigned flags, int max_active, ...) noexcept {
  va_list args;
  va_start(args, max_active);
  workqueue_struct* wq = alloc_in(*default_domain(), fmt, flags, max_active, args);
  va_end(args);
  return wq;
}

workqueue_struct* alloc_workqueue_in(wq_domain* domain, const char* fmt, unsigned flags, int max_active, ...) noexcept {
  if (is_null(domain, "alloc_workqueue_in()")) return nullptr;
  va_list args;
  va_start(args, max_active);
  workqueue_struct* wq = alloc_in(*domain, fmt, flags, max_active, args);
  va_end(args);
  return wq;
}

workqueue_struct* alloc_ordered_workqueue(const char* fmt, unsigned flags, ...) noexcept {
  va_list args;
  va_start(args, flags);
  workqueue_struct* wq = alloc_in(*default_domain(), fmt, WQ_UNBOUND | __WQ_ORDERED | flags, 1, args);
  va_end(args);
  return wq;
}

workqueue_struct* alloc_ordered_workqueue_in(wq_domain* domain, const char* fmt, unsigned flags, ...) noexcept {
  if (is_null(domain, "alloc_ordered_workqueue_in()")) return nullptr;
  va_list args;
  va_start(args, flags);
  workqueue_struct* wq = alloc_in(*domain, fmt, WQ_UNBOUND | __WQ_ORDERED | flags, 1, args);
  va_end(args);
  return wq;
}

void destroy_workqueue(workqueue_struct* wq) noexcept {
  if (is_null(wq, "destroy_workqueue()") || is_own_queue<P>(*wq, "destroy_workqueue()")) return;
  if (must_not_wait<P>("destroy_workqueue()")) return;
  workqueue_sysfs_unregister(*wq);
  destroy_queue<P>(*wq);
}

void workqueue_set_max_active(workqueue_struct* wq, int max_active) noexcept { set_max_active<P>(*wq, max_active); }
void workqueue_set_min_active(workqueue_struct* wq, int min_active) noexcept { set_min_active<P>(*wq, min_active); }

void freeze_workqueues_begin() noexcept { freeze_begin(default_domain()->core); }
void freeze_workqueues_begin_in(wq_domain* domain) noexcept {
  if (!is_null(domain, "freeze_workqueues_begin_in()")) freeze_begin(domain->core);
}
bool freeze_workqueues_busy() noexcept { return freeze_busy(default_domain()->core); }
bool freeze_workqueues_busy_in(wq_domain* domain) noexcept {
  return !is_null(domain, "freeze_workqueues_busy_in()") && freeze_busy(domain->core);
}
void thaw_workqueues() noexcept { thaw(default_domain()->core); }
void thaw_workqueues_in(wq_domain* domain) noexcept {
  if (!is_null(domain, "thaw_workqueues_in()")) thaw(domain->core);
}

unsigned work_busy(work_struct* work) noexcept {
  unsigned busy = work_pending(work) ? unsigned{WORK_BUSY_PENDING} : 0;
  const locked_pool_of<P> found(core(work));
  if (found.running()) busy |= WORK_BUSY_RUNNING;
  return busy;
}

// ---------------------------------------------------------------------------------------------

bool detail::queue_claimed_work(int cpu, workqueue_struct* wq, work_struct* work) noexcept {
  if (!may_be_queued<P>(wq, core(work))) return false;
  queue_owned_work<P>(cpu, *wq, core(work));
  return true;
}

bool queue_work_node(int node, workqueue_struct* wq, work_struct* work) noexcept {
  if (wq && !wq->unbound() && wq->dom->first_time(once::node_of_percpu))
    log_warning("workqueue %s: queue_work_node() is for unbound queues, this one belongs to CPUs", wq->name);
  return queue_work_on(wq ? cpu_of_node(*wq->dom, node) : WORK_CPU_UNBOUND, wq, work);
}

bool queue_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, unsigned long delay) noexcept {
  if (!dwork->work.data.try_set_pending()) return false;
  if (!may_be_queued<P>(wq, core(&dwork->work))) return false;
  queue_owned_delayed_work<P>(cpu, *wq, core(dwork), delay);
  return true;
}

bool mod_delayed_work_on(int cpu, workqueue_struct* wq, delayed_work* dwork, unsigned long delay) noexcept {
  if (is_null(wq, "mod_delayed_work()")) return false;
  const bool was_pending = grab_pending(core(&dwork->work), &core(dwork));
  if (may_be_queued<P>(wq, core(&dwork->work))) queue_owned_delayed_work<P>(cpu, *wq, core(dwork), delay);
  return was_pending;
}

// ---------------------------------------------------------------------------------------------

bool flush_work(work_struct* work) noexcept {
  if (is_uninitialised(core(work), "flush_work()") || is_own_item(core(work), "flush_work()")) return false;
  if (must_not_wait<P>("flush_work()")) return false;
  return flush_work_instance(core(work), false);
}

bool flush_delayed_work(delayed_work* dwork) noexcept {
  if (cancel_timer(core(dwork))) {
    workqueue_struct* wq = dwork->wq;
    queue_owned_work<P>(dwork->cpu, *wq, core(&dwork->work));
  }
  return flush_work(&dwork->work);
}

void flush_workqueue(workqueue_struct* wq) noexcept {
  if (is_null(wq, "flush_workqueue()") || is_own_queue<P>(*wq, "flush_workqueue()")) return;
  if (must_not_wait<P>("flush_workqueue()") || is_offline<P>(*wq, "flush_workqueue()")) return;
  if (is_system_queue(wq)) warn_of_system_flush(*wq);
  flush_all<P>(*wq);
}

void drain_workqueue(workqueue_struct* wq) noexcept {
  if (is_null(wq, "drain_workqueue()") || is_own_queue<P>(*wq, "drain_workqueue()")) return;
  if (must_not_wait<P>("drain_workqueue()") || is_offline<P>(*wq, "drain_workqueue()")) return;
  drain<P>(*wq, "drain_workqueue()");
}

// ---------------------------------------------------------------------------------------------

bool cancel_work(work_struct* work) noexcept {
  return !is_uninitialised(core(work), "cancel_work()") && take_back<P>(core(work), nullptr, false);
}
bool cancel_work_sync(work_struct* work) noexcept {
  return !is_uninitialised(core(work), "cancel_work_sync()") &&
         take_back_and_wait<P>(core(work), nullptr, false, "cancel_work_sync()");
}
bool cancel_delayed_work(delayed_work* dwork) noexcept {
  return !is_uninitialised(core(&dwork->work), "cancel_delayed_work()") &&
         take_back(core(&dwork->work), &core(dwork), false);
}
bool cancel_delayed_work_sync(delayed_work* dwork) noexcept {
  return !is_uninitialised(core(&dwork->work), "cancel_delayed_work_sync()") &&
         take_back_and_wait(core(&dwork->work), &core(dwork), false, "cancel_delayed_work_sync()");
}

bool disable_work(work_struct* work) noexcept { return take_back<P>(core(work), nullptr, true); }
bool disable_work_sync(work_struct* work) noexcept {
  return take_back_and_wait<P>(core(work), nullptr, true, "disable_work_sync()");
}
bool disable_delayed_work(delayed_work* dwork) noexcept { return take_back(core(&dwork->work), &core(dwork), true); }
bool disable_delayed_work_sync(delayed_work* dwork) noexcept {
  return take_back_and_wait(core(&dwork->work), &core(dwork), true, "disable_delayed_work_sync()");
}

bool enable_work(work_struct* work) noexcept { return lower_disable_depth<P>(core(work), nullptr); }
bool enable_delayed_work(delayed_work* dwork) noexcept {
  return lower_disable_depth(core(&dwork->work), &core(dwork));
}

// ---------------------------------------------------------------------------------------------

work_struct* current_work() noexcept {
  const std_worker* self = P::current_worker();
  return self && self->top ? static_cast<work_struct*>(self->top->work) : nullptr;
}

bool current_is_workqueue_rescuer() noexcept {
  const std_worker* self = P::current_worker();
  return self && self->rescue_wq;
}

bool current_is_workqueue_mem_reclaim() noexcept {
  const std_worker* self = P::current_worker();
  const auto* pwq = self && self->top ? self->top->pwq : nullptr;
  return pwq && pwq->wq->has_flag(WQ_MEM_RECLAIM) && !pwq->wq->has_flag(__WQ_LEGACY);
}

bool workqueue_congested(int cpu, workqueue_struct* wq) noexcept {
  if (is_null(wq, "workqueue_congested()")) return false;
  if (cpu == WORK_CPU_UNBOUND) cpu = local_cpu(*wq->dom);
  if (cpu >= 0 && cpu < wq->dom->machine->nr_cpus()) return has_waiting_items<P>(*wq, cpu);
  if (wq->dom->first_time(once::no_such_cpu))
    log_warning("workqueue %s: workqueue_congested() of CPU %d, which does not exist", wq->name, cpu);
  return false;
}

unsigned long get_jiffies() noexcept { return P::now() / kTickNs; }

void blocking_begin() noexcept {
  if (std_worker* self = P::current_worker()) worker_blocking_begin(*self);
}

void blocking_end() noexcept {
  std_worker* self = P::current_worker();
  if (!self) return;
  if (self->blocking_depth == 0) return log_error("cmwq: blocking_end() without blocking_begin()");
  worker_blocking_end(*self);
}

}  // namespace cmwq
