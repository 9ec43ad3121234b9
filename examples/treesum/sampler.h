// Watches this process from within: how many threads it has, and how many of them want a CPU.
#pragma once

#include <atomic>
#include <thread>

namespace treesum {

// Runnable: running or waiting for a CPU; SCHED_IDLE threads are not counted.
struct thread_counts {
  int peak_threads = 0;
  int peak_runnable = 0;
  double mean_runnable = 0;
  double own_cpu_seconds = 0;
};

// Looks every 5 ms, or more seldom if looking takes long.  Does not count its own thread.
class sampler {
 public:
  sampler() : thread_([this] { watch(); }) {}

  // Ends the watch.  Return: what was seen.
  thread_counts stop();

 private:
  void watch();

  thread_counts seen_;  // the thread's, until it is joined
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace treesum
