// Waiting for an item, and its end.
#include "cmwq/cxx/future.hpp"

#include "cmwq/detail/core/pool_workqueue.h"
#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/pool/busy.h"

namespace cmwq::detail {
namespace {

using P = std_policy;

// In place of a waiter: the item has ended.
future_waiter* ended() noexcept {
  static constinit future_waiter mark{nullptr};
  return &mark;
}

}  // namespace

void future_state::start(int cpu) {
  cpu_ = cpu;
  if (enqueue(cpu, wq_, this)) return;
  drop();  // the item's share
  throw_refused();
}

// The caller executes an item of the same queue: the awaited one may have its slot, unless it wants a CPU.
// Return: whether it was taken back and executed.
bool future_state::run_here() noexcept {
  if (cpu_ != WORK_CPU_UNBOUND || !executes_item_of<P>(P::current_worker(), *wq_) || !cancel_work(this)) return false;
  const token_scope none(nullptr);
  func(this);
  return true;
}

void future_state::wait() {
  if (done()) return;
  if (const worker<P>* self = P::current_worker()) {
    if (executes<P>(self, *this)) throw error("cmwq: an item waits for its own result");
    if (run_here()) return;
    flush_work(this);  // in place if it has not started and the pool allows it, else a declared block
  }
  ready_.wait();
}

bool future_state::cancel() noexcept {
  if (done() || !cancel_work(this)) return false;
  fail_as_canceled();
  finish();
  return true;
}

bool future_state::notify(future_waiter& waiter) noexcept {
  future_waiter* none = nullptr;
  // (CF2) acq_rel, with itself: either the end sees the waiter, or the waiter the result.
  return waiter_.compare_exchange_strong(none, &waiter, kAcqRel, kAcquire);
}

void future_state::fail_as_canceled() noexcept { fail(std::make_exception_ptr(canceled{})); }

void future_state::finish() noexcept {
  future_waiter* waiter = waiter_.exchange(ended(), kAcqRel);  // (CF2) acq_rel, with itself
  ready_.complete();
  if (waiter) waiter->ended(waiter);
  drop();
}

}  // namespace cmwq::detail
