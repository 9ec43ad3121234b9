// Items that own their callable: queued again and again, later, or at a rate.
#include <cmwq/cmwq.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

int main() {
  using namespace std::chrono_literals;
  cmwq::workqueue wq("timers");

  // However often it is asked for while it is pending, it is saved once.
  std::atomic<int> saved{0};
  cmwq::delayed save(wq, [&] { saved.fetch_add(1); });
  for (int change = 0; change < 100; ++change) save.restart(5ms);  // 5 ms after the last change
  while (saved.load() == 0) std::this_thread::sleep_for(1ms);
  std::printf("100 changes, saved %d time(s)\n", saved.load());

  // Deadlines stand on a grid; a call that takes too long makes some of them pass, and is told.
  std::atomic<std::uint64_t> missed{0};
  cmwq::latch five(5);
  cmwq::periodic heartbeat(wq, 2ms, [&](const cmwq::tick& t) {
    missed.fetch_add(t.missed);
    if (t.number == 1) std::this_thread::sleep_for(9ms);  // blocks only itself
    if (t.number < 5) five.count_down();
  });
  heartbeat.start();
  five.wait();
  heartbeat.stop();  // afterwards no call is running or coming
  const cmwq::tick_counts counts = heartbeat.counts();
  std::printf("heartbeat: %s calls, %s deadlines missed\n", counts.calls >= 5 ? "at least 5" : "too few",
              missed.load() >= 3 ? "at least 3" : "too few");
  return counts.calls >= 5 && missed.load() >= 3 ? 0 : 1;
}
