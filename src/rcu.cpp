// The library's own read-copy-update: one for the process, as its readers name no domain.
#include "rcu.h"

#include "cmwq/detail/queue/rcu_work.h"
#include "domain.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

thread_local constinit rcu_reader<P> this_reader;

struct grace_period_waiter {
  rcu_head head;
  completion<P> over;
};

void grace_period_over(rcu_head* head) {
  field_owner<grace_period_waiter>(head, &grace_period_waiter::head)->over.complete();  // the last act: then it is gone
}

bool wait_for_grace_period(const char* call) noexcept {
  if (this_reader.depth > 0) {
    log_error("cmwq: %s in a read section would wait for itself; not waiting", call);
    return false;
  }
  grace_period_waiter self;
  own_rcu_state().call(self.head, grace_period_over);
  wait_for(self.over);
  return true;
}

}  // namespace

rcu_state<std_policy>& detail::own_rcu_state() noexcept {
  static constinit rcu_state<P> state;
  return state;
}

// The calls are made in their order, so a call made last is a barrier.
const rcu_flavor detail::own_rcu_flavor{
    [](rcu_head* head, void (*func)(rcu_head*), void*) { own_rcu_state().call(*head, func); },
    [](void*) { return wait_for_grace_period("waiting for an rcu_work"); },
    nullptr,
};

void rcu_read_lock() noexcept { own_rcu_state().read_lock(this_reader); }

void rcu_read_unlock() noexcept {
  if (this_reader.depth == 0) return log_error("cmwq: rcu_read_unlock() without rcu_read_lock()");
  own_rcu_state().read_unlock(this_reader);
}

void synchronize_rcu() noexcept { wait_for_grace_period("synchronize_rcu()"); }

bool queue_rcu_work(workqueue_struct* wq, rcu_work* rwork) noexcept { return queue_after_grace_period<P>(wq, *rwork); }
bool flush_rcu_work(rcu_work* rwork) noexcept { return flush_after_grace_period<P>(*rwork); }

}  // namespace cmwq
