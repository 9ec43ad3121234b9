// Group D: the order of execution.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Order : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Order);

std::vector<int> ascending(int n) {
  std::vector<int> numbers;
  for (int i = 0; i < n; ++i) numbers.push_back(i);
  return numbers;
}

TEST_P(Order, C37_items_of_one_queue_and_cpu_start_in_queueing_order) {
  on_each_kind(1, [](workqueue_struct* wq) {
    recorder order;
    numbered_probes items(order, scaled(100));
    for (int i = 0; i < items.size(); ++i) ASSERT_TRUE(queue_work_on(0, wq, &items[i]));
    flush_workqueue(wq);
    EXPECT_EQ(order.order(), ascending(items.size()));
  });
}

TEST_P(Order, C37_items_may_finish_in_another_order) {
  on_each_kind(2, [](workqueue_struct* wq) {
    hold first;
    probe second([&] { first.release(); });
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    ASSERT_TRUE(queue_work_on(0, wq, &second));
    first.wait_finished();
    EXPECT_EQ(second.started(), 1);
  });
}

TEST_P(Order, C39_an_ordered_queue_runs_one_item_at_a_time_in_queueing_order_over_all_cpus) {
  workqueue_struct* wq = alloc_ordered("ordered");
  recorder order;
  crowd inside;
  const int total = scaled(200);
  std::mutex ticket;
  int next = 0;
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < total; ++i)
    items.push_back(std::make_unique<probe>([&order, &inside, i] {
      inside.enter();
      order.add(i);
      if (i % 16 == 0) pause_briefly();
      inside.leave();
    }));
  race(4, [&](int thread) {
    for (;;) {
      std::lock_guard lock(ticket);
      if (next == total) return;
      EXPECT_TRUE(queue_work_on((thread + next) % cpus(), wq, items[static_cast<std::size_t>(next)].get()));
      ++next;
    }
  });
  flush_workqueue(wq);
  EXPECT_EQ(order.order(), ascending(total));
  EXPECT_EQ(inside.most(), 1);
}

TEST_P(Order, C39_the_next_item_of_an_ordered_queue_waits_for_the_end_of_a_blocked_one) {
  workqueue_struct* wq = alloc_ordered("ordered");
  hold first;
  probe second;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(cpus() - 1, wq, &second));
  EXPECT_EQ(snapshot(wq).nr_active, 1);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  EXPECT_EQ(second.started(), 0);
  first.release();
  flush_work(&second);
  EXPECT_EQ(first.finished(), 1);
}

TEST_P(Order, C42_R35_an_unbound_queue_with_max_active_1_runs_one_item_per_node_at_most) {
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 1);
  crowd inside;
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < scaled(60); ++i) {
    items.push_back(std::make_unique<probe>([&] {
      inside.enter();
      std::this_thread::yield();
      inside.leave();
    }));
    ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
  }
  flush_workqueue(wq);
  EXPECT_LE(inside.most(), nodes());
  for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
}

TEST_P(Order, C43_an_item_goes_behind_the_waiting_ones_even_after_max_active_was_raised) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU, 1);
  hold a, b, c, d;
  ASSERT_TRUE(queue_work_on(0, wq, &a));
  a.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &b));
  ASSERT_TRUE(queue_work_on(0, wq, &c));
  workqueue_set_max_active(wq, 2);
  b.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &d));
  EXPECT_EQ(snapshot(wq).nr_inactive, 2);
  b.release();
  c.wait_running();
  EXPECT_EQ(d.started(), 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  c.release();
  d.wait_running();
}

TEST_P(Order, C44_the_pods_of_a_node_are_served_in_turn) {
  if (GetParam().where.nodes != 2) GTEST_SKIP() << "needs two pods on one node";
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND, 1);
  const int other_pod = 2;  // of node 0: its second cache
  recorder order;
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  numbered_probes here(order, 5, 0);
  numbered_probes there(order, 5, 100);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue_work_on(0, wq, &here[i]));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue_work_on(other_pod, wq, &there[i]));
  ASSERT_EQ(snapshot(wq).nr_inactive, 10);
  first.release();
  flush_workqueue(wq);
  int lead = 0;
  for (int id : order.order()) {
    lead += id < 100 ? 1 : -1;
    EXPECT_LE(std::abs(lead), 2);
  }
}

TEST_P(Order, C45_a_flush_of_one_item_takes_no_slot_and_ends_with_that_item) {
  on_each_kind(1, [](workqueue_struct* wq) {
    hold first, second;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &second));
    background flusher([&] { EXPECT_TRUE(flush_work(&first)); });
    flusher.wait_asleep();
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, 1);
    first.release();
    flusher.wait_done();
    second.wait_running();
    EXPECT_EQ(second.finished(), 0);
  });
}

TEST_P(Order, C38_no_item_waits_for_one_of_another_share) {
  workqueue_struct* one = alloc("one", WQ_PERCPU, 1);
  workqueue_struct* two = alloc("two", WQ_PERCPU, 1);
  const int last = cpus() - 1;
  hold first;
  probe same_queue, other_queue;
  ASSERT_TRUE(queue_work_on(0, one, &first));  // keeps the only slot of its share
  first.wait_running();
  ASSERT_TRUE(queue_work_on(0, two, &other_queue));
  other_queue.wait_finished();
  if (last > 0) {
    ASSERT_TRUE(queue_work_on(last, one, &same_queue));
    same_queue.wait_finished();
  }
  EXPECT_EQ(first.finished(), 0);
}

}  // namespace
}  // namespace cmwq::test
