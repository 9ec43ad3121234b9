// Group B: choosing the CPU and the pool.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Placement : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Placement);

TEST_P(Placement, C18_queue_work_on_chooses_the_pool_of_that_cpu) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    hold item;
    ASSERT_TRUE(queue_work_on(cpu, wq, &item));
    item.wait_running();
    EXPECT_EQ(busy_cpus(), std::vector<int>{cpu});
    item.release();
    flush_work(&item);
    wait_until("the worker to be idle", [this] { return busy_cpus().empty(); });
  }
}

TEST_P(Placement, C18_queue_work_in_a_function_chooses_the_cpu_it_runs_on) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  const int cpu = cpus() - 1;
  std::vector<int> busy;
  probe second([&] { busy = busy_cpus(); });
  probe first([&] { EXPECT_TRUE(queue_work(wq, &second)); });
  ASSERT_TRUE(queue_work_on(cpu, wq, &first));
  second.wait_finished();
  flush_workqueue(wq);
  EXPECT_EQ(busy, std::vector<int>{cpu});
}

TEST_P(Placement, C18_queue_work_elsewhere_chooses_the_cpu_of_the_caller) {
  if (GetParam().where.synthetic) GTEST_SKIP() << "the CPU of a caller stands for several";
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  const std::vector<int> allowed = allowed_cpus();
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    hold item;
    background caller([&] {
      ASSERT_TRUE(pin_this_thread(allowed[static_cast<std::size_t>(cpu)]));
      EXPECT_TRUE(queue_work(wq, &item));
    });
    item.wait_running();
    EXPECT_EQ(busy_cpus(), std::vector<int>{cpu});
    item.release();
    flush_work(&item);
    wait_until("the worker to be idle", [this] { return busy_cpus().empty(); });
  }
}

// Whether @cpu is in a list like "0-3,8".
bool list_has(const std::string& list, int cpu) {
  for (std::size_t at = 0; at < list.size();) {
    int first = 0, last = 0, used = 0;
    if (std::sscanf(list.c_str() + at, "%d-%d%n", &first, &last, &used) < 2) {
      if (std::sscanf(list.c_str() + at, "%d%n", &first, &used) < 1) return false;
      last = first;
    }
    if (first <= cpu && cpu <= last) return true;
    at += static_cast<std::size_t>(used) + 1;
  }
  return false;
}

TEST_P(Placement, C22_queue_work_on_an_unbound_queue_chooses_the_pod_of_that_cpu) {
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    hold item;
    ASSERT_TRUE(queue_work_on(cpu, wq, &item));
    item.wait_running();
    int busy = 0;
    for (const pool_snapshot& pool : unbound_pools()) {
      if (pool.nr_busy == 0) continue;
      ++busy;
      EXPECT_TRUE(list_has(pool.cpus, cpu)) << pool.cpus << " for CPU " << cpu;
    }
    EXPECT_EQ(busy, 1);
    item.release();
    flush_work(&item);
    wait_until("the worker to be idle", [this] {
      const auto pools = unbound_pools();
      return std::all_of(pools.begin(), pools.end(), [](const pool_snapshot& p) { return p.nr_busy == 0; });
    });
  }
}

TEST_P(Placement, C155_C156_equal_unbound_queues_share_pools_and_pods_do_not) {
  ASSERT_NE(alloc("one", WQ_UNBOUND), nullptr);
  const auto before = unbound_pools();
  ASSERT_NE(alloc("two", WQ_UNBOUND), nullptr);
  EXPECT_EQ(unbound_pools().size(), before.size());
  const std::size_t pods = GetParam().where.nodes == 2 ? 4 : 1;  // 2 nodes x 2 caches
  EXPECT_GE(before.size(), pods);
}

TEST_P(Placement, C26_a_busy_high_priority_pool_does_not_hold_back_the_normal_one_nor_the_reverse) {
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  workqueue_struct* high = alloc("high", WQ_PERCPU | WQ_HIGHPRI);
  for (auto [busy, other] : {std::pair{normal, high}, std::pair{high, normal}}) {
    spin first;
    probe second([&] { first.release(); });
    ASSERT_TRUE(queue_work_on(0, busy, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, other, &second));
    first.wait_finished();
    EXPECT_EQ(second.started(), 1);
  }
}

TEST_P(Placement, a_cpu_that_does_not_exist_is_warned_of_once_and_the_item_runs) {
  workqueue_struct* wq = alloc("nocpu", WQ_PERCPU);
  probe item;
  for (int cpu : {cpus(), 9999, -7}) {
    EXPECT_TRUE(queue_work_on(cpu, wq, &item));
    flush_work(&item);
  }
  EXPECT_EQ(item.finished(), 3);
  EXPECT_EQ(log().take({"nocpu", "cpu"}), 1);
}

}  // namespace
}  // namespace cmwq::test
