// Group T: functions on a CPU, on every CPU, and where they may block.  All use queues of the default domain.
#include <cerrno>
#include <memory>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class RunOnCpu : public testing::Test {
 protected:
  void SetUp() override { gave_up.store(false); }
  void TearDown() override { EXPECT_EQ(log_.complaints(), ""); }
  int cpus() { return domain_cpus(default_domain()); }
  hang_alarm alarm_;
  log_capture log_;
};

// The CPU whose bound pool the calling worker belongs to: the one that executes the caller's item.
bool cpu_is_busy(int cpu) {
  for (const pool_snapshot& pool : snapshot_pools(default_domain()))
    if (pool.cpu == cpu && pool.nice == 0 && pool.nr_busy > 0) return true;
  return false;
}

std::atomic<int> runs{0};
std::atomic<unsigned> cpus_seen{0};

void note_cpu(work_struct* work) {
  EXPECT_EQ(current_work(), work);
  for (int cpu = 0; cpu < domain_cpus(default_domain()); ++cpu)
    if (cpu_is_busy(cpu)) cpus_seen.fetch_or(1u << cpu);
  runs.fetch_add(1);
}

TEST_F(RunOnCpu, C198_schedule_on_each_cpu_runs_once_on_every_cpu_and_waits_for_all) {
  for (int i = 0; i < 20; ++i) {
    runs.store(0);
    cpus_seen.store(0);
    EXPECT_EQ(schedule_on_each_cpu(note_cpu), 0);
    EXPECT_EQ(runs.load(), cpus());
    EXPECT_EQ(cpus_seen.load(), (1u << cpus()) - 1);
  }
}

TEST_F(RunOnCpu, C198_it_may_be_called_by_an_item) {
  runs.store(0);
  int result = -1;
  probe caller([&] { result = schedule_on_each_cpu([](work_struct*) { runs.fetch_add(1); }); });
  ASSERT_TRUE(schedule_work(&caller));
  flush_work(&caller);
  EXPECT_EQ(result, 0);
  EXPECT_EQ(runs.load(), cpus());
}

TEST_F(RunOnCpu, C198_without_a_function_it_is_refused) {
  EXPECT_EQ(schedule_on_each_cpu(nullptr), -EINVAL);
  EXPECT_EQ(log_.take({"schedule_on_each_cpu", "function"}), 1);
}

long add_ten(void* number) {
  EXPECT_NE(current_work(), nullptr);
  return *static_cast<long*>(number) + 10;
}

TEST_F(RunOnCpu, C199_work_on_cpu_returns_what_the_function_returns) {
  long number = 5;
  lock_class_key key;
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    EXPECT_EQ(work_on_cpu(cpu, add_ten, &number), 15);
    EXPECT_EQ(work_on_cpu_key(cpu, add_ten, &number, &key), 15);
    EXPECT_EQ(work_on_cpu_safe(cpu, add_ten, &number), 15);
  }
}

TEST_F(RunOnCpu, C199_it_runs_in_a_worker_bound_to_that_cpu) {
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    EXPECT_TRUE(work_on_cpu(cpu, [cpu] { return current_work() != nullptr && cpu_is_busy(cpu); }));
    EXPECT_EQ(current_work(), nullptr);
  }
}

TEST_F(RunOnCpu, C199_anything_callable_may_return_anything) {
  int calls = 0;
  work_on_cpu(0, [&] { ++calls; });
  std::unique_ptr<int> made = work_on_cpu(0, [] { return std::make_unique<int>(7); });
  EXPECT_EQ(*made, 7);
  int& same = work_on_cpu(0, [&]() -> int& { return calls; });
  EXPECT_EQ(&same, &calls);
  EXPECT_EQ(work_on_cpu(cpus() - 1, [text = std::string("a text too long to be held in place")] { return text; }).size(), 35u);
  EXPECT_EQ(calls, 1);
}

TEST_F(RunOnCpu, C199_an_item_may_call_it_for_its_own_cpu_and_for_others) {
  int sum = 0;
  probe caller([&] {
    for (int cpu = 0; cpu < cpus(); ++cpu) sum += work_on_cpu(cpu, [] { return 1; });
  });
  ASSERT_TRUE(schedule_work_on(0, &caller));
  flush_work(&caller);
  EXPECT_EQ(sum, cpus());
}

TEST_F(RunOnCpu, C199_what_cannot_be_run_is_refused_or_told) {
  rearm_warnings(default_domain());
  long number = 1;
  EXPECT_EQ(work_on_cpu_safe(cpus(), add_ten, &number), -ENODEV);
  EXPECT_EQ(work_on_cpu_safe(-1, add_ten, &number), -ENODEV);
  EXPECT_EQ(work_on_cpu(0, nullptr, &number), -EINVAL);
  EXPECT_EQ(log_.take({"work_on_cpu", "function"}), 1);
  EXPECT_EQ(work_on_cpu(cpus(), add_ten, &number), 11);
  EXPECT_EQ(log_.take({"cpu", "does not exist"}), 1);
}

TEST_F(RunOnCpu, C200_where_one_may_block_the_function_is_called_at_once) {
  execute_work ew;
  runs.store(0);
  EXPECT_EQ(execute_in_process_context([](work_struct*) { runs.fetch_add(1); }, &ew), 0);
  EXPECT_EQ(runs.load(), 1);
  int result = -1;
  probe item([&] { result = execute_in_process_context([](work_struct*) { runs.fetch_add(1); }, &ew); });
  ASSERT_TRUE(schedule_work(&item));
  flush_work(&item);
  EXPECT_EQ(result, 0);
  EXPECT_EQ(runs.load(), 2);
}

// The library's timer thread calls code of the user's only to pass a message on.
struct called_by_a_message {
  execute_work ew;
  std::atomic<int> result{-1};
  gate ran;

  static void receive(log_level, const char*, void* context) {
    auto* self = static_cast<called_by_a_message*>(context);
    if (self->result.load() >= 0) return;
    self->result.store(execute_in_process_context(
        [](work_struct* work) {
          EXPECT_NE(current_work(), nullptr);
          field_of(work).ran.open();
        },
        &self->ew));
  }
  static called_by_a_message& field_of(work_struct* work) {
    return *detail::field_owner<called_by_a_message>(detail::owner_of_item(work, &execute_work::work),
                                                     &called_by_a_message::ew);
  }
};

TEST_F(RunOnCpu, C200_on_the_timer_thread_it_is_scheduled) {
  rearm_warnings(default_domain());
  workqueue_struct* wq = alloc_workqueue("drained", WQ_UNBOUND, 1);
  ASSERT_NE(wq, nullptr);
  called_by_a_message called;
  {
    hold first;
    delayed_probe late;
    ASSERT_TRUE(queue_work(wq, &first));
    first.wait_running();
    background drainer([&] { drain_workqueue(wq); });
    wait_until("the queue to drain", [&] { return snapshot(wq).flags & __WQ_DRAINING; });
    set_log_sink(&called_by_a_message::receive, &called);
    ASSERT_TRUE(queue_delayed_work(wq, &late, 1));  // fires into a queue that drains: a message of the timer thread
    called.ran.wait();
    EXPECT_EQ(called.result.load(), 1);
    first.release();
    drainer.join();
  }
  flush_work(&called.ew.work);
  set_log_sink(nullptr, nullptr);
  destroy_workqueue(wq);
}

}  // namespace
}  // namespace cmwq::test
