// Group K: taking items back.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Cancel : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Cancel);

TEST_P(Cancel, C121_cancel_work_takes_back_a_pending_item_active_or_waiting) {
  on_each_kind(2, [](workqueue_struct* wq) {
    hold one, two;
    probe waiting;
    ASSERT_TRUE(queue_work_on(0, wq, &one));
    ASSERT_TRUE(queue_work_on(0, wq, &two));
    one.wait_running();
    two.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &waiting));
    EXPECT_TRUE(cancel_work(&waiting));
    EXPECT_FALSE(work_pending(&waiting));
    EXPECT_FALSE(cancel_work(&waiting));
    EXPECT_FALSE(cancel_work(&one));  // running
    one.release();
    two.release();
    flush_workqueue(wq);
    EXPECT_EQ(waiting.started(), 0);
    EXPECT_EQ(one.finished(), 1);
  });
}

TEST_P(Cancel, C121_a_running_instance_continues_and_only_the_queued_one_is_taken_back) {
  on_each_kind(0, [](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    ASSERT_TRUE(queue_work(wq, &item));
    EXPECT_TRUE(cancel_work(&item));
    EXPECT_EQ(item.finished(), 0);
    item.release();
    flush_workqueue(wq);
    EXPECT_EQ(item.finished(), 1);
  });
}

TEST_P(Cancel, C122_cancel_work_sync_waits_for_a_running_instance) {
  on_each_kind(0, [](workqueue_struct* wq) {
    for (bool requeued : {false, true}) {
      hold item;
      ASSERT_TRUE(queue_work(wq, &item));
      item.wait_running();
      if (requeued) {
        ASSERT_TRUE(queue_work(wq, &item));
      }
      int finished = -1;
      background canceller([&] {
        EXPECT_EQ(cancel_work_sync(&item), requeued);
        finished = item.finished();
      });
      canceller.wait_asleep();
      EXPECT_FALSE(canceller.done());
      item.release();
      canceller.wait_done();
      EXPECT_EQ(finished, 1);
      EXPECT_EQ(work_busy(&item), 0u);
    }
  });
}

TEST_P(Cancel, C122_on_an_idle_item_it_returns_false) {
  workqueue_struct* wq = alloc("cancel", WQ_UNBOUND);
  probe item;
  delayed_probe later;
  EXPECT_FALSE(cancel_work(&item));
  EXPECT_FALSE(cancel_work_sync(&item));
  EXPECT_FALSE(cancel_delayed_work(&later));
  EXPECT_FALSE(cancel_delayed_work_sync(&later));
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_FALSE(cancel_work_sync(&item));
}

TEST_P(Cancel, C123_cancel_work_sync_stops_an_item_that_queues_itself_for_ever) {
  on_each_kind(0, [](workqueue_struct* wq) {
    probe endless([&] { queue_work(wq, &endless); });
    ASSERT_TRUE(queue_work(wq, &endless));
    endless.wait_started(3);
    cancel_work_sync(&endless);
    const int runs = endless.finished();
    EXPECT_EQ(endless.started(), runs);
    flush_workqueue(wq);
    EXPECT_EQ(endless.started(), runs);
    EXPECT_EQ(work_busy(&endless), 0u);
  });
}

TEST_P(Cancel, C123_cancel_delayed_work_sync_stops_an_item_that_arms_itself_for_ever) {
  workqueue_struct* wq = alloc("endless", WQ_UNBOUND);
  delayed_probe endless([&] { queue_delayed_work(wq, &endless, endless.started() % 2); });
  ASSERT_TRUE(queue_delayed_work(wq, &endless, 1));
  endless.wait_started(4);
  cancel_delayed_work_sync(&endless);
  const int runs = endless.finished();
  EXPECT_EQ(endless.started(), runs);
  EXPECT_FALSE(delayed_work_pending(&endless));
  wait_until_none_is_armed(wq);
  flush_workqueue(wq);
  EXPECT_EQ(endless.started(), runs);
}

TEST_P(Cancel, C124_several_threads_may_cancel_one_item_at_once) {
  on_each_kind(0, [](workqueue_struct* wq) {
    for (int round = 0; round < scaled(5); ++round) {
      hold item;
      ASSERT_TRUE(queue_work(wq, &item));
      item.wait_running();
      ASSERT_TRUE(queue_work(wq, &item));
      std::atomic<int> took{0};
      std::vector<std::unique_ptr<background>> cancellers;
      for (int i = 0; i < 4; ++i)
        cancellers.push_back(std::make_unique<background>([&] { took += cancel_work_sync(&item); }));
      for (const auto& canceller : cancellers) canceller->wait_asleep();
      item.release();
      cancellers.clear();
      EXPECT_EQ(took.load(), 1);
      EXPECT_EQ(item.finished(), 1);
      EXPECT_TRUE(queue_work(wq, &item));  // all their disabling is undone
      flush_work(&item);
    }
  });
}

TEST_P(Cancel, C125_an_item_may_be_cancelled_after_its_queue_was_destroyed) {
  for (const queue_kind& kind : kKinds) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    probe item;
    ASSERT_TRUE(queue_work(wq, &item));
    destroy(wq);
    EXPECT_FALSE(cancel_work(&item));
    EXPECT_FALSE(cancel_work_sync(&item));
    EXPECT_FALSE(flush_work(&item));
    EXPECT_EQ(work_busy(&item), 0u);
  }
}

TEST_P(Cancel, C127_cancelling_delayed_work_tells_whether_it_was_armed_or_queued) {
  workqueue_struct* wq = alloc("delayed", WQ_PERCPU, 1);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  for (bool sync : {false, true}) {
    const auto cancel = sync ? cancel_delayed_work_sync : cancel_delayed_work;
    delayed_probe item;
    ASSERT_TRUE(queue_delayed_work_on(0, wq, &item, 3'600'000));  // armed
    EXPECT_EQ(snapshot(wq).nr_armed, 1);
    EXPECT_TRUE(cancel(&item));
    EXPECT_EQ(snapshot(wq).nr_armed, 0);
    ASSERT_TRUE(queue_delayed_work_on(0, wq, &item, 0));  // queued, waiting for its slot
    EXPECT_TRUE(cancel(&item));
    EXPECT_FALSE(cancel(&item));
    EXPECT_FALSE(delayed_work_pending(&item));
    EXPECT_EQ(item.started(), 0);
  }
}

TEST_P(Cancel, C129_an_item_without_a_function_is_warned_of) {
  work_struct empty;
  EXPECT_FALSE(cancel_work_sync(&empty));
  EXPECT_GE(log().take({"cancel", "func"}), 1);
  EXPECT_FALSE(work_pending(&empty));
}

TEST_P(Cancel, C131_it_keeps_the_disable_depth) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  disable_work(&item);
  EXPECT_FALSE(cancel_work(&item));
  EXPECT_FALSE(cancel_work_sync(&item));
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_TRUE(enable_work(&item));
  EXPECT_TRUE(queue_work(wq, &item));
}

TEST_P(Cancel, C132_cancelling_against_queueing_loses_nothing_and_doubles_nothing) {
  on_each_kind(2, [this](workqueue_struct* wq) {
    probe item;
    std::atomic<int> accepted{0}, taken{0};
    race(4, [&](int thread) {
      for (int i = 0; i < scaled(300); ++i) {
        if (thread % 2 == 0)
          accepted += queue_work_on(i % cpus(), wq, &item);
        else
          taken += i % 8 == 0 ? cancel_work_sync(&item) : cancel_work(&item);
      }
    });
    flush_work(&item);
    EXPECT_EQ(item.finished(), accepted.load() - taken.load());
    EXPECT_LE(item.most_at_once(), 1);
  });
}

}  // namespace
}  // namespace cmwq::test
