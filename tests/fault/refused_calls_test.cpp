// /proc cannot be read, or SCHED_IDLE is refused: everything executes, and blocked workers are still noticed.
// link: -Wl,--wrap=open,--wrap=open64,--wrap=openat
// link: -Wl,--wrap=sched_setscheduler,--wrap=pthread_setschedparam
#include "../harness/blockers.h"
#include "../harness/domain_fixture.h"
#include "../harness/refuse_calls.h"

namespace cmwq::test {
namespace {

class RefusedCalls : public domain_test {
 public:
  // Items execute, and a block lets the next one start.
  void expect_to_work() {
    on_each_kind(0, [this](workqueue_struct* wq) {
      std::vector<std::unique_ptr<probe>> items;
      for (int i = 0; i < 30; ++i) {
        items.push_back(std::make_unique<probe>());
        ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
      }
      flush_workqueue(wq);
      for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
      for (const way_to_block& way : kWaysToBlock) expect_the_next_to_start(wq, way);
    });
  }

 private:
  void expect_the_next_to_start(workqueue_struct* wq, const way_to_block& way) {
    SCOPED_TRACE(way.name);
    const std::unique_ptr<blocker> blocker = way.make();
    if (!blocker->available()) return;
    std::vector<std::unique_ptr<probe>> blocked;
    for (int i = 0; i < cpus() + 1; ++i) {
      blocked.push_back(std::make_unique<probe>([&] { blocker->block(); }));
      ASSERT_TRUE(queue_work_on(0, wq, blocked.back().get()));
    }
    probe releaser([&] { blocker->release(); });
    ASSERT_TRUE(queue_work_on(0, wq, &releaser));
    if (!releaser.wait_finished()) blocker->release();
    flush_workqueue(wq);
  }
};
CMWQ_ON_ALL_DOMAINS(RefusedCalls);

TEST_P(RefusedCalls, proc_cannot_be_read) {
  const proc_is_closed closed;
  expect_to_work();
  EXPECT_FALSE(snapshot_hook(domain()).proc_readable);
  log().discard({"/proc"});
}

TEST_P(RefusedCalls, SCHED_IDLE_is_refused) {
  const scheduling_is_refused refused;
  expect_to_work();
  EXPECT_FALSE(snapshot_hook(domain()).sentinels);
  log().discard({"SCHED_IDLE"});
}

TEST_P(RefusedCalls, both) {
  const proc_is_closed closed;
  const scheduling_is_refused refused;
  expect_to_work();
  log().discard({"/proc"});
  log().discard({"SCHED_IDLE"});
}

TEST_P(RefusedCalls, the_refusal_can_be_seen) {
  const proc_is_closed closed;
  EXPECT_EQ(open("/proc/self/stat", O_RDONLY | O_CLOEXEC), -1);
  EXPECT_EQ(errno, EACCES);
}

}  // namespace
}  // namespace cmwq::test
