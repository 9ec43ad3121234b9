// Group M: delayed work.
#include <chrono>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Delayed : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Delayed);

constexpr unsigned long kHour = 3'600'000;

TEST_P(Delayed, C142_an_armed_or_queued_item_cannot_be_armed_again) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU, 1);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  delayed_probe item;
  EXPECT_TRUE(queue_delayed_work_on(0, wq, &item, kHour));
  EXPECT_FALSE(queue_delayed_work_on(0, wq, &item, 0));
  EXPECT_FALSE(queue_delayed_work_on(0, wq, &item, 1));
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  EXPECT_EQ(snapshot(wq).nr_inactive, 0);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, 0));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  EXPECT_FALSE(queue_delayed_work_on(0, wq, &item, kHour));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  first.release();
  flush_delayed_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Delayed, C143_a_delay_of_0_queues_at_once_without_a_timer) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU, 1);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  delayed_probe item;
  EXPECT_TRUE(queue_delayed_work_on(0, wq, &item, 0));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
}

TEST_P(Delayed, C144_it_is_queued_on_the_cpu_it_was_armed_for) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU);
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    std::vector<int> busy;
    delayed_probe item([&] { busy = busy_cpus(); });
    ASSERT_TRUE(queue_delayed_work_on(cpu, wq, &item, 1));
    item.wait_finished();
    flush_delayed_work(&item);
    EXPECT_EQ(busy, std::vector<int>{cpu});
    wait_until("the worker to be idle", [this] { return busy_cpus().empty(); });
  }
}

TEST_P(Delayed, C145_C146_mod_leaves_one_pending_instance_and_tells_whether_there_was_one) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU, 1);
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  delayed_probe item;
  EXPECT_FALSE(mod_delayed_work_on(0, wq, &item, kHour));  // idle -> armed
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, 2 * kHour));  // armed -> armed
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, 0));  // armed -> queued
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, kHour));  // queued -> armed
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  EXPECT_EQ(snapshot(wq).nr_inactive, 0);
  EXPECT_TRUE(mod_delayed_work(other, &item, 0));  // to another queue
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  item.wait_finished();
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(first.finished(), 0);
}

TEST_P(Delayed, C146_mod_of_a_running_item_schedules_the_next_run) {
  workqueue_struct* wq = alloc("delayed", WQ_UNBOUND);
  gate go;
  delayed_probe item([&] { go.wait(); });
  ASSERT_TRUE(queue_delayed_work(wq, &item, 0));
  item.wait_started();
  EXPECT_FALSE(mod_delayed_work(wq, &item, 1));
  go.open();
  item.wait_finished(2);
}

TEST_P(Delayed, C147_modified_again_and_again_it_runs_once_after_the_last) {
  workqueue_struct* wq = alloc("debounced", WQ_UNBOUND);
  delayed_probe item;
  for (int i = 0; i < scaled(200); ++i) EXPECT_EQ(mod_delayed_work(wq, &item, kHour), i > 0);
  EXPECT_EQ(item.started(), 0);
  EXPECT_TRUE(mod_delayed_work(wq, &item, 1));
  item.wait_finished();
  flush_delayed_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Delayed, C148_it_never_runs_early) {
  workqueue_struct* wq = alloc("delayed", WQ_UNBOUND);
  struct timed {
    steady::time_point begin, end;
    unsigned long delay = 0;
    std::unique_ptr<delayed_probe> item;
  };
  std::vector<timed> all(12);
  for (std::size_t i = 0; i < all.size(); ++i) {
    timed& t = all[i];
    t.delay = (i * 7) % 23 + 1;
    t.item = std::make_unique<delayed_probe>([&t] { t.end = steady::now(); });
    t.begin = steady::now();
    ASSERT_TRUE(queue_delayed_work(wq, t.item.get(), t.delay));
  }
  for (timed& t : all) {
    t.item->wait_finished();
    EXPECT_GE(t.end - t.begin, std::chrono::milliseconds(t.delay));
  }
}

TEST_P(Delayed, C148_chrono_delays_are_rounded_up) {
  EXPECT_EQ(to_jiffies(std::chrono::nanoseconds(1)), 1u);
  EXPECT_EQ(to_jiffies(std::chrono::microseconds(1001)), 2u);
  EXPECT_EQ(to_jiffies(std::chrono::seconds(2)), 2000u);
  EXPECT_EQ(to_jiffies(std::chrono::milliseconds(-5)), 0u);
  EXPECT_EQ(to_jiffies(std::chrono::duration<double, std::milli>(0.25)), 1u);
  workqueue_struct* wq = alloc("delayed", WQ_UNBOUND);
  delayed_probe item;
  EXPECT_TRUE(queue_delayed_work(wq, &item, std::chrono::hours(1)));
  EXPECT_TRUE(mod_delayed_work(wq, &item, std::chrono::microseconds(10)));
  item.wait_finished();
}

TEST_P(Delayed, C149_a_cpu_that_does_not_exist_is_warned_of_once_and_the_item_runs) {
  workqueue_struct* wq = alloc("nocpu", WQ_PERCPU);
  delayed_probe one, two;
  EXPECT_TRUE(queue_delayed_work_on(cpus() + 5, wq, &one, 1));
  EXPECT_TRUE(queue_delayed_work_on(cpus() + 5, wq, &two, 1));
  one.wait_finished();
  two.wait_finished();
  EXPECT_EQ(log().take({"nocpu", "cpu"}), 1);
}

TEST_P(Delayed, C150_flush_delayed_work_runs_an_armed_item_now) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU);
  delayed_probe item;
  ASSERT_TRUE(queue_delayed_work_on(cpus() - 1, wq, &item, kHour));
  flush_delayed_work(&item);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_FALSE(flush_delayed_work(&item));

  hold first;
  workqueue_struct* narrow = alloc("narrow", WQ_PERCPU, 1);
  ASSERT_TRUE(queue_work_on(0, narrow, &first));
  first.wait_running();
  ASSERT_TRUE(queue_delayed_work_on(0, narrow, &item, kHour));
  background flusher([&] { EXPECT_TRUE(flush_delayed_work(&item)); });
  wait_until("the item to be queued", [&] { return snapshot(narrow).nr_inactive >= 1; });
  flusher.wait_asleep();
  first.release();
  flusher.wait_done();
  EXPECT_EQ(item.finished(), 2);
}

TEST_P(Delayed, C151_a_disable_cannot_be_overtaken_by_the_timer) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  for (int i = 0; i < scaled(40); ++i) {
    delayed_probe item;
    ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
    if (i % 2) pause_briefly(900'000);  // about when the timer fires: what races is the point
    const bool taken = disable_delayed_work_sync(&item);
    EXPECT_EQ(item.finished(), taken ? 0 : 1);
    EXPECT_FALSE(delayed_work_pending(&item));
    EXPECT_TRUE(enable_delayed_work(&item));
  }
}

TEST_P(Delayed, C145_mod_and_cancel_against_the_timer_lose_nothing_and_double_nothing) {
  workqueue_struct* wq = alloc("raced", WQ_UNBOUND);
  delayed_probe item;
  std::atomic<int> fresh{0}, taken{0};
  race(3, [&](int thread) {
    for (int i = 0; i < scaled(100); ++i) {
      if (thread == 2)
        taken += cancel_delayed_work(&item);
      else
        fresh += !mod_delayed_work(wq, &item, static_cast<unsigned long>(i % 3));
      if (i % 10 == 0) pause_briefly(300'000);
    }
  });
  flush_delayed_work(&item);
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), fresh.load() - taken.load());
  EXPECT_LE(item.most_at_once(), 1);
  wait_until_none_is_armed(wq);
}

TEST_P(Delayed, C128_cancelling_the_inner_item_of_an_armed_one_returns_after_its_timer_fired) {
  workqueue_struct* wq = alloc("inner", WQ_PERCPU, 1);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  delayed_probe item;
  ASSERT_TRUE(queue_delayed_work_on(0, wq, &item, 5));
  EXPECT_TRUE(cancel_work_sync(&item.work));
  wait_until_none_is_armed(wq);
  EXPECT_EQ(snapshot(wq).nr_inactive, 0);
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(item.started(), 0);
}

}  // namespace
}  // namespace cmwq::test
