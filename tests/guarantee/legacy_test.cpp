// What the kernel keeps for old callers, or has removed.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Legacy : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Legacy);

std::atomic<int> others{0};
void other_function(work_struct*) { others.fetch_add(1); }

TEST_P(Legacy, an_idle_item_can_be_given_another_function) {
  workqueue_struct* wq = alloc("prepared", WQ_UNBOUND);
  others.store(0);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_finished();
  flush_work(&item);
  EXPECT_TRUE(PREPARE_WORK(&item, other_function));
  EXPECT_FALSE(work_pending(&item));
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(others.load(), 1);
  EXPECT_EQ(item.finished(), 1);

  delayed_probe later;
  EXPECT_TRUE(PREPARE_DELAYED_WORK(&later, other_function));
  ASSERT_TRUE(queue_delayed_work(wq, &later, 0));
  flush_delayed_work(&later);
  EXPECT_EQ(others.load(), 2);
}

TEST_P(Legacy, a_pending_or_running_item_keeps_its_function_with_a_message) {
  workqueue_struct* wq = alloc("prepared", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  EXPECT_FALSE(PREPARE_WORK(&item, other_function));
  EXPECT_EQ(log().take({"PREPARE_WORK", "running"}), 1);
  ASSERT_TRUE(queue_work(wq, &item));
  EXPECT_FALSE(PREPARE_WORK(&item, other_function));
  EXPECT_EQ(log().take({"PREPARE_WORK", "pending"}), 1);
  item.release();
  item.wait_finished(2);

  delayed_probe later;
  ASSERT_TRUE(queue_delayed_work(wq, &later, 3'600'000));
  EXPECT_FALSE(PREPARE_DELAYED_WORK(&later, other_function));
  EXPECT_EQ(log().take({"PREPARE_DELAYED_WORK", "pending"}), 1);
  EXPECT_TRUE(cancel_delayed_work(&later));
  EXPECT_FALSE(PREPARE_DELAYED_WORK(&later, nullptr));
  EXPECT_EQ(log().take({"PREPARE_DELAYED_WORK", "no function"}), 1);
}

TEST_P(Legacy, an_item_with_data_gives_its_function_the_data) {
  workqueue_struct* wq = alloc("data", WQ_PERCPU);
  static std::atomic<int> sum;
  sum.store(0);
  int three = 3, four = 4;
  const auto add = [](void* number) { sum.fetch_add(*static_cast<int*>(number)); };
  data_work item(add, &three);
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  INIT_WORK(&item, add, &four);
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(sum.load(), 7);
}

class LegacyQueues : public testing::Test {
 protected:
  void SetUp() override { gave_up.store(false); }
  void TearDown() override { EXPECT_EQ(log_.complaints(), ""); }
  hang_alarm alarm_;
  log_capture log_;
};

TEST_F(LegacyQueues, the_old_constructors_make_queues_with_a_rescuer_and_one_slot) {
  struct {
    workqueue_struct* wq;
    unsigned flags;
  } made[] = {{create_workqueue("old"), WQ_PERCPU | WQ_MEM_RECLAIM},
              {create_singlethread_workqueue("old-single"), WQ_UNBOUND | WQ_MEM_RECLAIM | __WQ_ORDERED}};
  EXPECT_EQ(snapshot(made[0].wq).name, "old");
  EXPECT_EQ(snapshot(made[1].wq).name, "old-single");
  for (auto& [wq, flags] : made) {
    ASSERT_NE(wq, nullptr);
    EXPECT_EQ(snapshot(wq).flags, flags | __WQ_LEGACY);
    EXPECT_EQ(snapshot(wq).max_active, 1);
    bool reclaim = true;
    probe item([&] { reclaim = current_is_workqueue_mem_reclaim(); });
    EXPECT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_FALSE(reclaim) << "exempt from the rule about flushing";
    destroy_workqueue(wq);
  }
}

TEST_F(LegacyQueues, C110_flush_scheduled_work_flushes_and_warns) {
  rearm_warnings(default_domain());
  probe item;
  ASSERT_TRUE(schedule_work(&item));
  flush_scheduled_work();
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(log_.take({"events", "flush"}), 1);
  __warn_flushing_systemwide_wq();
  rearm_warnings(default_domain());
  __warn_flushing_systemwide_wq();
  EXPECT_EQ(log_.take({"events", "flush"}), 1);
}

}  // namespace
}  // namespace cmwq::test
