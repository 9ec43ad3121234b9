// Group C: non-reentrancy.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Reentrancy : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Reentrancy);

TEST_P(Reentrancy, C27_an_item_never_runs_twice_at_once_whatever_cpus_it_is_queued_from) {
  on_each_kind(0, [this](workqueue_struct* wq) {
    probe item([] { std::this_thread::yield(); });
    std::atomic<int> accepted{0};
    race(4, [&](int thread) {
      for (int i = 0; i < scaled(200); ++i) accepted.fetch_add(queue_work_on((thread + i) % cpus(), wq, &item));
    });
    flush_work(&item);
    EXPECT_EQ(item.most_at_once(), 1);
    EXPECT_EQ(item.finished(), accepted.load());
  });
}

TEST_P(Reentrancy, C28_queued_from_another_cpu_a_running_item_stays_with_the_pool_that_runs_it) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  std::vector<int> busy;
  gate go;
  probe item([&] {
    go.wait();
    busy = busy_cpus();
  });
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_started();
  EXPECT_TRUE(queue_work_on(cpus() - 1, wq, &item));
  go.open();
  flush_work(&item);
  EXPECT_EQ(item.finished(), 2);
  EXPECT_EQ(item.most_at_once(), 1);
  EXPECT_EQ(busy, std::vector<int>{0});
}

TEST_P(Reentrancy, C29_the_redirected_instance_counts_against_max_active_there) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU, 1);
  hold item;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_running();
  ASSERT_TRUE(queue_work_on(cpus() - 1, wq, &item));
  EXPECT_EQ(snapshot(wq).nr_active, 1);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  item.release();
  flush_work(&item);
  EXPECT_EQ(item.finished(), 2);
}

TEST_P(Reentrancy, C30_on_another_queue_with_another_pool_the_item_may_overlap_itself) {
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work_on(0, bound, &item));
  item.wait_running();
  ASSERT_TRUE(queue_work(unbound, &item));
  item.wait_started(2);
  item.release();
  flush_workqueue(bound);
  flush_workqueue(unbound);
  EXPECT_EQ(item.finished(), 2);
  EXPECT_EQ(item.most_at_once(), 2);
}

// Two queues with the same pool.
struct twins {
  const char* name;
  unsigned flags;
};
constexpr twins kTwins[] = {{"bound", WQ_PERCPU}, {"unbound", WQ_UNBOUND}};

TEST_P(Reentrancy, C30_on_another_queue_with_the_same_pool_the_item_never_overlaps_itself) {
  for (const twins& kind : kTwins) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* one = alloc("one", kind.flags);
    workqueue_struct* two = alloc("two", kind.flags);
    hold item;
    probe marker;
    ASSERT_TRUE(queue_work_on(0, one, &item));
    item.wait_running();
    ASSERT_TRUE(queue_work_on(0, two, &item));
    ASSERT_TRUE(queue_work_on(0, two, &marker));
    marker.wait_finished();  // behind the item on the pool's list: the item was met and put aside
    EXPECT_EQ(item.started(), 1);
    item.release();
    flush_workqueue(one);
    flush_workqueue(two);
    EXPECT_EQ(item.finished(), 2);
    EXPECT_EQ(item.most_at_once(), 1);
  }
}

TEST_P(Reentrancy, C31_an_item_put_aside_runs_directly_after_the_run_it_collided_with) {
  if (!exact()) GTEST_SKIP() << "needs a worker that holds the others back";
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* one = alloc("one", WQ_PERCPU);
  workqueue_struct* two = alloc("two", WQ_PERCPU);
  recorder order;
  gate go;
  spin busy;
  probe item([&] {
    order.add(0);
    go.wait();
    if (item.started() == 2) busy.release();
  });
  probe behind([&] { order.add(1); });
  probe marker;
  ASSERT_TRUE(queue_work_on(0, one, &item));
  item.wait_started();
  ASSERT_TRUE(queue_work_on(0, two, &item));
  ASSERT_TRUE(queue_work_on(0, two, &marker));
  marker.wait_finished();
  ASSERT_TRUE(queue_work_on(0, two, &busy));
  busy.wait_running();
  ASSERT_TRUE(queue_work_on(0, two, &behind));  // held back by the spinning item
  go.open();                                    // which only the second run of the item ends
  flush_workqueue(one);
  flush_workqueue(two);
  EXPECT_EQ(order.order(), (std::vector<int>{0, 0, 1}));
}

// One address with one function after another.
struct reused : work_struct {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  gate first_may_end;
  gate second_started;

  void enter() {
    const int now = inside.fetch_add(1) + 1;
    if (now > most.load()) most.store(now);
  }
  static void first(work_struct* work) {
    auto* self = static_cast<reused*>(work);
    self->enter();
    self->first_may_end.wait();
    self->inside.fetch_sub(1);
  }
  static void second(work_struct* work) {
    auto* self = static_cast<reused*>(work);
    self->enter();
    self->second_started.open();
    self->inside.fetch_sub(1);
  }
  void wait_first_running() {
    wait_until("the first function", [this] { return inside.load() == 1; });
  }
};

TEST_P(Reentrancy, C32_with_another_function_the_same_address_is_another_item) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  reused item;
  INIT_WORK(&item, &reused::first);
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_first_running();
  item.func = &reused::second;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.second_started.wait();
  item.first_may_end.open();
  flush_workqueue(wq);
  EXPECT_EQ(item.most.load(), 2);
}

TEST_P(Reentrancy, C33_a_new_item_at_the_address_of_a_running_one_waits_for_it) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  reused item;
  probe marker;
  INIT_WORK(&item, &reused::first);
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_first_running();
  INIT_WORK(&item, &reused::first);
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  ASSERT_TRUE(queue_work_on(0, wq, &marker));
  marker.wait_finished();
  EXPECT_EQ(item.inside.load(), 1);
  item.first_may_end.open();
  flush_workqueue(wq);
  EXPECT_EQ(item.most.load(), 1);
  EXPECT_EQ(snapshot(wq).stats.completed, 3u);
}

TEST_P(Reentrancy, C34_init_work_on_a_running_item_makes_it_forget_its_pool_and_its_disable_depth) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  hold item;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_running();
  EXPECT_FALSE(disable_work(&item));
  INIT_WORK(&item, item.func);
  EXPECT_FALSE(flush_work(&item));
  EXPECT_FALSE(cancel_work_sync(&item));
  EXPECT_EQ(item.finished(), 0);
  EXPECT_TRUE(queue_work_on(0, wq, &item));  // not disabled any more
  item.release();
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), 2);
}

TEST_P(Reentrancy, C36_an_item_that_keeps_queueing_itself_stays_on_its_pool) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  std::vector<int> others;
  probe item([&] {
    for (int cpu : busy_cpus())
      if (cpu != 0) others.push_back(cpu);
    if (item.started() == 8) return;
    EXPECT_TRUE(queue_work_on(item.started() % cpus(), wq, &item));
  });
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_finished(8);
  flush_workqueue(wq);
  EXPECT_EQ(others, std::vector<int>{});
}

TEST_P(Reentrancy, C35_an_item_of_an_ordered_queue_never_overlaps_itself) {
  workqueue_struct* wq = alloc_ordered("ordered");
  probe item([] { std::this_thread::yield(); });
  std::atomic<int> accepted{0};
  race(4, [&](int thread) {
    for (int i = 0; i < scaled(200); ++i) accepted += queue_work_on((thread + i) % cpus(), wq, &item);
  });
  flush_workqueue(wq);
  EXPECT_EQ(item.finished(), accepted.load());
  EXPECT_EQ(item.most_at_once(), 1);
}

}  // namespace
}  // namespace cmwq::test
