// What a coroutine awaits to go on in a worker.  The work item lies in the awaiter, which lies in the coroutine's
// frame: nothing is allocated.
#pragma once

#include <coroutine>
#include <optional>

#include "cmwq/cxx/closure.hpp"
#include "cmwq/cxx/event.hpp"
#include "cmwq/cxx/stop.hpp"

namespace cmwq::detail {

// Goes on as an item of a queue.
class [[nodiscard]] schedule_awaiter : private work_struct {
 public:
  schedule_awaiter(workqueue_struct* wq, int cpu) noexcept : work_struct(&schedule_awaiter::go_on), wq_(wq), cpu_(cpu) {}
  schedule_awaiter(const schedule_awaiter&) = delete;
  schedule_awaiter& operator=(const schedule_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
    coroutine_ = coroutine;
    if (enqueue(cpu_, wq_, this)) return true;  // from here on the coroutine may be anywhere
    refused_ = true;
    return false;
  }
  void await_resume() const {
    if (refused_) throw_refused();
  }

 private:
  static void go_on(work_struct* item) { static_cast<schedule_awaiter*>(item)->coroutine_.resume(); }

  workqueue_struct* wq_;                // I
  int cpu_;                             // I
  bool refused_ = false;
  std::coroutine_handle<> coroutine_;
};

// The same after a delay, 0 included; a stop request ends it early.
class CMWQ_API sleep_awaiter : private delayed_work {
 public:
  sleep_awaiter(workqueue_struct* where, unsigned long delay, std::stop_token token) noexcept
      : delayed_work(&sleep_awaiter::go_on), wq_(where), delay_(delay), token_(std::move(token)) {}
  sleep_awaiter(const sleep_awaiter&) = delete;
  sleep_awaiter& operator=(const sleep_awaiter&) = delete;

  bool await_ready() const noexcept { return token_.stop_requested(); }
  bool await_suspend(std::coroutine_handle<> coroutine);
  void await_resume();

 private:
  struct on_stop {
    sleep_awaiter* self;
    void operator()() const noexcept { self->hurry(); }
  };
  enum phase : int { kFresh, kQueued, kStopped, kRefused };

  static void go_on(work_struct* item);
  void hurry() noexcept;
  bool queue() noexcept;

  workqueue_struct* wq_;                              // I
  unsigned long delay_;                               // I: jiffies
  std::stop_token token_;                             // I
  std::coroutine_handle<> coroutine_;                 // I: before it is queued
  std::optional<std::stop_callback<on_stop>> stop_;   // by the coroutine
  std::atomic<int> phase_{kFresh};                    // AT: CS1
  std::atomic<bool> begun_{false};                    // AT: CS2, the item is not to be had any more
};

}  // namespace cmwq::detail
