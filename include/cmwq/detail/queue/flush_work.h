// flush_work(): wait until an item's last queueing has finished.
#pragma once

#include <cstring>

#include "cmwq/detail/pool/execute.h"
#include "cmwq/detail/queue/barrier.h"
#include "cmwq/detail/queue/find.h"
#include "cmwq/detail/queue/timer.h"

namespace cmwq::detail {

// Waits for a BH item to end, which it does soon, where blocking is forbidden.
template <class P>
void spin_for(completion<P>& done) noexcept {
  for (int spins = 0; !done.done(); ++spins) {
    if (spins < 100)
      P::relax();
    else
      P::yield();
  }
}

// Waits as a worker must: declared, so that its pool may start somebody else.
template <class P>
void wait_for(completion<P>& done) noexcept {
  if (done.done()) return;
  if (P::blocking_forbidden()) return spin_for(done);
  worker<P>* self = P::current_worker();
  if (self) worker_blocking_begin(*self);
  done.wait();
  if (self) worker_blocking_end(*self);
}

// An item of a queue with a rescuer must not wait for one without.  Looked for while @target cannot go away, told
// afterwards.  Kernel: check_flush_dependency().
template <class P>
class flush_dependency {
 public:
  void look(const basic_workqueue<P>& target, const basic_work<P>* work) noexcept {
    const worker<P>* self = P::current_worker();
    if (!self || !self->top || target.has_flag(WQ_MEM_RECLAIM)) return;
    const pool_workqueue<P>* own = self->top->pwq;
    if (!own || !own->wq->has_flag(WQ_MEM_RECLAIM) || own->wq->has_flag(__WQ_LEGACY)) return;
    if (!target.dom->first_time(once::reclaim_flush)) return;
    own_ = self->top;
    func_ = work ? work->func : nullptr;
    std::memcpy(target_, target.name, sizeof target_);
  }
  // Without any lock held.
  void tell() const noexcept {
    if (!own_) return;
    log_warning("workqueue: WQ_MEM_RECLAIM %s:%s is flushing !WQ_MEM_RECLAIM %s:%s", own_->pwq->wq->name,
                name_of(own_->func).c_str(), target_, func_ ? name_of(func_).c_str() : "(all)");
  }

 private:
  const execution<P>* own_ = nullptr;
  typename basic_work<P>::func_type func_ = nullptr;
  char target_[WQ_NAME_LEN] = {};
};

// Would waiting for @work, which is queued on @pwq, be waiting for oneself?  It needs a slot, there is one, and an
// item that this thread executes holds it.
template <class P>
bool waits_for_own_slot(const pool_workqueue<P>& pwq, const basic_work<P>& work) noexcept {
  if (!work.data.read().inactive() || pwq.wq->saved_max_active.load(kRelaxed) != 1) return false;  // relaxed: advisory
  const worker<P>* self = P::current_worker();
  for (const execution<P>* e = self ? self->top : nullptr; e; e = e->outer)
    if (e->pwq == &pwq) return true;
  return false;
}

// May the calling worker execute @work, queued and active on @pool, in place?  Only in its own pool, which is as good
// a place as any other worker's; and not if somebody executes it already.
template <class P>
bool may_run_in_place(const worker<P>* self, worker_pool<P>& pool, const basic_work<P>& work) noexcept {
  return self && self->top && self->pool.load(kRelaxed) == &pool &&  // relaxed: its own
         !work.data.read().inactive() && !find_execution_locked(pool, work);
}

// Executes @work on top of the item that the calling worker is executing.  The pool's lock is held and held again.
template <class P>
void run_in_place(worker<P>& self, worker_pool<P>& pool, basic_work<P>& work) noexcept {
  execution<P> frame;
  frame.outer = self.top;
  if (!assign_work_locked(pool, work, frame)) return;
  process_scheduled_works(self, pool, frame);
}

// Return: whether it waited.  @from_cancel: the item cannot be queued, so there is no dependency to warn of.
// Kernel: __flush_work().
template <class P>
bool flush_work_instance(basic_work<P>& work, bool from_cancel) noexcept {
  wq_barrier<P> barrier;
  barrier.waiter = P::thread_id();
  flush_dependency<P> dependency;
  worker<P>* self = P::current_worker();
  {
    locked_pool_of<P> found(work);
    if (!found.pool()) return false;
    worker_pool<P>& pool = *found.pool();
    pool_workqueue<P>* queued = found.pwq();
    execution<P>* running = queued ? nullptr : found.running();
    if (!queued && !running) return false;
    if (!pool.dom->online.load(kAcquire)) {  // (O2) acquire, with (O1); nothing executes yet
      found.unlock();
      if (!from_cancel) log_warning("workqueue: flush of %s before its domain was started; not waiting",
                                    name_of(work.func).c_str());
      return false;
    }
    pool_workqueue<P>& pwq = queued ? *queued : *running->pwq;
    const basic_workqueue<P>& wq = *pwq.wq;
    if (queued && waits_for_own_slot(pwq, work)) {
      const auto func = work.func;
      found.unlock();
      log_error("workqueue %s: an item waits for %s, which needs the only slot that the item itself holds; "
                "not waiting", wq.name, name_of(func).c_str());
      return false;
    }
    if (queued && may_run_in_place(self, pool, work)) {
      run_in_place(*self, pool, work);
      return true;
    }
    insert_wq_barrier_locked(pwq, barrier, work, running);
    if (!from_cancel) dependency.look(wq, &work);
  }
  dependency.tell();
  wait_for(barrier.done);
  return true;
}

// Misuse: the item that the caller is executing.  Return: true after a message.
template <class P>
bool is_own_item(const basic_work<P>& work, const char* what) noexcept {
  const worker<P>* self = P::current_worker();
  if (!executes(self, work)) return false;
  const execution<P>* e = self->top;
  while (e->work != &work) e = e->outer;
  log_error("workqueue %s: %s of %s from its own function would wait for itself; not waiting", e->pwq->wq->name,
            what, name_of(work.func).c_str());
  return true;
}

// Misuse: an item without a function was never initialised.  Return: true after a message.
template <class P>
bool is_uninitialised(const basic_work<P>& work, const char* what) noexcept {
  if (work.func) return false;
  log_warning("workqueue: %s of item %p, which has no function: not initialised", what,
              static_cast<const void*>(&work));
  return true;
}

}  // namespace cmwq::detail
