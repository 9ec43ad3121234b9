// Coroutines: a task type, and what starts, joins and waits for tasks.
//
// A task starts when it is awaited, in the thread that awaits it; "co_await wq.schedule()" inside brings it to a
// worker of that queue.  Queues outlive the coroutines that use them, sleeping ones included.
#pragma once

#include <tuple>
#include <vector>

#include "cmwq/cxx/queue_ref.hpp"

namespace cmwq {

template <class T>
class task;

namespace detail {

// Where a task goes at its end.
class promise_base {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }

  struct to_the_next {
    bool await_ready() const noexcept { return false; }
    // The frame may be gone as soon as the others know.
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      promise_base& self = ended.promise();
      if (self.waiter) {
        self.waiter->complete();
        return std::noop_coroutine();
      }
      // (CT1) acq_rel, with itself: the last of several sees what all did.
      if (self.siblings && self.siblings->fetch_sub(1, std::memory_order_acq_rel) != 1) return std::noop_coroutine();
      return self.next;
    }
    void await_resume() const noexcept {}
  };
  to_the_next final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  std::coroutine_handle<> next;                    // by who starts the task
  std::atomic<std::size_t>* siblings = nullptr;    // the same: it goes on with next only if it is the last of these
  event* waiter = nullptr;                         // the same: a thread that waits, instead of next
  std::exception_ptr failure;                      // by the task
};

template <class T>
class promise : public promise_base {
 public:
  task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class promise<void> : public promise_base {
 public:
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

/* A coroutine that yields a T once.  It starts when it is awaited (or by sync_wait(), when_all(), spawn()); its frame
 * belongs to this object.  An exception comes out where it is awaited. */
template <class T = void>
class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  explicit task(handle frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

  struct awaiter {
    handle frame;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> who) const noexcept {
      frame.promise().next = who;
      return frame;
    }
    T await_resume() const { return frame.promise().take(); }
  };
  awaiter operator co_await() && noexcept { return {frame_}; }

  handle frame() const noexcept { return frame_; }  // for the library

 private:
  handle frame_;
};

namespace detail {

template <class T>
task<T> promise<T>::get_return_object() noexcept {
  return task<T>(task<T>::handle::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(task<void>::handle::from_promise(*this));
}

}  // namespace detail

/* Runs @t until it has ended; the calling thread starts it and waits.  From a worker it is a declared block; inside a
 * coroutine await the task instead.  Return: its value, or its exception is thrown. */
template <class T>
T sync_wait(task<T> t) {
  detail::event ended;
  t.frame().promise().waiter = &ended;
  t.frame().resume();
  ended.wait();
  return t.frame().promise().take();
}

// What stands for the result of a task<void> among those of when_all().
struct nothing {};

namespace detail {

template <class T>
using value_of = std::conditional_t<std::is_void_v<T>, nothing, T>;

template <class T>
value_of<T> take_value(const task<T>& t) {
  if constexpr (std::is_void_v<T>) {
    t.frame().promise().take();
    return {};
  } else {
    return t.frame().promise().take();
  }
}

// Starts all tasks one after the other, and goes on when the last one has ended.
template <class Tasks>
class all_awaiter_base {
 public:
  explicit all_awaiter_base(Tasks tasks) noexcept : tasks_(std::move(tasks)) {}
  all_awaiter_base(const all_awaiter_base&) = delete;
  all_awaiter_base& operator=(const all_awaiter_base&) = delete;
  bool await_ready() const noexcept { return false; }

 protected:
  template <class T>
  void start(const task<T>& t, std::coroutine_handle<> who) noexcept {
    t.frame().promise().next = who;
    t.frame().promise().siblings = &left_;
    t.frame().resume();
  }
  // Return: whether some have not ended; then the coroutine may be anywhere already.
  bool leave() noexcept { return left_.fetch_sub(1, std::memory_order_acq_rel) != 1; }  // (CT1) acq_rel, with itself

  Tasks tasks_;
  std::atomic<std::size_t> left_{1};  // AT: CT1; one for who starts them
};

template <class... T>
class all_awaiter : public all_awaiter_base<std::tuple<task<T>...>> {
 public:
  using all_awaiter_base<std::tuple<task<T>...>>::all_awaiter_base;

  bool await_suspend(std::coroutine_handle<> who) noexcept {
    this->left_.store(sizeof...(T) + 1, std::memory_order_relaxed);  // relaxed: nobody has started
    std::apply([&](const task<T>&... t) { (this->start(t, who), ...); }, this->tasks_);
    return this->leave();
  }
  std::tuple<value_of<T>...> await_resume() {
    return std::apply([](const task<T>&... t) { return std::tuple<value_of<T>...>{take_value(t)...}; }, this->tasks_);
  }
};

template <class T>
class all_of_vector_awaiter : public all_awaiter_base<std::vector<task<T>>> {
 public:
  using all_awaiter_base<std::vector<task<T>>>::all_awaiter_base;

  bool await_suspend(std::coroutine_handle<> who) noexcept {
    this->left_.store(this->tasks_.size() + 1, std::memory_order_relaxed);  // relaxed: nobody has started
    for (const task<T>& t : this->tasks_) this->start(t, who);
    return this->leave();
  }
  std::vector<value_of<T>> await_resume() {
    std::vector<value_of<T>> values;
    values.reserve(this->tasks_.size());
    for (const task<T>& t : this->tasks_) values.push_back(take_value(t));
    return values;
  }
};

// Goes on, as an item of the future's queue, when the future is ready.
template <class R>
class future_awaiter : private future_waiter, private work_struct {
 public:
  explicit future_awaiter(future<R> f) noexcept
      : future_waiter{&future_awaiter::ended}, work_struct(&future_awaiter::go_on), future_(std::move(f)) {}
  future_awaiter(const future_awaiter&) = delete;
  future_awaiter& operator=(const future_awaiter&) = delete;

  bool await_ready() const noexcept { return future_.ready(); }
  bool await_suspend(std::coroutine_handle<> who) noexcept {
    coroutine_ = who;
    return future_.state()->notify(*this);
  }
  R await_resume() { return future_.get(); }

 private:
  static void ended(future_waiter* waiter) noexcept {
    auto* self = static_cast<future_awaiter*>(waiter);
    if (!enqueue(WORK_CPU_UNBOUND, self->future_.state()->queue(), self)) go_on(self);
  }
  static void go_on(work_struct* item) { static_cast<future_awaiter*>(item)->coroutine_.resume(); }

  future<R> future_;
  std::coroutine_handle<> coroutine_;
};

// A coroutine that nobody awaits; its frame goes with its end.
struct detached {
  struct promise_type {
    promise_type(const queue_core* q, task<void>&) noexcept : core(q) {}
    detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const { report_exception(core); }
    const queue_core* core;
  };
};

inline detached run_detached(const queue_core*, task<void> t) { co_await std::move(t); }

}  // namespace detail

/* co_await when_all(a(), b()): starts the tasks one after the other, each in the calling thread until it suspends for the
 * first time, and goes on when all have ended, in the thread of the last.
 * Return: a tuple of the results (nothing for void), a vector of them for a vector of tasks; of several exceptions the
 * one of the first task in order is thrown. */
template <class... T>
detail::all_awaiter<T...> when_all(task<T>... tasks) {
  return detail::all_awaiter<T...>(std::tuple<task<T>...>(std::move(tasks)...));
}
template <class T>
detail::all_of_vector_awaiter<T> when_all(std::vector<task<T>> tasks) {
  return detail::all_of_vector_awaiter<T>(std::move(tasks));
}

/* Runs @t on @queue and lets it go.  An exception goes to the queue's on_error, as that of a posted item.  Throws error if
 * the queue is being drained. */
inline void spawn(queue_ref queue, task<void> t) {
  queue.post([core = queue.core(), t = std::move(t)]() mutable { detail::run_detached(core, std::move(t)); });
}

/* co_await f: the result of the item, without a thread that waits; the coroutine goes on as an item of its queue. */
template <class R>
detail::future_awaiter<R> operator co_await(future<R>&& f) noexcept {
  return detail::future_awaiter<R>(std::move(f));
}
template <class R>
detail::future_awaiter<R> operator co_await(future<R>& f) noexcept {
  return detail::future_awaiter<R>(std::move(f));
}

}  // namespace cmwq
