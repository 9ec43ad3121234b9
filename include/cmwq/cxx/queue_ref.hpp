// Where items go: a workqueue of either layer, borrowed.
#pragma once

#include <tuple>

#include "cmwq/cxx/future.hpp"
#include "cmwq/cxx/schedule.hpp"

namespace cmwq {
namespace detail {

// @f with its arguments, as std::async keeps them: decayed copies, given away at the call.
template <class F, class... Args>
auto bind_call(F&& f, Args&&... args) {
  if constexpr (sizeof...(Args) == 0)
    return std::decay_t<F>(std::forward<F>(f));
  else
    return [call = std::decay_t<F>(std::forward<F>(f)),
            arguments = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)]() mutable -> decltype(auto) {
      return std::apply(std::move(call), std::move(arguments));
    };
}

template <class F, class... Args>
inline constexpr bool can_call = std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>;

}  // namespace detail

/* A reference to a workqueue, passed by value; made implicitly from a cmwq::workqueue, from a workqueue_struct* and
 * from a system queue.  Everything here may be called from any thread, also from items; nothing here waits for a
 * worker.  A queue that is being drained or destroyed accepts items only from its own items; for all others these
 * functions throw error, and the callable is dropped.  Callables may be move-only and of any size. */
class queue_ref {
 public:
  queue_ref(workqueue_struct* wq) noexcept : wq_(wq) {}        // NOLINT: implicit on purpose
  queue_ref(system_workqueue wq) noexcept : wq_(wq) {}         // NOLINT: implicit on purpose

  /* The kernel's queue, for the functions of cmwq/workqueue.h. */
  workqueue_struct* get() const noexcept { return wq_; }

  /* Executes @f() once.  An exception that escapes goes to the queue's on_error; without one it ends the program. */
  template <class F>
  void post(F&& f) const {
    post_on(WORK_CPU_UNBOUND, std::forward<F>(f));
  }

  /* The same on @cpu (0 .. domain_cpus()-1).  Queues that are not per-CPU only prefer it. */
  template <class F>
  void post_on(int cpu, F&& f) const {
    constexpr bool callable = std::is_invocable_v<std::decay_t<F>&>;
    static_assert(callable, "cmwq: a posted callable must be callable without arguments");
    if constexpr (callable) {
      using node_type = detail::posted_closure<std::decay_t<F>>;
      node_type* node = detail::make_node<node_type>(core_, std::forward<F>(f));
      if (detail::enqueue(cpu, wq_, node)) return;
      detail::destroy_node(node);
      detail::throw_refused();
    }
  }

  /* Queues @n items, which call @f(0) .. @f(@n - 1), with one allocation.  Calls may overlap: @f is shared. */
  template <class F>
  void post_n(std::size_t n, F&& f) const {
    constexpr bool callable = std::is_invocable_v<std::decay_t<F>&, std::size_t>;
    static_assert(callable, "cmwq: a callable posted n times must be callable with a number (std::size_t)");
    if constexpr (callable) {
      if (n > 0) detail::bulk_closure<std::decay_t<F>>::post(core_, wq_, n, std::forward<F>(f));
    }
  }

  /* Executes @f(@args...) once and keeps what it returns or throws.  Arguments are kept as decayed copies; use
   * std::ref for references.
   * Return: future<R> of what @f returns. */
  template <class F, class... Args>
    requires(!std::same_as<std::decay_t<F>, std::stop_token>)
  auto submit(F&& f, Args&&... args) const {
    return submit_on(WORK_CPU_UNBOUND, std::forward<F>(f), std::forward<Args>(args)...);
  }

  /* The same on @cpu; see post_on(). */
  template <class F, class... Args>
  auto submit_on(int cpu, F&& f, Args&&... args) const {
    constexpr bool callable = detail::can_call<F, Args...>;
    static_assert(callable, "cmwq: the submitted callable cannot be called with these arguments");
    if constexpr (callable) {
      auto call = detail::bind_call(std::forward<F>(f), std::forward<Args>(args)...);
      using call_type = decltype(call);
      using result = std::invoke_result_t<call_type>;
      auto* node = detail::make_node<detail::submitted_closure<result, call_type>>(core_, wq_, std::move(call));
      future<result> promised(node);
      node->start(cpu);
      return promised;
    } else {
      return future<void>();
    }
  }

  /* The same with cancellation: a stop request takes the item back if it has not started (in the thread that makes
   * the request), and its future then throws canceled; inside the item current_stop_token() is @token. */
  template <class F, class... Args>
  auto submit(std::stop_token token, F&& f, Args&&... args) const {
    constexpr bool callable = detail::can_call<F, Args...>;
    static_assert(callable, "cmwq: the submitted callable cannot be called with these arguments");
    if constexpr (callable) {
      auto call = detail::bind_call(std::forward<F>(f), std::forward<Args>(args)...);
      using call_type = decltype(call);
      using result = std::invoke_result_t<call_type>;
      auto* node = detail::make_node<detail::stoppable_closure<result, call_type>>(core_, wq_, std::move(token),
                                                                                   std::move(call));
      future<result> promised(node);
      node->start(WORK_CPU_UNBOUND);
      return promised;
    } else {
      return future<void>();
    }
  }

  /* co_await schedule(): the coroutine goes on as an item of this queue (on @cpu, see post_on()).  Throws error there
   * and then if the queue refuses the item. */
  detail::schedule_awaiter schedule(int cpu = WORK_CPU_UNBOUND) const noexcept {
    return detail::schedule_awaiter(wq_, cpu);
  }

  /* co_await schedule_after(50ms, token): the same when @delay has passed at the earliest, in whole milliseconds.
   * Throws canceled if @token is stopped: before the sleep, or during it, which ends at once.  The queue must not be
   * drained while a coroutine sleeps on it: what would wake it is dropped then, after a warning. */
  template <duration_like D>
  detail::sleep_awaiter schedule_after(const D& delay, std::stop_token token = std::stop_token()) const noexcept {
    return detail::sleep_awaiter(wq_, to_jiffies(delay), std::move(token));
  }

  detail::queue_core* core() const noexcept { return core_; }  // for the library

 protected:
  queue_ref() noexcept = default;

  workqueue_struct* wq_ = nullptr;
  detail::queue_core* core_ = nullptr;
};

/* std::async with a queue in place of the policy: submit().  Unlike std::async's, the future's destructor does not
 * wait. */
template <class Queue, class F, class... Args>
  requires std::convertible_to<Queue, queue_ref>
auto async(Queue&& queue, F&& f, Args&&... args) {
  return static_cast<queue_ref>(queue).submit(std::forward<F>(f), std::forward<Args>(args)...);
}

/* The same on system_dfl_wq, which suits everything. */
template <class F, class... Args>
  requires(!std::convertible_to<F, queue_ref>)
auto async(F&& f, Args&&... args) {
  return queue_ref(system_dfl_wq).submit(std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace cmwq
