// Group A: what a draining queue and a broken item do (C11, C12, C14).
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Rejection : public domain_test {
 public:
  // Until @wq refuses what comes from outside.
  void wait_draining(workqueue_struct* wq) {
    wait_until("the queue to drain", [wq] { return (snapshot(wq).flags & __WQ_DRAINING) != 0; });
  }
};
CMWQ_ON_ALL_DOMAINS(Rejection);

TEST_P(Rejection, C11_a_draining_queue_drops_what_comes_from_outside_and_says_true) {
  workqueue_struct* wq = alloc("draining", WQ_UNBOUND);
  probe item;
  hold first;
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  background drainer([wq] { drain_workqueue(wq); });
  wait_draining(wq);

  EXPECT_TRUE(queue_work(wq, &item));
  EXPECT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_FALSE(work_pending(&item));
  EXPECT_FALSE(cancel_work(&item));
  EXPECT_FALSE(flush_work(&item));
  EXPECT_FALSE(cancel_work_sync(&item));

  first.release();
  drainer.wait_done();
  EXPECT_EQ(item.started(), 0);
  EXPECT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(log().take({"cannot queue", "draining"}), 1);
}

TEST_P(Rejection, C11_an_item_of_another_queue_is_outside) {
  workqueue_struct* wq = alloc("draining", WQ_UNBOUND);
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  probe item;
  probe intruder([&] { EXPECT_TRUE(queue_work(wq, &item)); });
  hold first;
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  background drainer([wq] { drain_workqueue(wq); });
  wait_draining(wq);
  ASSERT_TRUE(queue_work(other, &intruder));
  flush_work(&intruder);
  EXPECT_FALSE(work_pending(&item));
  first.release();
  drainer.wait_done();
  EXPECT_EQ(item.started(), 0);
  EXPECT_EQ(log().take({"cannot queue", "draining"}), 1);
}

TEST_P(Rejection, C12_a_timer_that_fires_on_a_draining_queue_is_dropped_whoever_armed_it) {
  workqueue_struct* wq = alloc("draining", WQ_UNBOUND);
  delayed_probe later;
  probe armer([&] {
    wait_draining(wq);
    EXPECT_TRUE(queue_delayed_work(wq, &later, 1));
    wait_until("the timer to fire", [&] { return !delayed_work_pending(&later); });
  });
  ASSERT_TRUE(queue_work(wq, &armer));
  armer.wait_started();
  drain_workqueue(wq);
  EXPECT_EQ(armer.finished(), 1);
  EXPECT_EQ(later.started(), 0);
  EXPECT_EQ(log().take({"cannot queue", "draining"}), 1);
}

TEST_P(Rejection, C14_an_item_whose_list_node_is_in_use_is_reported_and_not_queued) {
  workqueue_struct* wq = alloc("corrupt", WQ_UNBOUND);
  probe item;
  detail::list_head elsewhere;
  detail::list_add(item.entry, elsewhere);
  queue_work(wq, &item);
  log().take({"corrupt"});
  detail::list_del_init(item.entry);
  INIT_WORK(&item, item.func);  // whatever it was made of
  flush_workqueue(wq);
  EXPECT_EQ(item.started(), 0);
}

}  // namespace
}  // namespace cmwq::test
