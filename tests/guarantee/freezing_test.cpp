// Group Q: freezing.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

inline constexpr queue_kind kFreezables[] = {
    {"percpu", WQ_FREEZABLE | WQ_PERCPU},
    {"highpri", WQ_FREEZABLE | WQ_PERCPU | WQ_HIGHPRI},
    {"unbound", WQ_FREEZABLE | WQ_UNBOUND},
    {"reclaim", WQ_FREEZABLE | WQ_UNBOUND | WQ_MEM_RECLAIM},
};

class Freezing : public domain_test {
 public:
  void freeze() { freeze_workqueues_begin_in(domain()); }
  bool busy() { return freeze_workqueues_busy_in(domain()); }
  void thaw() { thaw_workqueues_in(domain()); }
  void wait_quiet() {
    wait_until("the frozen queues to be quiet", [this] { return !busy(); });
  }

  // @body on a fresh freezable queue of each kind.  It leaves the domain thawed.
  template <class Body>
  void on_each_freezable(int max_active, Body body) {
    for (const queue_kind& kind : kFreezables) {
      SCOPED_TRACE(kind.name);
      workqueue_struct* wq = alloc(kind.name, kind.flags, max_active);
      ASSERT_NE(wq, nullptr);
      body(wq);
      EXPECT_EQ(check_invariants(domain()), "");
      destroy(wq);
      if (HasFatalFailure()) return;
    }
  }

 protected:
  void TearDown() override {
    thaw();  // a test that failed in between must not hang
    domain_test::TearDown();
  }
};
CMWQ_ON_ALL_DOMAINS(Freezing);

TEST_P(Freezing, C177_active_items_finish_and_neither_waiting_nor_new_ones_start) {
  on_each_freezable(1, [this](workqueue_struct* wq) {
    hold active;
    probe waiting, fresh;
    ASSERT_TRUE(queue_work_on(0, wq, &active));
    active.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &waiting));
    freeze();
    EXPECT_TRUE(snapshot(wq).frozen);
    EXPECT_TRUE(queue_work_on(0, wq, &fresh));
    EXPECT_FALSE(queue_work_on(0, wq, &fresh));  // pending, as ever
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    active.release();
    wait_quiet();
    EXPECT_EQ(active.finished(), 1);
    EXPECT_EQ(snapshot(wq).nr_active, 0);
    EXPECT_EQ(snapshot(wq).nr_inactive, 2);
    EXPECT_EQ(check_invariants(domain()), "");
    thaw();
    EXPECT_FALSE(snapshot(wq).frozen);
    flush_workqueue(wq);
    EXPECT_EQ(waiting.finished(), 1);
    EXPECT_EQ(fresh.finished(), 1);
  });
}

TEST_P(Freezing, C177_nothing_starts_while_others_go_on_queueing) {
  for (const queue_kind& kind : kFreezables) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 2);
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < 16; ++i) items.push_back(std::make_unique<probe>());
    std::atomic<bool> stop{false};
    std::atomic<int> accepted{0};
    {
      background one([&] {
        for (std::size_t i = 0; !stop.load(); ++i)
          accepted.fetch_add(queue_work_on(static_cast<int>(i) % cpus(), wq, items[i % 16].get()));
      });
      for (int round = 0; round < scaled(5); ++round) {
        freeze();
        wait_quiet();
        const std::uint64_t before = snapshot(wq).stats.started;
        const int queued = accepted.load();
        wait_until("more items", [&] { return accepted.load() > queued || snapshot(wq).nr_inactive == 16; });
        EXPECT_EQ(snapshot(wq).stats.started, before);
        EXPECT_FALSE(busy());
        thaw();
        wait_until("the queue to go on", [&] { return snapshot(wq).stats.started > before; });
      }
      stop.store(true);
    }
    flush_workqueue(wq);
    EXPECT_EQ(snapshot(wq).stats.completed, static_cast<std::uint64_t>(accepted.load()));
    EXPECT_EQ(check_invariants(domain()), "");
    destroy(wq);
  }
}

TEST_P(Freezing, C178_busy_while_an_item_of_a_freezable_queue_is_active) {
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  hold unfrozen;
  ASSERT_TRUE(queue_work(other, &unfrozen));
  unfrozen.wait_running();
  on_each_freezable(0, [this](workqueue_struct* wq) {
    hold item;
    ASSERT_TRUE(queue_work(wq, &item));
    item.wait_running();
    freeze();
    EXPECT_TRUE(busy());
    item.release();
    wait_quiet();  // although an item of the other queue runs
    thaw();
  });
  freeze();
  probe free;
  EXPECT_TRUE(queue_work(other, &free));
  flush_work(&free);
  EXPECT_EQ(free.finished(), 1);
  EXPECT_FALSE(busy());
}

TEST_P(Freezing, C179_thawing_starts_what_was_collected_in_order) {
  workqueue_struct* const queues[] = {alloc("percpu", WQ_FREEZABLE | WQ_PERCPU, 1),
                                      alloc_ordered("ordered", WQ_FREEZABLE)};
  for (workqueue_struct* wq : queues) {
    recorder order;
    numbered_probes items(order, 20);
    std::vector<int> expected;
    freeze();
    for (int i = 0; i < items.size(); ++i) {
      ASSERT_TRUE(queue_work_on(0, wq, &items[i]));
      expected.push_back(i);
    }
    EXPECT_FALSE(busy());
    EXPECT_TRUE(order.order().empty());
    thaw();
    flush_workqueue(wq);
    EXPECT_EQ(order.order(), expected);
  }
}

TEST_P(Freezing, C179_thawing_what_is_not_frozen_does_nothing) {
  on_each_freezable(1, [this](workqueue_struct* wq) {
    hold active;
    probe waiting;
    ASSERT_TRUE(queue_work_on(0, wq, &active));
    active.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &waiting));
    thaw();
    EXPECT_EQ(snapshot(wq).nr_active, 1);
    EXPECT_EQ(snapshot(wq).nr_inactive, 1);
    active.release();
    flush_work(&waiting);
    EXPECT_EQ(waiting.finished(), 1);
  });
}

TEST_P(Freezing, C180_a_queue_made_while_frozen_starts_frozen) {
  for (const queue_kind& kind : kFreezables) {
    SCOPED_TRACE(kind.name);
    freeze();
    workqueue_struct* wq = alloc(kind.name, kind.flags, 3);
    workqueue_struct* other = alloc("other", kind.flags & ~unsigned{WQ_FREEZABLE});
    EXPECT_TRUE(snapshot(wq).frozen);
    EXPECT_FALSE(snapshot(other).frozen);
    EXPECT_EQ(snapshot(wq).max_active, 3);
    probe item, unfrozen;
    EXPECT_TRUE(queue_work(wq, &item));
    EXPECT_TRUE(queue_work(other, &unfrozen));
    flush_work(&unfrozen);
    EXPECT_EQ(snapshot(wq).nr_active, 0);
    EXPECT_EQ(item.started(), 0);
    thaw();
    flush_work(&item);
    EXPECT_EQ(item.finished(), 1);
  }
}

TEST_P(Freezing, C181_flushing_a_pending_item_blocks_until_the_thaw) {
  on_each_freezable(0, [this](workqueue_struct* wq) {
    probe item;
    freeze();
    ASSERT_TRUE(queue_work(wq, &item));
    background one([&] { EXPECT_TRUE(flush_work(&item)); });
    background all([&] { flush_workqueue(wq); });
    background drainer([&] { drain_workqueue(wq); });
    one.wait_asleep();
    all.wait_asleep();
    drainer.wait_asleep();
    EXPECT_FALSE(one.done() || all.done() || drainer.done());
    EXPECT_EQ(item.started(), 0);
    thaw();
    one.wait_done();
    all.wait_done();
    drainer.wait_done();
    EXPECT_EQ(item.finished(), 1);
  });
}

TEST_P(Freezing, C181_cancelling_does_not_block_and_leaves_nothing_behind) {
  on_each_freezable(1, [this](workqueue_struct* wq) {
    probe item, next;
    delayed_probe later;
    freeze();
    ASSERT_TRUE(queue_work(wq, &item));
    ASSERT_TRUE(queue_delayed_work(wq, &later, 0));
    EXPECT_TRUE(cancel_work_sync(&item));
    EXPECT_TRUE(cancel_delayed_work_sync(&later));
    EXPECT_EQ(snapshot(wq).nr_in_flight, 0);
    thaw();
    // The queue waited for a slot on behalf of items that are gone.
    EXPECT_TRUE(queue_work(wq, &next));
    flush_work(&next);
    EXPECT_EQ(next.finished(), 1);
    EXPECT_EQ(item.started() + later.started(), 0);
  });
}

TEST_P(Freezing, C182_a_new_max_active_takes_effect_at_the_thaw) {
  on_each_freezable(1, [this](workqueue_struct* wq) {
    const int limit = nodes() * 3;
    hold items[4];
    freeze();
    for (hold& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
    workqueue_set_max_active(wq, limit);
    EXPECT_EQ(snapshot(wq).max_active, limit);
    EXPECT_EQ(snapshot(wq).nr_active, 0);
    EXPECT_EQ(snapshot(wq).nr_inactive, 4);
    thaw();
    if (snapshot(wq).flags & WQ_UNBOUND && GetParam().where.nodes == 0) return;  // over an unknown number of nodes
    const int expected = snapshot(wq).flags & WQ_UNBOUND ? 3 : std::min(4, limit);
    EXPECT_EQ(snapshot(wq).nr_active, expected);
    for (int i = 0; i < expected; ++i) items[i].wait_running();
  });
}

TEST_P(Freezing, C182_a_new_min_active_too) {
  if (nodes() != 2) GTEST_SKIP() << "needs two nodes";
  workqueue_struct* wq = alloc("floor", WQ_FREEZABLE | WQ_UNBOUND, 8);
  hold items[4];
  freeze();
  for (hold& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
  workqueue_set_max_active(wq, 2);
  workqueue_set_min_active(wq, 1);
  EXPECT_EQ(snapshot(wq).nr_active, 0);
  thaw();
  EXPECT_EQ(snapshot(wq).nr_active, 1);  // the node's half of two
}

TEST_P(Freezing, C177_a_delayed_work_that_fires_waits_too) {
  on_each_freezable(0, [this](workqueue_struct* wq) {
    delayed_probe item;
    freeze();
    ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
    wait_until_none_is_armed(wq);
    EXPECT_EQ(snapshot(wq).nr_inactive, 1);
    EXPECT_EQ(item.started(), 0);
    thaw();
    item.wait_finished();
  });
}

TEST_P(Freezing, C177_destroying_a_frozen_queue_waits_for_the_thaw) {
  workqueue_struct* wq = alloc_workqueue_in(domain(), "buried", WQ_FREEZABLE | WQ_UNBOUND, 0);
  probe item;
  freeze();
  ASSERT_TRUE(queue_work(wq, &item));
  background undertaker([&] { destroy_workqueue(wq); });
  undertaker.wait_asleep();
  EXPECT_FALSE(undertaker.done());
  thaw();
  undertaker.wait_done();
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Freezing, R22_thawing_wakes_the_pool_that_got_the_item) {
  // One slot over all CPUs: each end lets an item of another CPU's share start.
  workqueue_struct* wq = alloc("chain", WQ_FREEZABLE | WQ_UNBOUND, 1);
  workqueue_set_min_active(wq, 0);
  for (int round = 0; round < scaled(10); ++round) {
    std::vector<std::unique_ptr<probe>> items;
    freeze();
    for (int i = 0; i < 2 * cpus(); ++i) {
      items.push_back(std::make_unique<probe>());
      ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
    }
    thaw();
    flush_workqueue(wq);
    for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
  }
}

TEST_P(Freezing, a_frozen_domain_is_thawed_by_its_end) {
  domain_options own = options;
  wq_domain* frozen = alloc_domain(own);
  ASSERT_NE(frozen, nullptr);
  workqueue_struct* wq = alloc_workqueue_in(frozen, "leftover", WQ_FREEZABLE | WQ_UNBOUND, 0);
  probe item;
  freeze_workqueues_begin_in(frozen);
  ASSERT_TRUE(queue_work(wq, &item));
  destroy_domain(frozen);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(log().take({"leftover"}), 1);
}

}  // namespace
}  // namespace cmwq::test
