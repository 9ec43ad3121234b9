// How many items of an unbound queue are active on one NUMA node.
//
// Pools of a node share one limit.  A pwq that finds the limit reached puts itself on pending_pwqs and then
// tries once more; who gives a slot back takes the count down first and then looks at pending_pwqs.
#pragma once

#include "cmwq/detail/core/pool_workqueue.h"

namespace cmwq::detail {

template <class P>
struct node_nr_active {
  template <class T>
  using atomic = typename P::template atomic<T>;

  atomic<int> max{0};                         // AT: (N1), written under PL
  atomic<int> nr{0};                          // AT: (N2)
  mutex<P, lock_rank::node_lock> lock;
  list_head pending_pwqs;                     // N: pwqs with items that found the limit reached
  atomic<int> nr_waiting{0};                  // AT: (N6), length of pending_pwqs

  // Takes a slot, if one is free.
  [[nodiscard]] bool try_increment() noexcept {
    int now = nr.load(kSeqCst);  // (N3) seq_cst, with (N4): see pwq_tryinc_nr_active()
    while (now < max.load(kAcquire))  // (N1) acquire, with (N5)
      if (nr.compare_exchange_weak(now, now + 1, kSeqCst, kSeqCst)) return true;  // (N2), with (N4)
    return false;
  }

  // Gives a slot back.  Return: whether a waiting pwq may take one now.
  [[nodiscard]] bool decrement() noexcept {
    return nr.fetch_sub(1, kSeqCst) - 1 < max.load(kAcquire);  // (N4) seq_cst, with (N3); (N1), with (N5)
  }

  // @pwq waits for a slot, or does not any more.  Under its pool's lock and this lock.
  void start_waiting_locked(pool_workqueue<P>& pwq) noexcept {
    list_add_tail(pwq.pending_node, pending_pwqs);
    pwq.waits_for_slot = true;
    nr_waiting.fetch_add(1, kSeqCst);  // (N6) seq_cst, with (N7): then it tries once more (N3)
  }
  void stop_waiting_locked(pool_workqueue<P>& pwq) noexcept {
    list_del_init(pwq.pending_node);
    pwq.waits_for_slot = false;
    nr_waiting.fetch_sub(1, kSeqCst);  // (N6), with (N7)
  }
  bool anybody_waits() const noexcept { return nr_waiting.load(kSeqCst) != 0; /* (N7), with (N6), after (N4) */ }

  void set_max(int value) noexcept { max.store(value, kRelease); /* (N5) release, with (N1) */ }
};

}  // namespace cmwq::detail
