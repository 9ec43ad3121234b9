// What is to be done when the locks have been dropped.
//
// Under a pool's lock the library only chooses: whom to wake, which hook to call, which chore to post.  The
// system calls follow here, after the last lock is gone.
#pragma once

#include <utility>

#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// Gives @w its token and wakes it on @cpu; it takes its pool's whole mask back before it calls anything.  The caller
// has taken it, and holds no lock.
template <class P>
void place_and_wake(worker<P>& w, int cpu) noexcept {
  w.placed_on.store(cpu, kRelease);  // (W3) release, with (W5) in worker_thread.h
  P::place_thread(*w.dom->machine, w.tid.load(kRelaxed), cpu);  // relaxed: set before it first parked
  w.sleep.give();
  w.sleep.ring();
}

template <class P>
class wake_batch {
 public:
  wake_batch() noexcept = default;
  wake_batch(const wake_batch&) = delete;
  wake_batch& operator=(const wake_batch&) = delete;
  ~wake_batch() { flush(); }

  // @w was given a token.
  void ring(worker<P>& w) noexcept { add(workers_, nr_workers_, &w); }
  // @w was taken; it gets its token, and starts on @cpu, when the locks are dropped.
  void ring_on(worker<P>& w, int cpu) noexcept { add(placed_, nr_placed_, placed_worker{&w, cpu}); }
  // @pool has an item that may not start.
  void held_back(worker_pool<P>& pool) noexcept { add(held_, nr_held_, &pool); }
  // @pool's manager is to create a worker.
  void create_worker(worker_pool<P>& pool) noexcept { add(jobs_, nr_jobs_, job_of{pool.dom, &pool.create_job}); }
  // The last reference of @pwq is gone.
  void release(pool_workqueue<P>& pwq, domain<P>& dom) noexcept { add(jobs_, nr_jobs_, job_of{&dom, &pwq.release_job}); }
  // @pool has more idle workers than it should keep.
  void cull_later(worker_pool<P>& pool) noexcept { add(cull_, nr_cull_, &pool); }
  // Something waits, and nobody watches for stalls.
  void watch_stalls(domain<P>& dom) noexcept { unwatched_ = &dom; }
  // A flusher has nothing left to wait for.  Its object lives until this completes it.
  void complete(completion<P>& done) noexcept { add(done_, nr_done_, &done); }

  bool empty() const noexcept { return nr_workers_ + nr_placed_ + nr_held_ + nr_jobs_ + nr_cull_ + nr_done_ == 0 && !unwatched_; }

  // Without any lock held.
  void flush() noexcept {
    while (nr_workers_ > 0) workers_[--nr_workers_]->sleep.ring();
    while (nr_placed_ > 0) {
      const placed_worker& next = placed_[--nr_placed_];
      place_and_wake(*next.w, next.cpu);
    }
    while (nr_held_ > 0) {
      worker_pool<P>& pool = *held_[--nr_held_];
      pool.dom->hook->work_held_back(pool);
    }
    while (nr_jobs_ > 0) {
      const job_of& next = jobs_[--nr_jobs_];
      next.dom->jobs.post(*next.chore);
    }
    while (nr_cull_ > 0) {
      worker_pool<P>& pool = *cull_[--nr_cull_];
      if (!timer_wheel<P>::armed(pool.idle_timer))
        pool.dom->timers.arm(pool.idle_timer, pool.dom->params.idle_timeout_ticks);
    }
    if (domain<P>* dom = std::exchange(unwatched_, nullptr)) dom->stalls.go_on_duty(dom->timers);
    while (nr_done_ > 0) done_[--nr_done_]->complete();
  }

 private:
  static constexpr int kRoom = 8;
  struct job_of {
    domain<P>* dom;
    job* chore;
    bool operator==(const job_of&) const noexcept = default;
  };

  struct placed_worker {
    worker<P>* w;
    int cpu;
    bool operator==(const placed_worker&) const noexcept = default;
  };

  // Out of room, which only bulk operations are: the calls are made at once.  They are system calls under
  // a lock, which is slow but not wrong: none of them takes a lock that ranks above.
  template <class T>
  void add(T (&items)[kRoom], int& n, T item) noexcept {
    if (n > 0 && items[n - 1] == item) return;
    if (n == kRoom) flush();
    items[n++] = item;
  }

  worker<P>* workers_[kRoom];
  placed_worker placed_[kRoom];
  worker_pool<P>* held_[kRoom];
  job_of jobs_[kRoom];
  worker_pool<P>* cull_[kRoom];
  completion<P>* done_[kRoom];
  domain<P>* unwatched_ = nullptr;
  int nr_workers_ = 0, nr_placed_ = 0, nr_held_ = 0, nr_jobs_ = 0, nr_cull_ = 0, nr_done_ = 0;
};

}  // namespace cmwq::detail
