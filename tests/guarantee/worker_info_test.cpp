// C80, C81, C84: who a worker is and what it says about its item.
#include "../harness/domain_fixture.h"

#include <csignal>
#include <fstream>

namespace cmwq::test {
namespace {

std::string comm(int tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

class WorkerInfo : public domain_test {
 public:
  worker_snapshot worker_of(int tid) {
    for (const worker_snapshot& w : snapshot_workers(domain()))
      if (w.tid == tid) return w;
    ADD_FAILURE() << "no worker " << tid;
    return {};
  }
  static std::string comm_text(int tid, std::size_t size = 64) {
    char text[64] = "?";
    wq_worker_comm(text, size, tid);
    return text;
  }
};
CMWQ_ON_ALL_DOMAINS(WorkerInfo);

TEST_P(WorkerInfo, C81_a_description_lives_until_the_item_ends) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    const std::string queue = snapshot(wq).name;
    std::atomic<int> tid{0};
    gate described, go, undescribed, end;
    probe first([&] {
      tid.store(thread_id());
      set_worker_desc("step %d", 1);
      described.open();
      go.wait();
    });
    probe second([&] {
      tid.store(thread_id());
      undescribed.open();
      end.wait();
    });
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    ASSERT_TRUE(queue_work_on(0, wq, &second));
    described.wait();
    const worker_snapshot w = worker_of(tid.load());
    EXPECT_EQ(w.desc, "step 1");
    EXPECT_EQ(w.workqueue, queue);
    EXPECT_NE(w.function, "");
    EXPECT_FALSE(w.idle);
    EXPECT_EQ(comm_text(tid.load()), w.name + "+step 1");
    EXPECT_EQ(comm_text(tid.load(), 7), w.name.substr(0, 6));
    EXPECT_NE(dump_workqueues(domain()).find(" \"step 1\""), std::string::npos);
    print_worker_info(log_level::info, tid.load());
    EXPECT_EQ(log().discard({"Workqueue: " + queue + " ", "(step 1)"}), 1);
    go.open();
    undescribed.wait();
    EXPECT_EQ(worker_of(tid.load()).desc, queue);
    EXPECT_EQ(comm_text(tid.load()), worker_of(tid.load()).name + "+" + queue);
    print_worker_info(log_level::info, tid.load());
    EXPECT_EQ(log().discard({"Workqueue: " + queue + " ", "("}), 0);
    EXPECT_EQ(log().discard({"Workqueue: " + queue + " "}), 1);
    end.open();
    flush_workqueue(wq);
    wait_until("an idle worker", [&] { return worker_of(tid.load()).idle; });
    EXPECT_EQ(worker_of(tid.load()).function, "");
    EXPECT_EQ(comm_text(tid.load()), worker_of(tid.load()).name + "-" + queue);
    print_worker_info(log_level::warning, tid.load());  // says nothing
  });
}

TEST_P(WorkerInfo, C81_a_description_is_cut_at_31_characters_and_ignored_outside_of_workers) {
  set_worker_desc("nobody");
  workqueue_struct* wq = alloc("cut", WQ_UNBOUND);
  std::string seen;
  probe item([&] {
    set_worker_desc("%s", "0123456789012345678901234567890123456789");
    seen = worker_of(thread_id()).desc;
  });
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(seen, "0123456789012345678901234567890");
  EXPECT_EQ(comm_text(thread_id()), "");
  print_worker_info(log_level::error, thread_id());
  print_worker_info(log_level::error, -1);
}

TEST_P(WorkerInfo, C80_threads_are_named_after_their_pool) {
  for (const queue_kind& kind : kKinds) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    probe item;
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    flush_work(&item);
  }
  const auto has_started = [&](const worker_snapshot& w) { return w.name == "cmwq/R-reclaim" && w.tid != 0; };
  wait_until("the rescuer to run", [&] {
    const std::vector<worker_snapshot> workers = snapshot_workers(domain());
    return std::any_of(workers.begin(), workers.end(), has_started);
  });
  const std::vector<pool_snapshot> pools = snapshot_pools(domain());
  int rescuers = 0;
  for (const worker_snapshot& w : snapshot_workers(domain())) {
    if (w.tid == 0) continue;
    // A worker names its thread before it tells its number.
    EXPECT_EQ(comm(w.tid), w.name.substr(0, 15));
    rescuers += w.name == "cmwq/R-reclaim";
    const auto pool = std::find_if(pools.begin(), pools.end(), [&](const auto& p) { return p.id == w.pool; });
    if (pool == pools.end()) continue;
    const std::string of = pool->cpu >= 0 ? std::to_string(pool->cpu) : "u" + std::to_string(pool->id);
    EXPECT_EQ(w.name.find("cmwq/" + of + ":"), 0u) << w.name;
    EXPECT_EQ(w.name.back() == 'H', pool->cpu >= 0 && pool->nice < 0) << w.name;
  }
  EXPECT_EQ(rescuers, 1);
}

TEST_P(WorkerInfo, C84_the_current_item_is_known_inside_of_it_and_nowhere_else) {
  EXPECT_EQ(current_work(), nullptr);
  EXPECT_FALSE(current_is_workqueue_rescuer());
  on_each_kind(0, [this](workqueue_struct* wq) {
    work_struct* inside = nullptr;
    work_struct* after_waiting = nullptr;
    bool rescuer = true;
    probe inner;
    probe item([&] {
      inside = current_work();
      rescuer = current_is_workqueue_rescuer();
      EXPECT_TRUE(queue_work(wq, &inner));
      flush_work(&inner);  // may run it in place
      after_waiting = current_work();
    });
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(inside, &item);
    EXPECT_EQ(after_waiting, &item);
    EXPECT_FALSE(rescuer);
  });
}

// R37: code that interrupts a worker took itself for the worker.
std::atomic<int> handled{0};
std::atomic<work_struct*> in_handler{nullptr};

TEST_P(WorkerInfo, R37_a_signal_is_not_handled_on_top_of_an_item) {
  workqueue_struct* wq = alloc("interrupted", WQ_PERCPU);
  handled.store(0);
  in_handler.store(nullptr);
  const auto before = std::signal(SIGUSR1, [](int) {
    in_handler.store(current_work());
    handled.fetch_add(1);
  });
  spin item;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_running();
  kill(getpid(), SIGUSR1);
  wait_until("the signal", [] { return handled.load() == 1; });
  EXPECT_EQ(in_handler.load(), nullptr);
  item.release();
  flush_workqueue(wq);
  std::signal(SIGUSR1, before);
}

struct timer_sink {
  std::atomic<work_struct*> current{nullptr};
  counter lines;
  static void receive(log_level, const char*, void* context) {
    auto* self = static_cast<timer_sink*>(context);
    self->current.store(current_work());
    self->lines.add();
  }
};

TEST_P(WorkerInfo, R37_the_timer_thread_is_no_worker) {
  workqueue_struct* wq = alloc("drained", WQ_PERCPU, 1);
  hold item;
  delayed_probe later;
  timer_sink sink;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_running();
  background drain([wq] { drain_workqueue(wq); });
  drain.wait_asleep();
  set_log_sink(&timer_sink::receive, &sink);
  ASSERT_TRUE(queue_delayed_work(wq, &later, 1));  // refused when its timer fires
  sink.lines.wait_for(1);
  log().listen();
  EXPECT_EQ(sink.current.load(), nullptr);
  item.release();
}

}  // namespace
}  // namespace cmwq::test
