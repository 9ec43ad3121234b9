// Group G: workers, as far as snapshots show them.
#include <map>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Workers : public domain_test {
 public:
  void run_blocked_at_once(workqueue_struct* wq, int n) {
    std::vector<std::unique_ptr<hold>> all;
    for (int i = 0; i < n; ++i) {
      all.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(0, wq, all.back().get()));
    }
    for (const auto& item : all) item->wait_running();
  }
};
CMWQ_ON_ALL_DOMAINS(Workers);

TEST_P(Workers, C73_a_busy_pool_gets_an_idle_spare) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  hold first, second;
  for (hold* item : {&first, &second}) {
    ASSERT_TRUE(queue_work_on(0, wq, item));
    item->wait_running();
    wait_until("an idle spare", [this] { return bound_pool(0).nr_idle >= 1; });
  }
  EXPECT_EQ(bound_pool(0).nr_busy, 2);
}

TEST_P(Workers, C76_C77_a_pool_with_nothing_to_do_shrinks_to_two_workers) {
  options.idle_timeout_ms = 20;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  run_blocked_at_once(wq, 8);
  wait_until("the pool to shrink", [this] { return bound_pool(0).nr_workers <= 2; });
  EXPECT_GE(bound_pool(0).nr_workers, 1);
  probe after;
  ASSERT_TRUE(queue_work_on(0, wq, &after));
  flush_work(&after);
  EXPECT_EQ(after.finished(), 1);
}

TEST_P(Workers, C75_the_most_recently_idle_worker_is_taken_first) {
  if (std::strcmp(GetParam().hook, "lying") == 0) GTEST_SKIP() << "it starts workers for nothing: others come first";
  options.idle_timeout_ms = 300'000;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  run_blocked_at_once(wq, 6);
  std::map<int, int> runs_of;  // by thread
  probe item([&] { ++runs_of[thread_id()]; });
  constexpr int kRounds = 60;
  for (int i = 0; i < kRounds; ++i) {
    wait_until("all workers to be idle", [this] {
      const pool_snapshot pool = bound_pool(0);
      return pool.nr_busy == 0 && pool.nr_idle == pool.nr_workers;
    });
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    flush_work(&item);
  }
  int favourite = 0;
  for (const auto& [thread, runs] : runs_of) favourite = std::max(favourite, runs);
  EXPECT_GT(favourite, kRounds / 4);  // in turn it would be a sixth
}

TEST_P(Workers, C78_a_queue_finds_a_worker_on_every_cpu_it_can_use) {
  for (bool highpri : {false, true}) {
    ASSERT_NE(alloc("percpu", WQ_PERCPU | (highpri ? WQ_HIGHPRI : 0u)), nullptr);
    for (int cpu = 0; cpu < cpus(); ++cpu)
      wait_until("a first worker", [=, this] { return bound_pool(cpu, highpri).nr_workers >= 1; });
  }
}

TEST_P(Workers, C79_an_unbound_pool_goes_with_the_last_queue_that_uses_it) {
  workqueue_struct* one = alloc("one", WQ_UNBOUND);
  workqueue_struct* two = alloc("two", WQ_UNBOUND);
  ASSERT_FALSE(unbound_pools().empty());
  destroy(one);
  EXPECT_FALSE(unbound_pools().empty());
  probe item;
  ASSERT_TRUE(queue_work(two, &item));
  flush_work(&item);
  destroy(two);
  wait_until("the unbound pools to go", [this] { return unbound_pools().empty(); });
}

TEST_P(Workers, C83_an_item_that_requeues_itself_for_ever_does_not_keep_out_others) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags, 1);
    std::atomic<bool> stop{false};
    probe endless([&] {
      if (!stop.load()) queue_work_on(0, wq, &endless);
    });
    probe other;
    ASSERT_TRUE(queue_work_on(0, wq, &endless));
    endless.wait_started();
    ASSERT_TRUE(queue_work_on(0, wq, &other));
    flush_work(&other);
    stop.store(true);
    EXPECT_EQ(other.finished(), 1);
  }
}

TEST_P(Workers, C84_current_work_is_the_item_inside_its_function_and_null_elsewhere) {
  on_each_kind(0, [](workqueue_struct* wq) {
    work_struct* inside = nullptr;
    bool rescuer = true;
    probe item([&] {
      inside = current_work();
      rescuer = current_is_workqueue_rescuer();
    });
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(inside, &item);
    EXPECT_FALSE(rescuer);
  });
  EXPECT_EQ(current_work(), nullptr);
  EXPECT_FALSE(current_is_workqueue_rescuer());
}

TEST_P(Workers, every_thread_of_the_domain_is_known_and_named) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU | WQ_MEM_RECLAIM);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  const std::vector<int> threads = snapshot_threads(domain());
  EXPECT_GE(threads.size(), 2u);
  for (int tid : threads) {
    std::FILE* file = std::fopen(("/proc/self/task/" + std::to_string(tid) + "/comm").c_str(), "r");
    if (!file) continue;  // it has ended since
    char name[32] = {};
    EXPECT_NE(std::fgets(name, sizeof name, file), nullptr);
    std::fclose(file);
    EXPECT_EQ(std::string(name).find("workers_test"), std::string::npos) << "a thread without a name";
  }
}

}  // namespace
}  // namespace cmwq::test
