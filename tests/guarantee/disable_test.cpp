// Group L: keeping items out.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Disable : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Disable);

TEST_P(Disable, C133_disable_takes_back_a_pending_item_and_lets_a_running_one_continue) {
  on_each_kind(1, [](workqueue_struct* wq) {
    hold first;
    probe item;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    EXPECT_TRUE(disable_work(&item));
    EXPECT_FALSE(disable_work(&first));
    EXPECT_EQ(first.finished(), 0);
    first.release();
    flush_workqueue(wq);
    EXPECT_EQ(first.finished(), 1);
    EXPECT_EQ(item.started(), 0);
  });
}

TEST_P(Disable, C133_disable_sync_waits_for_a_running_instance) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    int finished = -1;
    background disabler([&] {
      EXPECT_FALSE(disable_work_sync(&item));
      finished = item.finished();
    });
    disabler.wait_asleep();
    EXPECT_FALSE(disabler.done());
    item.release();
    disabler.wait_done();
    EXPECT_EQ(finished, 1);
    EXPECT_FALSE(queue_work(wq, &item));
  });
}

TEST_P(Disable, C134_C135_as_many_enables_as_disables_let_it_in_again_and_nothing_is_replayed) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  probe item;
  disable_work(&item);
  disable_work(&item);
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_FALSE(enable_work(&item));
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_TRUE(enable_work(&item));
  flush_workqueue(wq);
  EXPECT_EQ(item.started(), 0);
  EXPECT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Disable, C136_the_depth_ends_at_65535_with_one_warning) {
  ASSERT_NE(domain(), nullptr);
  rearm_warnings(domain());
  probe item;
  for (int i = 0; i < 65535; ++i) disable_work(&item);
  EXPECT_EQ(log().complaints(), "");
  disable_work(&item);
  disable_work(&item);
  EXPECT_EQ(log().take({"disable"}), 1);
  for (int i = 0; i < 65534; ++i) ASSERT_FALSE(enable_work(&item));
  EXPECT_TRUE(enable_work(&item));
}

TEST_P(Disable, C136_an_enable_too_many_warns_once_says_true_and_takes_the_item_back) {
  workqueue_struct* wq = alloc("enabled", WQ_PERCPU, 1);
  rearm_warnings(domain());
  hold first;
  probe item;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_TRUE(enable_work(&item));
  EXPECT_TRUE(enable_work(&item));
  EXPECT_FALSE(work_pending(&item));
  EXPECT_EQ(log().take({"enable"}), 1);
  first.release();
  EXPECT_TRUE(queue_work_on(0, wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Disable, C137_enable_and_queue_work_queues_exactly_when_the_depth_reached_0) {
  workqueue_struct* wq = alloc("enabled", WQ_UNBOUND);
  probe item;
  disable_work(&item);
  disable_work(&item);
  EXPECT_FALSE(enable_and_queue_work(wq, &item));
  EXPECT_FALSE(work_pending(&item));
  EXPECT_TRUE(enable_and_queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Disable, C138_disabling_delayed_work_deletes_its_timer_and_enabling_does_not_arm_it) {
  workqueue_struct* wq = alloc("delayed", WQ_UNBOUND);
  delayed_probe item;
  for (bool sync : {false, true}) {
    ASSERT_TRUE(queue_delayed_work(wq, &item, 3'600'000));
    EXPECT_TRUE(sync ? disable_delayed_work_sync(&item) : disable_delayed_work(&item));
    EXPECT_EQ(snapshot(wq).nr_armed, 0);
    EXPECT_TRUE(enable_delayed_work(&item));
    EXPECT_EQ(snapshot(wq).nr_armed, 0);
    EXPECT_FALSE(delayed_work_pending(&item));
  }
  EXPECT_EQ(item.started(), 0);
}

TEST_P(Disable, C139_a_cancel_by_somebody_else_does_not_enable) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  background canceller([&] { cancel_work_sync(&item); });
  canceller.wait_asleep();
  disable_work(&item);
  item.release();
  canceller.wait_done();
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_TRUE(enable_work(&item));
  EXPECT_TRUE(queue_work(wq, &item));
}

TEST_P(Disable, C140_mod_delayed_work_on_a_disabled_item_queues_nothing) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  delayed_probe item;
  disable_delayed_work(&item);
  EXPECT_FALSE(mod_delayed_work(wq, &item, 0));
  EXPECT_FALSE(delayed_work_pending(&item));
  EXPECT_TRUE(enable_delayed_work(&item));
  flush_workqueue(wq);
  EXPECT_EQ(item.started(), 0);
}

TEST_P(Disable, C133_disabling_against_queueing_keeps_the_item_out_until_it_is_enabled) {
  on_each_kind(0, [](workqueue_struct* wq) {
    probe item;
    std::atomic<bool> stop{false};
    background queuer([&] {
      while (!stop.load()) queue_work(wq, &item);
    });
    for (int i = 0; i < scaled(50); ++i) {
      disable_work_sync(&item);
      const int runs = item.started();
      std::this_thread::yield();
      ASSERT_EQ(item.started(), runs);
      ASSERT_TRUE(enable_work(&item));
    }
    stop.store(true);
  });
}

}  // namespace
}  // namespace cmwq::test
