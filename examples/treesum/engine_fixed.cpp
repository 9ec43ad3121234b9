// The thread pool everybody writes once: N threads, one queue, sized by guess.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "engine.h"
#include "job.h"

namespace treesum {
namespace {

class fixed_engine : public engine {
 public:
  explicit fixed_engine(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  }

  void submit(job& j) override {
    {
      std::lock_guard guard(mutex_);
      jobs_.push_back(&j);
      ++unfinished_;
    }
    job_waits_.notify_one();
  }

  void report(job& j) override {
    std::lock_guard guard(report_mutex_);
    j.report();
  }

  void finish() override {
    std::unique_lock guard(mutex_);
    all_finished_.wait(guard, [this] { return unfinished_ == 0; });
    stopping_ = true;
    guard.unlock();
    job_waits_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  void serve() {
    std::unique_lock guard(mutex_);
    for (;;) {
      job_waits_.wait(guard, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job* next = jobs_.front();
      jobs_.pop_front();
      guard.unlock();
      next->execute();
      guard.lock();
      // A job submits others before it ends, so 0 means that there is nothing left anywhere.
      if (--unfinished_ == 0) all_finished_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable job_waits_;
  std::condition_variable all_finished_;
  std::deque<job*> jobs_;
  std::size_t unfinished_ = 0;
  bool stopping_ = false;
  std::mutex report_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<engine> make_fixed_engine(int threads) { return std::make_unique<fixed_engine>(threads); }

}  // namespace treesum
