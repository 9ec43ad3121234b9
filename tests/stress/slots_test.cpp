// Slots and counts under load: C57, C58, R15, R21.  CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Slots : public domain_test {
 protected:
  static void step(crowd& inside, std::atomic<long>& runs) {
    inside.enter();
    runs.fetch_add(1);
    inside.leave();
  }
};
CMWQ_ON_ALL_DOMAINS(Slots);

// An item that costs nothing but its count.
struct counted_work : work_struct {
  counted_work() : work_struct(&counted_work::run) {}
  static void run(work_struct* work) { static_cast<counted_work*>(work)->runs.fetch_add(1, std::memory_order_relaxed); }
  std::atomic<int> runs{0};
};

// R15, C57: of 100 000 items that wait for the only slot three quarters are cancelled from several threads.
TEST_P(Slots, C57_R15_a_storm_of_cancels_on_100000_waiting_items_moves_no_count) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 1);
    hold first;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    const auto n = static_cast<std::size_t>(scaled(100'000));
    std::vector<counted_work> items(n);
    for (counted_work& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
    EXPECT_EQ(snapshot(wq).nr_inactive, static_cast<int>(n));
    std::atomic<int> cancelled{0};
    race(4, [&](int thread) {
      for (std::size_t i = static_cast<std::size_t>(thread); i < n; i += 3)  // some by two threads
        if (i % 4 != 0) cancelled += cancel_work(&items[i]);
    });
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, static_cast<int>(n) - cancelled.load());
    first.release();
    flush_workqueue(wq);
    long runs = 0;
    for (const counted_work& item : items) runs += item.runs.load(std::memory_order_relaxed);
    EXPECT_EQ(runs, static_cast<long>(n) - cancelled.load());
    EXPECT_EQ(snapshot(wq).nr_active, 0);
  }
}

// C58: 64 threads, a limit of 1 to 4, slots taken, given back and taken away by cancels.
TEST_P(Slots, C58_the_limit_holds_and_no_slot_is_lost_with_64_threads) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    for (int limit = 1; limit <= 4; ++limit) {
      SCOPED_TRACE(testing::Message() << kind.name << " max_active " << limit);
      workqueue_struct* wq = alloc(kind.name, kind.flags, limit);
      crowd inside[64];  // by CPU for the per-CPU queue; one for the unbound one
      const bool unbound = (kind.flags & WQ_UNBOUND) != 0;
      std::atomic<long> accepted{0}, taken{0}, runs{0};
      race(64, [&](int thread) {
        const int cpu = thread % cpus();
        crowd& mine = inside[unbound ? 0 : cpu];
        probe items[4] = {probe([&] { step(mine, runs); }), probe([&] { step(mine, runs); }),
                          probe([&] { step(mine, runs); }), probe([&] { step(mine, runs); })};
        for (int i = 0; i < scaled(20); ++i) {
          for (probe& item : items) accepted += queue_work_on(cpu, wq, &item);
          if (i % 5 == 0) taken += cancel_work(&items[i % 4]);
        }
        for (probe& item : items) flush_work(&item);
      });
      EXPECT_EQ(runs.load(), accepted.load() - taken.load());
      for (const crowd& place : inside) EXPECT_LE(place.most(), unbound ? limit * nodes() : limit);
      EXPECT_EQ(snapshot(wq).nr_active + snapshot(wq).nr_inactive, 0);
      destroy(wq);
    }
  }
}

// R21: a million items over all domains, several threads; not one is miscounted.
TEST_P(Slots, R21_the_sums_of_the_statistics_are_exact_over_a_million_items) {
  workqueue_struct* queues[] = {alloc("percpu", WQ_PERCPU), alloc("unbound", WQ_UNBOUND)};
  const auto n = static_cast<std::size_t>(scaled(1'000'000 / 16 / 2));
  for (workqueue_struct* wq : queues) {
    std::vector<counted_work> items(512);
    std::atomic<std::uint64_t> accepted{0};
    race(4, [&](int thread) {
      std::uint64_t mine = 0;
      while (mine < n / 4)
        for (std::size_t i = static_cast<std::size_t>(thread); i < items.size(); i += 2)  // each by two threads
          mine += queue_work_on(static_cast<int>(i) % cpus(), wq, &items[i]);
      accepted += mine;
    });
    flush_workqueue(wq);
    std::uint64_t runs = 0;
    for (const counted_work& item : items) runs += static_cast<std::uint64_t>(item.runs.load(std::memory_order_relaxed));
    EXPECT_GE(accepted.load(), n / 4 * 4);
    EXPECT_EQ(runs, accepted.load());
    EXPECT_EQ(snapshot(wq).stats.started, accepted.load());
    EXPECT_EQ(snapshot(wq).stats.completed, accepted.load());
  }
}

}  // namespace
}  // namespace cmwq::test
