// Groups B and E: queueing on a NUMA node, and asking whether items wait.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Node : public domain_test {
 protected:
  // The one unbound pool that executes something; its CPUs as a list.
  pool_snapshot busy_unbound_pool() {
    pool_snapshot busy;
    int count = 0;
    for (const pool_snapshot& pool : unbound_pools())
      if (pool.nr_busy > 0) busy = pool, ++count;
    EXPECT_EQ(count, 1);
    return busy;
  }
  void wait_until_unbound_idle() {
    wait_until("the worker to be idle", [this] {
      for (const pool_snapshot& pool : unbound_pools())
        if (pool.nr_busy > 0) return false;
      return true;
    });
  }
};
CMWQ_ON_ALL_DOMAINS(Node);

TEST_P(Node, C23_queue_work_node_chooses_a_cpu_of_that_node) {
  options.affinity_scope = WQ_AFFN_CPU;
  workqueue_struct* wq = alloc("node", WQ_UNBOUND);
  for (int node = 0; node < domain_nodes(domain()); ++node) {
    pool_snapshot where;
    probe item([&] { where = busy_unbound_pool(); });
    EXPECT_TRUE(queue_work_node(node, wq, &item));
    flush_work(&item);
    EXPECT_EQ(where.node, node);
    wait_until_unbound_idle();
  }
}

TEST_P(Node, C23_the_callers_cpu_if_it_is_on_the_node_else_the_first_of_the_node) {
  options.affinity_scope = WQ_AFFN_CPU;
  workqueue_struct* wq = alloc("node", WQ_UNBOUND);
  workqueue_struct* callers = alloc("callers", WQ_PERCPU);
  const int nr_nodes = domain_nodes(domain());
  if (!GetParam().where.synthetic && nr_nodes > 1) GTEST_SKIP() << "which CPU is on which node is not known";
  const int per_node = cpus() / nr_nodes;
  for (int from = 0; from < cpus(); ++from) {
    for (int node = 0; node < nr_nodes; ++node) {
      pool_snapshot where;
      probe item([&] { where = busy_unbound_pool(); });
      probe caller([&] { EXPECT_TRUE(queue_work_node(node, wq, &item)); });
      ASSERT_TRUE(queue_work_on(from, callers, &caller));
      caller.wait_finished();
      item.wait_finished();
      flush_work(&item);
      const int expected = from / per_node == node ? from : node * per_node;
      EXPECT_EQ(where.cpus, std::to_string(expected)) << "from CPU " << from << " on node " << node;
      wait_until_unbound_idle();
    }
  }
}

TEST_P(Node, C23_a_node_that_does_not_exist_is_as_none) {
  workqueue_struct* wq = alloc("node", WQ_UNBOUND);
  probe item;
  for (int node : {-1, domain_nodes(domain()), 1 << 20}) {
    EXPECT_TRUE(queue_work_node(node, wq, &item));
    flush_work(&item);
  }
  EXPECT_EQ(item.finished(), 3);
}

TEST_P(Node, C23_a_queue_that_is_not_unbound_is_warned_of_once) {
  workqueue_struct* wq = alloc("bound", WQ_PERCPU);
  probe item;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(queue_work_node(0, wq, &item));
    flush_work(&item);
  }
  EXPECT_EQ(item.finished(), 2);
  EXPECT_EQ(log().take({"bound", "queue_work_node"}), 1);
}

TEST_P(Node, C23_a_pending_item_stays_where_it_is) {
  workqueue_struct* wq = alloc("node", WQ_UNBOUND);
  delayed_probe item;
  ASSERT_TRUE(queue_delayed_work(wq, &item, 3'600'000));
  EXPECT_FALSE(queue_work_node(0, wq, &item.work));
  EXPECT_TRUE(cancel_delayed_work(&item));
}

TEST_P(Node, C59_a_cpu_is_congested_exactly_while_items_wait_for_a_slot_of_it) {
  workqueue_struct* wq = alloc("congested", WQ_PERCPU, 1);
  const int busy = cpus() - 1;
  hold first;
  probe second;
  EXPECT_FALSE(workqueue_congested(busy, wq));
  ASSERT_TRUE(queue_work_on(busy, wq, &first));
  EXPECT_FALSE(workqueue_congested(busy, wq));
  ASSERT_TRUE(queue_work_on(busy, wq, &second));
  for (int cpu = 0; cpu < cpus(); ++cpu) EXPECT_EQ(workqueue_congested(cpu, wq), cpu == busy);

  bool local = false;
  probe asker([&] { local = workqueue_congested(WORK_CPU_UNBOUND, wq); });
  workqueue_struct* other = alloc("other", WQ_PERCPU | WQ_HIGHPRI);
  ASSERT_TRUE(queue_work_on(busy, other, &asker));
  flush_work(&asker);
  EXPECT_TRUE(local);

  EXPECT_TRUE(cancel_work(&second));
  EXPECT_FALSE(workqueue_congested(busy, wq));
  EXPECT_FALSE(workqueue_congested(cpus(), wq));
  EXPECT_EQ(log().take({"congested", "does not exist"}), 1);
}

TEST_P(Node, current_is_workqueue_mem_reclaim_tells_what_kind_of_item_is_executed) {
  EXPECT_FALSE(current_is_workqueue_mem_reclaim());
  on_each_kind(0, [](workqueue_struct* wq) {
    bool inside = false;
    probe item([&] { inside = current_is_workqueue_mem_reclaim(); });
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(inside, (snapshot(wq).flags & WQ_MEM_RECLAIM) != 0);
  });
}

TEST_P(Node, C13_a_refused_queueing_promises_no_run_if_the_pending_one_is_taken_back) {
  workqueue_struct* wq = alloc("refused", WQ_PERCPU, 1);
  hold first;
  probe item;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_FALSE(queue_work_on(0, wq, &item));
  EXPECT_TRUE(cancel_work(&item));
  disable_work(&item);
  EXPECT_FALSE(queue_work_on(0, wq, &item));
  EXPECT_TRUE(enable_work(&item));
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(item.started(), 0);
}

}  // namespace
}  // namespace cmwq::test
