// The pool everybody writes: N threads, one mutex, one condition variable, one deque of closures.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "support/process.h"

namespace bench {

class fixed_pool {
 public:
  /* @cpu: index of the CPU all threads are pinned to; negative: none. */
  explicit fixed_pool(int threads, int cpu = -1) {
    for (int i = 0; i < threads; i++) {
      threads_.emplace_back([this, cpu] {
        if (cpu >= 0) run_on(cpu);
        work();
      });
    }
  }
  ~fixed_pool() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  fixed_pool(const fixed_pool&) = delete;
  fixed_pool& operator=(const fixed_pool&) = delete;

  void post(std::function<void()> job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // L: mutex_
  bool stop_ = false;                       // L: mutex_
  std::vector<std::thread> threads_;
};

}  // namespace bench
