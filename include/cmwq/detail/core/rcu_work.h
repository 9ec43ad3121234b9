// The work item that waits for readers before it is queued, and what it waits by.
#pragma once

#include "cmwq/detail/core/work.h"
#include "cmwq/detail/os/rcu.h"

namespace cmwq {

// Grace periods of somebody else's making, for domain_options::rcu.
struct rcu_flavor {
  /* Calls @func(@head) from any thread when every reader that is inside now has left.  @head has two words for the
   * flavour's use until then.  Must not fail. */
  void (*call)(rcu_head* head, void (*func)(rcu_head*), void* context) = nullptr;  // I

  /* Returns when every call that was asked for before has been made.  Blocks.
   * Return: false, after a message and at once, if that cannot be waited for (the caller is inside a read section). */
  bool (*barrier)(void* context) = nullptr;  // I

  void* context = nullptr;  // I: passed to both
};

namespace detail {

template <class P>
struct basic_rcu_work {
  typename P::work_type work;                // AT: first: to_rcu_work() relies on it
  rcu_head rcu;                              // I: by the flavour, from queue_rcu_work() to the end of the grace period
  typename P::workqueue_type* wq = nullptr;  // I: by the owner of PENDING
  typename P::template atomic<const rcu_flavor*> flavor{nullptr};  // AT: relaxed, where it waits or waited last

  constexpr basic_rcu_work() noexcept = default;
  constexpr explicit basic_rcu_work(typename basic_work<P>::func_type f) noexcept : work(f) {}

  void init(typename basic_work<P>::func_type f) noexcept {
    work.init(f);
    wq = nullptr;
    flavor.store(nullptr, kRelaxed);  // relaxed: nobody else may look
  }
};

}  // namespace detail

struct rcu_work : detail::basic_rcu_work<detail::std_policy> {
  using basic_rcu_work::basic_rcu_work;
};

}  // namespace cmwq
