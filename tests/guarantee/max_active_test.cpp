// Group E: max_active and min_active.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class MaxActive : public domain_test {};
CMWQ_ON_ALL_DOMAINS(MaxActive);

using holds = std::vector<std::unique_ptr<hold>>;

// Queues @n fresh holds on @cpu.
void queue_holds(holds& all, int n, int cpu, workqueue_struct* wq) {
  for (int i = 0; i < n; ++i) {
    all.push_back(std::make_unique<hold>());
    ASSERT_TRUE(queue_work_on(cpu, wq, all.back().get()));
  }
}

int started(const holds& all) {
  return static_cast<int>(std::count_if(all.begin(), all.end(), [](const auto& h) { return h->started() > 0; }));
}

TEST_P(MaxActive, C46_zero_means_1024_and_what_is_out_of_range_is_clamped_with_a_warning) {
  EXPECT_EQ(snapshot(alloc("default", WQ_PERCPU, 0)).max_active, 1024);
  EXPECT_EQ(snapshot(alloc("biggest", WQ_PERCPU, 2048)).max_active, 2048);
  EXPECT_EQ(log().count({"max_active"}), 0);
  EXPECT_EQ(snapshot(alloc("negative", WQ_PERCPU, -3)).max_active, 1);
  EXPECT_EQ(snapshot(alloc("huge", WQ_UNBOUND, 100'000)).max_active, 2048);
  EXPECT_EQ(log().take({"max_active", "negative"}), 1);
  EXPECT_EQ(log().take({"max_active", "huge"}), 1);
}

TEST_P(MaxActive, C47_a_per_cpu_queue_runs_max_active_items_on_each_cpu_and_the_others_in_order) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU, 2);
  holds all;
  for (int cpu = 0; cpu < cpus(); ++cpu) ASSERT_NO_FATAL_FAILURE(queue_holds(all, 4, cpu, wq));
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    all[static_cast<std::size_t>(4 * cpu)]->wait_running();
    all[static_cast<std::size_t>(4 * cpu + 1)]->wait_running();
  }
  EXPECT_EQ(started(all), 2 * cpus());
  EXPECT_EQ(snapshot(wq).nr_active, 2 * cpus());
  EXPECT_EQ(snapshot(wq).nr_inactive, 2 * cpus());

  all[1]->release();  // the second of CPU 0 ends: its third starts, and nobody else's
  all[2]->wait_running();
  EXPECT_EQ(started(all), 2 * cpus() + 1);
  all[0]->release();
  all[3]->wait_running();
  EXPECT_EQ(started(all), 2 * cpus() + 2);
}

TEST_P(MaxActive, C48_a_queued_item_uses_a_slot_before_it_runs) {
  options.start_workers = false;  // nothing starts
  workqueue_struct* wq = alloc("unstarted", WQ_PERCPU, 2);
  probe items[3];
  for (probe& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_EQ(snapshot(wq).nr_active, 2);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  start_domain(domain());
  flush_workqueue(wq);
  for (probe& item : items) EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(snapshot(wq).nr_active, 0);
}

TEST_P(MaxActive, C49_a_sleeping_item_keeps_its_slot) {
  on_each_kind(1, [](workqueue_struct* wq) {
    hold sleeper;
    probe next;
    ASSERT_TRUE(queue_work_on(0, wq, &sleeper));
    sleeper.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &next));
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, 1);
    EXPECT_EQ(next.started(), 0);
    sleeper.release();
    flush_work(&next);
    EXPECT_EQ(next.finished(), 1);
  });
}

TEST_P(MaxActive, C50_the_limit_of_an_unbound_queue_holds_for_all_cpus_of_a_node_together) {
  if (GetParam().where.nodes == 0) GTEST_SKIP() << "needs to know the nodes";
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 4);
  const int per_node = cpus() / nodes();
  holds all;
  for (int i = 0; i < 6; ++i) ASSERT_NO_FATAL_FAILURE(queue_holds(all, 1, i % per_node, wq));
  wait_until("4 items to run", [&] { return started(all) >= 4; });
  EXPECT_EQ(snapshot(wq).nr_active, 4);
  EXPECT_EQ(snapshot(wq).nr_inactive, 2);
  EXPECT_EQ(started(all), 4);
}

TEST_P(MaxActive, C50_the_limit_is_divided_over_the_nodes) {
  if (nodes() != 2) GTEST_SKIP() << "needs two nodes";
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 6);
  workqueue_set_min_active(wq, 1);
  holds all;
  ASSERT_NO_FATAL_FAILURE(queue_holds(all, 5, 0, wq));            // node 0: half of 6
  ASSERT_NO_FATAL_FAILURE(queue_holds(all, 5, cpus() - 1, wq));  // node 1: the other half
  wait_until("3 items per node to run", [&] { return started(all) >= 6; });
  EXPECT_EQ(snapshot(wq).nr_active, 6);
  EXPECT_EQ(snapshot(wq).nr_inactive, 4);
}

TEST_P(MaxActive, C51_C52_min_active_items_may_be_active_on_any_node_whatever_its_share) {
  if (nodes() != 2) GTEST_SKIP() << "needs two nodes";
  workqueue_struct* small = alloc("small", WQ_UNBOUND, 4);   // share 2, floor min(4, 8)
  workqueue_struct* large = alloc("large", WQ_UNBOUND, 10);  // share 5, floor 8
  holds of_small, of_large;
  ASSERT_NO_FATAL_FAILURE(queue_holds(of_small, 6, 0, small));
  ASSERT_NO_FATAL_FAILURE(queue_holds(of_large, 10, 0, large));
  EXPECT_EQ(snapshot(small).nr_active, 4);
  EXPECT_EQ(snapshot(large).nr_active, 8);
  wait_until("all active items to run", [&] { return started(of_small) + started(of_large) >= 12; });
}

TEST_P(MaxActive, C54_raising_starts_waiting_items_at_once_and_lowering_stops_none) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    const bool divided = (kind.flags & WQ_UNBOUND) != 0;
    if (divided && GetParam().where.nodes == 0) continue;  // over an unknown number of nodes
    workqueue_struct* wq = alloc(kind.name, kind.flags, 1);
    holds all;
    ASSERT_NO_FATAL_FAILURE(queue_holds(all, 6, 0, wq));
    all[0]->wait_running();
    EXPECT_EQ(snapshot(wq).nr_inactive, 5);
    workqueue_set_max_active(wq, divided ? 3 * nodes() : 3);
    EXPECT_EQ(snapshot(wq).nr_active, 3);
    all[1]->wait_running();
    all[2]->wait_running();
    workqueue_set_max_active(wq, 1);
    EXPECT_EQ(snapshot(wq).max_active, 1);
    EXPECT_EQ(snapshot(wq).nr_active, 3);
    all[0]->release();
    all[1]->release();
    wait_until("two items to end", [&] { return snapshot(wq).nr_active == 1; });
    EXPECT_EQ(snapshot(wq).nr_inactive, 3);
    all[2]->release();
    all[3]->wait_running();
    EXPECT_EQ(snapshot(wq).nr_active, 1);
  }
}

TEST_P(MaxActive, C54_set_max_active_clamps_with_a_warning) {
  workqueue_struct* wq = alloc("clamped", WQ_UNBOUND, 5);
  workqueue_set_max_active(wq, 0);
  EXPECT_EQ(snapshot(wq).max_active, 1);
  workqueue_set_max_active(wq, 5000);
  EXPECT_EQ(snapshot(wq).max_active, 2048);
  EXPECT_GE(log().take({"max_active", "clamped"}), 1);
}

TEST_P(MaxActive, C55_an_ordered_queue_ignores_a_new_max_active_with_a_warning) {
  workqueue_struct* wq = alloc_ordered("strict");
  workqueue_set_max_active(wq, 4);
  EXPECT_EQ(snapshot(wq).max_active, 1);
  EXPECT_EQ(log().take({"strict", "max_active"}), 1);
}

TEST_P(MaxActive, C56_only_unordered_unbound_queues_have_a_min_active) {
  workqueue_set_min_active(alloc("strictly_local", WQ_PERCPU), 2);
  workqueue_set_min_active(alloc_ordered("in_order"), 2);
  EXPECT_EQ(log().take({"strictly_local", "min_active"}), 1);
  EXPECT_EQ(log().take({"in_order", "min_active"}), 1);
}

TEST_P(MaxActive, C57_cancelling_an_active_item_starts_a_waiting_one_and_an_inactive_one_nothing) {
  options.start_workers = false;  // the items stay where they are put
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    workqueue_struct* wq = alloc(kind.name, kind.flags, 2);
    probe items[5];
    for (probe& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
    EXPECT_EQ(snapshot(wq).nr_inactive, 3);
    EXPECT_TRUE(cancel_work(&items[0]));  // active: items[2] takes its place
    EXPECT_EQ(snapshot(wq).nr_active, 2);
    EXPECT_EQ(snapshot(wq).nr_inactive, 2);
    EXPECT_TRUE(cancel_work(&items[3]));  // inactive
    EXPECT_EQ(snapshot(wq).nr_active, 2);
    EXPECT_EQ(snapshot(wq).nr_inactive, 1);
    EXPECT_TRUE(cancel_work(&items[1]));  // active: items[4]
    EXPECT_TRUE(cancel_work(&items[2]));  // active, nobody waits
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, 0);
    EXPECT_TRUE(cancel_work(&items[4]));
    EXPECT_EQ(snapshot(wq).nr_active, 0);
  }
  EXPECT_EQ(check_invariants(domain()), "");
  start_domain(domain());
}

TEST_P(MaxActive, C58_the_limit_is_never_exceeded_and_never_keeps_work_waiting) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    for (int limit = 1; limit <= 4; ++limit) {
      SCOPED_TRACE(testing::Message() << kind.name << " max_active " << limit);
      workqueue_struct* wq = alloc(kind.name, kind.flags, limit);
      crowd inside;
      std::atomic<int> runs{0};
      std::vector<std::unique_ptr<probe>> items;
      for (int i = 0; i < 16; ++i)
        items.push_back(std::make_unique<probe>([&, i] {
          inside.enter();
          if (i % 4 == 0) pause_briefly(20'000);
          runs.fetch_add(1);
          inside.leave();
        }));
      std::atomic<int> accepted{0};
      race(4, [&](int thread) {
        for (int i = 0; i < scaled(100); ++i)
          accepted.fetch_add(queue_work_on(0, wq, items[static_cast<std::size_t>((i * 5 + thread) % 16)].get()));
      });
      flush_workqueue(wq);
      EXPECT_EQ(runs.load(), accepted.load());
      EXPECT_LE(inside.most(), limit);
      destroy(wq);
    }
  }
}

}  // namespace
}  // namespace cmwq::test
