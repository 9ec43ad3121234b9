// Group M: deferrable timers, and every form in which delayed work is armed.
#include <chrono>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

using namespace std::chrono_literals;

class DelayedForms : public domain_test {};
CMWQ_ON_ALL_DOMAINS(DelayedForms);

struct deferrable_probe : delayed_work, run_recorder {
  explicit deferrable_probe(std::function<void()> body = {}) : run_recorder(std::move(body)) {
    INIT_DEFERRABLE_WORK(this, [](work_struct* item) { static_cast<deferrable_probe*>(to_delayed_work(item))->execute(); });
  }
  ~deferrable_probe() { cancel_delayed_work_sync(this); }
};

TEST_P(DelayedForms, C152_a_deferrable_item_runs_when_something_else_does_and_never_early) {
  workqueue_struct* wq = alloc("deferrable", WQ_UNBOUND);
  workqueue_struct* busy = alloc("busy", WQ_PERCPU);
  for (unsigned long delay : {1UL, 5UL}) {
    steady::time_point end;
    deferrable_probe item([&] { end = steady::now(); });
    probe other;
    const auto begin = steady::now();
    ASSERT_TRUE(queue_delayed_work(wq, &item, delay));
    EXPECT_FALSE(queue_delayed_work(wq, &item, delay));
    EXPECT_EQ(snapshot(wq).nr_armed, 1);
    wait_until("the deferred item to run", [&] {
      queue_work(busy, &other);
      return item.finished() == 1;
    });
    EXPECT_GE(end - begin, std::chrono::milliseconds(delay));
    flush_work(&other);
  }
}

TEST_P(DelayedForms, C152_another_timer_is_something_else_too) {
  workqueue_struct* wq = alloc("deferrable", WQ_UNBOUND);
  deferrable_probe item;
  delayed_probe prompt;
  ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
  ASSERT_TRUE(queue_delayed_work(wq, &prompt, 3));
  item.wait_finished();
  prompt.wait_finished();
}

TEST_P(DelayedForms, C152_a_deferrable_item_is_flushed_modified_cancelled_and_disabled_like_any) {
  workqueue_struct* wq = alloc("deferrable", WQ_UNBOUND);
  deferrable_probe item;
  constexpr unsigned long kHour = 3'600'000;
  ASSERT_TRUE(queue_delayed_work(wq, &item, kHour));
  EXPECT_TRUE(delayed_work_pending(&item));
  flush_delayed_work(&item);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_FALSE(mod_delayed_work(wq, &item, kHour));
  EXPECT_TRUE(mod_delayed_work(wq, &item, kHour));
  EXPECT_TRUE(cancel_delayed_work_sync(&item));
  EXPECT_FALSE(cancel_delayed_work_sync(&item));
  ASSERT_TRUE(queue_delayed_work(wq, &item, kHour));
  EXPECT_TRUE(disable_delayed_work_sync(&item));
  EXPECT_FALSE(queue_delayed_work(wq, &item, 0));
  EXPECT_TRUE(enable_delayed_work(&item));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(DelayedForms, C118_an_armed_deferrable_item_is_found_when_its_queue_is_destroyed) {
  workqueue_struct* wq = alloc("forgotten", WQ_UNBOUND);
  deferrable_probe item;
  ASSERT_TRUE(queue_delayed_work(wq, &item, 3'600'000));
  destroy(wq);
  EXPECT_EQ(log().take({"forgotten", "armed"}), 1);
  EXPECT_FALSE(delayed_work_pending(&item));
}

TEST_P(DelayedForms, C142_every_form_takes_a_chrono_duration_beside_jiffies) {
  workqueue_struct* wq = alloc("chrono", WQ_PERCPU);
  delayed_probe item;
  EXPECT_TRUE(queue_delayed_work(wq, &item, 1h));
  EXPECT_FALSE(queue_delayed_work_on(0, wq, &item, 1ms));
  EXPECT_TRUE(mod_delayed_work(wq, &item, 2h));
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, 0ms));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  flush_delayed_work(&item);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_TRUE(queue_delayed_work_on(0, wq, &item, 1ns));
  item.wait_finished(2);
}

TEST_P(DelayedForms, C144_without_a_cpu_the_place_where_the_timer_fires_decides) {
  workqueue_struct* wq = alloc("anywhere", WQ_PERCPU);
  std::vector<int> busy;
  delayed_probe item([&] { busy = busy_cpus(); });
  ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
  item.wait_finished();
  flush_delayed_work(&item);
  ASSERT_EQ(busy.size(), 1u);
  EXPECT_GE(busy[0], 0);
  EXPECT_LT(busy[0], cpus());
}

TEST_P(DelayedForms, C149_a_cpu_that_does_not_exist_is_warned_of_by_mod_too_and_the_item_runs) {
  workqueue_struct* wq = alloc("nocpu", WQ_PERCPU);
  delayed_probe item;
  EXPECT_FALSE(mod_delayed_work_on(cpus(), wq, &item, 1));
  item.wait_finished();
  EXPECT_EQ(log().take({"nocpu", "cpu"}), 1);
}

}  // namespace
}  // namespace cmwq::test
