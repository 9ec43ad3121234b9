// Regressions around counting: R15, R16, R19, R21, R22, R47.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Accounting : public domain_test {
 public:
  std::vector<std::unique_ptr<probe>> make_probes(int n, std::function<void()> body = {}) {
    std::vector<std::unique_ptr<probe>> probes;
    for (int i = 0; i < n; ++i) probes.push_back(std::make_unique<probe>(body));
    return probes;
  }
};
CMWQ_ON_ALL_DOMAINS(Accounting);

// R15, R47: cancelling a waiting item changed the number of active ones.
TEST_P(Accounting, R15_R47_a_storm_of_cancels_on_a_long_waiting_list_keeps_the_count) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 1);
    hold first;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    auto items = make_probes(64);
    std::atomic<int> cancelled{0};
    for (const auto& item : items) ASSERT_TRUE(queue_work_on(0, wq, item.get()));
    background flusher([&] { flush_work(items[40].get()); });  // a barrier among them
    flusher.wait_asleep();
    race(4, [&](int thread) {
      for (std::size_t i = 0; i < items.size(); ++i)
        if (i % 4 != 0) cancelled += cancel_work(items[(i * 7 + static_cast<std::size_t>(thread)) % 64].get());
    });
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, 64 - cancelled.load());
    EXPECT_EQ(check_invariants(domain()), "");
    first.release();
    flush_workqueue(wq);
    int runs = 0;
    for (const auto& item : items) runs += item->finished();
    EXPECT_EQ(runs, 64 - cancelled.load());
  }
}

// R16: the number of a colour was taken down with the colour of another word: a flush hung.
TEST_P(Accounting, R16_items_of_many_colours_are_cancelled_during_flushes) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 1);
    for (int round = 0; round < scaled(3); ++round) {
      hold first;
      ASSERT_TRUE(queue_work_on(0, wq, &first));
      first.wait_running();
      auto items = make_probes(20);
      std::vector<std::unique_ptr<background>> flushers;
      for (const auto& item : items) {  // each item gets a colour of its own
        ASSERT_TRUE(queue_work_on(0, wq, item.get()));
        flushers.push_back(std::make_unique<background>([wq] { flush_workqueue(wq); }));
        flushers.back()->wait_asleep();
      }
      for (std::size_t i = 0; i < items.size(); i += 2) EXPECT_TRUE(cancel_work(items[i].get()));
      first.release();
      flushers.clear();  // all return
      for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i]->finished(), i % 2 ? 1 : 0);
    }
  }
}

// R19: the shares of an unbound queue multiplied its max_active.
TEST_P(Accounting, R19_max_active_of_an_unbound_queue_is_not_multiplied_by_its_cpus) {
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 4);
  crowd inside;
  auto items = make_probes(64, [&] {
    inside.enter();
    pause_briefly(20'000);
    inside.leave();
  });
  int cpu = 0;
  for (const auto& item : items) ASSERT_TRUE(queue_work_on(cpu++ % cpus(), wq, item.get()));
  flush_workqueue(wq);
  EXPECT_LE(inside.most(), 4 * nodes());
}

// R21: statistics were counted outside the lock, and counts were lost.
TEST_P(Accounting, R21_the_sums_of_the_statistics_are_exact) {
  on_each_kind(0, [this](workqueue_struct* wq) {
    auto items = make_probes(32);
    std::atomic<std::uint64_t> accepted{0};
    race(3, [&](int thread) {
      for (int i = 0; i < scaled(500); ++i)
        accepted += queue_work_on(i % cpus(), wq, items[static_cast<std::size_t>(i * 3 + thread) % 32].get());
    });
    flush_workqueue(wq);
    EXPECT_EQ(snapshot(wq).stats.started, accepted.load());
    EXPECT_EQ(snapshot(wq).stats.completed, accepted.load());
  });
}

// R22: an item that got its slot from another pool was activated without waking its own.
TEST_P(Accounting, R22_a_slot_freed_on_one_cpu_starts_an_item_of_another) {
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 1);
  auto items = make_probes(40);
  for (int round = 0; round < scaled(3); ++round) {
    int cpu = 0;
    for (const auto& item : items) ASSERT_TRUE(queue_work_on(cpu++ % cpus(), wq, item.get()));
    for (const auto& item : items) item->wait_finished(round + 1);
    flush_workqueue(wq);
  }
}

}  // namespace
}  // namespace cmwq::test
