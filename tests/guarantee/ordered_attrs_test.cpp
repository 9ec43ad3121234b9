// Group D: an ordered queue whose attributes change.
#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class OrderedAttrs : public domain_test {};
CMWQ_ON_ALL_DOMAINS(OrderedAttrs);

void renice(workqueue_struct* wq, int nice) {
  change_attrs(wq, [nice](workqueue_attrs& attrs) { attrs.nice = nice; });
}

TEST_P(OrderedAttrs, C40_R13_items_of_a_new_share_wait_until_every_older_one_is_gone) {
  workqueue_struct* wq = alloc_ordered("ordered");
  recorder order;
  gate release("the first item to be released");
  probe first([&] {
    release.wait();
    order.add(0);
  });
  numbered_probes rest(order, 4, 1);
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_started();
  ASSERT_TRUE(queue_work(wq, &rest[0]));
  renice(wq, 1);
  ASSERT_TRUE(queue_work(wq, &rest[1]));  // the newest share, which is plugged
  renice(wq, 2);
  ASSERT_TRUE(queue_work(wq, &rest[2]));
  renice(wq, 0);  // the first pool again, another share
  ASSERT_TRUE(queue_work(wq, &rest[3]));
  for (int i = 0; i < rest.size(); ++i) EXPECT_EQ(rest[i].started(), 0);
  release.open();
  flush_workqueue(wq);
  EXPECT_EQ(order.order(), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_P(OrderedAttrs, C41_R5_unplugging_starts_all_that_wait_one_after_the_other) {
  workqueue_struct* wq = alloc_ordered("plugged");
  recorder order;
  hold first;
  numbered_probes waiting(order, 5);
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  renice(wq, 1);
  for (int i = 0; i < waiting.size(); ++i) ASSERT_TRUE(queue_work(wq, &waiting[i]));
  EXPECT_EQ(snapshot(wq).nr_inactive, waiting.size());
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(order.order(), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_P(OrderedAttrs, C40_a_cancelled_item_of_a_plugged_share_does_not_keep_it_plugged) {
  workqueue_struct* wq = alloc_ordered("cancelled");
  hold first;
  probe cancelled, last;
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  renice(wq, 1);
  ASSERT_TRUE(queue_work(wq, &cancelled));
  renice(wq, 2);
  ASSERT_TRUE(queue_work(wq, &last));
  EXPECT_TRUE(cancel_work_sync(&cancelled));
  first.release();
  flush_work(&last);
  EXPECT_EQ(last.finished(), 1);
  EXPECT_EQ(cancelled.started(), 0);
}

TEST_P(OrderedAttrs, C40_R20_the_order_is_exact_while_attributes_and_the_cpus_of_unbound_work_change) {
  workqueue_struct* wq = alloc_ordered("exact");
  recorder order;
  const int total = scaled(400);
  numbered_probes items(order, total);
  std::atomic<bool> done{false};
  background changer([&] {
    cpumask_t some = cpus_of({0}), all = cpus_up_to(cpus());
    for (int round = 0; !done.load(); ++round) {
      renice(wq, round % 3);
      EXPECT_EQ(workqueue_set_unbound_cpumask_in(domain(), round % 2 ? &all : &some), 0);
    }
  });
  for (int i = 0; i < total; ++i) ASSERT_TRUE(queue_work(wq, &items[i]));
  flush_workqueue(wq);
  done.store(true);
  changer.join();
  const std::vector<int> seen = order.order();
  ASSERT_EQ(static_cast<int>(seen.size()), total);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_P(OrderedAttrs, C117_a_queue_with_plugged_shares_is_destroyed_after_its_last_item) {
  workqueue_struct* wq = alloc_ordered("destroyed");
  hold first;
  probe second;
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  renice(wq, 1);
  ASSERT_TRUE(queue_work(wq, &second));
  background destroyer([&] { destroy(wq); });
  destroyer.wait_asleep();
  EXPECT_FALSE(destroyer.done());
  first.release();
  destroyer.join();
  EXPECT_EQ(second.finished(), 1);
}

}  // namespace
}  // namespace cmwq::test
