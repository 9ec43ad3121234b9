// Flushing under load: C105, C106, C107, R16.  CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class FlushStorm : public domain_test {};
CMWQ_ON_ALL_DOMAINS(FlushStorm);

// Items that queue themselves again until the end, so that no flush finds the queue idle.
class load {
 public:
  load(workqueue_struct* wq, int cpus, int n) {
    for (int i = 0; i < n; ++i) {
      items_.push_back(std::make_unique<probe>([=, this] {
        pause_briefly(50'000);  // the flushers want the CPUs, too
        if (!stop_.load()) queue_work_on(i % cpus, wq, items_[static_cast<std::size_t>(i)].get());
      }));
    }
    for (int i = 0; i < n; ++i) queue_work_on(i % cpus, wq, items_[static_cast<std::size_t>(i)].get());
  }
  ~load() { stop(); }
  void stop() { stop_.store(true); }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<probe>> items_;
};

// More flushers than colours: each queues an item, flushes, and finds it done, while others keep the queue busy.
TEST_P(FlushStorm, C105_C106_C107_each_of_64_flushers_finds_its_own_items_done) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    load others(wq, cpus(), 2 * cpus());
    std::atomic<int> missed{0};
    race(64, [&](int thread) {
      probe items[2];
      for (int round = 1; round <= scaled(3) && !gave_up.load(); ++round) {
        for (int i = 0; i < 2; ++i) queue_work_on((thread + i) % cpus(), wq, &items[i]);
        flush_workqueue(wq);
        for (probe& item : items) missed += item.finished() != round;
      }
    });
    EXPECT_EQ(missed.load(), 0);
    others.stop();
    flush_workqueue(wq);
    EXPECT_EQ(check_invariants(domain()), "");
  }
}

// R16: cancelled items of every colour, waiting and active, while flushes are under way.
TEST_P(FlushStorm, R16_flushes_end_while_items_of_all_colours_are_cancelled) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 2);
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < 64; ++i) items.push_back(std::make_unique<probe>());
    std::atomic<int> accepted{0}, taken{0};
    race(24, [&](int thread) {
      for (int i = 0; i < scaled(40); ++i) {
        probe& item = *items[static_cast<std::size_t>(i * 7 + thread * 11) % items.size()];
        if (thread % 3 == 0)
          accepted += queue_work_on((i + thread) % cpus(), wq, &item);
        else if (thread % 3 == 1)
          taken += i % 16 ? cancel_work(&item) : cancel_work_sync(&item);
        else
          i % 4 ? static_cast<void>(flush_work(&item)) : flush_workqueue(wq);
      }
    });
    flush_workqueue(wq);
    int runs = 0;
    for (const auto& item : items) runs += item->finished();
    EXPECT_EQ(runs, accepted.load() - taken.load());
    EXPECT_EQ(snapshot(wq).nr_in_flight, 0);
    EXPECT_EQ(check_invariants(domain()), "");
  }
}

}  // namespace
}  // namespace cmwq::test
