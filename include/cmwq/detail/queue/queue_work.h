// queue_work(): from a claimed item to a list and, if needed, a woken worker.
#pragma once

#include "cmwq/detail/pool/active.h"
#include "cmwq/detail/queue/insert.h"
#include "cmwq/detail/queue/select.h"

namespace cmwq::detail {

// While a queue drains, only its own items may queue on it.
template <class P>
bool is_chained_work(const basic_workqueue<P>& wq) noexcept {
  const worker<P>* self = P::current_worker();
  return self && self->top && self->top->pwq && self->top->pwq->wq == &wq;
}

template <class P>
bool refused_by_drain(basic_workqueue<P>& wq, basic_work<P>& work) noexcept {
  const unsigned flags = wq.flags.load(kAcquire);  // (F1) acquire, with (F7) in queue/flush_workqueue.h
  if (!(flags & (__WQ_DRAINING | __WQ_DESTROYING)) || is_chained_work(wq)) return false;
  if (wq.dom->first_time(once::queue_while_draining))
    log_warning("workqueue: cannot queue %s on wq %s: it is being %s", name_of(work.func).c_str(), wq.name,
                flags & __WQ_DESTROYING ? "destroyed" : "drained");
  return true;
}

// The CPU whose slot the item goes to.
template <class P>
int requested_cpu(basic_workqueue<P>& wq, const basic_work<P>& work, int cpu) noexcept {
  if (cpu >= 0 && cpu < wq.dom->machine->nr_cpus()) return cpu;
  if (cpu != WORK_CPU_UNBOUND && wq.dom->first_time(once::no_such_cpu))
    log_warning("workqueue %s: CPU %d asked for %s does not exist (0 to %d do); queued on the local one", wq.name,
                cpu, name_of(work.func).c_str(), wq.dom->machine->nr_cpus() - 1);
  return wq.unbound() ? local_unbound_cpu(*wq.dom) : local_cpu(*wq.dom);
}

// The caller owns PENDING and gives it to the pool.  Return: false if the item was dropped instead, after a message.
// Kernel: __queue_work().
template <class P>
bool queue_owned_work(int cpu, basic_workqueue<P>& wq, basic_work<P>& work) noexcept {
  if (refused_by_drain(wq, work)) {
    work.data.clear_pending();
    return false;
  }

  const int slot = requested_cpu(wq, work, cpu);
  wake_batch<P> wakes;
  pool_workqueue<P>& pwq = lock_selected_pwq(wq, work, slot);
  worker_pool<P>& pool = *pwq.pool.load(kRelaxed);  // relaxed: under its lock
  if (!list_empty(work.entry)) {
    pool.lock.unlock();
    work.data.clear_pending();
    log_error("workqueue %s: item %p (%s) is on a list already: initialised twice or overwritten; not queued",
              wq.name, static_cast<void*>(&work), name_of(work.func).c_str());
    return false;
  }
  trace_queue_work(wq, work, cpu, pool.cpu);
  ++pwq.nr_in_flight[pwq.work_color];
  if (list_empty(pwq.inactive_works) && pwq_tryinc_nr_active_locked(pwq, false)) {
    trace_activate_work(*wq.dom, work);
    insert_work_locked(pwq, work, pool.worklist, pwq.work_color, 0);
    worklist_grew_locked(pool);
    kick_pool_locked(pool, wakes);
  } else {
    insert_work_locked(pwq, work, pwq.inactive_works, pwq.work_color, WORK_STRUCT_INACTIVE);
  }
  pool.lock.unlock();
  return true;
}

// The caller owns PENDING.  Return: false if it was given back.  Kernel: clear_pending_if_disabled().
template <class P>
bool may_be_queued(basic_workqueue<P>* wq, basic_work<P>& work) noexcept {
  if (work.data.read().disable_depth() > 0) {
    work.data.clear_pending();
    return false;
  }
  if (wq && work.func) return true;
  log_warning("workqueue %s: an item without a %s cannot be queued", wq ? wq->name : "(none)",
              wq ? "work function" : "workqueue");
  work.data.clear_pending();
  return false;
}

}  // namespace cmwq::detail
