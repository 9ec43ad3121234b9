// Group I: waiting for a whole queue.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class FlushQueue : public domain_test {};
CMWQ_ON_ALL_DOMAINS(FlushQueue);

TEST_P(FlushQueue, C105_it_waits_for_running_active_and_waiting_items_on_all_cpus) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    std::vector<std::unique_ptr<hold>> first;
    std::vector<std::unique_ptr<probe>> others;
    for (int cpu = 0; cpu < cpus(); ++cpu) {
      first.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(cpu, wq, first.back().get()));
      for (int i = 0; i < 3; ++i) {
        others.push_back(std::make_unique<probe>());
        ASSERT_TRUE(queue_work_on(cpu, wq, others.back().get()));
      }
    }
    int finished = 0;
    background flusher([&] {
      flush_workqueue(wq);
      for (const auto& item : first) finished += item->finished();
      for (const auto& item : others) finished += item->finished();
    });
    flusher.wait_asleep();
    EXPECT_FALSE(flusher.done());
    for (const auto& item : first) item->release();
    flusher.wait_done();
    EXPECT_EQ(finished, 4 * cpus());
  });
}

TEST_P(FlushQueue, C106_it_does_not_wait_for_what_is_queued_later) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold early, late;
    ASSERT_TRUE(queue_work(wq, &early));
    early.wait_running();
    background flusher([&] { flush_workqueue(wq); });
    flusher.wait_asleep();
    ASSERT_TRUE(queue_work(wq, &late));
    late.wait_running();
    early.release();
    flusher.wait_done();
    EXPECT_EQ(late.finished(), 0);
    late.release();
  });
}

TEST_P(FlushQueue, C106_it_does_not_wait_for_requeues_nor_for_armed_timers) {
  on_each_kind(0, [](workqueue_struct* wq) {
    std::atomic<bool> stop{false};
    probe endless([&] {
      if (!stop.load()) queue_work(wq, &endless);
    });
    delayed_probe later;
    ASSERT_TRUE(queue_work(wq, &endless));
    ASSERT_TRUE(queue_delayed_work(wq, &later, 3'600'000));
    for (int i = 0; i < scaled(10); ++i) flush_workqueue(wq);  // each returns
    stop.store(true);
    EXPECT_EQ(later.started(), 0);
    EXPECT_TRUE(cancel_delayed_work(&later));
  });
}

TEST_P(FlushQueue, C107_many_flushers_at_once_each_wait_for_their_own_items) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    std::atomic<bool> stop{false};
    background noise([&] {
      probe item;
      while (!stop.load()) {
        queue_work(wq, &item);
        std::this_thread::yield();
      }
    });
    race(24, [&](int thread) {  // more than there are colours
      probe item;
      for (int i = 0; i < scaled(8); ++i) {
        ASSERT_TRUE(queue_work_on((thread + i) % cpus(), wq, &item));
        flush_workqueue(wq);
        ASSERT_EQ(item.finished(), i + 1);
      }
    });
    stop.store(true);
  }
}

TEST_P(FlushQueue, C107_flushers_beyond_the_colours_are_all_served) {
  workqueue_struct* wq = alloc("colours", WQ_PERCPU);
  constexpr int kFlushers = 40;
  std::vector<std::unique_ptr<hold>> items;
  std::vector<std::unique_ptr<background>> flushers;
  std::atomic<int> in_time{0};
  for (int i = 0; i < kFlushers; ++i) {  // each colour is held by an item of its own
    items.push_back(std::make_unique<hold>());
    hold& item = *items.back();
    ASSERT_TRUE(queue_work_on(i % cpus(), wq, &item));
    item.wait_running();
    flushers.push_back(std::make_unique<background>([&, wq] {
      flush_workqueue(wq);
      in_time += item.finished() == 1;
    }));
    flushers.back()->wait_asleep();
  }
  for (const auto& item : items) item->release();
  flushers.clear();
  EXPECT_EQ(in_time.load(), kFlushers);
}

TEST_P(FlushQueue, C108_on_an_idle_queue_it_returns) {
  on_each_kind(0, [](workqueue_struct* wq) {
    flush_workqueue(wq);
    drain_workqueue(wq);
    flush_workqueue(wq);
  });
}

TEST_P(FlushQueue, C112_R10_flushing_a_queue_without_a_rescuer_from_one_that_has_one_is_warned_of) {
  workqueue_struct* reclaim = alloc("reclaim", WQ_UNBOUND | WQ_MEM_RECLAIM);
  workqueue_struct* other_reclaim = alloc("otherreclaim", WQ_UNBOUND | WQ_MEM_RECLAIM);
  workqueue_struct* plain = alloc("plain", WQ_UNBOUND);
  hold target;
  ASSERT_TRUE(queue_work(plain, &target));
  target.wait_running();

  hold cancelled;
  ASSERT_TRUE(queue_work(plain, &cancelled));
  cancelled.wait_running();
  probe harmless([&] {
    flush_workqueue(other_reclaim);
    EXPECT_FALSE(cancel_work_sync(&cancelled));  // waits, but it cannot be queued again: exempt
  });
  ASSERT_TRUE(queue_work(reclaim, &harmless));
  wait_until("the canceller to be at it", [&] { return cancelled.data.read().disable_depth() > 0; });
  cancelled.release();
  flush_work(&harmless);
  EXPECT_EQ(log().complaints(), "");

  probe flushes([&] { flush_workqueue(plain); });
  ASSERT_TRUE(queue_work(reclaim, &flushes));
  EXPECT_EQ(log().take({"reclaim", "plain"}), 1);
  target.release();
  flush_work(&flushes);
}

}  // namespace
}  // namespace cmwq::test
