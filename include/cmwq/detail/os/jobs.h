// The list of chores for the domain's helper thread: what a worker or a timer must not do itself, because
// it blocks, creates threads or takes outer locks.
//
// A job is embedded in its object and is posted at most once at a time; posting a posted job does nothing.
// The library never queues its own chores on its own workqueues.
#pragma once

#include "cmwq/detail/base/list.h"
#include "cmwq/detail/os/mutex.h"
#include "cmwq/detail/os/parker.h"

namespace cmwq::detail {

struct job {
  list_head entry;                // J: the list of jobs, or unlinked
  void (*run)(job*) = nullptr;    // I
};

template <class P>
class job_list {
 public:
  void post(job& j) noexcept {
    {
      lock_guard guard(lock_);
      if (stopped_ || !list_empty(j.entry)) return;
      list_add_tail(j.entry, jobs_);
    }
    parker_.give();
    parker_.ring();
  }

  // Takes @j off the list.  Return: whether it was there; false may mean that it is being run.
  bool withdraw(job& j) noexcept {
    lock_guard guard(lock_);
    if (list_empty(j.entry)) return false;
    list_del_init(j.entry);
    return true;
  }

  // Runs jobs on the calling thread until stop() was called and the list is empty.
  void run() noexcept {
    for (;;) {
      job* next = take();
      if (next)
        next->run(next);
      else if (stopping())
        return;
      else
        parker_.park();
    }
  }

  void stop() noexcept {
    {
      lock_guard guard(lock_);
      stopping_ = true;
    }
    parker_.give();
    parker_.ring();
  }

 private:
  job* take() noexcept {
    lock_guard guard(lock_);
    job* first = list_first_or_null<job, &job::entry>(jobs_);
    if (first) list_del_init(first->entry);
    return first;
  }

  bool stopping() noexcept {
    lock_guard guard(lock_);
    stopped_ = stopping_ && list_empty(jobs_);
    return stopped_;
  }

  mutex<P, lock_rank::jobs_lock> lock_;
  list_head jobs_;         // J
  bool stopping_ = false;  // J: finish what is there
  bool stopped_ = false;   // J: accept nothing more
  parker<P> parker_;
};

}  // namespace cmwq::detail
