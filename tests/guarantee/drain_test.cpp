// Group J: draining and destroying.
#include "../harness/domain_fixture.h"
#include "cmwq/detail/core/domain.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq::test {
namespace {

class Drain : public domain_test {
 public:
  void wait_draining(workqueue_struct* wq) {
    wait_until("the queue to drain", [wq] { return (snapshot(wq).flags & __WQ_DRAINING) != 0; });
  }
};
CMWQ_ON_ALL_DOMAINS(Drain);

TEST_P(Drain, C113_it_waits_for_the_items_that_items_queue) {
  on_each_kind(0, [](workqueue_struct* wq) {
    requeuer chain(wq, 6);
    ASSERT_TRUE(queue_work(wq, &chain));
    drain_workqueue(wq);
    EXPECT_EQ(chain.finished(), 6);
    EXPECT_EQ(snapshot(wq).nr_in_flight, 0);
  });
}

TEST_P(Drain, C113_items_may_queue_other_items_of_the_queue_on_any_cpu_meanwhile) {
  workqueue_struct* wq = alloc("chained", WQ_PERCPU);
  probe second;
  gate go;
  probe first([&] {
    go.wait();
    EXPECT_TRUE(queue_work_on(cpus() - 1, wq, &second));
  });
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_started();
  background drainer([&] { drain_workqueue(wq); });
  wait_draining(wq);
  go.open();
  drainer.wait_done();
  EXPECT_EQ(second.finished(), 1);
}

TEST_P(Drain, C114_it_warns_of_a_queue_that_does_not_get_empty) {
  workqueue_struct* wq = alloc("endless", WQ_UNBOUND);
  const deadline end;
  probe item([&] {
    if (log().count({"endless", "drain"}) == 0 && !end.passed()) queue_work(wq, &item);
  });
  ASSERT_TRUE(queue_work(wq, &item));
  drain_workqueue(wq);
  EXPECT_GE(item.finished(), 9);
  EXPECT_EQ(log().take({"endless", "drain"}), 1);
}

TEST_P(Drain, C115_drains_nest_and_afterwards_the_queue_is_as_before) {
  workqueue_struct* wq = alloc("nested", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  {
    background one([&] { drain_workqueue(wq); });
    background two([&] { drain_workqueue(wq); });
    wait_draining(wq);
    one.wait_asleep();
    two.wait_asleep();
    item.release();
  }
  EXPECT_EQ(snapshot(wq).flags & __WQ_DRAINING, 0u);
  probe after;
  EXPECT_TRUE(queue_work(wq, &after));
  flush_work(&after);
  EXPECT_EQ(after.finished(), 1);
}

TEST_P(Drain, C116_it_executes_what_was_waiting_for_a_slot) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    hold first;
    probe waiting[5];
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    for (probe& item : waiting) ASSERT_TRUE(queue_work_on(0, wq, &item));
    background drainer([&] { drain_workqueue(wq); });
    wait_draining(wq);
    first.release();
    drainer.wait_done();
    for (probe& item : waiting) EXPECT_EQ(item.finished(), 1);
  });
}

TEST_P(Drain, C117_destroy_executes_everything_that_was_accepted) {
  for (const queue_kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 2);
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < scaled(50); ++i) {
      items.push_back(std::make_unique<probe>());
      ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
    }
    destroy(wq);
    for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
    EXPECT_TRUE(snapshot_workqueues(domain()).empty());
  }
}

TEST_P(Drain, C118_delayed_work_that_is_armed_is_reported_and_never_runs) {
  workqueue_struct* wq = alloc("forgetful", WQ_UNBOUND);
  delayed_probe soon, never;
  ASSERT_TRUE(queue_delayed_work(wq, &soon, 20));
  ASSERT_TRUE(queue_delayed_work(wq, &never, 3'600'000));
  destroy(wq);
  EXPECT_EQ(log().take({"forgetful"}), 1);
  wait_until("the timer to fire", [&] { return !delayed_work_pending(&soon); });
  cancel_delayed_work_sync(&never);
  EXPECT_FALSE(delayed_work_pending(&never));
  EXPECT_EQ(soon.started(), 0);
  EXPECT_EQ(never.started(), 0);
  log().discard({"cannot queue"});

  workqueue_struct* next = alloc("next", WQ_UNBOUND);  // both are good items still
  ASSERT_TRUE(queue_delayed_work(next, &soon, 1));
  ASSERT_TRUE(queue_delayed_work(next, &never, 0));
  soon.wait_finished();
  never.wait_finished();
}

TEST_P(Drain, C120_R26_destroy_does_not_overtake_a_flush_in_progress) {
  for (int round = 0; round < scaled(20); ++round) {
    workqueue_struct* wq = alloc("overtaken", round % 2 ? WQ_UNBOUND : WQ_PERCPU);
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    background flusher([&] { flush_work(&item); });
    if (round % 4 < 2) flusher.wait_asleep();
    item.release();
    destroy(wq);
    flusher.wait_done();
  }
}

// The state cannot be had by calls, so the test makes it: a count of items in flight that nobody waits for.
TEST_P(Drain, C119_a_queue_with_something_left_is_reported_left_behind_and_refuses_items) {
  using P = detail::std_policy;
  workqueue_struct* wq = alloc("leftbehind", WQ_UNBOUND);
  auto& pwq = *detail::list_owner<detail::pool_workqueue<P>, &detail::pool_workqueue<P>::pwqs_entry>(wq->pwqs.next);
  const int color = (pwq.work_color + 5) % detail::WORK_NR_COLORS;
  const auto change_in_flight = [&](int by) {
    const detail::lock_guard guard(pwq.pool.load(std::memory_order_relaxed)->lock);
    pwq.nr_in_flight[color] += by;
  };
  change_in_flight(+1);
  destroy_workqueue(wq);
  EXPECT_EQ(log().take({"leftbehind", "left behind"}), 1);
  EXPECT_EQ(snapshot_workqueues(domain()).size(), 1u);
  probe item;
  EXPECT_TRUE(queue_work(wq, &item));  // C11
  EXPECT_FALSE(work_pending(&item));
  EXPECT_EQ(log().take({"cannot queue", "leftbehind", "destroyed"}), 1);
  change_in_flight(-1);
  destroy(wq);
  EXPECT_EQ(item.started(), 0);
}

}  // namespace
}  // namespace cmwq::test
