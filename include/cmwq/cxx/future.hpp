// The result of an item, to be waited for anywhere, also inside other items of the same queue.
//
// One node holds the work item, the callable and the result; the future and the item own it together.  The
// destructor of a future does not wait: the item is executed all the same.
#pragma once

#include <optional>

#include "cmwq/cxx/closure.hpp"
#include "cmwq/cxx/event.hpp"
#include "cmwq/cxx/stop.hpp"

namespace cmwq {

template <class R>
class future;

namespace detail {

// Who is to be told that an item has ended, without waiting.
struct future_waiter {
  void (*ended)(future_waiter* self) noexcept;  // I
};

// What futures of all types have in common.
class CMWQ_API future_state : public closure {
 public:
  using destroy_func = void (*)(future_state*) noexcept;

  future_state(work_func_t function, queue_core* core, workqueue_struct* wq, destroy_func destroys) noexcept
      : closure(function, core), wq_(wq), destroy_(destroys) {}

  /* Queues the item: once.  Throws if the queue refuses it; the caller's future then still owns the node. */
  void start(int cpu);

  bool done() const noexcept { return ready_.done(); }

  /* Waits for the end.  In an item of the same queue the awaited one, if it has not started, is executed here and
   * now: in the slot that the caller holds.  Throws error if it is the very item that the caller executes. */
  void wait();
  bool wait_until(std::uint64_t deadline) noexcept { return ready_.wait(deadline); }

  /* Takes the item back.  Return: whether it will never start; then its result is canceled. */
  bool cancel() noexcept;

  /* Calls @waiter's function when the item has ended.  At most one.  Return: false if it has ended already. */
  bool notify(future_waiter& waiter) noexcept;

  void rethrow_if_failed() const {
    if (failure_) std::rethrow_exception(failure_);
  }

  /* The future or the item is done with the node. */
  void drop() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy_(this);  // (CF1) acq_rel, with itself
  }

  workqueue_struct* queue() const noexcept { return wq_; }
  int cpu() const noexcept { return cpu_; }

 protected:
  void fail(std::exception_ptr failure) noexcept { failure_ = std::move(failure); }
  void fail_as_canceled() noexcept;

  /* The result is there.  Tells everybody and drops the item's share. */
  void finish() noexcept;

 private:
  bool run_here() noexcept;

  workqueue_struct* wq_;                               // I
  destroy_func destroy_;                               // I
  int cpu_ = WORK_CPU_UNBOUND;                         // I: from start()
  std::atomic<int> refs_{2};                           // AT: CF1
  std::atomic<future_waiter*> waiter_{nullptr};        // AT: CF2
  event ready_;
  std::exception_ptr failure_;                         // by the item, until ready_
};

// What is behind a future<R>.
template <class R>
class result_state : public future_state {
 public:
  using future_state::future_state;

  R take() {
    rethrow_if_failed();
    if constexpr (std::is_reference_v<R>)
      return static_cast<R>(**value_);
    else if constexpr (!std::is_void_v<R>)
      return std::move(*value_);
  }

 protected:
  template <class Call>
  void store_result_of(Call&& call) noexcept {
    try {
      if constexpr (std::is_void_v<R>)
        call();
      else if constexpr (std::is_reference_v<R>)
        value_.emplace(std::addressof(call()));
      else
        value_.emplace(call());
    } catch (...) {
      fail(std::current_exception());
    }
  }

 private:
  struct nothing {};
  using stored = std::conditional_t<std::is_void_v<R>, nothing,
                                    std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R>*, R>>;
  std::optional<stored> value_;
};

template <class R, class F>
class submitted_closure : public result_state<R> {
 public:
  template <class G>
  submitted_closure(queue_core* core, workqueue_struct* wq, G&& g)
      : result_state<R>(&run, core, wq, &destroy), f_(std::in_place, std::forward<G>(g)) {}

 protected:
  submitted_closure(work_func_t function, queue_core* core, workqueue_struct* wq, future_state::destroy_func destroys,
                    F&& f)
      : result_state<R>(function, core, wq, destroys), f_(std::in_place, std::move(f)) {}

  void execute() noexcept {
    this->store_result_of([this]() -> R { return std::move (*f_)(); });
    f_.reset();  // what it holds is not kept as long as the result
  }

 private:
  static void run(work_struct* work) {
    auto* self = static_cast<submitted_closure*>(work);
    self->execute();
    self->finish();
  }
  static void destroy(future_state* self) noexcept { destroy_node(static_cast<submitted_closure*>(self)); }

  std::optional<F> f_;
};

// The same with a stop token: stopped before the start it never starts, after that current_stop_token() tells.
template <class R, class F>
class stoppable_closure : public submitted_closure<R, F> {
 public:
  stoppable_closure(queue_core* core, workqueue_struct* wq, std::stop_token token, F&& f)
      : submitted_closure<R, F>(&run, core, wq, &destroy, std::move(f)), token_(std::move(token)) {}

  void start(int cpu) {
    on_stop_.emplace(token_, take_back{this});
    future_state::start(cpu);
  }

 private:
  struct take_back {
    stoppable_closure* self;
    void operator()() const noexcept { self->cancel(); }
  };

  static void run(work_struct* work) {
    auto* self = static_cast<stoppable_closure*>(work);
    if (self->token_.stop_requested()) {
      self->fail_as_canceled();
    } else {
      const token_scope scope(&self->token_);
      self->execute();
    }
    self->finish();
  }
  static void destroy(future_state* self) noexcept { destroy_node(static_cast<stoppable_closure*>(self)); }

  std::stop_token token_;
  std::optional<std::stop_callback<take_back>> on_stop_;
};

}  // namespace detail

/* What an item returned or threw.  Move-only; the destructor does not wait.  From a worker, get() and wait() execute
 * the awaited item in place when it has not started and belongs to the caller's queue or pool; otherwise they are
 * declared blocks, so that the pool goes on without the caller. */
template <class R>
class [[nodiscard]] future {
 public:
  future() noexcept = default;
  explicit future(detail::result_state<R>* state) noexcept : state_(state) {}
  future(future&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  future& operator=(future&& other) noexcept {
    future(std::move(other)).swap(*this);
    return *this;
  }
  ~future() {
    if (state_) state_->drop();
  }

  void swap(future& other) noexcept { std::swap(state_, other.state_); }

  /* Whether there is a result to get; false after get(). */
  bool valid() const noexcept { return state_ != nullptr; }

  /* Whether the item has ended.  Like all below: only while valid(). */
  bool ready() const noexcept { return state_->done(); }

  /* Waits for the item and moves the result out, or throws what the item threw, or canceled. */
  R get() {
    state_->wait();
    const future emptied(std::move(*this));
    return emptied.state_->take();
  }

  /* Waits for the item.  Throws error if the caller is executing that very item. */
  void wait() const { state_->wait(); }

  /* Waits for at most @time.  Executes nothing in place.  Return: whether the item has ended. */
  template <duration_like D>
  bool wait_for(const D& time) const {
    return state_->wait_until(detail::deadline_after(time));
  }

  /* Takes the item back.  Return: true if it will never start: get() then throws canceled. */
  bool cancel() noexcept { return state_->cancel(); }

  detail::result_state<R>* state() const noexcept { return state_; }  // for the library

 private:
  detail::result_state<R>* state_ = nullptr;
};

}  // namespace cmwq
