// Results: std::async's shape, without a thread for each task and without waits that hang.
#include <cmwq/cmwq.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

// An item that waits for items of its own queue: a pool of fixed size would hang as soon as all its threads do that.
long fibonacci(cmwq::queue_ref queue, int n) {
  if (n < 2) return n;
  auto left = queue.submit(fibonacci, queue, n - 1);
  const long right = fibonacci(queue, n - 2);
  return left.get() + right;  // not started yet?  Then it runs right here.
}

int main() {
  using namespace std::chrono_literals;
  cmwq::workqueue wq({.name = "futures", .max_active = 8});

  auto sleeper = cmwq::async(wq, [] {
    std::this_thread::sleep_for(50ms);
    return 50;
  });
  auto failing = wq.submit([](int limit) -> int {
    if (limit < 4) throw std::runtime_error("the limit is too low");
    return limit;
  }, 3);
  std::printf("fibonacci(12) is %ld\n", wq.submit(fibonacci, cmwq::queue_ref(wq), 12).get());
  std::printf("slept for %d ms\n", sleeper.get());
  try {
    failing.get();
  } catch (const std::exception& e) {
    std::printf("failed: %s\n", e.what());
  }

  std::stop_source stop;
  auto endless = wq.submit(stop.get_token(), [] {
    long turns = 0;
    for (const std::stop_token token = cmwq::current_stop_token(); !token.stop_requested(); ++turns)
      std::this_thread::sleep_for(1ms);
    return turns;
  });
  if (!endless.wait_for(10ms)) stop.request_stop();
  try {
    endless.get();
    std::printf("stopped while it ran\n");
  } catch (const cmwq::canceled&) {
    std::printf("stopped before it started\n");
  }
}
