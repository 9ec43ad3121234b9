// The timer wheel against a sorted map, with a clock that the test moves.
#include "cmwq/detail/os/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "fake_policy.h"

namespace cmwq::test {
namespace {

using wheel = detail::timer_wheel<fake_policy>;
using node = detail::timer_node<fake_policy>;

struct timer : node {
  static inline std::vector<timer*> fired;
  int id = 0;
  explicit timer(bool is_deferrable = false) : node(is_deferrable) {
    fn.store([](node* n) { fired.push_back(static_cast<timer*>(n)); }, std::memory_order_relaxed);
  }
};

class TimerWheel : public ::testing::Test {
 protected:
  void SetUp() override {
    timer::fired.clear();
    fake_policy::time_ns = 123'456'789'012;
    timers = std::make_unique<wheel>();
  }
  void advance(std::uint64_t ns) {
    fake_policy::time_ns += ns;
    timers->fire_due();
  }
  std::unique_ptr<wheel> timers;
};

TEST_F(TimerWheel, nothing_armed_means_no_wake_up) {
  EXPECT_EQ(timers->fire_due(), fake_policy::kNever);
  advance(3'600'000'000'000);
  EXPECT_EQ(timers->fire_due(), fake_policy::kNever);
}

TEST_F(TimerWheel, C148_a_timer_never_fires_early_and_at_most_a_tick_late) {
  for (std::uint64_t delay : {1ULL, 2ULL, 63ULL, 64ULL, 65ULL, 4095ULL, 4096ULL, 100'000ULL, 5'000'000ULL}) {
    timer t;
    const std::uint64_t due = fake_policy::time_ns + delay * detail::kTickNs;
    timers->arm(t, delay);
    const std::uint64_t wake = timers->fire_due();
    EXPECT_TRUE(timer::fired.empty());
    EXPECT_GT(wake, fake_policy::time_ns);
    fake_policy::time_ns = due - 1;
    timers->fire_due();
    EXPECT_TRUE(timer::fired.empty()) << delay;
    fake_policy::time_ns = due + detail::kTickNs;
    timers->fire_due();
    EXPECT_EQ(timer::fired.size(), 1u) << delay;
    timer::fired.clear();
  }
}

TEST_F(TimerWheel, the_longest_delay_is_cut_and_does_not_overflow) {
  timer t;
  timers->arm(t, ~0UL);
  advance(1'000'000'000'000'000);  // eleven days
  EXPECT_TRUE(timer::fired.empty());
  EXPECT_TRUE(wheel::cancel(t));
}

TEST_F(TimerWheel, cancel_says_whether_it_was_armed) {
  timer t;
  EXPECT_FALSE(wheel::cancel(t));
  timers->arm(t, 10);
  EXPECT_TRUE(wheel::armed(t));
  EXPECT_TRUE(wheel::cancel(t));
  EXPECT_FALSE(wheel::cancel(t));
  advance(20 * detail::kTickNs);
  EXPECT_TRUE(timer::fired.empty());
}

TEST_F(TimerWheel, arming_anew_moves_the_timer) {
  timer t;
  timers->arm(t, 1000);
  timers->arm(t, 5);
  advance(7 * detail::kTickNs);
  EXPECT_EQ(timer::fired.size(), 1u);
  advance(2000 * detail::kTickNs);
  EXPECT_EQ(timer::fired.size(), 1u);
}

TEST_F(TimerWheel, cancel_if_takes_just_the_unwanted) {
  std::vector<timer> t(100);
  for (int i = 0; i < 100; ++i) {
    t[static_cast<std::size_t>(i)].id = i;
    timers->arm(t[static_cast<std::size_t>(i)], static_cast<unsigned long>(i * i));
  }
  int removed = 0;
  timers->cancel_if([](node& n) { return static_cast<timer&>(n).id % 3 == 0; }, [&](node&) { ++removed; });
  EXPECT_EQ(removed, 34);
  advance(20'000 * detail::kTickNs);
  EXPECT_EQ(timer::fired.size(), 66u);
}

TEST_F(TimerWheel, C152_a_deferrable_timer_wakes_nobody_and_never_fires_early) {
  timer lazy(true);
  timers->arm(lazy, 5);
  EXPECT_EQ(timers->fire_due(), fake_policy::kNever);
  advance(4 * detail::kTickNs);
  EXPECT_TRUE(timer::fired.empty());
  advance(2 * detail::kTickNs);  // somebody looks when it is due
  ASSERT_EQ(timer::fired.size(), 1u);

  timer::fired.clear();
  timer prompt;
  timers->arm(lazy, 5);
  timers->arm(prompt, 20);
  const std::uint64_t wake = timers->fire_due();
  EXPECT_GE(wake, fake_policy::time_ns + 20 * detail::kTickNs);  // only the other one counts
  fake_policy::time_ns = wake;
  timers->fire_due();
  EXPECT_EQ(timer::fired.size(), 2u);
  EXPECT_EQ(timers->fire_due(), fake_policy::kNever);

  timers->arm(lazy, 5);
  EXPECT_TRUE(wheel::armed(lazy));
  EXPECT_TRUE(wheel::cancel(lazy));
  timers->arm(lazy, 5);
  int removed = 0;
  timers->cancel_if([&](node& n) { return &n == &lazy; }, [&](node&) { ++removed; });
  EXPECT_EQ(removed, 1);
}

TEST_F(TimerWheel, agrees_with_a_sorted_map_on_random_operations) {
  std::mt19937_64 random(20240607);
  std::vector<timer> all(200);
  std::multimap<std::uint64_t, timer*> model;  // tick -> timer
  const auto forget = [&model](timer* t) {
    for (auto at = model.begin(); at != model.end(); ++at)
      if (at->second == t) return model.erase(at), true;
    return false;
  };
  for (int step = 0; step < 200'000; ++step) {
    timer& t = all[random() % all.size()];
    const unsigned kind = random() % 8;
    if (kind < 4) {
      const std::uint64_t delay = random() % (1ULL << (random() % 22));
      forget(&t);
      timers->arm(t, delay);
      model.emplace((fake_policy::time_ns + detail::kTickNs - 1) / detail::kTickNs + delay, &t);
    } else if (kind < 6) {
      ASSERT_EQ(wheel::cancel(t), forget(&t));
    } else {
      fake_policy::time_ns += random() % (1ULL << (10 + random() % 24));
      timer::fired.clear();
      const std::uint64_t next = timers->fire_due();
      const std::uint64_t now = fake_policy::time_ns / detail::kTickNs;
      std::size_t due = 0;
      while (!model.empty() && model.begin()->first <= now) model.erase(model.begin()), ++due;
      ASSERT_EQ(timer::fired.size(), due) << "step " << step;
      if (model.empty())
        ASSERT_EQ(next, fake_policy::kNever);
      else
        ASSERT_LE(next, model.begin()->first * detail::kTickNs) << "it would sleep too long";
    }
  }
}

}  // namespace
}  // namespace cmwq::test
