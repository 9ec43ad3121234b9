// A barrier: an item of the library's own that runs right behind another one, and tells when it does.
#pragma once

#include "cmwq/detail/os/completion.h"
#include "cmwq/detail/queue/insert.h"

namespace cmwq::detail {

// Lives on the stack of who waits.
template <class P>
struct wq_barrier {
  typename P::work_type work;
  completion<P> done;
  int waiter = 0;  // I: the thread that waits, for the dump
};

template <class P>
void wq_barrier_func(typename P::work_type* work) {
  auto* barrier = field_owner<wq_barrier<P>>(work, &wq_barrier<P>::work);
  barrier->done.complete();  // the last act: then it is gone
}

// Chains @barrier behind @target, which is queued on @pwq, or, if @running, behind the execution of it.
// It takes the target's colour, so that the queue cannot be destroyed under it, and holds no slot.
// Under the pool's lock.  Kernel: insert_wq_barrier().
template <class P>
void insert_wq_barrier_locked(pool_workqueue<P>& pwq, wq_barrier<P>& barrier, basic_work<P>& target,
                              execution<P>* running) noexcept {
  barrier.work.init(wq_barrier_func<P>);
  const bool own = static_cast<basic_work<P>&>(barrier.work).data.try_set_pending();
  CMWQ_ASSERT(own);
  (void)own;
  const work_bits bits = target.data.read();
  const int color = running ? running->color : bits.color();
  list_head* before = running ? running->scheduled.next : target.entry.next;
  std::uint64_t flags = WORK_STRUCT_INACTIVE;
  if (!running) {
    if (bits.linked()) flags |= WORK_STRUCT_LINKED;
    target.data.set_linked();
  }
  ++pwq.nr_in_flight[color];
  insert_work_locked<P>(pwq, barrier.work, *before, color, flags);
}

}  // namespace cmwq::detail
