// Coroutines on queues.
#include <string>

#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxCoroutine : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxCoroutine);

task<int> on_worker(const workqueue& wq, int value) {
  co_await wq.schedule();
  EXPECT_NE(current_work(), nullptr);
  co_return value;
}

task<int> sum_of_two(const workqueue& wq) {
  const int a = co_await on_worker(wq, 1);
  const int b = co_await on_worker(wq, 2);
  co_return a + b;
}

task<> throws(const workqueue& wq) {
  co_await wq.schedule();
  throw std::string("thrown");
}

TEST_P(CxxCoroutine, schedule_goes_on_in_a_worker) {
  for (const queue_type type : kTypes) {
    workqueue wq(in_domain({.name = "schedule", .type = type}));
    EXPECT_EQ(sync_wait(on_worker(wq, 3)), 3);
    EXPECT_EQ(sync_wait(sum_of_two(wq)), 3);
    EXPECT_THROW(sync_wait(throws(wq)), std::string);
  }
}

task<std::vector<int>> on_cpu(const workqueue& wq, int cpu, domain_test& test) {
  co_await wq.schedule(cpu);
  co_return test.busy_cpus();
}

TEST_P(CxxCoroutine, schedule_on_a_cpu) {
  workqueue wq(in_domain({.name = "cpu", .type = queue_type::per_cpu}));
  for (int cpu = 0; cpu < wq.nr_cpus(); ++cpu) {
    EXPECT_EQ(sync_wait(on_cpu(wq, cpu, *this)), std::vector<int>{cpu});
    wait_until("the worker to be idle", [this] { return busy_cpus().empty(); });
  }
}

task<int> sleeper(const workqueue& wq, std::chrono::milliseconds time, std::stop_token token = {}) {
  co_await wq.schedule_after(time, token);
  co_return 1;
}

TEST_P(CxxCoroutine, schedule_after_sleeps_without_a_thread) {
  workqueue wq(in_domain({.name = "sleep"}));
  EXPECT_EQ(sync_wait(sleeper(wq, std::chrono::milliseconds(0))), 1);
  const auto before = steady::now();
  EXPECT_EQ(sync_wait(sleeper(wq, std::chrono::milliseconds(2))), 1);
  EXPECT_GE(steady::now() - before, std::chrono::milliseconds(2));
}

TEST_P(CxxCoroutine, a_stop_request_ends_a_sleep) {
  workqueue wq(in_domain({.name = "stop"}));
  std::stop_source stop;
  background requester([&] { stop.request_stop(); });
  EXPECT_THROW(sync_wait(sleeper(wq, std::chrono::hours(1), stop.get_token())), canceled);
  EXPECT_THROW(sync_wait(sleeper(wq, std::chrono::hours(1), stop.get_token())), canceled);
  requester.wait_done();
  std::stop_source other;
  EXPECT_EQ(sync_wait(sleeper(wq, std::chrono::milliseconds(1), other.get_token())), 1);
}

TEST_P(CxxCoroutine, stop_requests_and_sleeps_race_without_loss) {
  workqueue wq(in_domain({.name = "race"}));
  for (int round = 0; round < scaled(60); ++round) {
    std::stop_source stop;
    background requester([&] { stop.request_stop(); });
    try {
      EXPECT_EQ(sync_wait(sleeper(wq, std::chrono::milliseconds(round % 2), stop.get_token())), 1);
    } catch (const canceled&) {
    }
  }
}

task<int> awaits(const workqueue& wq) {
  auto f = wq.submit([] { return 20; });
  const int a = co_await f;
  const int b = co_await wq.submit([] { return 22; });
  EXPECT_THROW(co_await wq.submit([] { throw 1; }), int);
  co_return a + b;
}

TEST_P(CxxCoroutine, a_future_can_be_awaited) {
  workqueue wq(in_domain({.name = "future"}));
  for (int i = 0; i < scaled(20); ++i) EXPECT_EQ(sync_wait(awaits(wq)), 42);
}

task<> waits_at(const workqueue& wq, latch& all) {
  co_await wq.schedule();
  all.arrive_and_wait();
}

task<int> several(const workqueue& wq) {
  latch all(3);
  co_await when_all(waits_at(wq, all), waits_at(wq, all), waits_at(wq, all));
  auto [a, b, none] = co_await when_all(on_worker(wq, 1), on_worker(wq, 2), sleeper(wq, std::chrono::milliseconds(1)));
  std::vector<task<int>> many;
  for (int i = 0; i < 20; ++i) many.push_back(on_worker(wq, i));
  const std::vector<int> values = co_await when_all(std::move(many));
  co_return a + b + none + std::accumulate(values.begin(), values.end(), 0);
}

task<> one_fails(const workqueue& wq) { co_await when_all(on_worker(wq, 1), throws(wq)); }

TEST_P(CxxCoroutine, when_all_runs_tasks_side_by_side) {
  workqueue wq(in_domain({.name = "all"}));
  EXPECT_EQ(sync_wait(several(wq)), 1 + 2 + 1 + 190);
  EXPECT_THROW(sync_wait(one_fails(wq)), std::string);
}

task<int> joins(const workqueue& wq) {
  task_group group(wq);
  co_await group.join();  // nothing to wait for
  std::atomic<int> ran{0};
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 8; ++i) group.run([&] { ran.fetch_add(1); });
    co_await group.join();
    EXPECT_EQ(ran.load(), 8 * (round + 1));
  }
  group.run([] { throw 7; });
  EXPECT_THROW(co_await group.join(), int);
  co_return ran.load();
}

TEST_P(CxxCoroutine, a_group_can_be_joined) {
  for (const queue_type type : kTypes) {
    workqueue wq(in_domain({.name = "join", .type = type}));
    for (int i = 0; i < scaled(10); ++i) EXPECT_EQ(sync_wait(joins(wq)), 24);
  }
}

task<> counts(const workqueue& wq, counter& ended, std::shared_ptr<int> held) {
  co_await wq.schedule_after(std::chrono::milliseconds(1));
  held.reset();
  ended.add();
}

TEST_P(CxxCoroutine, spawned_tasks_run_alone_and_their_exceptions_reach_the_handler) {
  std::atomic<int> caught{0};
  counter ended;
  auto held = std::make_shared<int>(3);
  {
    workqueue wq(in_domain({.name = "spawn", .on_error = [&](std::exception_ptr) { caught.fetch_add(1); }}));
    for (int i = 0; i < 5; ++i) spawn(wq, counts(wq, ended, held));
    spawn(wq, throws(wq));
    ended.wait_for(5);
    wait_until("an exception", [&] { return caught.load() == 1; });
    wq.wait();
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(CxxCoroutine, a_queue_that_drains_refuses_coroutines) {
  workqueue wq(in_domain({.name = "drains"}));
  gate open;
  counter inside;
  wq.post([&] {
    inside.add();
    open.wait();
  });
  inside.wait_for(1);
  background drainer([&] { wq.drain(); });
  wait_until("the queue to drain", [&] {
    try {
      sync_wait(on_worker(wq, 1));
      return false;
    } catch (const error&) {
      return true;
    }
  });
  EXPECT_THROW(sync_wait(sleeper(wq, std::chrono::milliseconds(0))), error);
  open.open();
  drainer.wait_done();
  log().take({"cannot queue", "drains"});
}

}  // namespace
}  // namespace cmwq::test
