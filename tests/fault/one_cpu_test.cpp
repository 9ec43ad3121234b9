// A process that may use one CPU only, whatever its number.
#include "../harness/blockers.h"
#include "../harness/child_process.h"

namespace cmwq::test {
namespace {

class OneCpu : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { gave_up.store(false); }
};
INSTANTIATE_TEST_SUITE_P(on, OneCpu, testing::ValuesIn(kHooks),
                         [](const auto& hook) { return std::string(hook.param); });

void expect_blocks_to_be_seen(workqueue_struct* wq) {
  for (const way_to_block& way : kWaysToBlock) {
    SCOPED_TRACE(way.name);
    const std::unique_ptr<blocker> blocker = way.make();
    if (!blocker->available()) continue;
    probe one([&] { blocker->block(); }), two([&] { blocker->block(); }), releaser([&] { blocker->release(); });
    ASSERT_TRUE(queue_work(wq, &one));
    ASSERT_TRUE(queue_work(wq, &two));
    ASSERT_TRUE(queue_work(wq, &releaser));
    if (!releaser.wait_finished()) blocker->release();
    flush_work(&one);
    flush_work(&two);
    EXPECT_EQ(one.finished() + two.finished(), 2);
  }
}

TEST_P(OneCpu, the_default_domain_uses_exactly_that_cpu) {
  for (int cpu : allowed_cpus()) {
    in_child([cpu] {
      ASSERT_TRUE(pin_this_thread(cpu));
      ASSERT_EQ(setenv("CMWQ_HOOK", GetParam(), 1), 0);
      log_capture log;
      ASSERT_EQ(domain_cpus(default_domain()), 1);
      std::vector<int> ran_on;
      probe item([&] { ran_on = allowed_cpus(); });
      ASSERT_TRUE(schedule_work_on(0, &item));
      flush_work(&item);
      EXPECT_EQ(ran_on, std::vector<int>{cpu});
      expect_blocks_to_be_seen(system_percpu_wq);
      expect_blocks_to_be_seen(system_dfl_wq);
      EXPECT_EQ(check_invariants(default_domain()), "");
      EXPECT_EQ(log.complaints(), "");
    });
  }
}

TEST_P(OneCpu, CMWQ_CPUS_narrows_the_set_too) {
  in_child([] {
    const int last = allowed_cpus().back();
    ASSERT_EQ(setenv("CMWQ_CPUS", std::to_string(last).c_str(), 1), 0);
    ASSERT_EQ(setenv("CMWQ_HOOK", GetParam(), 1), 0);
    ASSERT_EQ(domain_cpus(default_domain()), 1);
    expect_blocks_to_be_seen(system_percpu_wq);
    expect_blocks_to_be_seen(system_dfl_wq);
  });
}

}  // namespace
}  // namespace cmwq::test
