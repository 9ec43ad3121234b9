// The watch for stalls by itself: when it is on duty, what a touch reaches.
#include <gtest/gtest.h>

#include "../harness/fake_policy.h"
#include "cmwq/detail/core/stall_watch.h"

namespace cmwq::test {
namespace {

using detail::stall_watch;
using detail::timer_wheel;

constexpr std::uint64_t kMs = 1'000'000;

struct StallWatch : testing::Test {
  StallWatch() { watch.init([](detail::timer_node<fake_policy>*) { ++fired; }, 30, 2); }

  // Moves the clock on and fires what is due.  Return: how often the watch fired.
  int pass(std::uint64_t ms) {
    fake_policy::time_ns += ms * kMs;
    const int before = fired;
    timers.fire_due();
    return fired - before;
  }

  static inline int fired = 0;
  timer_wheel<fake_policy> timers;
  stall_watch<fake_policy> watch;
};

TEST_F(StallWatch, C187_its_timer_is_armed_by_what_waits_and_only_once) {
  EXPECT_TRUE(watch.off_duty());
  EXPECT_EQ(pass(100), 0);
  watch.go_on_duty(timers);
  EXPECT_FALSE(watch.off_duty());
  EXPECT_EQ(pass(20), 0);
  watch.go_on_duty(timers);  // does not put it off
  EXPECT_EQ(pass(11), 1);
  EXPECT_EQ(pass(100), 0);
  watch.stay_on_duty(timers);
  EXPECT_EQ(pass(31), 1);
  watch.go_off_duty();
  EXPECT_EQ(pass(100), 0);
  EXPECT_TRUE(watch.off_duty());
}

TEST_F(StallWatch, C188_threshold_0_switches_it_off_and_another_one_starts_it_anew) {
  watch.go_on_duty(timers);
  watch.set_thresh_ms(0, timers);
  EXPECT_EQ(pass(100), 0);
  EXPECT_FALSE(watch.off_duty());  // nobody needs to arm it
  watch.go_on_duty(timers);
  watch.stay_on_duty(timers);
  EXPECT_EQ(pass(100), 0);
  watch.set_thresh_ms(50, timers);
  EXPECT_EQ(pass(40), 0);
  watch.set_thresh_ms(60, timers);
  EXPECT_EQ(pass(40), 0);
  EXPECT_EQ(pass(21), 1);
}

TEST_F(StallWatch, C187_a_touch_reaches_its_cpu_or_all) {
  watch.touch(1, 5 * kMs);
  EXPECT_EQ(watch.last_touch(0), 0u);
  EXPECT_EQ(watch.last_touch(1), 5 * kMs);
  EXPECT_EQ(watch.last_touch(-1), 0u);
  watch.touch(-1, 7 * kMs);
  for (int cpu : {-1, 0, 1}) EXPECT_EQ(watch.last_touch(cpu), 7 * kMs);
  watch.touch(0, 9 * kMs);
  EXPECT_EQ(watch.last_touch(0), 9 * kMs);
  EXPECT_EQ(watch.last_touch(1), 7 * kMs);
  watch.touch(2, 11 * kMs);  // there is no such CPU
}

}  // namespace
}  // namespace cmwq::test
