// Items that are waited for together.
#pragma once

#include "cmwq/cxx/queue_ref.hpp"
#include "cmwq/detail/os/mutex.h"

namespace cmwq {

class task_group;

namespace detail {

struct group_item : closure {
  using item_func = void (*)(group_item*);
  group_item(queue_core* core, task_group& g, item_func function, item_func destroys) noexcept;

  task_group& group;            // I
  item_func call;               // I
  item_func destroy;            // I
  group_item* newer = nullptr;  // by the group's lock, while it has not started
  group_item* older = nullptr;  // the same
};

// Goes on as an item of the group's queue when all items have ended.
class CMWQ_API join_awaiter : private work_struct {
 public:
  explicit join_awaiter(task_group& g) noexcept : work_struct(&join_awaiter::go_on), group_(g) {}
  join_awaiter(const join_awaiter&) = delete;
  join_awaiter& operator=(const join_awaiter&) = delete;

  bool await_ready() const noexcept;
  bool await_suspend(std::coroutine_handle<> who) noexcept;
  void await_resume();

 private:
  friend class cmwq::task_group;
  static void go_on(work_struct* item);

  task_group& group_;                  // I
  bool asked_ = false;                 // by the coroutine
  std::coroutine_handle<> coroutine_;  // I: before it asks
};

template <class F>
struct group_closure : group_item {
  template <class G>
  group_closure(queue_core* core, task_group& g, G&& function)
      : group_item(
            core, g, [](group_item* item) { static_cast<group_closure*>(item)->f(); },
            [](group_item* item) { destroy_node(static_cast<group_closure*>(item)); }),
        f(std::forward<G>(function)) {}
  F f;
};

}  // namespace detail

/* A group of items on one queue, which outlives it.  Items may add to their own group.  Inside items,
 * current_stop_token() is the group's.  The first exception stops the group; items that have not started by then are
 * dropped; further exceptions go to the queue's on_error, if it has one. */
class CMWQ_API task_group {
 public:
  explicit task_group(queue_ref queue = system_dfl_wq) : queue_(queue), token_(stop_.get_token()) {}
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  /* Waits.  An exception that nobody fetched by wait() goes to the queue's on_error; without one the program is ended
   * with a message, unless another exception is being thrown. */
  ~task_group();

  /* Executes @f() once.  Throws error if the queue is being drained. */
  template <class F>
  void run(F&& f) {
    constexpr bool callable = std::is_invocable_v<std::decay_t<F>&>;
    static_assert(callable, "cmwq: a callable that a task_group runs must be callable without arguments");
    if constexpr (callable)
      start(detail::make_node<detail::group_closure<std::decay_t<F>>>(queue_.core(), *this, std::forward<F>(f)));
  }

  /* Waits until all items have ended, then throws the first exception.  In an item of the same queue those of this
   * group that have not started, and only those, are executed here, the newest first; else it is a declared block. */
  void wait();

  /* Waits for at most @time and executes nothing.  Return: whether all have ended. */
  template <duration_like D>
  bool wait_for(const D& time) noexcept {
    return left_.wait(detail::deadline_after(time));
  }

  /* co_await group.join(): wait() without a thread that waits; executes nothing itself.  The coroutine goes on as an
   * item of the queue.  One coroutine at a time may join; meanwhile no thread waits and only items of the group add. */
  detail::join_awaiter join() noexcept { return detail::join_awaiter(*this); }

  /* Takes back what has not started and requests the others to stop. */
  void cancel() noexcept;

  /* For what belongs to the group but is started by other means. */
  std::stop_token stop_token() const noexcept { return token_; }

 private:
  friend struct detail::group_item;
  friend class detail::join_awaiter;

  static void run_item(work_struct* work);
  void start(detail::group_item* item);
  detail::group_item* take_newest() noexcept;
  void unlink_locked(detail::group_item& item) noexcept;
  void execute(detail::group_item& item) noexcept;
  void failed(std::exception_ptr failure) noexcept;
  void help() noexcept;
  void ended() noexcept;

  queue_ref queue_;                                                            // I
  std::stop_source stop_;                                                      // I
  std::stop_token token_;                                                      // I
  detail::countdown left_;                                                     // items that have not ended
  detail::mutex<detail::std_policy, detail::lock_rank::task_group> lock_;
  detail::join_awaiter* joiner_ = nullptr;                                     // by who asked left_, then by who is told
  detail::group_item* newest_ = nullptr;                                       // by lock_: not started
  std::exception_ptr failure_;                                                 // by lock_, then by who waits
};

inline detail::group_item::group_item(queue_core* core, task_group& g, item_func function, item_func destroys) noexcept
    : closure(&task_group::run_item, core), group(g), call(function), destroy(destroys) {}

}  // namespace cmwq
