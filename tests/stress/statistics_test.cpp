// R21: the sums of the statistics are exact, over a million items.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

TEST(Statistics, C193_R21_no_start_and_no_end_is_lost_in_a_million_items) {
  const hang_alarm alarm;
  wq_domain* domain = alloc_domain({.name = "statistics"});
  ASSERT_NE(domain, nullptr);
  {
    workqueue_struct* queues[] = {alloc_workqueue_in(domain, "percpu", WQ_PERCPU, 0),
                                  alloc_workqueue_in(domain, "unbound", WQ_UNBOUND, 0),
                                  alloc_ordered_workqueue_in(domain, "ordered", 0)};
    std::atomic<std::uint64_t> accepted[3] = {};
    std::atomic<std::uint64_t> executed{0};
    const std::uint64_t wanted = static_cast<std::uint64_t>(scaled(1'000'000));
    race(3, [&](int thread) {
      std::vector<std::unique_ptr<probe>> items;
      for (int i = 0; i < 64; ++i) items.push_back(std::make_unique<probe>([&] { executed.fetch_add(1); }));
      for (std::uint64_t n = 0, turn = 0; n < wanted / 3 + 1; ++turn) {
        const std::size_t to = (turn + static_cast<std::size_t>(thread)) % 3;
        const bool taken = queue_work(queues[to], items[turn % 64].get());
        accepted[to].fetch_add(taken);
        n += taken;
        if (!taken) std::this_thread::yield();
      }
      for (const auto& item : items) flush_work(item.get());
    });
    std::uint64_t sum = 0;
    for (int i = 0; i < 3; ++i) {
      flush_workqueue(queues[i]);
      const wq_stats stats = snapshot(queues[i]).stats;
      EXPECT_EQ(stats.started, accepted[i].load());
      EXPECT_EQ(stats.completed, accepted[i].load());
      sum += stats.completed;
      destroy_workqueue(queues[i]);
    }
    EXPECT_EQ(sum, executed.load());
    EXPECT_GE(sum, wanted);
  }
  destroy_domain(domain);
}

}  // namespace
}  // namespace cmwq::test
