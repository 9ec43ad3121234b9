// C187 - C189: a pool that does not advance is reported, and gets a kick.
#include "../harness/child_process.h"
#include "../harness/domain_fixture.h"

#include "cmwq/sched_hook.h"

namespace cmwq::test {
namespace {

// Counts workers and never learns that one blocked.
class deaf_hook final : public sched_hook {
 public:
  const char* name() const noexcept override { return "deaf"; }
  bool counts_workers() const noexcept override { return true; }
  int start(hook_domain&, hook_events&) noexcept override { return 0; }
  void stop() noexcept override {}
  void work_held_back(hook_pool&) noexcept override {}
  bool wakes_lazily(hook_pool&) const noexcept override { return false; }
};

struct stall_log {
  counter events{"a stall"};
  counter panics{"a panic"};
  std::atomic<long> longest_ms{0};

  static void on_stall(const stall_report& report, void* context) {
    auto* self = static_cast<stall_log*>(context);
    if (report.stuck_ms > self->longest_ms.load()) self->longest_ms.store(report.stuck_ms);
    self->events.add();
  }
  static void on_panic(const stall_report& report, void* context) {
    EXPECT_NE(std::strstr(report.lockups, "BUG: workqueue lockup"), nullptr);
    static_cast<stall_log*>(context)->panics.add();
  }
};

// On every machine, with a hook that lets an item hide.
class Stall : public domain_test {
 public:
  static constexpr long kThresh = 20;

 protected:
  void SetUp() override {
    if (std::strcmp(GetParam().hook, "none") != 0) GTEST_SKIP() << "once per machine";
    domain_test::SetUp();
    options.hook = nullptr;
    options.custom_hook = &hook_;
    options.watchdog_thresh_ms = kThresh;
  }
  void TearDown() override {
    if (IsSkipped()) return;
    domain_test::TearDown();
  }

  // An item that the hook takes for running keeps the pool of CPU 0 from @second.
  void block(hold& first, work_struct& second, workqueue_struct* wq) {
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &second));
  }
  void take_reports() {
    EXPECT_GE(log().take({"BUG: workqueue lockup - pool cpus=0 ", " stuck for ", "s!"}), 1);
  }

  deaf_hook hook_;
};

std::vector<domain_param> each_machine() {
  std::vector<domain_param> params;
  for (const machine& where : kMachines) params.push_back({where, "none"});
  return params;
}
INSTANTIATE_TEST_SUITE_P(on, Stall, testing::ValuesIn(each_machine()), domain_param_name);

TEST_P(Stall, C187_C71_R52_an_item_that_hides_stalls_its_pool_and_is_reported_and_the_next_one_runs) {
  workqueue_struct* wq = alloc("stall", WQ_PERCPU);
  hold first;
  probe second;
  block(first, second, wq);
  log().wait_for({"BUG: workqueue lockup - pool cpus=0 ", "flags=0x", " nice=0 stuck for 0s!"});
  EXPECT_TRUE(second.wait_finished());
  EXPECT_EQ(first.finished(), 0);
  EXPECT_GE(snapshot_watchdog(domain()).stalls, 1u);
  wait_until("the kick to be counted", [this] { return snapshot_watchdog(domain()).healed >= 1; });
  log().wait_for({"Showing busy workqueues and worker pools:"});
  log().wait_for({"workqueue stall: flags="});
  log().wait_for({"    in-flight: ", " for "});
  log().wait_for({"    pending: "});
  log().wait_for({"pool ", ": worker ", " in ", "state=S"});
  first.release();
  flush_workqueue(wq);
  take_reports();
}

TEST_P(Stall, C188_nothing_is_watched_with_threshold_0_and_writing_another_one_starts_it) {
  options.watchdog_thresh_ms = 0;
  workqueue_struct* wq = alloc("unwatched", WQ_PERCPU);
  hold first;
  probe second;
  block(first, second, wq);
  EXPECT_FALSE(snapshot_watchdog(domain()).on_duty);
  set_watchdog_thresh_ms(domain(), kThresh);
  EXPECT_EQ(snapshot_watchdog(domain()).thresh_ms, kThresh);
  EXPECT_TRUE(second.wait_finished());
  take_reports();
  set_watchdog_thresh_ms(domain(), 0);
  EXPECT_FALSE(snapshot_watchdog(domain()).on_duty);
}

TEST_P(Stall, C187_it_is_on_duty_only_while_something_waits) {
  workqueue_struct* wq = alloc("watched", WQ_PERCPU);
  EXPECT_FALSE(snapshot_watchdog(domain()).on_duty);
  probe item;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_TRUE(snapshot_watchdog(domain()).on_duty);
  item.wait_finished();
  wait_until("it to go off duty", [this] { return !snapshot_watchdog(domain()).on_duty; });
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_finished(2);
  log().discard({"BUG: workqueue lockup"});  // a machine so busy that nothing started for the threshold
}

TEST_P(Stall, C187_before_the_domain_is_started_nothing_is_stalled) {
  options.start_workers = false;
  options.watchdog_thresh_ms = 1;
  stall_log stalls;
  set_stall_handler(domain(), &stall_log::on_stall, &stalls);
  probe item, timer;
  workqueue_struct* wq = alloc("early", WQ_PERCPU);
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  delayed_probe later;  // its timer fires after some of the watchdog's
  ASSERT_TRUE(queue_delayed_work_on(0, wq, &later, 20));
  wait_until("the timer to fire", [wq] { return snapshot(wq).nr_armed == 0; });
  EXPECT_EQ(stalls.events.value(), 0);
  set_watchdog_thresh_ms(domain(), 0);
  start_domain(domain());
  item.wait_finished();
  later.wait_finished();
  log().discard({"BUG: workqueue lockup"});
}

TEST_P(Stall, C189_the_nth_stall_is_fatal) {
  stall_log stalls;
  set_stall_handler(domain(), &stall_log::on_stall, &stalls);
  set_panic_handler(domain(), &stall_log::on_panic, &stalls);
  set_panic_on_stall(domain(), 2);
  workqueue_struct* wq = alloc("fatal", WQ_PERCPU);
  for (int round = 0; round < 2; ++round) {
    hold first;
    probe second;
    block(first, second, wq);
    second.wait_finished();
    first.release();
    flush_workqueue(wq);
  }
  stalls.panics.wait_for(1);
  set_watchdog_thresh_ms(domain(), 0);
  EXPECT_GE(stalls.events.value(), 2);
  destroy(wq);
  take_reports();
}

TEST_P(Stall, C189_a_stall_that_lasts_is_fatal) {
  stall_log stalls;
  set_panic_handler(domain(), &stall_log::on_panic, &stalls);
  set_panic_on_stall_time_ms(domain(), kThresh);
  workqueue_struct* wq = alloc("fatal", WQ_PERCPU);
  hold first;
  probe second;
  block(first, second, wq);
  stalls.panics.wait_for(1);
  set_watchdog_thresh_ms(domain(), 0);
  second.wait_finished();
  take_reports();
}

// R6: "the list is not empty" was read before the new time stamp, and minutes without work were taken for a stall.
TEST_P(Stall, R6_a_stall_is_never_longer_than_the_items_really_waited) {
  options.watchdog_thresh_ms = 1;
  stall_log stalls;
  set_stall_handler(domain(), &stall_log::on_stall, &stalls);
  workqueue_struct* wq = alloc("often_empty", WQ_PERCPU);
  steady::duration longest{};
  probe item;
  for (int i = 0; i < scaled(400); ++i) {
    const auto begin = steady::now();
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    flush_work(&item);
    longest = std::max(longest, steady::now() - begin);
  }
  set_watchdog_thresh_ms(domain(), 0);
  destroy(wq);
  // Queueing is stamped with the time of the last tick, which may be 10 ms ago.
  EXPECT_LE(stalls.longest_ms.load(), std::chrono::duration_cast<std::chrono::milliseconds>(longest).count() + 11);
  log().discard({"BUG: workqueue lockup"});
}

TEST_P(Stall, C189_without_a_handler_the_program_aborts) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const hang_alarm alarm;  // a child does not inherit one
    options.panic_on_stall = 1;
    workqueue_struct* wq = alloc("fatal", WQ_PERCPU);
    hold first;
    probe second;
    block(first, second, wq);
    second.wait_finished();
    pause();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

}  // namespace
}  // namespace cmwq::test
