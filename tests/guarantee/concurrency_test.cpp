// Group F: how many items of a CPU run at once.
#include "../harness/domain_fixture.h"
#include "cmwq/cxx/blocking_section.hpp"

namespace cmwq::test {
namespace {

class Concurrency : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Concurrency);

#define CMWQ_NEEDS_REGULATION() \
  if (!regulated()) GTEST_SKIP() << "this hook does not promise how many run"

#define CMWQ_UNLESS_DISTURBED() \
  if (disturbed()) GTEST_SKIP() << "the CPUs were wanted by others, too"

TEST_P(Concurrency, C60_while_a_counted_item_computes_no_other_of_its_cpu_starts) {
  CMWQ_NEEDS_REGULATION();
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  workqueue_struct* intensive = alloc("intensive", WQ_PERCPU | WQ_CPU_INTENSIVE);
  probe second, third;
  int started_meanwhile = -1;
  std::atomic<bool> queued{false};
  probe first([&] {
    spin_until(queued, "the others to be queued");
    burn_us(5000);
    started_meanwhile = second.started() + third.started();
  });
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_started();
  ASSERT_TRUE(queue_work_on(0, wq, &second));
  ASSERT_TRUE(queue_work_on(0, intensive, &third));  // C64: its start is regulated like any other
  queued.store(true);
  flush_workqueue(wq);
  flush_workqueue(intensive);
  CMWQ_UNLESS_DISTURBED();
  EXPECT_EQ(started_meanwhile, 0);
}

TEST_P(Concurrency, C60_an_unbound_queue_runs_as_many_computing_items_as_its_pod_has_cpus) {
  CMWQ_NEEDS_REGULATION();
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  crowd inside;
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < 3 * cpus(); ++i) {
    items.push_back(std::make_unique<probe>([&] {
      inside.enter();
      burn_us(1000);
      inside.leave();
    }));
    ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
  }
  flush_workqueue(wq);
  CMWQ_UNLESS_DISTURBED();
  int target = 0;
  for (const pool_snapshot& pool : unbound_pools()) target = std::max(target, pool.target);
  EXPECT_GT(target, 0);
  // An item may block for a moment all the same, in a page fault; the next one starts then.
  EXPECT_LE(inside.most(), target + 1);
}

TEST_P(Concurrency, C62_a_worker_that_wakes_goes_on_although_another_one_runs) {
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  hold blocked;
  probe computing([&] {
    blocked.release();
    const deadline end;
    while (blocked.finished() == 0 && !end.passed()) {
    }
  });
  ASSERT_TRUE(queue_work_on(0, wq, &blocked));
  ASSERT_TRUE(queue_work_on(0, wq, &computing));
  computing.wait_finished();
  EXPECT_EQ(blocked.finished(), 1);
}

TEST_P(Concurrency, C64_running_cpu_intensive_items_do_not_hold_back_each_other_nor_normal_ones) {
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("intensive", WQ_PERCPU | WQ_CPU_INTENSIVE);
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  spin first, second;
  probe last([&] {
    first.release();
    second.release();
  });
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  ASSERT_TRUE(queue_work_on(0, wq, &second));
  ASSERT_TRUE(queue_work_on(0, normal, &last));
  first.wait_finished();
  second.wait_finished();
  EXPECT_EQ(last.started(), 1);
}

TEST_P(Concurrency, C65_an_item_that_uses_its_cpu_too_long_stops_holding_back_others) {
  options.cpu_intensive_thresh_us = 2000;
  for (const queue_kind& kind : {kPerCpu, kHighpri, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    std::vector<std::unique_ptr<spin>> hogs;
    const int enough = kind.flags & WQ_UNBOUND ? cpus() + 1 : 2;
    for (int i = 0; i < enough; ++i) {
      hogs.push_back(std::make_unique<spin>());
      ASSERT_TRUE(queue_work_on(0, wq, hogs.back().get()));
    }
    probe last([&] {
      for (const auto& hog : hogs) hog->release();
    });
    ASSERT_TRUE(queue_work_on(0, wq, &last));
    last.wait_finished();
    flush_workqueue(wq);
    const std::uint64_t expected = exact() ? 1 : 0;
    EXPECT_GE(snapshot(wq).stats.cpu_intensive, expected);
    EXPECT_GE(snapshot_hook(domain()).hogs, expected);
  }
}

TEST_P(Concurrency, C65_a_threshold_of_0_switches_the_detection_off) {
  CMWQ_NEEDS_REGULATION();
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  probe second;
  int started_meanwhile = -1;
  std::atomic<bool> queued{false};
  probe first([&] {
    spin_until(queued, "the second to be queued");
    burn_us(30'000);
    started_meanwhile = second.started();
  });
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_started();
  ASSERT_TRUE(queue_work_on(0, wq, &second));
  queued.store(true);
  flush_workqueue(wq);
  CMWQ_UNLESS_DISTURBED();
  EXPECT_EQ(started_meanwhile, 0);
  EXPECT_EQ(snapshot(wq).stats.cpu_intensive, 0u);
}

TEST_P(Concurrency, C66_sleeping_resets_the_clock_of_the_hog_detection) {
  options.cpu_intensive_thresh_us = 20'000;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  probe polite([] {
    for (int i = 0; i < 40; ++i) {
      burn_us(1000);
      pause_briefly(3'000'000);  // the block itself is what is tested
    }
  });
  probe behind;
  ASSERT_TRUE(queue_work_on(0, wq, &polite));
  ASSERT_TRUE(queue_work_on(0, wq, &behind));
  flush_workqueue(wq);
  EXPECT_EQ(snapshot(wq).stats.cpu_intensive, 0u);
}

TEST_P(Concurrency, C68_items_that_wait_for_each_other_by_spinning_all_start_on_an_unbound_queue) {
  options.cpu_intensive_thresh_us = 1000;
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  const int n = 2 * cpus() + 2;
  std::atomic<int> arrived{0};
  std::atomic<bool> all_here{false};
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < n; ++i) {
    items.push_back(std::make_unique<probe>([&] {
      if (arrived.fetch_add(1) + 1 == n) all_here.store(true);
      spin_until(all_here, "all items of the queue to start");
    }));
    ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
  }
  flush_workqueue(wq);
  EXPECT_EQ(arrived.load(), n);
}

TEST_P(Concurrency, C70_items_that_never_block_are_executed_by_one_worker_with_one_spare) {
  CMWQ_NEEDS_REGULATION();
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  std::atomic<int> runs{0};
  struct short_item : work_struct {
    std::atomic<int>* runs;
    static void run(work_struct* work) { static_cast<short_item*>(work)->runs->fetch_add(1); }
  };
  std::vector<short_item> items(static_cast<std::size_t>(scaled(1000)));
  for (short_item& item : items) {
    INIT_WORK(&item, &short_item::run);
    item.runs = &runs;
    ASSERT_TRUE(queue_work_on(0, wq, &item));
  }
  flush_workqueue(wq);
  EXPECT_EQ(runs.load(), static_cast<int>(items.size()));
  CMWQ_UNLESS_DISTURBED();
  EXPECT_LE(bound_pool(0).nr_workers, 2);
}

TEST_P(Concurrency, C72_with_max_active_2_the_third_item_waits_for_an_end_and_with_3_for_a_block) {
  for (int limit : {2, 3}) {
    SCOPED_TRACE(limit);
    workqueue_struct* wq = alloc("scenario", WQ_PERCPU, limit);
    hold first, second;
    int ended_before = -1;
    probe third([&] { ended_before = first.finished() + second.finished(); });
    for (work_struct* work : {static_cast<work_struct*>(&first), static_cast<work_struct*>(&second),
                              static_cast<work_struct*>(&third)})
      ASSERT_TRUE(queue_work_on(0, wq, work));
    first.wait_running();
    second.wait_running();
    if (limit == 3) third.wait_finished();
    first.release();
    third.wait_finished();
    flush_work(&third);
    EXPECT_EQ(ended_before, limit == 3 ? 0 : 1);
  }
}

TEST_P(Concurrency, a_declared_block_lets_the_next_item_start_and_sections_nest) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  for (int round = 0; round < 5; ++round) {
    gate go;
    probe first([&] {
      const blocking_section outer;
      { const blocking_section inner; }
      go.wait();
    });
    probe second([&] { go.open(); });
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    ASSERT_TRUE(queue_work_on(0, wq, &second));
    flush_workqueue(wq);
    EXPECT_EQ(first.finished(), 1);
  }
  const blocking_section outside;  // on a thread that is no worker: nothing happens
  EXPECT_EQ(check_invariants(domain()), "");
}

TEST_P(Concurrency, C63_a_worker_that_prepares_or_hogs_or_runs_an_intensive_item_does_not_count) {
  CMWQ_NEEDS_REGULATION();
  options.cpu_intensive_thresh_us = 2000;
  workqueue_struct* intensive = alloc("intensive", WQ_PERCPU | WQ_CPU_INTENSIVE);
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  wait_until("a worker to have prepared", [this] { return bound_pool(0).nr_idle >= 1; });
  EXPECT_EQ(bound_pool(0).nr_running, 0);
  {
    spin item;
    ASSERT_TRUE(queue_work_on(0, intensive, &item));
    item.wait_running();
    EXPECT_EQ(bound_pool(0).nr_running, 0);
  }
  spin hog;
  probe behind;
  ASSERT_TRUE(queue_work_on(0, normal, &hog));
  ASSERT_TRUE(queue_work_on(0, normal, &behind));  // somebody must be held back: else nobody looks
  behind.wait_finished();
  wait_until("the hog to be out of the count", [this] { return bound_pool(0).nr_running == 0; });
  EXPECT_EQ(hog.finished(), 0);
}

}  // namespace
}  // namespace cmwq::test
