// What is stored before a queueing is seen by a run: C6, C7, R24, R25, repeated.
// CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include <barrier>

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

// C7, R24, R25: every producer stores, then queues; when all have returned the last run sees the last store of each,
// whoever was refused.  The item is hot: most queueings hit it pending or just starting.
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
    std::barrier all_here(kProducers);
    race(kProducers, [&](int thread) {
      auto& lane = lanes[thread];
      int last = 0, mine = 0;
      for (int round = 0; round < scaled(100); ++round) {
        for (int i = 0; i < 10 + round % 7; ++i) {
          lane.stored.store(++last, std::memory_order_relaxed);
          mine += !queue_work_on(thread % cpus(), wq, &consumer);
        }
        all_here.arrive_and_wait();  // a queueing that has not returned is not waited for
        flush_work(&consumer);
        lost += lane.seen.load(std::memory_order_relaxed) != last;
        all_here.arrive_and_wait();
      }
      refused += mine;
    });
    EXPECT_EQ(lost.load(), 0);
    EXPECT_GT(refused.load(), 0);
  }
}

}  // namespace
}  // namespace cmwq::test
