// Regressions around pools, workers and blocking: R4, R11, R12, R27, R29, R39, R40, R49.
#include "../harness/domain_fixture.h"
#include "cmwq/cxx/blocking_section.hpp"

namespace cmwq::test {
namespace {

class Pools : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Pools);

// R4: one constructor passed its arguments on wrongly: garbage in names.
TEST_P(Pools, R4_every_constructor_formats_the_name) {
  workqueue_struct* plain = alloc_workqueue_in(domain(), "%s-%d/%lx", WQ_UNBOUND, 3, "plain", 42, 0xbeefUL);
  workqueue_struct* ordered = alloc_ordered_workqueue_in(domain(), "%c%c:%s", WQ_MEM_RECLAIM, 'o', 'r', "dered");
  ASSERT_NE(plain, nullptr);
  ASSERT_NE(ordered, nullptr);
  EXPECT_EQ(snapshot(plain).name, "plain-42/beef");
  EXPECT_EQ(snapshot(plain).max_active, 3);
  EXPECT_EQ(snapshot(ordered).name, "or:dered");
  destroy_workqueue(plain);
  destroy_workqueue(ordered);
}

// R11: many blocked items that wait for one more of the same queue.
TEST_P(Pools, R11_many_interdependent_blocked_items_do_not_keep_out_the_one_that_releases_them) {
  workqueue_struct* wq = alloc("crowded", WQ_UNBOUND);
  const int n = scaled(48);
  std::vector<std::unique_ptr<hold>> blocked;
  for (int i = 0; i < n; ++i) {
    blocked.push_back(std::make_unique<hold>());
    ASSERT_TRUE(queue_work(wq, blocked.back().get()));
  }
  probe last([&] {
    for (const auto& item : blocked) item->release();
  });
  ASSERT_TRUE(queue_work(wq, &last));
  flush_workqueue(wq);
  EXPECT_EQ(last.finished(), 1);
}

// R12, R34: pools that were created and culled at once.
TEST_P(Pools, R12_R34_pools_come_and_go_in_a_tight_loop) {
  options.idle_timeout_ms = 1;
  for (int round = 0; round < scaled(30); ++round) {
    workqueue_struct* wq = alloc("fleeting", WQ_UNBOUND | (round % 2 ? WQ_HIGHPRI : 0u));
    probe item;
    if (round % 3 != 0) {
      ASSERT_TRUE(queue_work_on(round % cpus(), wq, &item));
    }
    destroy(wq);
    EXPECT_EQ(item.finished(), round % 3 != 0);
  }
  wait_until("all unbound pools to go", [this] { return unbound_pools().empty(); });
}

// R27: a message was sent under the pool's lock, and its receiver queued work.
struct queueing_sink {
  workqueue_struct* wq;
  work_struct* work;
  std::atomic<int> messages{0};
  static void receive(log_level, const char*, void* context) {
    auto* self = static_cast<queueing_sink*>(context);
    self->messages.fetch_add(1);
    queue_work_on(0, self->wq, self->work);
  }
};

TEST_P(Pools, R27_whoever_receives_messages_may_queue_work) {
  workqueue_struct* wq = alloc("loud", WQ_PERCPU, 2);
  probe item;
  queueing_sink sink{wq, &item};
  set_log_sink(&queueing_sink::receive, &sink);
  work_struct empty;
  flush_work(&empty);
  queue_work_on(cpus() + 3, wq, &item);
  workqueue_set_max_active(wq, 100'000);
  probe inside([&] { flush_workqueue(wq); });
  queue_work_on(0, wq, &inside);
  flush_work(&inside);
  set_log_sink(nullptr, nullptr);
  EXPECT_GE(sink.messages.load(), 3);
  flush_workqueue(wq);
  EXPECT_GE(item.finished(), 1);
}

// R29: a worker that blocked again before it had said it was awake was taken out of the count twice.
TEST_P(Pools, R29_blocks_inside_and_directly_after_declared_blocks_are_counted_once) {
  workqueue_struct* wq = alloc("nested", WQ_PERCPU);
  for (int round = 0; round < scaled(10); ++round) {
    gate gates[3];
    probe first([&] {
      for (gate& g : gates) {
        const blocking_section outer;
        const blocking_section inner;
        g.wait();
      }
      pause_briefly();
    });
    probe others[3] = {probe([&] { gates[0].open(); }), probe([&] { gates[1].open(); }),
                       probe([&] { gates[2].open(); })};
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    for (probe& item : others) ASSERT_TRUE(queue_work_on(0, wq, &item));
    flush_workqueue(wq);
    ASSERT_EQ(check_invariants(domain()), "");
  }
}

// R39: of two threads that cancelled one item the second span and starved the first.
TEST_P(Pools, R39_two_cancellers_on_one_cpu_both_return) {
  workqueue_struct* wq = alloc("cancelled", WQ_UNBOUND);
  const int cpu = allowed_cpus().front();
  for (int round = 0; round < scaled(10); ++round) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    const auto cancel = [&] {
      pin_this_thread(cpu);
      cancel_work_sync(&item);
    };
    background one(cancel), two(cancel);
    one.wait_asleep();
    two.wait_asleep();
    item.release();
    one.wait_done();
    two.wait_done();
  }
}

// R40: all workers slept with items waiting, as one had looked too early.
TEST_P(Pools, R40_single_items_that_arrive_while_workers_fall_asleep_are_all_executed) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    probe blocking([] { pause_briefly(1000); });
    probe quick;
    for (int i = 1; i <= scaled(200); ++i) {
      ASSERT_TRUE(queue_work_on(0, wq, &blocking));
      ASSERT_TRUE(queue_work_on(0, wq, &quick));
      quick.wait_finished(i);
      flush_work(&quick);
      blocking.wait_finished(i);
      flush_work(&blocking);
    }
  }
}

// R49: waiting for a whole queue dead-locks with a lock that one of its items needs; waiting for one item not.
TEST_P(Pools, R49_one_item_can_be_waited_for_while_another_needs_the_lock_of_the_waiter) {
  workqueue_struct* wq = alloc("locked", WQ_PERCPU);
  std::mutex lock;
  probe needs_the_lock([&] { std::lock_guard guard(lock); });
  probe awaited;
  {
    std::lock_guard guard(lock);
    ASSERT_TRUE(queue_work_on(0, wq, &needs_the_lock));
    ASSERT_TRUE(queue_work_on(0, wq, &awaited));
    flush_work(&awaited);
    EXPECT_EQ(awaited.finished(), 1);
    EXPECT_EQ(needs_the_lock.finished(), 0);
    ASSERT_TRUE(queue_work_on(0, wq, &awaited));
    cancel_work_sync(&awaited);
  }
  flush_work(&needs_the_lock);
}

}  // namespace
}  // namespace cmwq::test
