// Group R: BH queues.
#include <pthread.h>

#include "../harness/domain_fixture.h"
#include "../harness/quick_work.h"

namespace cmwq::test {
namespace {

inline constexpr queue_kind kBh{"bh", WQ_BH | WQ_PERCPU};
inline constexpr queue_kind kBhHighpri{"bh_highpri", WQ_BH | WQ_PERCPU | WQ_HIGHPRI};

class Bh : public domain_test {
 public:
  pool_snapshot bh_pool(int cpu, bool highpri = false) {
    for (const pool_snapshot& pool : snapshot_pools(domain()))
      if (pool.bh && pool.cpu == cpu && (pool.nice < 0) == highpri) return pool;
    return {};
  }

  template <class Body>
  void on_both(Body body) {
    for (const queue_kind& kind : {kBh, kBhHighpri}) {
      SCOPED_TRACE(kind.name);
      workqueue_struct* wq = alloc(kind.name, kind.flags);
      ASSERT_NE(wq, nullptr);
      body(wq);
      EXPECT_EQ(check_invariants(domain()), "");
      destroy(wq);
      if (HasFatalFailure()) return;
    }
  }
};
CMWQ_ON_ALL_DOMAINS(Bh);

TEST_P(Bh, C183_items_of_one_cpu_run_one_at_a_time_in_queueing_order_whatever_their_queue) {
  workqueue_struct* const queues[] = {alloc("one", kBh.flags), alloc("two", kBh.flags)};
  constexpr int kItems = 40;
  const int cpu = cpus() - 1;
  std::atomic<int> next{0};
  int order[kItems] = {};
  crowd inside;
  quick_spin first;
  std::vector<std::unique_ptr<quick>> items;
  ASSERT_TRUE(queue_work_on(cpu, queues[0], &first));
  first.wait_started();
  for (int i = 0; i < kItems; ++i) {
    items.push_back(std::make_unique<quick>([&, i] {
      inside.enter();
      order[next.fetch_add(1)] = i;
      inside.leave();
    }));
    ASSERT_TRUE(queue_work_on(cpu, queues[i % 2], items.back().get()));
  }
  EXPECT_EQ(next.load(), 0);
  first.release();
  for (workqueue_struct* wq : queues) flush_workqueue(wq);
  ASSERT_EQ(next.load(), kItems);
  for (int i = 0; i < kItems; ++i) EXPECT_EQ(order[i], i);
  EXPECT_EQ(inside.most(), 1);
}

TEST_P(Bh, C183_items_of_different_cpus_run_in_parallel) {
  on_both([this](workqueue_struct* wq) {
    std::atomic<int> inside{0};
    std::atomic<bool> all{false};
    const auto meet = [&] {
      if (inside.fetch_add(1) + 1 == cpus()) all.store(true);
      spin_until(all, "the items of all CPUs to run at once");
    };
    std::vector<std::unique_ptr<quick>> items;
    for (int cpu = 1; cpu < cpus(); ++cpu) items.push_back(std::make_unique<quick>(meet));
    // A BH item queues the others: a thread of lower priority would be slow beside those that spin.
    quick first([&] {
      for (int cpu = 1; cpu < cpus(); ++cpu)
        queue_work_on(cpu, wq, items[static_cast<std::size_t>(cpu - 1)].get());
      meet();
    });
    for (int cpu = 0; cpu < cpus(); ++cpu) {  // so that every thread is there
      quick item;
      ASSERT_TRUE(queue_work_on(cpu, wq, &item));
      flush_work(&item);
    }
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    flush_workqueue(wq);
    EXPECT_EQ(inside.load(), cpus());
  });
}

TEST_P(Bh, C183_items_run_on_the_thread_of_their_cpu_and_on_no_other) {
  on_both([this](workqueue_struct* wq) {
    workqueue_struct* normal = alloc("normal", WQ_PERCPU);
    const bool highpri = (snapshot(wq).flags & WQ_HIGHPRI) != 0;
    for (int cpu = 0; cpu < cpus(); ++cpu) {
      EXPECT_EQ(bh_pool(cpu, highpri).nr_workers, 0);  // it comes with the first item
      std::atomic<int> tid{0};
      char name[16] = {};
      quick item([&] {
        const int now = thread_id();
        const int before = tid.exchange(now);
        EXPECT_TRUE(before == 0 || before == now);
        pthread_getname_np(pthread_self(), name, sizeof name);
      });
      ASSERT_TRUE(queue_work_on(cpu, wq, &item));
      flush_work(&item);
      // A worker that waits does not execute it in place.
      probe waiter([&] {
        EXPECT_TRUE(queue_work_on(cpu, wq, &item));
        flush_work(&item);
      });
      ASSERT_TRUE(queue_work_on(cpu, normal, &waiter));
      waiter.wait_finished();
      EXPECT_EQ(item.finished(), 2);
      EXPECT_EQ(std::string(name), "cmwq/bh" + std::to_string(cpu) + (highpri ? "H" : ""));
      EXPECT_EQ(bh_pool(cpu, highpri).nr_workers, 1);
    }
    destroy(normal);
  });
}

TEST_P(Bh, C183_a_busy_bh_thread_holds_back_nobody_else) {
  workqueue_struct* bh = alloc("bh", kBh.flags);
  workqueue_struct* urgent = alloc("urgent", kBhHighpri.flags);
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  quick_spin busy;
  quick item;
  probe plain;
  ASSERT_TRUE(queue_work_on(0, bh, &busy));
  busy.wait_started();
  ASSERT_TRUE(queue_work_on(0, urgent, &item));
  ASSERT_TRUE(queue_work_on(0, normal, &plain));
  flush_work(&item);
  flush_work(&plain);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(plain.finished(), 1);
  EXPECT_EQ(busy.finished(), 0);
}

TEST_P(Bh, C183_busy_workers_do_not_hold_back_a_bh_item) {
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  workqueue_struct* bh = alloc("bh", kBh.flags);
  spin busy;
  quick item;
  ASSERT_TRUE(queue_work_on(0, normal, &busy));
  busy.wait_running();
  ASSERT_TRUE(queue_work_on(0, bh, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
  EXPECT_EQ(busy.finished(), 0);
}

TEST_P(Bh, C183_queueing_again_while_it_runs_stays_on_its_cpu) {
  on_both([this](workqueue_struct* wq) {
    std::atomic<bool> go{false};
    std::atomic<int> tids[2] = {};
    crowd inside;
    quick item([&] {
      inside.enter();
      const int run = item.started() - 1;
      if (run < 2) tids[run].store(thread_id());
      spin_until(go, "the item to be released");
      inside.leave();
    });
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    item.wait_started();
    EXPECT_TRUE(queue_work_on(cpus() - 1, wq, &item));
    go.store(true);
    flush_work(&item);
    EXPECT_EQ(item.finished(), 2);
    EXPECT_EQ(inside.most(), 1);
    EXPECT_EQ(tids[0].load(), tids[1].load());
  });
}

TEST_P(Bh, C184_a_round_ends_after_ten_items) {
  options.start_workers = false;  // all are there when it begins
  workqueue_struct* wq = alloc("many", kBh.flags);
  std::vector<std::unique_ptr<quick>> items;
  for (int i = 0; i < 25; ++i) {
    items.push_back(std::make_unique<quick>());
    ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
  }
  EXPECT_EQ(snapshot(wq).nr_active, 25);
  start_domain(domain());
  flush_workqueue(wq);
  for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
  wait_until("the last round to end", [&] { return bh_pool(0).nr_bh_rounds >= 3; });
}

TEST_P(Bh, C184_a_round_ends_after_two_milliseconds) {
  options.start_workers = false;
  workqueue_struct* wq = alloc("long", kBh.flags);
  quick items[3] = {quick([] { burn_us(2100); }), quick([] { burn_us(2100); }), quick([] { burn_us(2100); })};
  for (quick& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
  start_domain(domain());
  flush_workqueue(wq);
  wait_until("the last round to end", [&] { return bh_pool(0).nr_bh_rounds >= 3; });
}

TEST_P(Bh, C185_a_bh_item_waits_for_an_item_of_another_bh_queue_that_it_cancels) {
  // The two pools of one CPU: so it can be shown on every machine.
  workqueue_struct* theirs = alloc("theirs", kBh.flags);
  workqueue_struct* own = alloc("own", kBhHighpri.flags);
  for (const bool disable : {false, true}) {
    quick_spin target;
    bool was_pending = true;
    int finished = -1;
    quick canceller([&] {
      was_pending = disable ? disable_work_sync(&target) : cancel_work_sync(&target);
      finished = target.finished();
    });
    ASSERT_TRUE(queue_work_on(0, theirs, &target));
    target.wait_started();
    ASSERT_TRUE(queue_work_on(0, own, &canceller));
    canceller.wait_started();
    EXPECT_EQ(canceller.finished(), 0);
    target.release();
    flush_work(&canceller);
    EXPECT_FALSE(was_pending);
    EXPECT_EQ(finished, 1);
    if (disable) {
      EXPECT_FALSE(queue_work(theirs, &target));
      EXPECT_TRUE(enable_work(&target));
    }
  }
}

TEST_P(Bh, C185_a_bh_item_takes_back_what_is_pending_or_idle_on_a_bh_queue) {
  workqueue_struct* theirs = alloc("theirs", kBh.flags);
  workqueue_struct* own = alloc("own", kBhHighpri.flags);
  quick_spin first;
  quick pending, idle;
  bool took_pending = false, took_idle = true;
  quick canceller([&] {
    took_pending = cancel_work_sync(&pending);
    took_idle = cancel_work_sync(&idle);
  });
  ASSERT_TRUE(queue_work_on(0, theirs, &idle));
  flush_work(&idle);
  ASSERT_TRUE(queue_work_on(0, theirs, &first));
  first.wait_started();
  ASSERT_TRUE(queue_work_on(0, theirs, &pending));
  ASSERT_TRUE(queue_work_on(0, own, &canceller));
  flush_work(&canceller);
  EXPECT_TRUE(took_pending);
  EXPECT_FALSE(took_idle);
  first.release();
  flush_workqueue(theirs);
  EXPECT_EQ(pending.started(), 0);
}

TEST_P(Bh, C185_the_mark_of_the_last_queue_survives_disabling_and_goes_with_another_queue) {
  workqueue_struct* bh = alloc("bh", kBh.flags);
  workqueue_struct* normal = alloc("normal", WQ_PERCPU);
  quick item;
  const auto marked = [&] { return item.data.read().bh(); };
  EXPECT_FALSE(marked());
  ASSERT_TRUE(queue_work(bh, &item));
  flush_work(&item);
  EXPECT_TRUE(marked());
  disable_work(&item);
  EXPECT_TRUE(marked());
  enable_work(&item);
  EXPECT_FALSE(cancel_work_sync(&item));
  EXPECT_TRUE(marked());
  ASSERT_TRUE(queue_work(normal, &item));
  flush_work(&item);
  EXPECT_FALSE(marked());
}

TEST_P(Bh, C186_delayed_work) {
  on_both([this](workqueue_struct* wq) {
    delayed_quick item, never;
    ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
    item.wait_finished();
    EXPECT_TRUE(queue_delayed_work_on(cpus() - 1, wq, &item, 3'600'000));
    EXPECT_TRUE(mod_delayed_work(wq, &item, 0));
    item.wait_finished(2);
    EXPECT_TRUE(queue_delayed_work(wq, &item, 3'600'000));
    flush_delayed_work(&item);
    EXPECT_EQ(item.finished(), 3);
    EXPECT_TRUE(queue_delayed_work(wq, &never, 3'600'000));
    EXPECT_TRUE(cancel_delayed_work_sync(&never));
    EXPECT_EQ(never.started(), 0);
    wait_until_none_is_armed(wq);
  });
}

TEST_P(Bh, C186_flushing_and_cancelling_from_outside) {
  on_both([](workqueue_struct* wq) {
    quick_spin running;
    quick pending, cancelled;
    EXPECT_FALSE(flush_work(&pending));
    ASSERT_TRUE(queue_work_on(0, wq, &running));
    running.wait_started();
    ASSERT_TRUE(queue_work_on(0, wq, &pending));
    ASSERT_TRUE(queue_work_on(0, wq, &cancelled));
    EXPECT_EQ(work_busy(&running), unsigned{WORK_BUSY_RUNNING});
    EXPECT_EQ(work_busy(&pending), unsigned{WORK_BUSY_PENDING});
    EXPECT_TRUE(cancel_work(&cancelled));
    background one([&] { EXPECT_TRUE(flush_work(&pending)); });
    background all([&] { flush_workqueue(wq); });
    background canceller([&] { EXPECT_FALSE(cancel_work_sync(&running)); });
    one.wait_asleep();
    all.wait_asleep();
    canceller.wait_asleep();
    EXPECT_FALSE(one.done() || all.done() || canceller.done());
    running.release();
    one.wait_done();
    all.wait_done();
    canceller.wait_done();
    EXPECT_EQ(pending.finished(), 1);
    EXPECT_EQ(cancelled.started(), 0);
  });
}

TEST_P(Bh, C186_disabling) {
  on_both([](workqueue_struct* wq) {
    quick_spin first;
    quick item;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_started();
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    EXPECT_TRUE(disable_work(&item));
    EXPECT_FALSE(queue_work_on(0, wq, &item));
    EXPECT_TRUE(enable_and_queue_work(wq, &item));
    first.release();
    flush_work(&item);
    EXPECT_EQ(item.finished(), 1);
  });
}

TEST_P(Bh, C186_draining_and_destroying_execute_what_was_accepted_and_what_follows_from_it) {
  for (const queue_kind& kind : {kBh, kBhHighpri}) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    quick chain([&] {
      if (chain.started() < 6) queue_work(wq, &chain);
    });
    ASSERT_TRUE(queue_work(wq, &chain));
    drain_workqueue(wq);
    EXPECT_EQ(chain.finished(), 6);
    std::vector<std::unique_ptr<quick>> items;
    for (int i = 0; i < scaled(50); ++i) {
      items.push_back(std::make_unique<quick>());
      ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
    }
    destroy(wq);
    for (const auto& item : items) EXPECT_EQ(item->finished(), 1);
  }
}

TEST_P(Bh, C186_its_items_queue_on_every_kind_of_queue_and_know_who_they_are) {
  workqueue_struct* bh = alloc("bh", kBh.flags);
  workqueue_struct* urgent = alloc("urgent", kBhHighpri.flags);
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  quick next;
  probe other;
  work_struct* seen = nullptr;
  quick item([&] {
    seen = current_work();
    EXPECT_FALSE(current_is_workqueue_rescuer());
    EXPECT_TRUE(queue_work(urgent, &next));
    EXPECT_TRUE(queue_work(unbound, &other));
  });
  ASSERT_TRUE(queue_work(bh, &item));
  flush_work(&item);
  flush_work(&next);
  flush_work(&other);
  EXPECT_EQ(seen, &item);
  EXPECT_EQ(next.finished(), 1);
  EXPECT_EQ(other.finished(), 1);
}

TEST_P(Bh, C46_there_is_no_limit_of_active_items) {
  workqueue_struct* wq = alloc("many", kBh.flags);
  quick_spin first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_started();
  std::vector<std::unique_ptr<quick>> items;
  for (int i = 0; i < WQ_MAX_ACTIVE + 10; ++i) {
    items.push_back(std::make_unique<quick>());
    ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
  }
  EXPECT_EQ(snapshot(wq).nr_active, WQ_MAX_ACTIVE + 11);
  EXPECT_EQ(snapshot(wq).nr_inactive, 0);
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(snapshot(wq).stats.completed, static_cast<std::uint64_t>(WQ_MAX_ACTIVE + 11));
}

TEST_P(Bh, C55_C56_its_limits_cannot_be_changed) {
  workqueue_struct* wq = alloc("fixed", kBh.flags);
  const int before = snapshot(wq).max_active;
  workqueue_set_max_active(wq, 4);
  EXPECT_EQ(snapshot(wq).max_active, before);
  EXPECT_EQ(log().take({"fixed", "max_active"}), 1);
  workqueue_set_min_active(wq, 2);
  EXPECT_EQ(log().take({"fixed", "min_active"}), 1);
}

TEST_P(Bh, C191_the_dump_calls_its_pools_bh) {
  workqueue_struct* bh = alloc("bh", kBh.flags);
  workqueue_struct* urgent = alloc("urgent", kBhHighpri.flags);
  quick_spin one, two;
  ASSERT_TRUE(queue_work_on(0, bh, &one));
  ASSERT_TRUE(queue_work_on(0, urgent, &two));
  one.wait_started();
  two.wait_started();
  const std::string dump = dump_workqueues(domain());
  EXPECT_NE(dump.find(" bh hung=0s workers=1"), std::string::npos) << dump;
  EXPECT_NE(dump.find(" bh-hi hung=0s workers=1"), std::string::npos) << dump;
}

TEST_P(Bh, C1_C5_C186_nothing_is_lost_when_all_is_done_at_once) {
  workqueue_struct* const queues[] = {alloc("one", kBh.flags), alloc("two", kBh.flags), alloc("hi", kBhHighpri.flags)};
  constexpr int kItems = 24;
  std::vector<std::unique_ptr<quick>> items;
  std::vector<std::unique_ptr<crowd>> inside;
  for (std::size_t i = 0; i < kItems; ++i) {
    inside.push_back(std::make_unique<crowd>());
    items.push_back(std::make_unique<quick>([&inside, i] {
      inside[i]->enter();
      inside[i]->leave();
    }));
  }
  std::atomic<int> accepted{0}, taken_back{0};
  race(4, [&](int thread) {
    for (int i = 0; i < scaled(300); ++i) {
      const auto n = static_cast<std::size_t>((i * 7 + thread * 5) % kItems);
      accepted.fetch_add(queue_work_on(i % cpus(), queues[n % 3], items[n].get()));
      if (i % 11 == 3) taken_back.fetch_add(cancel_work(items[n].get()));
      if (i % 13 == 5) taken_back.fetch_add(cancel_work_sync(items[n].get()));
      if (i % 17 == 7) flush_work(items[n].get());
      if (i % 101 == 50) flush_workqueue(queues[n % 3]);
    }
  });
  int finished = 0;
  for (workqueue_struct* wq : queues) flush_workqueue(wq);
  for (const auto& item : items) finished += item->finished();
  for (const auto& one : inside) EXPECT_LE(one->most(), 1);
  EXPECT_EQ(finished, accepted.load() - taken_back.load());
  EXPECT_EQ(check_invariants(domain()), "");
}

}  // namespace
}  // namespace cmwq::test
