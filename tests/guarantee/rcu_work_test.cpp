// Group N: work that waits for readers.
#include <deque>
#include <mutex>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class rcu_probe : public rcu_work, public run_recorder {
 public:
  explicit rcu_probe(std::function<void()> body = {}) : rcu_work(&rcu_probe::run), run_recorder(std::move(body)) {}
  ~rcu_probe() { flush_rcu_work(this); }

 private:
  static void run(work_struct* item) { static_cast<rcu_probe*>(to_rcu_work(item))->execute(); }
};

// A thread inside a read section until it is let out.
class reader {
 public:
  explicit reader(int nested = 1)
      : thread_([this, nested] {
          for (int i = 0; i < nested; ++i) rcu_read_lock();
          inside_.open();
          leave_.wait();
          for (int i = 0; i < nested; ++i) rcu_read_unlock();
        }) {
    inside_.wait();
  }
  ~reader() { leave(); }
  void leave() {
    leave_.open();
    thread_.join();
  }

 private:
  gate inside_{"a reader to enter"}, leave_{"a reader to be let out"};
  background thread_;
};

class RcuWork : public domain_test {};
CMWQ_ON_ALL_DOMAINS(RcuWork);

TEST_P(RcuWork, C153_without_readers_the_item_is_queued_at_once) {
  on_each_kind(0, [](workqueue_struct* wq) {
    rcu_probe item;
    EXPECT_TRUE(queue_rcu_work(wq, &item));
    item.wait_finished();
    EXPECT_FALSE(work_pending(&item.work));
    EXPECT_TRUE(queue_rcu_work(wq, &item));
    item.wait_finished(2);
  });
}

TEST_P(RcuWork, C153_it_runs_after_every_reader_that_was_inside_has_left) {
  workqueue_struct* wq = alloc("rcu", WQ_UNBOUND);
  std::atomic<int> left{0};
  std::atomic<int> seen{-1};
  rcu_probe item([&] { seen.store(left.load()); });
  reader first, second(3);
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  EXPECT_TRUE(work_pending(&item.work));
  EXPECT_FALSE(queue_rcu_work(wq, &item)) << "pending";
  reader later;  // does not matter
  left.store(1);
  first.leave();
  EXPECT_EQ(item.started(), 0);
  left.store(2);
  second.leave();
  item.wait_finished();
  EXPECT_EQ(seen.load(), 2);
  later.leave();
}

TEST_P(RcuWork, C153_readers_of_both_phases_are_waited_for) {
  workqueue_struct* wq = alloc("rcu", WQ_UNBOUND);
  for (int round = 0; round < 4; ++round) {
    rcu_probe one, two;
    reader early;
    EXPECT_TRUE(queue_rcu_work(wq, &one));  // flips the phase and waits for @early
    reader late;                            // in the other phase
    EXPECT_TRUE(queue_rcu_work(wq, &two));  // for both
    early.leave();
    one.wait_finished();
    EXPECT_EQ(two.started(), 0);
    late.leave();
    two.wait_finished();
  }
}

TEST_P(RcuWork, C153_a_running_item_can_be_queued_again) {
  workqueue_struct* wq = alloc("rcu", WQ_PERCPU);
  gate go;
  rcu_probe item([&] { go.wait(); });
  ASSERT_TRUE(queue_rcu_work(wq, &item));
  item.wait_started();
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  go.open();
  item.wait_finished(2);
  EXPECT_EQ(item.most_at_once(), 1);
}

TEST_P(RcuWork, C154_flush_waits_for_the_readers_and_then_for_the_item) {
  workqueue_struct* wq = alloc("rcu", WQ_UNBOUND);
  gate go;
  rcu_probe item([&] { go.wait(); });
  EXPECT_FALSE(flush_rcu_work(&item)) << "never queued";
  reader inside;
  ASSERT_TRUE(queue_rcu_work(wq, &item));
  background flusher([&] { EXPECT_TRUE(flush_rcu_work(&item)); });
  flusher.wait_asleep();
  EXPECT_FALSE(flusher.done());
  inside.leave();
  item.wait_started();
  EXPECT_FALSE(flusher.done());
  go.open();
  flusher.wait_done();
  EXPECT_EQ(item.finished(), 1);
  EXPECT_FALSE(flush_rcu_work(&item)) << "idle";
}

TEST_P(RcuWork, C154_an_item_may_flush_one_that_waits_for_readers) {
  workqueue_struct* wq = alloc("rcu", WQ_UNBOUND);
  rcu_probe item;
  reader inside;
  ASSERT_TRUE(queue_rcu_work(wq, &item));
  int finished = -1;
  probe waiter([&] {
    flush_rcu_work(&item);
    finished = item.finished();
  });
  ASSERT_TRUE(queue_work(wq, &waiter));
  waiter.wait_started();
  inside.leave();
  flush_work(&waiter);
  EXPECT_EQ(finished, 1);
}

TEST_P(RcuWork, C141_a_disabled_one_is_warned_of_and_not_queued) {
  workqueue_struct* wq = alloc("disabled", WQ_UNBOUND);
  rcu_probe item;
  EXPECT_FALSE(disable_work(&item.work));
  EXPECT_FALSE(queue_rcu_work(wq, &item));
  EXPECT_FALSE(queue_rcu_work(wq, &item));
  EXPECT_EQ(log().take({"disabled", "rcu_work"}), 1);
  EXPECT_FALSE(work_pending(&item.work));
  EXPECT_TRUE(enable_work(&item.work));
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  item.wait_finished();
}

TEST_P(RcuWork, without_a_queue_or_a_function_it_is_refused) {
  workqueue_struct* wq = alloc("misuse", WQ_UNBOUND);
  rcu_work item;
  EXPECT_FALSE(queue_rcu_work(wq, &item));
  EXPECT_EQ(log().take({"misuse", "function"}), 1);
  EXPECT_FALSE(flush_rcu_work(&item));
  EXPECT_EQ(log().take({"flush_rcu_work", "function"}), 1);
  rcu_probe good;
  EXPECT_FALSE(queue_rcu_work(nullptr, &good));
  EXPECT_EQ(log().take({"without a workqueue"}), 1);
}

TEST_P(RcuWork, a_section_may_be_in_an_item_and_end_after_its_item_was_queued) {
  workqueue_struct* wq = alloc("rcu", WQ_UNBOUND);
  rcu_probe item;
  bool started_inside = true;
  probe updater([&] {
    rcu_read_lock();
    EXPECT_TRUE(queue_rcu_work(wq, &item));
    started_inside = item.started() > 0;
    rcu_read_unlock();
  });
  ASSERT_TRUE(queue_work(wq, &updater));
  flush_work(&updater);
  item.wait_finished();
  EXPECT_FALSE(started_inside);
}

TEST_P(RcuWork, waiting_for_oneself_is_refused) {
  workqueue_struct* wq = alloc("self", WQ_UNBOUND);
  rcu_probe item;
  rcu_read_lock();
  ASSERT_TRUE(queue_rcu_work(wq, &item));
  synchronize_rcu();
  EXPECT_EQ(log().take({"synchronize_rcu", "wait for itself"}), 1);
  EXPECT_FALSE(flush_rcu_work(&item));
  EXPECT_EQ(log().take({"rcu_work", "wait for itself"}), 1);
  destroy_workqueue(wq);  // refused: @item is on its way to it
  EXPECT_EQ(log().take({"rcu_work", "wait for itself"}), 1);
  EXPECT_EQ(log().take({"self", "not destroyed"}), 1);
  rcu_read_unlock();
  item.wait_finished();
  rcu_read_unlock();
  EXPECT_EQ(log().take({"rcu_read_unlock", "without"}), 1);
}

TEST_P(RcuWork, synchronize_rcu_waits_for_the_readers_inside) {
  domain();
  reader inside;
  std::atomic<bool> left{false};
  background waiter([&] {
    synchronize_rcu();
    EXPECT_TRUE(left.load());
  });
  waiter.wait_asleep();
  EXPECT_FALSE(waiter.done());
  left.store(true);
  inside.leave();
  waiter.wait_done();
}

TEST_P(RcuWork, C117_destroy_waits_for_the_readers_and_executes_the_item) {
  workqueue_struct* wq = alloc("destroyed", WQ_UNBOUND);
  rcu_probe item;
  reader inside;
  ASSERT_TRUE(queue_rcu_work(wq, &item));
  background destroyer([&] { destroy(wq); });
  destroyer.wait_asleep();
  EXPECT_FALSE(destroyer.done());
  inside.leave();
  destroyer.wait_done();
  EXPECT_EQ(item.finished(), 1);
}

// Grace periods that end when the test says so.
class manual_rcu {
 public:
  rcu_flavor flavor{&manual_rcu::call, &manual_rcu::barrier, this};

  std::size_t waiting() {
    std::lock_guard lock(mutex_);
    return calls_.size();
  }
  void end_grace_period() {
    std::deque<rcu_head*> due;
    {
      std::lock_guard lock(mutex_);
      due.swap(calls_);
    }
    for (rcu_head* head : due) head->func(head);
  }

 private:
  static void call(rcu_head* head, void (*func)(rcu_head*), void* context) {
    auto* self = static_cast<manual_rcu*>(context);
    std::lock_guard lock(self->mutex_);
    head->func = func;
    self->calls_.push_back(head);
  }
  static bool barrier(void* context) {
    static_cast<manual_rcu*>(context)->end_grace_period();
    return true;
  }

  std::mutex mutex_;
  std::deque<rcu_head*> calls_;
};

TEST_P(RcuWork, C153_C154_another_flavour_can_make_the_grace_periods) {
  manual_rcu mine;
  options.rcu = &mine.flavor;
  workqueue_struct* wq = alloc("foreign", WQ_UNBOUND);
  rcu_probe item;
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  EXPECT_FALSE(queue_rcu_work(wq, &item));
  EXPECT_EQ(mine.waiting(), 1u);
  EXPECT_EQ(item.started(), 0);
  mine.end_grace_period();
  item.wait_finished();
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  EXPECT_TRUE(flush_rcu_work(&item));
  EXPECT_EQ(item.finished(), 2);
  EXPECT_TRUE(queue_rcu_work(wq, &item));
  destroy(wq);
  EXPECT_EQ(item.finished(), 3);
}

// Readers follow a pointer; the updater replaces what it points to and has the old one poisoned after a grace period.
struct version {
  rcu_work work;
  std::atomic<bool>* wrong;
  int first;   // not atomic: only RCU orders these two
  int second;
};

TEST_P(RcuWork, C153_no_reader_ever_sees_what_was_given_up) {
  workqueue_struct* wq = alloc("versions", WQ_UNBOUND);
  std::atomic<bool> wrong{false}, stop{false};
  std::atomic<int> reads{0};
  const auto make = [&](int n) {
    auto* v = new version{rcu_work([](work_struct* item) {
                            auto* old = from_work<&version::work>(item);
                            old->first = -1;
                            delete old;
                          }),
                          &wrong, n, n};
    return v;
  };
  std::atomic<version*> current{make(0)};
  constexpr int kReaders = 3;
  race(kReaders + 1, [&](int thread) {
    if (thread == kReaders) {
      for (int n = 1; n <= scaled(60); ++n) {
        version* old = current.exchange(make(n));
        if (n % 3 == 0) {
          synchronize_rcu();
          old->first = -1;
          delete old;
        } else {
          EXPECT_TRUE(queue_rcu_work(wq, &old->work));
        }
      }
      wait_until("the readers to have read", [&] { return reads.load() > 0; });
      stop.store(true);
      return;
    }
    while (!stop.load()) {
      rcu_read_lock();
      const version* v = current.load();
      if (v->first != v->second) wrong.store(true);
      rcu_read_lock();
      if (v->first != v->second) wrong.store(true);
      rcu_read_unlock();
      reads.fetch_add(1);
      rcu_read_unlock();
    }
  });
  EXPECT_FALSE(wrong.load());
  destroy(wq);
  delete current.load();
}

TEST_P(RcuWork, many_threads_queue_and_read_and_every_accepted_queueing_runs) {
  workqueue_struct* wq = alloc("many", WQ_UNBOUND);
  std::vector<std::unique_ptr<rcu_probe>> items;
  for (int i = 0; i < 8; ++i) items.push_back(std::make_unique<rcu_probe>());
  std::atomic<int> accepted{0};
  race(4, [&](int thread) {
    for (int i = 0; i < scaled(100); ++i) {
      rcu_read_lock();
      accepted += queue_rcu_work(wq, items[static_cast<std::size_t>(thread * 3 + i) % items.size()].get());
      rcu_read_unlock();
      if (i % 25 == 0) synchronize_rcu();
    }
  });
  int finished = 0;
  for (auto& item : items) {
    flush_rcu_work(item.get());
    finished += item->finished();
  }
  EXPECT_EQ(finished, accepted.load());
}

}  // namespace
}  // namespace cmwq::test
