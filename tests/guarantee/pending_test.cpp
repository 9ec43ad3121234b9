// Group A: accepting an item.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Pending : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Pending);

TEST_P(Pending, C1_queueing_an_idle_item_returns_true_and_executes_it_once) {
  on_each_kind(0, [](workqueue_struct* wq) {
    probe item;
    EXPECT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(item.finished(), 1);
    EXPECT_FALSE(work_pending(&item));
  });
}

TEST_P(Pending, C2_queue_work_on_a_pending_item_returns_false_and_moves_nothing) {
  workqueue_struct* wq = alloc("first", WQ_PERCPU, 1);
  workqueue_struct* other = alloc("other", WQ_UNBOUND, 1);
  recorder order;
  numbered_probes items(order, 3);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  for (int i = 0; i < items.size(); ++i) ASSERT_TRUE(queue_work_on(0, wq, &items[i]));

  EXPECT_FALSE(queue_work_on(0, wq, &items[0]));
  EXPECT_FALSE(queue_work_on(cpus() - 1, wq, &items[0]));
  EXPECT_FALSE(queue_work(other, &items[0]));
  EXPECT_EQ(snapshot(wq).nr_active, 1);
  EXPECT_EQ(snapshot(wq).nr_inactive, 3);
  EXPECT_EQ(snapshot(other).nr_active, 0);

  first.release();
  flush_workqueue(wq);
  flush_workqueue(other);
  EXPECT_EQ(order.order(), (std::vector<int>{0, 1, 2}));
}

TEST_P(Pending, C3_of_many_threads_that_queue_one_item_exactly_one_is_told_true) {
  workqueue_struct* wq = alloc("race", WQ_PERCPU, 1);
  hold first;  // keeps the item pending while they race
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  probe item;
  for (int round = 0; round < scaled(10); ++round) {
    std::atomic<int> accepted{0};
    race(4, [&](int) { accepted.fetch_add(queue_work_on(0, wq, &item)); });
    EXPECT_EQ(accepted.load(), 1);
    EXPECT_TRUE(cancel_work(&item));
  }
  std::atomic<int> accepted{0};
  race(4, [&](int) { accepted.fetch_add(queue_work_on(0, wq, &item)); });
  EXPECT_EQ(accepted.load(), 1);
  first.release();
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Pending, C4_an_item_that_queues_itself_k_times_runs_k_plus_1_times) {
  on_each_kind(0, [](workqueue_struct* wq) {
    requeuer item(wq, 6);
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_finished(6);
    flush_workqueue(wq);
    EXPECT_EQ(item.finished(), 6);
    EXPECT_EQ(item.most_at_once(), 1);
  });
}

TEST_P(Pending, C4_a_running_item_can_be_queued_from_outside_and_runs_once_more) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    EXPECT_FALSE(work_pending(&item));
    EXPECT_TRUE(queue_work(wq, &item));
    item.release();
    flush_work(&item);
    EXPECT_EQ(item.finished(), 2);
  });
}

TEST_P(Pending, C5_all_queueings_between_two_starts_become_one_run) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    int accepted = 0;
    for (int i = 0; i < 100; ++i) accepted += queue_work(wq, &item);
    EXPECT_EQ(accepted, 1);
    item.release();
    flush_work(&item);
    EXPECT_EQ(item.finished(), 2);
  });
}

TEST_P(Pending, C6_what_was_stored_before_an_accepted_queueing_is_seen_by_its_run) {
  on_each_kind(0, [](workqueue_struct* wq) {
    int plain = 0;  // no atomic: the queue alone orders the accesses
    int seen = 0;
    probe item([&] { seen = plain; });
    for (int i = 1; i <= scaled(200); ++i) {
      plain = i;
      ASSERT_TRUE(queue_work(wq, &item));
      flush_work(&item);
      ASSERT_EQ(seen, i);
    }
  });
}

TEST_P(Pending, C7_what_was_stored_before_a_refused_queueing_is_seen_by_a_later_run) {
  on_each_kind(0, [](workqueue_struct* wq) {
    std::atomic<int> published{0};
    std::atomic<int> seen{0};
    probe item([&] { seen.store(published.load(std::memory_order_relaxed), std::memory_order_relaxed); });
    int refused = 0;
    for (int i = 1; i <= scaled(3000); ++i) {
      published.store(i, std::memory_order_relaxed);
      refused += !queue_work(wq, &item);
      if (i % 8 != 0) continue;
      flush_work(&item);
      ASSERT_EQ(seen.load(std::memory_order_relaxed), i);
    }
    RecordProperty("refused", refused);
  });
}

TEST_P(Pending, C8_work_pending_holds_from_acceptance_until_the_function_is_entered) {
  workqueue_struct* wq = alloc("pending", WQ_PERCPU, 1);
  std::atomic<bool> pending_inside{true};
  hold first;
  probe item([&] { pending_inside = work_pending(&item); });
  delayed_probe later;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  EXPECT_FALSE(work_pending(&item));
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_TRUE(work_pending(&item));
  ASSERT_TRUE(queue_delayed_work(wq, &later, 3'600'000));
  EXPECT_TRUE(delayed_work_pending(&later));
  first.release();
  flush_work(&item);
  EXPECT_FALSE(pending_inside.load());
  EXPECT_TRUE(cancel_delayed_work(&later));
  EXPECT_FALSE(delayed_work_pending(&later));
}

TEST_P(Pending, C9_a_disabled_item_is_queued_by_nothing_and_does_not_stay_pending) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  probe item;
  delayed_probe later;
  EXPECT_FALSE(disable_work(&item));
  EXPECT_FALSE(disable_delayed_work(&later));
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_FALSE(queue_work_on(0, wq, &item));
  EXPECT_FALSE(queue_delayed_work(wq, &later, 0));
  EXPECT_FALSE(queue_delayed_work(wq, &later, 1));
  EXPECT_FALSE(mod_delayed_work(wq, &later, 0));
  EXPECT_FALSE(mod_delayed_work(wq, &later, 1));
  EXPECT_FALSE(work_pending(&item));
  EXPECT_FALSE(delayed_work_pending(&later));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_TRUE(enable_work(&item));
  EXPECT_TRUE(queue_work(wq, &item));
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(later.finished(), 0);
}

TEST_P(Pending, C10_while_it_is_cancelled_synchronously_an_item_cannot_be_queued_even_by_itself) {
  on_each_kind(0, [](workqueue_struct* wq) {
    counter refusals;
    probe item([&] {
      const deadline end;  // queues itself until that is refused; what was accepted it takes back
      while (!end.passed()) {
        if (!queue_work(wq, &item)) return refusals.add();
        cancel_work(&item);
      }
    });
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_started();
    cancel_work_sync(&item);
    EXPECT_EQ(refusals.value(), 1);
    EXPECT_EQ(work_busy(&item), 0u);
    EXPECT_EQ(item.finished(), 1);
    EXPECT_FALSE(cancel_work(&item));
  });
}

TEST_P(Pending, C15_items_may_be_queued_from_functions_of_any_queue) {
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  probe last;
  probe third([&] { EXPECT_TRUE(queue_work(unbound, &last)); });
  probe second([&] { EXPECT_TRUE(queue_work_on(cpus() - 1, bound, &third)); });
  probe first([&] { EXPECT_TRUE(queue_work(unbound, &second)); });
  ASSERT_TRUE(queue_work(bound, &first));
  last.wait_finished();
  flush_workqueue(bound);
  flush_workqueue(unbound);
  EXPECT_EQ(first.finished() + second.finished() + third.finished() + last.finished(), 4);
}

struct free_item : work_struct {
  std::atomic<int>* freed;
  static void run(work_struct* work) {
    auto* self = static_cast<free_item*>(work);
    std::atomic<int>* count = self->freed;
    delete self;
    count->fetch_add(1);
  }
};

TEST_P(Pending, C16_a_function_may_free_its_own_item) {
  on_each_kind(0, [this](workqueue_struct* wq) {
    std::atomic<int> freed{0};
    const int items = scaled(50);
    for (int i = 0; i < items; ++i) {
      auto* item = new free_item;
      INIT_WORK(item, &free_item::run);
      item->freed = &freed;
      ASSERT_TRUE(queue_work_on(i % cpus(), wq, item));
    }
    flush_workqueue(wq);
    EXPECT_EQ(freed.load(), items);
  });
}

TEST_P(Pending, C17_an_idle_item_may_be_queued_on_another_queue_each_time) {
  workqueue_struct* queues[] = {alloc("a", WQ_PERCPU), alloc("b", WQ_UNBOUND), alloc("c", WQ_PERCPU | WQ_HIGHPRI),
                                alloc_ordered("d")};
  probe item;
  for (int round = 0; round < 3; ++round) {
    for (workqueue_struct* wq : queues) {
      ASSERT_TRUE(queue_work(wq, &item));
      flush_work(&item);
    }
  }
  for (workqueue_struct* wq : queues) {
    flush_workqueue(wq);
    EXPECT_EQ(snapshot(wq).stats.started, 3u);
    EXPECT_EQ(snapshot(wq).stats.completed, 3u);
  }
}

TEST_P(Pending, C13_a_refused_queueing_promises_no_run) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    hold first;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();

    probe cancelled_later, disabled, dropped;
    ASSERT_TRUE(queue_work_on(0, wq, &cancelled_later));
    EXPECT_FALSE(queue_work_on(0, wq, &cancelled_later));
    EXPECT_TRUE(cancel_work(&cancelled_later));

    disable_work(&disabled);
    EXPECT_FALSE(queue_work_on(0, wq, &disabled));
    EXPECT_TRUE(enable_work(&disabled));

    background drainer([wq] { drain_workqueue(wq); });
    wait_until("the queue to drain", [wq] { return (snapshot(wq).flags & __WQ_DRAINING) != 0; });
    EXPECT_TRUE(queue_work_on(0, wq, &dropped));
    EXPECT_TRUE(queue_work_on(0, wq, &dropped));  // it was not kept
    first.release();
    drainer.wait_done();

    EXPECT_EQ(cancelled_later.started() + disabled.started() + dropped.started(), 0);
    for (probe* item : {&cancelled_later, &disabled, &dropped}) EXPECT_TRUE(queue_work_on(0, wq, item));
    flush_workqueue(wq);
    EXPECT_EQ(cancelled_later.finished() + disabled.finished() + dropped.finished(), 3);
  });
  EXPECT_EQ(log().take({"cannot queue"}), 1);  // once per domain, not per item
}

}  // namespace
}  // namespace cmwq::test
