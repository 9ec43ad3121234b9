// CPUs go away and come back, and the shares of unbound queues follow.
#include <sched.h>

#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class CpusAttrs : public domain_test {
 public:
  void offline(int cpu) { ASSERT_EQ(workqueue_offline_cpu(domain(), cpu), 0); }
  void online(int cpu) { ASSERT_EQ(workqueue_online_cpu(domain(), cpu), 0); }
  bool too_few_cpus() { return cpus() < 2; }

  // One item for each CPU is executed.
  void expect_to_run_everywhere(workqueue_struct* wq) {
    for (int cpu = 0; cpu < cpus(); ++cpu) {
      probe item;
      ASSERT_TRUE(queue_work_on(cpu, wq, &item));
      flush_work(&item);
      EXPECT_EQ(item.finished(), 1);
    }
  }
};
CMWQ_ON_ALL_DOMAINS(CpusAttrs);

#define SKIP_WITH_ONE_CPU() \
  if (too_few_cpus()) GTEST_SKIP() << "the last CPU cannot be taken away"

TEST_P(CpusAttrs, C161_C176_a_pod_without_cpus_is_served_by_all_until_one_returns) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* wq = alloc("scoped", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_CPU);
  const int lost = cpus() - 1, own_pool = pool_of(wq, lost);
  hold before;
  ASSERT_TRUE(queue_work_on(lost, wq, &before));
  before.wait_running();
  offline(lost);
  EXPECT_NE(pool_of(wq, lost), own_pool);
  const pool_snapshot now = pool_with_id(domain(), pool_of(wq, lost));
  EXPECT_FALSE(now.displaced);
  EXPECT_EQ(now.runs_on, snapshot_cpus(domain()).online);
  EXPECT_TRUE(pool_with_id(domain(), own_pool).displaced) << "what it executes goes on";
  expect_to_run_everywhere(wq);
  before.release();
  flush_work(&before);
  wait_until("the pool of the lost CPU to go", [&] { return !pool_exists(domain(), own_pool); });
  online(lost);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq, lost)).cpus, std::to_string(lost));
  expect_to_run_everywhere(wq);
}

TEST_P(CpusAttrs, C53_R17_a_queue_whose_only_cpu_is_lost_goes_on) {
  SKIP_WITH_ONE_CPU();
  const int lost = cpus() - 1;
  workqueue_struct* wq = alloc("narrow", WQ_UNBOUND, 4);
  change_attrs(wq, [&](workqueue_attrs& attrs) { attrs.cpumask = cpus_of({lost}); });
  for (bool strict : {false, true}) {
    change_attrs(wq, [&](workqueue_attrs& attrs) { attrs.affn_strict = strict; });
    offline(lost);
    workqueue_set_max_active(wq, 6);
    workqueue_set_min_active(wq, 2);
    expect_to_run_everywhere(wq);
    std::vector<std::unique_ptr<hold>> items;
    for (int i = 0; i < 8; ++i) {
      items.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
    }
    items[1]->wait_running();  // each node has at least min_active slots
    items.clear();
    EXPECT_EQ(check_invariants(domain()), "");
    online(lost);
    expect_to_run_everywhere(wq);
  }
}

TEST_P(CpusAttrs, R18_a_pod_that_is_offline_in_part_starts_items_on_the_rest) {
  if (GetParam().where.synthetic) GTEST_SKIP() << "a CPU stands for several";
  SKIP_WITH_ONE_CPU();
  const std::vector<int> real = allowed_cpus();
  const int lost = cpus() - 1;
  workqueue_struct* wq = alloc("pod", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_SYSTEM);
  expect_to_run_everywhere(wq);  // workers have been on every CPU
  offline(lost);
  for (int i = 0; i < 50; ++i) {
    int where = -1;
    std::vector<int> allowed;
    probe item([&] { where = sched_getcpu(), allowed = allowed_cpus(); });
    ASSERT_TRUE(queue_work_on(i % cpus(), wq, &item));
    flush_work(&item);
    EXPECT_NE(where, real.back());
    EXPECT_EQ(std::count(allowed.begin(), allowed.end(), real.back()), 0);
  }
}

TEST_P(CpusAttrs, C173_workers_of_a_lost_cpu_keep_off_cpus_that_are_not_for_unbound_work) {
  if (cpus() < 4) GTEST_SKIP() << "needs a CPU to lose, one to isolate and others";
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  cpumask_t housekeeping = cpus_up_to(cpus());
  housekeeping.clear(0);
  ASSERT_EQ(workqueue_unbound_housekeeping_update_in(domain(), &housekeeping), 0);
  offline(cpus() - 1);
  EXPECT_EQ(bound_pool(cpus() - 1).runs_on, "1-" + std::to_string(cpus() - 2));
  const cpumask_t all = cpus_up_to(cpus());
  ASSERT_EQ(workqueue_unbound_housekeeping_update_in(domain(), &all), 0);
  EXPECT_EQ(bound_pool(cpus() - 1).runs_on, "0-" + std::to_string(cpus() - 2)) << "C166: it follows";
  expect_to_run_everywhere(wq);
}

TEST_P(CpusAttrs, R14_cpus_and_attributes_change_at_the_same_time) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* wq = alloc("changing", WQ_UNBOUND);
  workqueue_struct* ordered = alloc_ordered("ordered");
  std::atomic<bool> stop{false};
  background flapper([&] {
    for (unsigned round = 0; !stop.load(); ++round) {
      const int cpu = 1 + static_cast<int>(round % static_cast<unsigned>(cpus() - 1));
      EXPECT_EQ(workqueue_offline_cpu(domain(), cpu), 0);
      std::this_thread::yield();
      EXPECT_EQ(workqueue_online_cpu(domain(), cpu), 0);
    }
  });
  background changer([&] {
    for (int round = 0; !stop.load(); ++round) {
      change_attrs(wq, [&](workqueue_attrs& attrs) {
        attrs.affn_scope = static_cast<wq_affn_scope>(WQ_AFFN_CPU + round % (WQ_AFFN_NR_TYPES - 1));
        attrs.affn_strict = round % 2;
      });
      std::this_thread::yield();
    }
  });
  std::atomic<int> runs{0}, last{-1};
  int queued = 0;
  {
    std::vector<std::unique_ptr<probe>> items, in_order;
    for (int i = 0; i < 8; ++i) items.push_back(std::make_unique<probe>([&runs] { runs.fetch_add(1); }));
    for (int i = 0; i < scaled(100); ++i) {
      queued += queue_work_on(i % cpus(), wq, items[static_cast<std::size_t>(i) % items.size()].get());
      in_order.push_back(std::make_unique<probe>([&last, i] { EXPECT_EQ(last.exchange(i), i - 1); }));
      ASSERT_TRUE(queue_work_on(i % cpus(), ordered, in_order.back().get()));
    }
    flush_workqueue(wq);
    flush_workqueue(ordered);
    stop.store(true);
    flapper.join();
    changer.join();
  }
  EXPECT_EQ(runs.load(), queued);
  // The map of the queue is what it would be if nothing had happened.
  set_scope(wq, WQ_AFFN_CPU);
  for (int cpu = 0; cpu < cpus(); ++cpu)
    EXPECT_EQ(pool_with_id(domain(), pool_of(wq, cpu)).cpus, std::to_string(cpu));
  expect_to_run_everywhere(wq);
  EXPECT_EQ(check_invariants(domain()), "");
}

}  // namespace
}  // namespace cmwq::test
