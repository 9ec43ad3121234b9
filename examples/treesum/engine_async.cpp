// std::async the way it is usually written: one call for each job, nothing bounded.
#include <atomic>
#include <cstdio>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <system_error>

#include "engine.h"
#include "job.h"

namespace treesum {
namespace {

class async_engine : public engine {
 public:
  void submit(job& j) override {
    try {
      auto started = std::async(std::launch::async, [&j] { j.execute(); });
      std::lock_guard guard(mutex_);
      futures_.push_back(std::move(started));
    } catch (const std::system_error&) {  // no thread to be had: nothing may be lost
      refused_.fetch_add(1, std::memory_order_relaxed);
      j.execute();
    }
  }

  void report(job& j) override {
    std::lock_guard guard(report_mutex_);
    j.report();
  }

  // A job submits others before its future is ready, so an empty list is the end.
  void finish() override {
    while (auto next = take()) next->get();
    if (const int refused = refused_.load(std::memory_order_relaxed); refused > 0)
      std::fprintf(stderr, "treesum: %d jobs found no thread and ran in their caller\n", refused);
  }

 private:
  std::optional<std::future<void>> take() {
    std::lock_guard guard(mutex_);
    if (futures_.empty()) return std::nullopt;
    std::optional<std::future<void>> next(std::move(futures_.front()));
    futures_.pop_front();
    return next;
  }

  std::mutex mutex_;
  std::deque<std::future<void>> futures_;
  std::atomic<int> refused_ = 0;
  std::mutex report_mutex_;
};

}  // namespace

std::unique_ptr<engine> make_async_engine() { return std::make_unique<async_engine>(); }

}  // namespace treesum
