// What is stored before a queueing is seen by a run: C6, C7, R24, R25, repeated.
// CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Litmus : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Litmus);

// C6: a plain variable handed over by the acceptance alone; a race would be a data race, too, for ThreadSanitizer.
TEST_P(Litmus, C6_a_plain_store_before_an_accepted_queueing_is_seen) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    std::atomic<int> stale{0};
    race(3, [&](int thread) {
      int stored = 0;
      int seen = 0;
      probe item([&] { seen = stored; });
      for (int i = 1; i <= scaled(400); ++i) {
        stored = i;
        queue_work_on((thread + i) % cpus(), wq, &item);
        flush_work(&item);
        stale += seen != i;
      }
    });
    EXPECT_EQ(stale.load(), 0);
  }
}

// C7, R24, R25: every producer stores, then queues; when all is quiet the last run has seen the last store of
// each, whoever was refused.  The item is hot: most queueings hit it pending or just starting.
TEST_P(Litmus, C7_R24_R25_the_last_store_before_a_refused_queueing_is_seen) {
  constexpr int kProducers = 4;
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    struct alignas(64) {
      std::atomic<int> stored{0};
      std::atomic<int> seen{0};
    } lanes[kProducers];
    probe consumer([&] {
      for (auto& lane : lanes)
        lane.seen.store(lane.stored.load(std::memory_order_relaxed), std::memory_order_relaxed);
    });
    std::atomic<int> refused{0}, lost{0};
    race(kProducers, [&](int thread) {
      auto& lane = lanes[thread];
      int mine = 0;
      for (int i = 1; i <= scaled(2000); ++i) {
        lane.stored.store(i, std::memory_order_relaxed);
        mine += !queue_work_on(thread % cpus(), wq, &consumer);
        if (i % 50 != 0) continue;
        flush_work(&consumer);
        lost += lane.seen.load(std::memory_order_relaxed) != i;
      }
      refused += mine;
    });
    EXPECT_EQ(lost.load(), 0);
    EXPECT_GT(refused.load(), 0);
  }
}

}  // namespace
}  // namespace cmwq::test
