// Pools and workers that come and go: R12, R34, R39, R40, R42.  CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include <sched.h>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Lives : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Lives);

// R12, R34: several threads make, use and destroy queues whose pools nobody else holds.
TEST_P(Lives, R12_R34_pools_are_made_and_buried_from_several_threads) {
  options.idle_timeout_ms = 1;
  ASSERT_NE(domain(), nullptr);
  std::atomic<int> lost{0};
  race(3, [&](int thread) {
    for (int round = 0; round < scaled(20); ++round) {
      const unsigned flags = WQ_UNBOUND | ((thread + round) % 2 ? WQ_HIGHPRI : 0u);
      workqueue_struct* wq = alloc_workqueue_in(domain(), "fleeting-%d", flags, 0, thread);
      probe item;
      if (round % 3 != 0) queue_work_on(round % cpus(), wq, &item);
      destroy_workqueue(wq);
      lost += item.finished() != (round % 3 != 0);
    }
  });
  EXPECT_EQ(lost.load(), 0);
  wait_until("all unbound pools to go", [this] { return unbound_pools().empty(); });
  EXPECT_EQ(check_invariants(domain()), "");
}

// R39: two cancellers and the item on one CPU, the cancellers of a real-time class where that is allowed: one that
// span would never let the item end.
TEST_P(Lives, R39_two_real_time_cancellers_on_one_cpu_both_return) {
  workqueue_struct* wq = alloc("cancelled", WQ_UNBOUND);
  const int cpu = allowed_cpus().front();
  for (int round = 0; round < scaled(10); ++round) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    ASSERT_TRUE(queue_work(wq, &item));
    std::atomic<int> took{0};
    const auto cancel = [&] {
      pin_this_thread(cpu);
      sched_param urgent{};
      urgent.sched_priority = 1;
      if (sched_setscheduler(0, SCHED_FIFO, &urgent) != 0) RecordProperty("SCHED_FIFO", "refused");
      took += cancel_work_sync(&item);
    };
    background one(cancel), two(cancel);
    one.wait_asleep();
    two.wait_asleep();
    item.release();
    one.wait_done();
    two.wait_done();
    EXPECT_EQ(took.load(), 1);
    EXPECT_EQ(item.finished(), 1);
  }
}

// Blocked items in waves, a new one while the workers of the last are being retired: all start, and afterwards the
// workers are back at the number that their pools keep.
TEST_P(Lives, R40_R42_the_number_of_workers_is_stable_over_waves_of_blocked_items) {
  options.idle_timeout_ms = 5;
  workqueue_struct* queues[] = {alloc("percpu", WQ_PERCPU), alloc("unbound", WQ_UNBOUND)};
  const int most = 2 + cpus();  // of one pool: two idle ones, and one in a standby slot for each CPU
  const auto settle = [this, most] {
    wait_until("the pools to shrink", [this, most] {
      for (const pool_snapshot& pool : snapshot_pools(domain()))
        if (pool.nr_workers > most || pool.nr_busy + pool.nr_running > 0) return false;
      return true;
    });
  };
  for (int wave = 0; wave < scaled(5); ++wave) {
    std::vector<std::unique_ptr<hold>> items;
    for (workqueue_struct* wq : queues) {
      for (int i = 0; i < 4 * cpus(); ++i) {
        items.push_back(std::make_unique<hold>());
        ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
      }
    }
    for (const auto& item : items) item->wait_running();
    for (const auto& item : items) item->release();
    for (workqueue_struct* wq : queues) flush_workqueue(wq);
    settle();
    for (const pool_snapshot& pool : snapshot_pools(domain())) EXPECT_GE(pool.nr_workers, 1);
    EXPECT_EQ(check_invariants(domain()), "");
  }
}

}  // namespace
}  // namespace cmwq::test
