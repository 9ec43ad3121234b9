// Group T: the system queues of the default domain.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class SystemQueues : public testing::Test {
 protected:
  void SetUp() override { gave_up.store(false); }
  hang_alarm alarm_;
  log_capture log_;
};

std::vector<workqueue_struct*> all_system_queues() {
  return {system_wq,     system_percpu_wq,   system_highpri_wq,        system_long_wq, system_unbound_wq,
          system_dfl_wq, system_dfl_long_wq, system_power_efficient_wq,
          system_freezable_wq, system_freezable_power_efficient_wq, system_bh_wq, system_bh_highpri_wq};
}

TEST_F(SystemQueues, C196_each_is_a_queue_of_its_own_whatever_its_name) {
  const std::vector<workqueue_struct*> queues = all_system_queues();
  for (workqueue_struct* one : queues) {
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(std::count(queues.begin(), queues.end(), one), 1);
  }
  EXPECT_EQ(snapshot(system_wq).name, "events");
  EXPECT_EQ(snapshot(system_percpu_wq).name, "events");
  EXPECT_EQ(snapshot(system_highpri_wq).name, "events_highpri");
  EXPECT_EQ(snapshot(system_long_wq).name, "events_long");
  EXPECT_EQ(snapshot(system_unbound_wq).name, "events_unbound");
  EXPECT_EQ(snapshot(system_dfl_wq).name, "events_unbound");
  EXPECT_EQ(snapshot(system_dfl_long_wq).name, "events_dfl_long");
  EXPECT_EQ(snapshot(system_power_efficient_wq).name, "events_power_efficient");
  EXPECT_EQ(snapshot(system_freezable_wq).name, "events_freezable");
  EXPECT_EQ(snapshot(system_freezable_power_efficient_wq).name, "events_freezable_pwr_efficient");
  EXPECT_EQ(snapshot(system_bh_wq).name, "events_bh");
  EXPECT_EQ(snapshot(system_bh_highpri_wq).name, "events_bh_highpri");
}

TEST_F(SystemQueues, every_system_queue_executes) {
  const std::vector<workqueue_struct*> queues = all_system_queues();
  probe item;
  for (workqueue_struct* wq : queues) {
    EXPECT_TRUE(queue_work(wq, &item));
    flush_work(&item);
  }
  EXPECT_EQ(item.finished(), static_cast<int>(queues.size()));
}

TEST_F(SystemQueues, C196_schedule_work_and_friends_use_the_per_cpu_one) {
  const std::uint64_t before = snapshot(system_percpu_wq).stats.started;
  probe item;
  delayed_probe later;
  EXPECT_TRUE(schedule_work(&item));
  flush_work(&item);
  EXPECT_TRUE(schedule_work_on(domain_cpus(default_domain()) - 1, &item));
  flush_work(&item);
  EXPECT_TRUE(schedule_delayed_work(&later, 1));
  later.wait_finished();
  flush_delayed_work(&later);
  EXPECT_TRUE(schedule_delayed_work_on(0, &later, 0));
  flush_delayed_work(&later);
  EXPECT_EQ(item.finished(), 2);
  EXPECT_EQ(later.finished(), 2);
  EXPECT_EQ(snapshot(system_percpu_wq).stats.started, before + 4);
}

TEST_F(SystemQueues, C177_the_default_domain_freezes_its_freezable_queues) {
  rearm_warnings(default_domain());
  probe frozen, other;
  freeze_workqueues_begin();
  EXPECT_TRUE(queue_work(system_freezable_wq, &frozen));
  EXPECT_TRUE(queue_work(system_percpu_wq, &other));
  flush_work(&other);
  EXPECT_FALSE(freeze_workqueues_busy());
  EXPECT_EQ(frozen.started(), 0);
  thaw_workqueues();
  flush_work(&frozen);
  EXPECT_EQ(frozen.finished(), 1);
  EXPECT_EQ(log_.complaints(), "");
}

TEST_F(SystemQueues, C110_flushing_one_is_warned_of_and_flushes) {
  rearm_warnings(default_domain());
  probe item;
  EXPECT_TRUE(schedule_work(&item));
  flush_workqueue(system_percpu_wq);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_GE(log_.take({"events", "flush"}), 1);
}

TEST_F(SystemQueues, the_default_domain_cannot_be_destroyed) {
  destroy_domain(default_domain());
  EXPECT_EQ(log_.take({"default"}), 1);
  probe item;
  EXPECT_TRUE(schedule_work(&item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_F(SystemQueues, queues_without_a_domain_are_of_the_default_domain) {
  workqueue_struct* wq = alloc_workqueue("mine-%d", WQ_UNBOUND, 0, 7);
  ASSERT_NE(wq, nullptr);
  EXPECT_EQ(snapshot(wq).name, "mine-7");
  workqueue_struct* ordered = alloc_ordered_workqueue("%s-%c", 0, "ordered", 'x');
  ASSERT_NE(ordered, nullptr);
  EXPECT_EQ(snapshot(ordered).name, "ordered-x");
  EXPECT_EQ(snapshot(ordered).max_active, 1);
  probe item;
  EXPECT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_TRUE(queue_work(ordered, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 2);
  show_all_workqueues();
  destroy_workqueue(wq);
  destroy_workqueue(ordered);
}

}  // namespace
}  // namespace cmwq::test
