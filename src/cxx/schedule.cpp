// Sleeping coroutines and stop requests.
//
//   the coroutine                                 who requests the stop
//   1. registers the callback
//   2. phase: fresh -> queued (CS1), or it is     1. phase -> stopped (CS1)
//      stopped already: does not sleep            2. it was queued: takes the item back and queues it at once,
//   3. queues the item                               or finds that it has begun (CS2)
//
// The callback is taken away before the coroutine goes on, which waits for a callback that runs; so the awaiter stays
// as long as the right-hand side needs it.
#include "cmwq/cxx/schedule.hpp"

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

using P = std_policy;

bool sleep_awaiter::await_suspend(std::coroutine_handle<> coroutine) {
  coroutine_ = coroutine;
  if (token_.stop_possible()) {
    stop_.emplace(token_, on_stop{this});
    int fresh = kFresh;
    if (!phase_.compare_exchange_strong(fresh, kQueued, kAcqRel, kAcquire)) return false;  // (CS1) acq_rel, with itself
  }
  return queue();  // from here on the coroutine may be anywhere
}

// Return: false if the queue refuses the item.
bool sleep_awaiter::queue() noexcept {
  if (delay_ == 0) {
    if (enqueue(WORK_CPU_UNBOUND, wq_, &work)) return true;
    phase_.store(kRefused, kRelaxed);  // relaxed: the item is the coroutine's own again
    return false;
  }
  // Whoever tries to take the item back at this moment holds it for a few instructions only.
  while (!queue_delayed_work(wq_, this, delay_)) P::relax();
  return true;
}

void sleep_awaiter::await_resume() {
  stop_.reset();
  if (phase_.load(kRelaxed) == kRefused) throw_refused();  // relaxed: its own
  if (token_.stop_requested()) throw canceled();
}

void sleep_awaiter::go_on(work_struct* item) {
  auto* self = static_cast<sleep_awaiter*>(to_delayed_work(item));
  self->begun_.store(true, kRelease);  // (CS2) release, with itself
  self->coroutine_.resume();
}

void sleep_awaiter::hurry() noexcept {
  if (phase_.exchange(kStopped, kAcqRel) != kQueued) return;  // (CS1) acq_rel, with itself
  while (!begun_.load(kAcquire)) {                            // (CS2) acquire, with itself
    if (cancel_delayed_work(this)) {
      if (!enqueue(WORK_CPU_UNBOUND, wq_, &work)) go_on(&work);
      return;
    }
    P::yield();
  }
}

}  // namespace cmwq::detail
