// Group B: from which CPUs queue_work() chooses for unbound queues.
#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class SelectCpu : public domain_test {
 protected:
  // The CPUs whose pools execute something for @wq, which has one pool per CPU.
  std::set<int> busy_cpus_of(workqueue_struct* wq) {
    std::set<int> busy;
    for (int cpu = 0; cpu < cpus(); ++cpu)
      if (pool_with_id(domain(), pool_of(wq, cpu)).nr_busy > 0) busy.insert(cpu);
    return busy;
  }

  // Queues @n items that hold their worker, without naming a CPU.
  std::vector<std::unique_ptr<hold>> hold_some(workqueue_struct* wq, int n) {
    std::vector<std::unique_ptr<hold>> holds;
    for (int i = 0; i < n; ++i) {
      holds.push_back(std::make_unique<hold>());
      EXPECT_TRUE(queue_work(wq, holds.back().get()));
      holds.back()->wait_running();
    }
    return holds;
  }
};
CMWQ_ON_ALL_DOMAINS(SelectCpu);

TEST_P(SelectCpu, C19_the_local_cpu_if_unbound_work_may_use_it_else_the_next_one_in_turn) {
  if (cpus() < 4) GTEST_SKIP() << "needs four CPUs, the local one being 0 or 1";
  workqueue_struct* wq = alloc("chosen", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_CPU);
  {
    const auto holds = hold_some(wq, 1);
    EXPECT_LE(*busy_cpus_of(wq).begin(), 1);
  }
  flush_workqueue(wq);
  cpumask_t allowed = cpus_of({cpus() - 2, cpus() - 1});
  ASSERT_EQ(workqueue_set_unbound_cpumask_in(domain(), &allowed), 0);
  // Each CPU still has its slot; those of the excluded ones are served by a pool over what is allowed.
  const auto holds = hold_some(wq, 4);
  EXPECT_EQ(busy_cpus_of(wq).count(cpus() - 2), 1u);
  EXPECT_EQ(busy_cpus_of(wq).count(cpus() - 1), 1u);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq, cpus() - 1)).nr_busy, 2);
}

TEST_P(SelectCpu, C20_the_mask_chooses_the_slot_and_the_queues_own_cpus_the_pool) {
  if (cpus() < 4) GTEST_SKIP() << "needs four CPUs";
  workqueue_struct* wq = alloc("own", WQ_UNBOUND);
  change_attrs(wq, [&](workqueue_attrs& attrs) {
    attrs.affn_scope = WQ_AFFN_CPU;
    attrs.cpumask = cpus_of({2, 3});
  });
  // The local CPU, 0 or 1, may be chosen; its slot is served by a pool of the queue's CPUs.
  const auto holds = hold_some(wq, 1);
  const pool_snapshot pool = pool_with_id(domain(), pool_of(wq, 0));
  EXPECT_EQ(pool.cpus, "2-3");
  EXPECT_EQ(pool.nr_busy, 1);
}

TEST_P(SelectCpu, C21_R30_forced_round_robin_skips_the_local_preference_of_unbound_queues_only) {
  options.debug_force_rr_cpu = 1;
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  set_scope(unbound, WQ_AFFN_CPU);
  {
    const auto holds = hold_some(unbound, cpus());
    EXPECT_EQ(static_cast<int>(busy_cpus_of(unbound).size()), cpus());
  }
  EXPECT_EQ(log().take({"round-robin"}), 1);

  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    std::vector<int> busy;
    probe second([&] { busy = busy_cpus(); });
    probe first([&] { EXPECT_TRUE(queue_work(bound, &second)); });
    ASSERT_TRUE(queue_work_on(cpu, bound, &first));
    second.wait_finished();
    flush_workqueue(bound);
    EXPECT_EQ(busy, std::vector<int>{cpu});
  }
}

TEST_P(SelectCpu, unbound_cpus_of_the_options_are_a_list_and_ignored_with_a_warning_if_they_are_not) {
  options.unbound_cpus = "0";
  workqueue_struct* wq = alloc_ordered("one");
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0");
  for (const char* text : {"x", "900"}) {
    domain_options other = options;
    other.unbound_cpus = text;
    wq_domain* made = alloc_domain(other);
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(log().take({"unbound_cpus", text}), 1);
    destroy_domain(made);
  }
}

}  // namespace
}  // namespace cmwq::test
