// What hangs a pool of fixed size: items that wait for items of their own pool.
#include <condition_variable>
#include <deque>
#include <mutex>

#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxNoDeadlock : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxNoDeadlock);

// An item that submits the next one and waits for it.
int descend(const workqueue& wq, int depth) {
  return depth == 0 ? 0 : 1 + wq.submit(descend, std::cref(wq), depth - 1).get();
}

TEST_P(CxxNoDeadlock, a_task_waits_for_a_task_of_its_own_pool_64_deep) {
  for (const queue_type type : kTypes) {
    for (const int max_active : {0, 1}) {
      workqueue wq(in_domain({.name = "depth", .type = type, .max_active = max_active}));
      EXPECT_EQ(wq.submit(descend, std::cref(wq), 64).get(), 64);
    }
  }
}

TEST_P(CxxNoDeadlock, futures_may_be_waited_for_in_the_reverse_order_of_submission) {
  workqueue wq(in_domain({.name = "reverse"}));
  constexpr std::size_t kItems = 24;
  std::vector<future<int>> futures(kItems);
  latch ready(1);
  for (std::size_t i = 0; i < kItems; ++i)
    futures[i] = wq.submit([&, i] {
      ready.wait();  // all are there; each waits for the one that was submitted after it
      return i + 1 < kItems ? futures[i + 1].get() + 1 : 1;
    });
  ready.count_down();
  EXPECT_EQ(futures[0].get(), static_cast<int>(kItems));
}

TEST_P(CxxNoDeadlock, all_active_items_wait_for_items_that_may_not_start_yet) {
  workqueue wq(in_domain({.name = "slots", .max_active = 3}));
  latch all_inside(3);
  task_group group(wq);
  std::atomic<int> sum{0};
  for (int i = 0; i < 3; ++i)
    group.run([&] {
      all_inside.arrive_and_wait();  // the limit is reached
      auto inner = wq.submit([] { return 1; });
      sum.fetch_add(inner.get());
    });
  group.wait();
  EXPECT_EQ(sum.load(), 3);
}

TEST_P(CxxNoDeadlock, two_queues_wait_for_each_other_in_turn) {
  workqueue a(in_domain({.name = "ping"})), b(in_domain({.name = "pong", .type = queue_type::per_cpu}));
  std::function<int(int)> bounce = [&](int left) -> int {
    return left == 0 ? 0 : 1 + (left % 2 ? a : b).submit([&, left] { return bounce(left - 1); }).get();
  };
  EXPECT_EQ(a.submit([&] { return bounce(32); }).get(), 32);
}

TEST_P(CxxNoDeadlock, a_mutex_is_held_over_a_wait_while_others_queue_up_for_it) {
  workqueue wq(in_domain({.name = "convoy"}));
  std::mutex convoy;
  int sum = 0;
  task_group group(wq);
  for (int i = 0; i < 12; ++i)
    group.run([&] {
      const std::lock_guard guard(convoy);
      // An unrelated item that wanted the mutex must not be executed on top of this one.
      sum += wq.submit([] { return 1; }).get();
    });
  group.wait();
  EXPECT_EQ(sum, 12);
}

TEST_P(CxxNoDeadlock, a_loop_runs_under_a_mutex_that_its_siblings_want) {
  workqueue wq(in_domain({.name = "locked"}));
  std::mutex mutex;
  int sum = 0;
  parallel_for(wq, 0, 8, [&](int) {
    const std::lock_guard guard(mutex);
    sum += parallel_reduce(wq, 0, 16, 0, [](int) { return 1; }, [](int x, int y) { return x + y; }, grain{1});
  }, grain{1});
  EXPECT_EQ(sum, 8 * 16);
}

TEST_P(CxxNoDeadlock, producers_and_consumers_share_the_pool) {
  workqueue wq(in_domain({.name = "bounded"}));
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<int> channel;  // holds 2
  constexpr int kEach = 20, kPairs = 4;
  std::atomic<int> sum{0};
  task_group group(wq);
  const auto turn = [&](auto may, auto act) {
    std::unique_lock lock(mutex);
    // In slices: one C library in use can lose a condition variable's signal.
    while (!changed.wait_for(lock, std::chrono::milliseconds(20), may) && !gave_up.load()) {
    }
    if (may()) act();
    changed.notify_all();
  };
  for (int p = 0; p < kPairs; ++p)  // consumers first: they fill every worker that a fixed pool would have
    group.run([&] {
      for (int i = 0; i < kEach; ++i)
        turn([&] { return !channel.empty(); }, [&] {
          sum.fetch_add(channel.front());
          channel.pop_front();
        });
    });
  for (int p = 0; p < kPairs; ++p)
    group.run([&] {
      for (int i = 0; i < kEach; ++i) turn([&] { return channel.size() < 2; }, [&] { channel.push_back(1); });
    });
  group.wait();
  EXPECT_EQ(sum.load(), kPairs * kEach);
}

}  // namespace
}  // namespace cmwq::test
