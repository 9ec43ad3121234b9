// task_group and latch: waiting for several items, from anywhere.
#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxTaskGroup : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxTaskGroup);

TEST_P(CxxTaskGroup, wait_returns_when_all_have_ended) {
  for (const queue_type type : kTypes) {
    workqueue wq(in_domain({.name = "group", .type = type}));
    task_group group(wq);
    std::atomic<int> ran{0};
    for (int round = 1; round <= 3; ++round) {
      for (int i = 0; i < 20; ++i) group.run([&, p = std::make_unique<int>(1)] { ran.fetch_add(*p); });
      group.wait();
      EXPECT_EQ(ran.load(), 20 * round);
    }
    group.wait();
  }
}

TEST_P(CxxTaskGroup, items_may_add_to_their_group_and_wait_for_others) {
  workqueue wq(in_domain({.name = "nested", .max_active = 1}));
  task_group group(wq);
  std::atomic<int> ran{0};
  for (int i = 0; i < 4; ++i)
    group.run([&] {
      group.run([&] { ran.fetch_add(1); });
      task_group inner(wq);
      for (int j = 0; j < 3; ++j) inner.run([&] { ran.fetch_add(1); });
      inner.wait();
    });
  group.wait();
  EXPECT_EQ(ran.load(), 4 * (1 + 3));
}

TEST_P(CxxTaskGroup, the_first_exception_is_thrown_by_wait_and_stops_the_rest) {
  std::atomic<int> others{0};
  workqueue wq(in_domain({.name = "throws", .type = queue_type::ordered,
                          .on_error = [&](std::exception_ptr) { others.fetch_add(1); }}));
  task_group group(wq);
  gate open;
  int ran = 0;
  group.run([&] {
    open.wait();
    throw 42;
  });
  for (int i = 0; i < 5; ++i) group.run([&] { ++ran; });
  open.open();
  EXPECT_THROW(group.wait(), int);
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(group.stop_token().stop_requested());
  EXPECT_NO_THROW(group.wait());
  EXPECT_EQ(others.load(), 0);
  { task_group forgotten(wq); forgotten.run([] { throw 1; }); }
  EXPECT_EQ(others.load(), 1);
}

TEST_P(CxxTaskGroup, cancel_drops_what_has_not_started_and_tells_the_others) {
  workqueue wq(in_domain({.name = "cancel", .type = queue_type::ordered}));
  auto held = std::make_shared<int>(3);
  counter started;
  task_group group(wq);
  group.run([&] {
    started.add();
    wait_until("a stop request", [] { return current_stop_token().stop_requested(); });
  });
  for (int i = 0; i < 5; ++i) group.run([held] { ADD_FAILURE(); });
  started.wait_for(1);
  EXPECT_FALSE(group.wait_for(std::chrono::milliseconds(1)));
  group.cancel();
  EXPECT_TRUE(group.wait_for(std::chrono::hours(1)));
  EXPECT_EQ(held.use_count(), 1);  // also of an item that was being started meanwhile
}

TEST_P(CxxTaskGroup, forks_and_joins_race_without_loss) {
  workqueue wq(in_domain({.name = "forks"}));
  std::atomic<int> leaves{0};
  std::function<void(int)> fork = [&](int depth) {
    if (depth == 0) {
      leaves.fetch_add(1);
      return;
    }
    task_group group(wq);
    group.run([&, depth] { fork(depth - 1); });
    group.run([&, depth] { fork(depth - 1); });
    group.wait();
  };
  const int rounds = scaled(5);
  for (int round = 0; round < rounds; ++round) wq.submit([&] { fork(6); }).get();
  EXPECT_EQ(leaves.load(), rounds * 64);
}

TEST_P(CxxTaskGroup, a_latch_lets_workers_wait_for_each_other) {
  workqueue wq(in_domain({.name = "latch"}));
  constexpr int kItems = 12;
  latch all(kItems);
  EXPECT_FALSE(all.wait_for(std::chrono::milliseconds(1)));
  std::atomic<int> passed{0};
  task_group group(wq);
  for (int i = 0; i < kItems; ++i)
    group.run([&] {
      all.arrive_and_wait();  // nobody goes on before the last has started
      passed.fetch_add(1);
    });
  group.wait();
  EXPECT_EQ(passed.load(), kItems);
  EXPECT_TRUE(all.try_wait());
}

}  // namespace
}  // namespace cmwq::test
