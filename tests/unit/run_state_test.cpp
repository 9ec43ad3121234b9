// Which workers count: the states one by one, and the count under racing reports.
#include "cmwq/detail/core/run_state.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "cmwq/detail/os/std_policy.h"

namespace cmwq::detail {
namespace {

using state = run_state<std_policy>;
using count = run_count<std_policy>;

TEST(RunState, a_started_worker_counts_and_a_parked_one_does_not) {
  count n;
  state s;
  s.start(n, true);
  EXPECT_EQ(n.read(), 1);
  s.park(n);
  EXPECT_EQ(n.read(), 0);
  s.start(n, false);
  EXPECT_EQ(n.read(), 0);
  s.park(n);
  EXPECT_EQ(n.read(), 0);
}

TEST(RunState, R29_a_doubled_report_counts_once) {
  count n;
  state s;
  s.start(n, true);
  EXPECT_TRUE(s.found_blocked());
  n.decrement();
  EXPECT_FALSE(s.found_blocked());
  EXPECT_EQ(n.read(), 0);
  EXPECT_TRUE(s.found_running());
  n.increment();
  EXPECT_FALSE(s.found_running());
  EXPECT_EQ(n.read(), 1);
}

TEST(RunState, a_found_worker_that_announces_a_block_is_not_counted_down_twice) {
  count n;
  state s;
  s.start(n, true);
  ASSERT_TRUE(s.found_blocked());
  n.decrement();
  EXPECT_TRUE(s.block(n));
  EXPECT_EQ(n.read(), 0);
  s.unblock(n);
  EXPECT_EQ(n.read(), 1);
}

TEST(RunState, an_uncounted_worker_stays_so_through_its_blocks) {
  count n;
  state s;
  s.start(n, true);
  EXPECT_TRUE(s.leave_count(n));
  EXPECT_FALSE(s.leave_count(n));
  EXPECT_FALSE(s.block(n));
  EXPECT_FALSE(s.found_blocked());
  EXPECT_EQ(n.read(), 0);
  s.rejoin_count(n);
  EXPECT_EQ(n.read(), 1);
  s.rejoin_count(n);
  EXPECT_EQ(n.read(), 1);
}

TEST(RunState, the_count_is_exact_after_any_race_of_reports) {
  for (int round = 0; round < 50; ++round) {
    count n;
    state s;
    s.start(n, true);
    std::atomic<bool> stop{false};
    std::vector<std::thread> hooks;
    for (int i = 0; i < 2; ++i)
      hooks.emplace_back([&] {
        while (!stop.load(std::memory_order_relaxed)) {
          if (s.found_blocked()) n.decrement();
          if (s.found_running()) n.increment();
          if (s.found_hogging()) n.decrement();
        }
      });
    for (int i = 0; i < 2000; ++i) {
      const bool counted = s.block(n);
      if (counted) s.unblock(n);
      s.rejoin_count(n);
    }
    s.park(n);
    stop = true;
    for (auto& t : hooks) t.join();
    EXPECT_EQ(n.read(), 0);
  }
}

}  // namespace
}  // namespace cmwq::detail
