// Regressions around draining, destroying and timers: R2, R26, R43, R50, R51.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Draining : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Draining);

// R2: an item rejected by a draining queue stayed pending; cancelling it span for ever.
TEST_P(Draining, R2_an_item_rejected_by_a_draining_queue_can_be_cancelled_and_used_again) {
  workqueue_struct* wq = alloc("draining", WQ_UNBOUND, 1);
  hold slow;
  ASSERT_TRUE(queue_work(wq, &slow));
  slow.wait_running();
  delayed_probe later;
  background drainer([wq] { drain_workqueue(wq); });
  wait_until("the queue to drain", [wq] { return (snapshot(wq).flags & __WQ_DRAINING) != 0; });
  ASSERT_TRUE(queue_delayed_work(wq, &later, 1));
  log().wait_for({"cannot queue", "draining"});  // the timer fired
  cancel_delayed_work_sync(&later);              // returns
  EXPECT_FALSE(delayed_work_pending(&later));
  slow.release();
  drainer.wait_done();
  EXPECT_EQ(later.started(), 0);
  ASSERT_TRUE(queue_delayed_work(wq, &later, 1));
  later.wait_finished();
  EXPECT_EQ(log().take({"cannot queue", "draining"}), 1);
}

// R26: a queue was destroyed while the barrier of a flush was in flight.
TEST_P(Draining, R26_flushing_an_item_races_with_destroying_its_queue) {
  for (int round = 0; round < scaled(30); ++round) {
    workqueue_struct* wq = alloc("shortlived", round % 2 ? WQ_UNBOUND : WQ_PERCPU);
    probe item([] { std::this_thread::yield(); });
    ASSERT_TRUE(queue_work(wq, &item));
    background flusher([&] { flush_work(&item); });
    destroy(wq);
    flusher.wait_done();
    EXPECT_EQ(item.finished(), 1);
  }
}

// R43: the last two shares of a queue, released at once, freed it twice.
TEST_P(Draining, R43_queues_used_on_all_cpus_are_destroyed_right_after_their_last_item) {
  for (int round = 0; round < scaled(20); ++round) {
    workqueue_struct* wq = alloc("unbound", WQ_UNBOUND | (round % 2 ? WQ_MEM_RECLAIM : 0u));
    std::vector<std::unique_ptr<probe>> items;
    for (int cpu = 0; cpu < cpus(); ++cpu) {
      items.push_back(std::make_unique<probe>());
      ASSERT_TRUE(queue_work_on(cpu, wq, items.back().get()));
    }
    destroy(wq);
    for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
  }
}

// R50: the timer of a delayed work fired after its queue was destroyed.
TEST_P(Draining, R50_timers_that_fire_while_and_after_the_queue_is_destroyed_are_dropped) {
  for (int round = 0; round < scaled(10); ++round) {
    workqueue_struct* wq = alloc("forgetful", WQ_UNBOUND);
    delayed_probe items[8];
    for (unsigned long i = 0; i < 8; ++i) ASSERT_TRUE(queue_delayed_work(wq, &items[i], 1 + i / 2));
    destroy(wq);
    for (delayed_probe& item : items)
      wait_until("the timer to fire", [&] { return !delayed_work_pending(&item); });
  }
  log().discard({"forgetful"});
  log().discard({"cannot queue"});
}

// R51: delayed work for a CPU that is not there never fired.
TEST_P(Draining, R51_delayed_work_for_a_cpu_that_is_not_there_fires) {
  workqueue_struct* wq = alloc("nocpu", WQ_PERCPU);
  delayed_probe item;
  ASSERT_TRUE(queue_delayed_work_on(cpus() + 1, wq, &item, 1));
  item.wait_finished();
  EXPECT_EQ(log().take({"nocpu", "cpu"}), 1);
}

}  // namespace
}  // namespace cmwq::test
