// Group F, the heart: an item that blocks, in whatever way, lets the next item of its CPU start.
//
// The first items end only when the one behind them runs: a library that does not see the block hangs.
#include "../harness/blockers.h"
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Blocking : public domain_test {
 public:
  // @first items block; the one behind them releases them all.
  void expect_the_next_to_start(workqueue_struct* wq, int first, const way_to_block& way) {
    SCOPED_TRACE(way.name);
    const std::unique_ptr<blocker> blocker = way.make();
    if (!blocker->available()) {
      RecordProperty(way.name, "not available here");
      return;
    }
    std::vector<std::unique_ptr<probe>> blocked;
    for (int i = 0; i < first; ++i) {
      blocked.push_back(std::make_unique<probe>([&] { blocker->block(); }));
      ASSERT_TRUE(queue_work_on(0, wq, blocked.back().get()));
    }
    std::atomic<int> finished_before{0};
    probe releaser([&] {
      for (const auto& item : blocked) finished_before += item->finished();
      blocker->release();
    });
    ASSERT_TRUE(queue_work_on(0, wq, &releaser));
    const bool in_time = releaser.wait_finished();
    if (!in_time) blocker->release();
    for (const auto& item : blocked) item->wait_finished();
    EXPECT_EQ(finished_before.load(), 0);
    flush_workqueue(wq);
  }
};
CMWQ_ON_ALL_DOMAINS(Blocking);

TEST_P(Blocking, C61_C71_R52_an_unannounced_block_on_a_per_cpu_queue_lets_the_next_item_start) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  for (const way_to_block& way : kWaysToBlock)
    for (int first : {1, 3}) expect_the_next_to_start(wq, first, way);
  const std::uint64_t expected = exact() ? 1 : 0;
  EXPECT_GE(snapshot(wq).stats.cm_wakeup, expected);
}

TEST_P(Blocking, C61_an_unannounced_block_on_a_high_priority_queue_lets_the_next_item_start) {
  workqueue_struct* wq = alloc("highpri", WQ_PERCPU | WQ_HIGHPRI);
  for (const way_to_block& way : kWaysToBlock) expect_the_next_to_start(wq, 1, way);
}

TEST_P(Blocking, C61_unannounced_blocks_on_an_unbound_queue_let_the_next_item_start) {
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  for (const way_to_block& way : kWaysToBlock) expect_the_next_to_start(wq, cpus() + 1, way);
}

TEST_P(Blocking, C61_every_way_at_once_on_every_cpu) {
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  std::vector<std::unique_ptr<blocker>> ways;
  for (const way_to_block& way : kWaysToBlock) {
    ways.push_back(way.make());
    if (!ways.back()->available()) ways.pop_back();
  }
  std::vector<std::unique_ptr<probe>> blocked;
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    for (const auto& way : ways) {
      for (workqueue_struct* wq : {bound, unbound}) {
        blocked.push_back(std::make_unique<probe>([&way] { way->block(); }));
        ASSERT_TRUE(queue_work_on(cpu, wq, blocked.back().get()));
      }
    }
  }
  counter passed("one item behind the blocked ones per CPU and queue");
  std::vector<std::unique_ptr<probe>> behind;
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    for (workqueue_struct* wq : {bound, unbound}) {
      behind.push_back(std::make_unique<probe>([&] { passed.add(); }));
      ASSERT_TRUE(queue_work_on(cpu, wq, behind.back().get()));
    }
  }
  passed.wait_for(2 * cpus());
  for (const auto& item : blocked) EXPECT_EQ(item->finished(), 0);
  for (const auto& way : ways) way->release();
  flush_workqueue(bound);
  flush_workqueue(unbound);
}

TEST_P(Blocking, C61_a_chain_of_items_each_released_by_the_next_unwinds) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    constexpr int kLength = 12;
    std::vector<std::unique_ptr<gate>> ended;  // the last is the test's own
    std::vector<std::unique_ptr<probe>> chain;
    for (int i = 0; i <= kLength; ++i) ended.push_back(std::make_unique<gate>("the next of a chain"));
    for (int i = 0; i < kLength; ++i) {
      chain.push_back(std::make_unique<probe>([&ended, i] {
        ended[static_cast<std::size_t>(i + 1)]->wait();
        ended[static_cast<std::size_t>(i)]->open();
      }));
      ASSERT_TRUE(queue_work_on(0, wq, chain.back().get()));
    }
    chain.back()->wait_started();
    for (const auto& item : chain) EXPECT_EQ(item->finished(), 0);
    ended.back()->open();
    flush_workqueue(wq);
    EXPECT_TRUE(ended.front()->is_open());
  }
}

}  // namespace
}  // namespace cmwq::test
