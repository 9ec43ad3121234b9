// Groups S and T as far as this API has them: statistics, work_busy(), the dump, system queues, the start.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Inspect : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Inspect);

TEST_P(Inspect, C193_every_start_and_end_is_counted) {
  on_each_kind(3, [this](workqueue_struct* wq) {
    hold blocked;
    ASSERT_TRUE(queue_work_on(0, wq, &blocked));
    blocked.wait_running();
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < scaled(100); ++i) {
      items.push_back(std::make_unique<probe>());
      ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
    }
    for (const auto& item : items) flush_work(item.get());
    const wq_stats during = snapshot(wq).stats;
    EXPECT_EQ(during.started, items.size() + 1);
    blocked.release();
    flush_workqueue(wq);
    const wq_stats after = snapshot(wq).stats;
    EXPECT_EQ(after.started, items.size() + 1);
    EXPECT_EQ(after.completed, items.size() + 1);
    EXPECT_EQ(after.rescued, 0u);
  });
}

TEST_P(Inspect, C194_a_cancelled_item_is_never_counted_as_started) {
  workqueue_struct* wq = alloc("cancelled", WQ_PERCPU, 1);
  hold first;
  probe item;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  ASSERT_TRUE(cancel_work(&item));
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(snapshot(wq).stats.started, 1u);
}

TEST_P(Inspect, C195_work_busy_tells_pending_and_running_apart) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    EXPECT_EQ(work_busy(&item), 0u);
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    EXPECT_EQ(work_busy(&item), unsigned{WORK_BUSY_RUNNING});
    ASSERT_TRUE(queue_work(wq, &item));
    EXPECT_EQ(work_busy(&item), WORK_BUSY_PENDING | WORK_BUSY_RUNNING);
    item.release();
    flush_work(&item);
    EXPECT_EQ(work_busy(&item) & WORK_BUSY_PENDING, 0u);
  });
}

TEST_P(Inspect, C192_dumps_and_invariants_may_be_asked_for_under_load) {
  workqueue_struct* wq = alloc("loaded", WQ_UNBOUND, 4);
  std::atomic<bool> stop{false};
  background load([&] {
    probe items[8];
    for (int i = 0; !stop.load(); ++i) queue_work_on(i % cpus(), wq, &items[i % 8]);
  });
  for (int i = 0; i < scaled(10); ++i) {
    EXPECT_EQ(check_invariants(domain()), "");
    EXPECT_FALSE(dump_workqueues(domain()).empty());
    EXPECT_EQ(snapshot_workqueues(domain()).size(), 1u);
    EXPECT_FALSE(snapshot_pools(domain()).empty());
  }
  stop.store(true);
}

TEST_P(Inspect, C197_what_is_queued_before_the_workers_exist_is_executed_once_they_do) {
  options.start_workers = false;
  probe items[4];
  delayed_probe later;
  int i = 0;
  for (const queue_kind& kind : kKinds)
    ASSERT_TRUE(queue_work_on(0, alloc(kind.name, kind.flags), &items[i++]));
  ASSERT_TRUE(queue_delayed_work(alloc("delayed", WQ_UNBOUND), &later, 1));
  for (probe& item : items) EXPECT_EQ(item.started(), 0);
  start_domain(domain());
  start_domain(domain());
  for (probe& item : items) item.wait_finished();
  later.wait_finished();
}

TEST_P(Inspect, the_rung_of_the_hook_is_visible) {
  ASSERT_NE(alloc("any", WQ_PERCPU), nullptr);
  const hook_snapshot hook = snapshot_hook(domain());
  EXPECT_FALSE(hook.name.empty());
  if (std::strcmp(GetParam().hook, "lying") == 0) return;
  EXPECT_EQ(hook.name, GetParam().hook);
}

TEST_P(Inspect, domains_are_independent_of_each_other) {
  domain_options other_options = options;
  other_options.name = "other";
  wq_domain* other = alloc_domain(other_options);
  ASSERT_NE(other, nullptr);
  {
    workqueue_struct* here = alloc("same", WQ_UNBOUND, 1);
    workqueue_struct* there = alloc_workqueue_in(other, "%s", WQ_UNBOUND, 1, "same");
    hold blocked;
    probe item;
    ASSERT_TRUE(queue_work(here, &blocked));
    blocked.wait_running();
    ASSERT_TRUE(queue_work(there, &item));
    flush_workqueue(there);
    EXPECT_EQ(item.finished(), 1);
    EXPECT_EQ(snapshot_workqueues(other).size(), 1u);
    destroy_workqueue(there);
  }
  destroy_domain(other);
}

}  // namespace
}  // namespace cmwq::test
