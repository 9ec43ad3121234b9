// Items that own their callable and can be queued again and again.
//
// Each belongs to one queue, which outlives it.  Its destructor takes the item back and waits for a call that is
// running, so it must not run inside that call.  An item is never executed twice at once.  A callable that takes a
// std::stop_token gets one that is stopped by request_stop() and by the destructor; current_stop_token() is the same.
#pragma once

#include "cmwq/cxx/queue_ref.hpp"

namespace cmwq {
namespace detail {

// A callable, and its stop source if it takes a token.
template <class F>
class stoppable_callable {
  static constexpr bool takes_token = std::is_invocable_v<F&, std::stop_token>;
  static_assert(takes_token || std::is_invocable_v<F&>,
                "cmwq: the callable of an item must be callable without arguments or with a std::stop_token");

 public:
  template <class G>
  explicit stoppable_callable(G&& g) : f_(std::forward<G>(g)) {}

  void request_stop() noexcept {
    if constexpr (takes_token) source_.request_stop();
  }
  void call(const queue_core* core) {
    try {
      if constexpr (takes_token) {
        const std::stop_token token = source_.get_token();
        const token_scope scope(&token);
        f_(token);
      } else {
        f_();
      }
    } catch (...) {
      report_exception(core);
    }
  }

 private:
  struct none {};
  F f_;
  [[no_unique_address]] std::conditional_t<takes_token, std::stop_source, none> source_;
};

}  // namespace detail

/* work w(queue, f): calls f() once for each accepted queue(). */
template <class F>
class work : private work_struct {
 public:
  template <class G>
  work(queue_ref queue, G&& f) : work_struct(&work::run), queue_(queue), call_(std::forward<G>(f)) {}
  work(const work&) = delete;
  work& operator=(const work&) = delete;
  ~work() {
    call_.request_stop();
    cancel_work_sync(this);
  }

  /* Queues the item, on @cpu if given.  What was written before is visible to the call that follows, also if the
   * item was pending already.  Return: false if it was pending already, or is disabled. */
  bool queue() noexcept { return queue_work(queue_.get(), this); }
  bool queue_on(int cpu) noexcept { return queue_work_on(cpu, queue_.get(), this); }

  /* Waits until the last queueing has been executed; from a worker in place where possible, else as a declared
   * block.  Return: false if there was nothing to wait for. */
  bool flush() noexcept { return flush_work(this); }

  /* Takes the item back and waits for a running call.  try_cancel() does not wait.
   * Return: whether it was pending. */
  bool cancel() noexcept { return cancel_work_sync(this); }
  bool try_cancel() noexcept { return cancel_work(this); }

  /* Takes the item back, waits, and keeps it out until it was enabled as often as disabled. */
  bool disable() noexcept { return disable_work_sync(this); }
  bool enable() noexcept { return enable_work(this); }

  bool pending() const noexcept { return work_pending(this); }
  void request_stop() noexcept { call_.request_stop(); }

 private:
  static void run(work_struct* item) {
    auto* self = static_cast<work*>(item);
    self->call_.call(self->queue_.core());
  }

  queue_ref queue_;                     // I
  detail::stoppable_callable<F> call_;  // by the item
};

template <class F>
work(queue_ref, F) -> work<F>;

/* delayed d(queue, f): the same after a delay. */
template <class F>
class delayed : private delayed_work {
 public:
  template <class G>
  delayed(queue_ref queue, G&& f) : delayed_work(&delayed::run), queue_(queue), call_(std::forward<G>(f)) {}
  delayed(const delayed&) = delete;
  delayed& operator=(const delayed&) = delete;
  ~delayed() {
    call_.request_stop();
    cancel_delayed_work_sync(this);
  }

  /* Queues the item when @delay has passed, at the earliest.  Milliseconds; less is rounded up.
   * Return: false if it was pending already (then nothing changes), or is disabled. */
  template <duration_like D>
  bool queue_after(const D& delay) noexcept {
    return queue_delayed_work(queue_.get(), this, to_jiffies(delay));
  }

  /* Queues it when @delay from now has passed, whatever was pending.  Return: whether it was pending. */
  template <duration_like D>
  bool restart(const D& delay) noexcept {
    return mod_delayed_work(queue_.get(), this, to_jiffies(delay));
  }

  /* Does not wait for the delay: queues the item now if a delay is running, and waits for the call. */
  bool flush() noexcept { return flush_delayed_work(this); }

  /* As work<F>. */
  bool cancel() noexcept { return cancel_delayed_work_sync(this); }
  bool try_cancel() noexcept { return cancel_delayed_work(this); }
  bool disable() noexcept { return disable_delayed_work_sync(this); }
  bool enable() noexcept { return enable_delayed_work(this); }
  bool pending() const noexcept { return delayed_work_pending(this); }
  void request_stop() noexcept { call_.request_stop(); }

 private:
  static void run(work_struct* item) {
    auto* self = static_cast<delayed*>(to_delayed_work(item));
    self->call_.call(self->queue_.core());
  }

  queue_ref queue_;                     // I
  detail::stoppable_callable<F> call_;  // by the item
};

template <class F>
delayed(queue_ref, F) -> delayed<F>;

}  // namespace cmwq
