// Group I: waiting for one item.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class FlushWork : public domain_test {};
CMWQ_ON_ALL_DOMAINS(FlushWork);

TEST_P(FlushWork, C95_on_an_idle_item_it_returns_false) {
  workqueue_struct* wq = alloc("flush", WQ_UNBOUND);
  probe item;
  delayed_probe later;
  EXPECT_FALSE(flush_work(&item));
  EXPECT_FALSE(flush_delayed_work(&later));
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_FALSE(flush_work(&item));
}

TEST_P(FlushWork, C96_on_a_pending_item_it_waits_for_that_run) {
  on_each_kind(1, [](workqueue_struct* wq) {
    hold first;
    probe item;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    int finished = -1;
    background flusher([&] {
      EXPECT_TRUE(flush_work(&item));
      finished = item.finished();
    });
    flusher.wait_asleep();
    EXPECT_FALSE(flusher.done());
    first.release();
    flusher.wait_done();
    EXPECT_EQ(finished, 1);
  });
}

TEST_P(FlushWork, C96_on_a_running_item_it_waits_for_its_end) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    int finished = -1;
    background flusher([&] {
      EXPECT_TRUE(flush_work(&item));
      finished = item.finished();
    });
    flusher.wait_asleep();
    EXPECT_FALSE(flusher.done());
    item.release();
    flusher.wait_done();
    EXPECT_EQ(finished, 1);
  });
}

TEST_P(FlushWork, C96_on_a_running_and_requeued_item_it_waits_for_both_runs) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    ASSERT_TRUE(queue_work(wq, &item));
    int finished = -1;
    background flusher([&] {
      EXPECT_TRUE(flush_work(&item));
      finished = item.finished();
    });
    flusher.wait_asleep();
    item.release();
    flusher.wait_done();
    EXPECT_EQ(finished, 2);
  });
}

TEST_P(FlushWork, C97_it_does_not_wait_for_queueings_after_it_began) {
  on_each_kind(0, [](workqueue_struct* wq) {
    std::atomic<bool> stop{false};
    probe endless([&] {
      if (!stop.load()) queue_work(wq, &endless);
    });
    ASSERT_TRUE(queue_work(wq, &endless));
    for (int i = 0; i < scaled(20); ++i) flush_work(&endless);  // each returns
    stop.store(true);
  });
}

TEST_P(FlushWork, C98_it_does_not_see_an_armed_timer_but_flush_delayed_work_does) {
  workqueue_struct* wq = alloc("flush", WQ_UNBOUND);
  delayed_probe later;
  ASSERT_TRUE(queue_delayed_work(wq, &later, 3'600'000));
  EXPECT_FALSE(flush_work(&later.work));
  EXPECT_EQ(later.finished(), 0);
  EXPECT_EQ(snapshot(wq).nr_armed, 1);
  flush_delayed_work(&later);
  EXPECT_EQ(later.finished(), 1);
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
}

TEST_P(FlushWork, C99_C130_it_returns_when_the_item_is_cancelled) {
  on_each_kind(1, [](workqueue_struct* wq) {
    for (bool sync : {false, true}) {
      hold first;
      probe item;
      ASSERT_TRUE(queue_work_on(0, wq, &first));
      first.wait_running();
      ASSERT_TRUE(queue_work_on(0, wq, &item));
      background one([&] { flush_work(&item); });
      background two([&] { flush_work(&item); });
      one.wait_asleep();
      two.wait_asleep();
      EXPECT_TRUE(sync ? cancel_work_sync(&item) : cancel_work(&item));
      first.release();
      one.wait_done();
      two.wait_done();
      EXPECT_EQ(item.started(), 0);
    }
  });
}

TEST_P(FlushWork, C100_many_may_wait_for_one_item) {
  workqueue_struct* wq = alloc("flush", WQ_PERCPU);
  hold item;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_running();
  std::atomic<int> saw_the_end{0};
  std::vector<std::unique_ptr<background>> flushers;
  for (int i = 0; i < 8; ++i)
    flushers.push_back(std::make_unique<background>([&] {
      flush_work(&item);
      saw_the_end += item.finished() == 1;
    }));
  for (const auto& flusher : flushers) flusher->wait_asleep();
  item.release();
  flushers.clear();
  EXPECT_EQ(saw_the_end.load(), 8);
}

TEST_P(FlushWork, C101_of_two_queues_only_the_last_queueing_is_waited_for) {
  workqueue_struct* first = alloc("first", WQ_PERCPU);
  workqueue_struct* last = alloc("last", WQ_UNBOUND);
  gate go;
  std::atomic<bool> waits{false};
  probe item([&] {
    if (!waits.exchange(true)) go.wait();
  });
  ASSERT_TRUE(queue_work_on(0, first, &item));
  wait_until("the first run to wait", [&] { return waits.load(); });
  ASSERT_TRUE(queue_work(last, &item));
  flush_work(&item);
  EXPECT_EQ(item.started(), 2);
  EXPECT_EQ(item.finished(), 1);
  go.open();
  flush_workqueue(first);
}

TEST_P(FlushWork, C102_an_item_without_a_function_is_warned_of) {
  work_struct empty;
  EXPECT_FALSE(flush_work(&empty));
  EXPECT_EQ(log().take({"flush", "func"}), 1);
}

TEST_P(FlushWork, C103_a_function_may_flush_other_items_wherever_they_are) {
  workqueue_struct* wq = alloc("own", WQ_PERCPU);
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  for (workqueue_struct* theirs : {wq, other}) {
    probe awaited;
    int finished = -1;
    probe waits([&] {
      EXPECT_TRUE(queue_work(theirs, &awaited));
      flush_work(&awaited);
      finished = awaited.finished();
    });
    ASSERT_TRUE(queue_work_on(0, wq, &waits));
    flush_work(&waits);
    EXPECT_EQ(finished, 1);
    EXPECT_EQ(awaited.most_at_once(), 1);
  }
  flush_workqueue(wq);
  flush_workqueue(other);
  EXPECT_EQ(snapshot(wq).stats.completed, snapshot(wq).stats.started);
  EXPECT_EQ(snapshot(wq).stats.completed + snapshot(other).stats.completed, 4u);
}

TEST_P(FlushWork, C103_functions_that_wait_for_each_other_in_a_chain_unwind) {
  constexpr int kDepth = 10;
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    std::vector<std::unique_ptr<probe>> chain;
    std::atomic<int> depth{0};
    chain.push_back(std::make_unique<probe>([&] { depth.fetch_add(1); }));
    for (int i = 1; i < kDepth; ++i) {
      probe* next = chain.back().get();
      chain.push_back(std::make_unique<probe>([&depth, wq, next] {
        EXPECT_TRUE(queue_work(wq, next));
        flush_work(next);
        EXPECT_EQ(next->finished(), 1);
        depth.fetch_add(1);
      }));
    }
    ASSERT_TRUE(queue_work(wq, chain.back().get()));
    flush_work(chain.back().get());
    EXPECT_EQ(depth.load(), kDepth);
  }
}

}  // namespace
}  // namespace cmwq::test
