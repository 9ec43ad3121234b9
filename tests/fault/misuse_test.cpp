// Waiting for oneself: refused with a message that names queue and function, instead of a dead-lock.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

// Named functions, so that messages can name them.
std::function<void(work_struct*)> misuse_body;
void misusing_function(work_struct* work) { misuse_body(work); }

class Misuse : public domain_test {
 public:
  // Runs @body in an item of @wq, and expects one complaint with the queue's name in it.
  template <class Body>
  void expect_refused(workqueue_struct* wq, Body body, log_capture::words words) {
    misuse_body = body;
    work_struct work(&misusing_function);
    ASSERT_TRUE(queue_work(wq, &work));
    flush_work(&work);
    EXPECT_EQ(log().take(words), 1);
    EXPECT_EQ(log().complaints(), "");
    probe after;  // the queue is as good as before
    EXPECT_TRUE(queue_work(wq, &after));
    flush_workqueue(wq);
    EXPECT_EQ(after.finished(), 1);
  }
};
CMWQ_ON_ALL_DOMAINS(Misuse);

TEST_P(Misuse, C103_flushing_the_queue_of_the_running_item_is_refused) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq, [wq](work_struct*) { flush_workqueue(wq); }, {"flush", snapshot(wq).name});
  });
}

TEST_P(Misuse, C103_draining_the_queue_of_the_running_item_is_refused) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq, [wq](work_struct*) { drain_workqueue(wq); }, {"drain", snapshot(wq).name});
  });
}

TEST_P(Misuse, C103_destroying_the_queue_of_the_running_item_is_refused) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq, [wq](work_struct*) { destroy_workqueue(wq); }, {"destroy", snapshot(wq).name});
  });
}

TEST_P(Misuse, C103_flushing_oneself_is_refused) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq, [](work_struct* work) { EXPECT_FALSE(flush_work(work)); }, {"flush_work", snapshot(wq).name});
  });
}

TEST_P(Misuse, C126_cancelling_oneself_takes_back_what_is_pending_and_does_not_wait) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq,
                   [wq](work_struct* work) {
                     EXPECT_TRUE(queue_work(wq, work));
                     EXPECT_TRUE(cancel_work_sync(work));
                     EXPECT_FALSE(work_pending(work));
                   },
                   {"cancel", snapshot(wq).name});
  });
}

TEST_P(Misuse, C126_disabling_oneself_synchronously_does_not_wait) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    expect_refused(wq,
                   [wq](work_struct* work) {
                     EXPECT_FALSE(disable_work_sync(work));
                     EXPECT_FALSE(queue_work(wq, work));
                     EXPECT_TRUE(enable_work(work));
                   },
                   {"disable", snapshot(wq).name});
  });
}

TEST_P(Misuse, C103_the_same_for_delayed_work) {
  workqueue_struct* wq = alloc("delayedself", WQ_UNBOUND);
  delayed_probe item([&] {
    EXPECT_TRUE(queue_delayed_work(wq, &item, 3'600'000));
    EXPECT_TRUE(cancel_delayed_work_sync(&item));
    EXPECT_FALSE(delayed_work_pending(&item));
    EXPECT_FALSE(flush_delayed_work(&item));
  });
  ASSERT_TRUE(queue_delayed_work(wq, &item, 0));
  item.wait_finished();
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(log().take({"delayedself", "cancel"}), 1);
  EXPECT_EQ(log().take({"delayedself", "flush"}), 1);
}

TEST_P(Misuse, C103_the_message_names_the_function) {
  workqueue_struct* wq = alloc("named", WQ_UNBOUND);
  misuse_body = [wq](work_struct*) { flush_workqueue(wq); };
  work_struct work(&misusing_function);
  ASSERT_TRUE(queue_work(wq, &work));
  flush_work(&work);
  log().wait_for({"named"});
  char address[32];
  std::snprintf(address, sizeof address, "%p", reinterpret_cast<void*>(&misusing_function));
  const bool symbol = log().count({"named", "misusing_function"}) == 1;
  const bool number = log().count({"named", address}) == 1;
  EXPECT_TRUE(symbol || number) << log().text_of_all();
  log().discard({"named"});
}

TEST_P(Misuse, C104_waiting_for_an_item_that_needs_ones_own_slot_is_refused) {
  workqueue_struct* wq = alloc("oneslot", WQ_PERCPU, 1);
  probe other;
  expect_refused(wq,
                 [&](work_struct*) {
                   EXPECT_TRUE(queue_work(wq, &other));
                   EXPECT_FALSE(flush_work(&other));
                   EXPECT_EQ(other.started(), 0);
                 },
                 {"oneslot", "only slot"});
  EXPECT_EQ(other.finished(), 1);
}

TEST_P(Misuse, destroying_the_domain_from_one_of_its_workers_is_refused) {
  workqueue_struct* wq = alloc("inside", WQ_UNBOUND);
  probe item([this] { destroy_domain(domain()); });
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(log().take({"domain"}), 1);
  ASSERT_TRUE(queue_work(wq, &item));  // it still works
  flush_work(&item);
  log().discard({"domain"});
}

TEST_P(Misuse, destroying_a_domain_with_queues_reports_and_drains_them) {
  domain_options own = options;
  own.name = "untidy";
  wq_domain* untidy = alloc_domain(own);
  ASSERT_NE(untidy, nullptr);
  workqueue_struct* wq = alloc_workqueue_in(untidy, "leftover", WQ_UNBOUND, 1);
  {
    probe items[4];
    for (probe& item : items) ASSERT_TRUE(queue_work(wq, &item));
    destroy_domain(untidy);
    for (probe& item : items) EXPECT_EQ(item.finished(), 1);
  }
  EXPECT_GE(log().take({"leftover"}), 1);
}

TEST_P(Misuse, C177_freezing_twice_is_warned_of_and_one_thaw_ends_it) {
  workqueue_struct* wq = alloc("frozen", WQ_UNBOUND | WQ_FREEZABLE);
  probe item;
  for (int i = 0; i < 3; ++i) freeze_workqueues_begin_in(domain());
  EXPECT_EQ(log().take({"test", "freeze_workqueues_begin"}), 1);
  ASSERT_TRUE(queue_work(wq, &item));
  thaw_workqueues_in(domain());
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Misuse, C178_asking_whether_a_freeze_is_busy_without_one_is_warned_of) {
  workqueue_struct* wq = alloc("unfrozen", WQ_UNBOUND | WQ_FREEZABLE);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  EXPECT_TRUE(freeze_workqueues_busy_in(domain()));
  EXPECT_TRUE(freeze_workqueues_busy_in(domain()));
  EXPECT_EQ(log().take({"test", "freeze_workqueues_busy"}), 1);
}

TEST_P(Misuse, C177_freezing_nothing_is_refused) {
  freeze_workqueues_begin_in(nullptr);
  EXPECT_FALSE(freeze_workqueues_busy_in(nullptr));
  thaw_workqueues_in(nullptr);
  EXPECT_EQ(log().take({"null"}), 3);
}

TEST_P(Misuse, C111_flushing_before_the_workers_exist_is_warned_of_and_returns) {
  options.start_workers = false;
  workqueue_struct* wq = alloc("early", WQ_UNBOUND);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  flush_workqueue(wq);
  EXPECT_EQ(log().take({"early"}), 1);
  start_domain(domain());
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), 1);
}

}  // namespace
}  // namespace cmwq::test
