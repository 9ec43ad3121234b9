// Group H: a queue with WQ_MEM_RECLAIM advances although no worker can be created.
// link: -Wl,--wrap=pthread_create
#include "../harness/attrs.h"
#include "../harness/domain_fixture.h"
#include "../harness/fail_pthread_create.h"

namespace cmwq::test {
namespace {

class Rescuer : public domain_test {
 public:
  // Keeps busy every worker that can serve CPU 0, until one more is needed and cannot be created.
  void exhaust(unsigned flags) {
    plain_ = alloc("plain", flags);
    int enough = 8;
    for (const pool_snapshot& pool : snapshot_pools(domain())) enough += pool.nr_workers;
    for (int i = 0; i < enough; ++i) {
      holds_.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(0, plain_, holds_.back().get()));
    }
    wait_until("the pool to run out of workers", [this] {
      if (thread_creation_fails::failures() == 0) return false;
      int busy = 0;
      bool exhausted = false;
      for (const pool_snapshot& pool : snapshot_pools(domain())) {
        busy += pool.nr_busy;
        exhausted |= pool.nr_queued > 0 && pool.nr_idle == 0 && pool.nr_busy == pool.nr_workers;
      }
      return exhausted && holds_running() == busy;  // those that were claimed have begun, too
    });
  }

  int holds_running() const {
    return static_cast<int>(
        std::count_if(holds_.begin(), holds_.end(), [](const auto& h) { return h->started() > 0; }));
  }

  // Creation works again: what nobody could execute is executed now.
  void recover(thread_creation_fails& failing) {
    failing.stop();
    for (const auto& item : holds_) item->wait_running();
    for (const auto& item : holds_) item->release();
    flush_workqueue(plain_);
    holds_.clear();
    log().discard({"creat"});
  }

  void destroy_plain() { destroy(plain_); }

  // Puts @wq's worker of last resort between the items of @body and thin air.
  template <class Body>
  void without_workers(unsigned flags, Body body) {
    workqueue_struct* reclaim = alloc("reclaim", flags | WQ_MEM_RECLAIM);
    ASSERT_NE(reclaim, nullptr);
    thread_creation_fails failing;
    exhaust(flags);
    body(reclaim);
    recover(failing);
  }

 protected:
  void TearDown() override {
    holds_.clear();
    domain_test::TearDown();
  }

 private:
  workqueue_struct* plain_ = nullptr;
  std::vector<std::unique_ptr<hold>> holds_;
};
CMWQ_ON_ALL_DOMAINS(Rescuer);

TEST_P(Rescuer, C87_it_helps_where_a_pool_runs_whose_cpu_is_lost) {
  if (cpus() < 2) GTEST_SKIP() << "the last CPU cannot be taken away";
  without_workers(WQ_PERCPU, [this](workqueue_struct* reclaim) {
    const int first = allowed_cpus().front();
    std::vector<int> where;
    bool rescued = false;
    probe item([&] { where = allowed_cpus(), rescued = current_is_workqueue_rescuer(); });
    ASSERT_EQ(workqueue_offline_cpu(domain(), 0), 0);
    ASSERT_TRUE(queue_work_on(0, reclaim, &item));
    flush_work(&item);
    EXPECT_TRUE(rescued);
    if (!GetParam().where.synthetic) { EXPECT_EQ(std::count(where.begin(), where.end(), first), 0); }
    ASSERT_EQ(workqueue_online_cpu(domain(), 0), 0);
    ASSERT_TRUE(queue_work_on(0, reclaim, &item));
    flush_work(&item);
    EXPECT_TRUE(rescued);
    EXPECT_EQ(where, std::vector<int>{first});
  });
}

TEST_P(Rescuer, C86_C87_it_executes_the_items_of_its_queue_and_no_others) {
  for (unsigned flags : {unsigned{WQ_PERCPU}, unsigned{WQ_UNBOUND}}) {
    SCOPED_TRACE(flags);
    without_workers(flags, [this](workqueue_struct* reclaim) {
      const int running = holds_running();
      std::atomic<int> by_rescuer{0};
      probe items[3] = {probe([&] { by_rescuer += current_is_workqueue_rescuer(); }),
                        probe([&] { by_rescuer += current_is_workqueue_rescuer(); }),
                        probe([&] { by_rescuer += current_is_workqueue_rescuer(); })};
      for (probe& item : items) ASSERT_TRUE(queue_work_on(0, reclaim, &item));
      for (probe& item : items) item.wait_finished();
      flush_workqueue(reclaim);
      EXPECT_EQ(by_rescuer.load(), 3);
      EXPECT_EQ(holds_running(), running);
      EXPECT_GE(snapshot(reclaim).stats.mayday, 1u);
      EXPECT_EQ(snapshot(reclaim).stats.rescued, 3u);
    });
  }
}

TEST_P(Rescuer, C87_it_executes_one_item_at_a_time_in_queueing_order) {
  without_workers(WQ_PERCPU, [](workqueue_struct* reclaim) {
    recorder order;
    crowd inside;
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < 40; ++i) {
      items.push_back(std::make_unique<probe>([&order, &inside, i] {
        inside.enter();
        order.add(i);
        inside.leave();
      }));
      ASSERT_TRUE(queue_work_on(0, reclaim, items.back().get()));
    }
    flush_workqueue(reclaim);
    EXPECT_EQ(inside.most(), 1);
    const std::vector<int> numbers = order.order();
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    EXPECT_EQ(numbers.size(), 40u);
  });
}

TEST_P(Rescuer, C85_a_queue_whose_rescuer_cannot_be_created_is_not_created) {
  ASSERT_NE(domain(), nullptr);
  {
    const thread_creation_fails failing;
    EXPECT_EQ(alloc("hopeless", WQ_UNBOUND | WQ_MEM_RECLAIM), nullptr);
  }
  EXPECT_GE(log().take({"hopeless"}), 1);
  log().discard({"creat"});
  EXPECT_TRUE(snapshot_workqueues(domain()).empty());
  EXPECT_NE(alloc("hopeful", WQ_UNBOUND | WQ_MEM_RECLAIM), nullptr);
}

TEST_P(Rescuer, C89_R38_it_serves_every_cpu_of_its_queue_and_what_its_items_queue) {
  workqueue_struct* reclaim = alloc("reclaim", WQ_PERCPU | WQ_MEM_RECLAIM);
  thread_creation_fails failing;
  workqueue_struct* plain = alloc("plain", WQ_PERCPU);
  std::vector<std::unique_ptr<hold>> holds;
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    for (int i = 0; i < 6; ++i) {
      holds.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(cpu, plain, holds.back().get()));
    }
  }
  std::vector<std::unique_ptr<requeuer>> items;  // chains: items that queue further ones
  for (int i = 0; i < 20 * cpus(); ++i) {
    items.push_back(std::make_unique<requeuer>(reclaim, 3));
    ASSERT_TRUE(queue_work_on(i % cpus(), reclaim, items.back().get()));
  }
  for (const auto& item : items) item->wait_finished(3);
  failing.stop();
  for (const auto& item : holds) item->release();
  flush_workqueue(plain);
  log().discard({"creat"});
}

TEST_P(Rescuer, C90_an_item_that_blocks_it_does_not_keep_back_what_workers_can_take) {
  hold blocks;
  probe next;
  without_workers(WQ_PERCPU, [&](workqueue_struct* reclaim) {
    ASSERT_TRUE(queue_work_on(0, reclaim, &blocks));
    blocks.wait_running();
    ASSERT_TRUE(queue_work_on(0, reclaim, &next));
  });  // creation works again
  next.wait_finished();
  EXPECT_EQ(blocks.finished(), 0);
  blocks.release();
}

TEST_P(Rescuer, C88_C91_R7_when_there_are_workers_again_they_take_over_all_that_is_left) {
  std::atomic<int> by_rescuer{0};
  hold blocks;
  std::vector<std::unique_ptr<probe>> behind;
  without_workers(WQ_PERCPU, [&](workqueue_struct* reclaim) {
    ASSERT_TRUE(queue_work_on(0, reclaim, &blocks));
    blocks.wait_running();
    for (int i = 0; i < 40; ++i) {
      behind.push_back(std::make_unique<probe>([&] { by_rescuer += current_is_workqueue_rescuer(); }));
      ASSERT_TRUE(queue_work_on(0, reclaim, behind.back().get()));
    }
  });  // creation works again
  for (const auto& item : behind) item->wait_finished();
  EXPECT_EQ(by_rescuer.load(), 0);
  EXPECT_EQ(blocks.finished(), 0);
  blocks.release();
}

TEST_P(Rescuer, C92_it_has_the_cpus_of_the_pool_it_helps) {
  std::vector<int> of_worker, of_rescuer;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU | WQ_MEM_RECLAIM);
  probe normal([&] { of_worker = allowed_cpus(); });
  ASSERT_TRUE(queue_work_on(0, wq, &normal));
  flush_work(&normal);
  without_workers(WQ_PERCPU, [&](workqueue_struct* reclaim) {
    probe rescued([&] {
      if (current_is_workqueue_rescuer()) of_rescuer = allowed_cpus();
    });
    ASSERT_TRUE(queue_work_on(0, reclaim, &rescued));
    rescued.wait_finished();
  });
  EXPECT_FALSE(of_worker.empty());
  EXPECT_EQ(of_rescuer, of_worker);
}

TEST_P(Rescuer, R32_R46_a_pool_it_has_helped_goes_with_its_queues) {
  without_workers(WQ_UNBOUND, [this](workqueue_struct* reclaim) {
    probe items[20];
    for (probe& item : items) ASSERT_TRUE(queue_work_on(0, reclaim, &item));
    for (probe& item : items) item.wait_finished();
    destroy(reclaim);
  });
  for (const wq_snapshot& wq : snapshot_workqueues(domain())) EXPECT_EQ(wq.name, "plain");
  destroy_plain();
  wait_until("the unbound pools to go", [this] { return unbound_pools().empty(); });
}

TEST_P(Rescuer, R9_R32_its_queue_moves_to_other_pools_while_it_helps_and_the_old_ones_go) {
  without_workers(WQ_UNBOUND, [this](workqueue_struct* reclaim) {
    const int first_pool = pool_of(reclaim);
    probe items[3];
    for (int round = 1; round <= scaled(12); ++round) {
      for (probe& item : items) ASSERT_TRUE(queue_work_on(0, reclaim, &item));
      change_attrs(reclaim, [round](workqueue_attrs& attrs) { attrs.nice = 1 + round % 3; });
      for (probe& item : items) item.wait_finished(round);
    }
    flush_workqueue(reclaim);
    EXPECT_NE(pool_of(reclaim), first_pool);
    // The plain queue's pools and those of the present attributes; nothing of the others.
    wait_until("the pools in between to be gone", [this] {
      std::set<int> nice;
      for (const pool_snapshot& pool : unbound_pools()) nice.insert(pool.nice);
      return nice.size() == 2;
    });
    EXPECT_EQ(check_invariants(domain()), "");
  });
}

TEST_P(Rescuer, C93_two_dependent_items_on_two_queues_with_rescuers_advance) {
  workqueue_struct* other = alloc("other", WQ_PERCPU | WQ_MEM_RECLAIM);
  without_workers(WQ_PERCPU, [&](workqueue_struct* reclaim) {
    gate go;
    probe waits([&] { go.wait(); });
    probe opens([&] { go.open(); });
    ASSERT_TRUE(queue_work_on(0, reclaim, &waits));
    waits.wait_started();
    ASSERT_TRUE(queue_work_on(0, other, &opens));
    waits.wait_finished();
  });
}

TEST_P(Rescuer, C94_R31_R41_a_queue_that_called_for_help_can_be_destroyed_and_made_again) {
  probe items[4];
  for (int round = 1; round <= 3; ++round) {
    without_workers(WQ_PERCPU, [&](workqueue_struct* reclaim) {
      for (probe& item : items) ASSERT_TRUE(queue_work_on(0, reclaim, &item));
      if (round == 2) items[0].wait_finished(round);
      if (round == 3) items[3].wait_finished(round);
      destroy(reclaim);
      for (probe& item : items) EXPECT_EQ(item.finished(), round);
    });
  }
}

TEST_P(Rescuer, C74_without_a_rescuer_a_queue_waits_until_creation_works_again) {
  ASSERT_NE(domain(), nullptr);
  thread_creation_fails failing;
  exhaust(WQ_PERCPU);
  const long failures = thread_creation_fails::failures();
  wait_until("another attempt", [=] { return thread_creation_fails::failures() > failures; });
  EXPECT_GE(log().take({"creat"}), 1);
  recover(failing);
}

TEST_P(Rescuer, R8_the_dump_may_be_taken_while_it_works) {
  without_workers(WQ_PERCPU, [this](workqueue_struct* reclaim) {
    hold item;
    probe behind;
    ASSERT_TRUE(queue_work_on(0, reclaim, &item));
    ASSERT_TRUE(queue_work_on(0, reclaim, &behind));
    item.wait_running();
    EXPECT_NE(dump_workqueues(domain()).find("(RESCUER):"), std::string::npos);
    // What is still on the list calls for it again.
    wait_until("another mayday", [this] { return dump_workqueues(domain()).find(" MAYDAY\n") != std::string::npos; });
    const auto workers = snapshot_workers(domain());
    EXPECT_EQ(std::count_if(workers.begin(), workers.end(),
                            [](const worker_snapshot& w) { return w.rescuer && !w.function.empty(); }), 1);
    EXPECT_EQ(check_invariants(domain()), "");
    EXPECT_TRUE(cancel_work(&behind));
    item.release();
    flush_workqueue(reclaim);
  });
}

}  // namespace
}  // namespace cmwq::test
