// The items of a group: who executes them, and who waits.
//
// An item that has not started is on the group's list and pending on its queue.  Its worker takes it off the list
// first; who waits takes it back from the queue while it holds the list's lock, so that only one of them gets it.
#include "cmwq/cxx/task_group.hpp"

#include "cmwq/detail/core/pool_workqueue.h"
#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/os/log.h"
#include "cmwq/detail/pool/busy.h"

namespace cmwq {

using detail::group_item;
using detail::lock_guard;
using P = detail::std_policy;

task_group::~task_group() {
  try {
    wait();
  } catch (...) {
    const detail::queue_core* core = queue_.core();
    if (core && core->on_error) {
      core->on_error(std::current_exception());
    } else if (std::uncaught_exceptions() == 0) {
      detail::log_error("workqueue %s: an item of a task_group threw, and nobody called wait()", queue_.get()->name);
      std::terminate();
    }
  }
}

void task_group::start(group_item* item) {
  left_.add();
  {
    lock_guard guard(lock_);
    item->older = newest_;
    if (newest_) newest_->newer = item;
    newest_ = item;
  }
  if (detail::enqueue(WORK_CPU_UNBOUND, queue_.get(), item)) return;
  {
    lock_guard guard(lock_);
    unlink_locked(*item);
  }
  item->destroy(item);
  ended();
  detail::throw_refused();
}

void task_group::unlink_locked(group_item& item) noexcept {
  (item.newer ? item.newer->older : newest_) = item.older;
  if (item.older) item.older->newer = item.newer;
}

// The work function of all items.
void task_group::run_item(work_struct* work) {
  auto* item = static_cast<group_item*>(work);
  task_group& group = item->group;
  {
    lock_guard guard(group.lock_);
    group.unlink_locked(*item);
  }
  group.execute(*item);
}

// The last item that ends may end the group's life.
void task_group::execute(group_item& item) noexcept {
  if (!token_.stop_requested()) {
    const detail::token_scope scope(&token_);
    try {
      item.call(&item);
    } catch (...) {
      failed(std::current_exception());
    }
  }
  item.destroy(&item);
  ended();
}

// One item has.  The last act on the group, unless a coroutine joins: that keeps it until it goes on.
void task_group::ended() noexcept {
  if (!left_.done()) return;
  detail::join_awaiter* joiner = joiner_;
  if (!detail::enqueue(WORK_CPU_UNBOUND, queue_.get(), joiner)) detail::join_awaiter::go_on(joiner);
}

bool detail::join_awaiter::await_ready() const noexcept { return group_.left_.zero(); }

bool detail::join_awaiter::await_suspend(std::coroutine_handle<> who) noexcept {
  coroutine_ = who;
  asked_ = true;
  group_.joiner_ = this;
  if (group_.left_.ask()) return true;  // from here on the coroutine may be anywhere
  asked_ = false;
  return false;
}

void detail::join_awaiter::await_resume() {
  if (asked_) group_.left_.ask_no_more();
  group_.wait();  // throws the first exception
}

void detail::join_awaiter::go_on(work_struct* item) { static_cast<join_awaiter*>(item)->coroutine_.resume(); }

void task_group::failed(std::exception_ptr failure) noexcept {
  stop_.request_stop();
  {
    lock_guard guard(lock_);
    if (!failure_) {
      failure_ = std::move(failure);
      return;
    }
  }
  const detail::queue_core* core = queue_.core();
  if (core && core->on_error) core->on_error(std::move(failure));
}

// The newest item that can be taken back.  Holds the list's lock around pools' locks.
group_item* task_group::take_newest() noexcept {
  lock_guard guard(lock_);
  for (group_item* item = newest_; item; item = item->older) {
    if (!cancel_work(item)) continue;  // it has started and is about to take itself off the list
    unlink_locked(*item);
    return item;
  }
  return nullptr;
}

// In an item of the same queue: its slot serves for the items it waits for.
void task_group::help() noexcept {
  if (!detail::executes_item_of<P>(P::current_worker(), *queue_.get())) return;
  while (group_item* item = take_newest()) execute(*item);
}

void task_group::wait() {
  help();
  left_.wait();
  std::exception_ptr failure;
  {
    lock_guard guard(lock_);
    failure = std::exchange(failure_, nullptr);
  }
  if (failure) std::rethrow_exception(failure);
}

void task_group::cancel() noexcept {
  stop_.request_stop();
  while (group_item* item = take_newest()) {
    item->destroy(item);
    ended();
  }
}

}  // namespace cmwq
