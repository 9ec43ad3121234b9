// Group P: CPUs go away and come back.
#include <sched.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "../harness/domain_fixture.h"
#include "cmwq/detail/base/cpu_text.h"

namespace cmwq::test {
namespace {

using detail::cpulist_text;
using detail::cpumask;
using detail::parse_cpulist;

cpumask list(const std::string& text) {
  cpumask mask;
  if (!text.empty()) { EXPECT_TRUE(parse_cpulist(text.c_str(), mask)) << text; }
  return mask;
}

class Cpus : public domain_test {
 public:
  // The CPU that is taken away; the tests that need one more are skipped without.
  int victim() { return cpus() - 1; }
  bool only_one_cpu() { return cpus() < 2; }
  void offline(int cpu) { ASSERT_EQ(workqueue_offline_cpu(domain(), cpu), 0); }
  void online(int cpu) { ASSERT_EQ(workqueue_online_cpu(domain(), cpu), 0); }

  // Every worker of every pool is where it should be, every count is back.
  void expect_settled() {
    wait_until("all workers to be idle", [this] {
      for (const pool_snapshot& pool : snapshot_pools(domain()))
        if (pool.nr_busy || pool.nr_queued || pool.nr_running || pool.nr_idle != pool.nr_workers) return false;
      return true;
    });
    EXPECT_EQ(check_invariants(domain()), "");
  }

  // Inside an item: where its thread may run, as CPUs of the domain.  Exact on the real machine only.
  cpumask own_cpus() {
    const std::vector<int> allowed = allowed_cpus();
    cpumask mask;
    for (int cpu = 0; cpu < cpus(); ++cpu)
      if (std::count(allowed.begin(), allowed.end(), real_[static_cast<std::size_t>(cpu) % real_.size()])) mask.set(cpu);
    return mask;
  }

 protected:
  void SetUp() override {
    domain_test::SetUp();
    real_ = allowed_cpus();
  }
  bool real() const { return GetParam().where.synthetic == nullptr; }

 private:
  std::vector<int> real_;
};
CMWQ_ON_ALL_DOMAINS(Cpus);

#define SKIP_WITH_ONE_CPU() \
  if (only_one_cpu()) GTEST_SKIP() << "the last CPU cannot be taken away"

TEST_P(Cpus, C24_what_is_queued_for_an_offline_cpu_is_accepted_and_runs_elsewhere) {
  SKIP_WITH_ONE_CPU();
  for (unsigned flags : {unsigned{WQ_PERCPU}, WQ_PERCPU | WQ_HIGHPRI}) {
    workqueue_struct* wq = alloc("percpu", flags);
    offline(victim());
    cpumask where;
    probe item([&] { where = own_cpus(); });
    ASSERT_TRUE(queue_work_on(victim(), wq, &item));
    item.wait_finished();
    const pool_snapshot pool = bound_pool(victim(), flags & WQ_HIGHPRI);
    EXPECT_TRUE(pool.displaced);
    EXPECT_FALSE(list(pool.runs_on).test(victim()));
    if (real()) { EXPECT_FALSE(where.test(victim())) << cpulist_text(where); }
    online(victim());
  }
  expect_settled();
}

TEST_P(Cpus, C172_waiting_items_of_a_lost_cpu_run_and_running_ones_end) {
  SKIP_WITH_ONE_CPU();
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  spin first;
  std::vector<std::unique_ptr<probe>> waiting;
  ASSERT_TRUE(queue_work_on(victim(), wq, &first));
  first.wait_running();
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<probe>());
    ASSERT_TRUE(queue_work_on(victim(), wq, waiting.back().get()));
  }
  offline(victim());
  EXPECT_EQ(first.finished(), 0);
  first.release();
  flush_workqueue(wq);
  EXPECT_EQ(first.finished(), 1);
  for (const auto& item : waiting) EXPECT_EQ(item->finished(), 1);
  expect_settled();
}

TEST_P(Cpus, C172_a_displaced_pool_still_starts_the_next_item_when_one_blocks) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  hold before, during;
  probe last([&] { before.release(), during.release(); });
  ASSERT_TRUE(queue_work_on(victim(), wq, &before));
  before.wait_running();
  offline(victim());
  ASSERT_TRUE(queue_work_on(victim(), wq, &during));
  during.wait_running();
  ASSERT_TRUE(queue_work_on(victim(), wq, &last));
  last.wait_finished();
  flush_workqueue(wq);
  expect_settled();
}

TEST_P(Cpus, C173_C174_workers_run_on_the_cpus_that_are_left_and_are_bound_again) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  cpumask at_start, in_between, after, of_next;
  gate lost, back;
  counter stage;
  probe item([&] {
    at_start = own_cpus();
    stage.add();
    lost.wait();
    in_between = own_cpus();
    stage.add();
    back.wait();
    after = own_cpus();
  });
  probe next([&] { of_next = own_cpus(); });
  ASSERT_TRUE(queue_work_on(victim(), wq, &item));
  stage.wait_for(1);
  offline(victim());
  lost.open();
  stage.wait_for(2);
  online(victim());
  back.open();
  flush_work(&item);
  ASSERT_TRUE(queue_work_on(victim(), wq, &next));
  flush_work(&next);
  const pool_snapshot pool = bound_pool(victim());
  EXPECT_FALSE(pool.displaced);
  EXPECT_EQ(pool.runs_on, std::to_string(victim()));
  if (real()) {
    cpumask own;
    own.set(victim());
    EXPECT_EQ(cpulist_text(at_start), cpulist_text(own));
    EXPECT_EQ(cpulist_text(in_between), cpulist_text(list(snapshot_cpus(domain()).online).without(own)));
    EXPECT_EQ(cpulist_text(after), cpulist_text(own));
    EXPECT_EQ(cpulist_text(of_next), cpulist_text(own));
  }
  expect_settled();
}

TEST_P(Cpus, C175_the_count_of_running_workers_survives_in_every_state_of_an_item) {
  SKIP_WITH_ONE_CPU();
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  for (int round = 0; round < 4; ++round) {
    spin computes;
    hold blocks;
    ASSERT_TRUE(queue_work_on(victim(), wq, &blocks));
    blocks.wait_running();
    ASSERT_TRUE(queue_work_on(victim(), wq, &computes));
    computes.wait_running();
    offline(victim());
    if (round & 1) computes.release(), flush_work(&computes);
    online(victim());
    if (round & 2) offline(victim());
    computes.release();
    blocks.release();
    flush_workqueue(wq);
    expect_settled();
    online(victim());
  }
}

TEST_P(Cpus, C19_work_queued_locally_never_goes_to_an_offline_cpu) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  offline(victim());
  probe inner([] {});
  probe outer([&] { EXPECT_TRUE(queue_work(wq, &inner)); });
  std::set<int> seen;
  for (int i = 0; i < 8; ++i) {
    hold local;
    ASSERT_TRUE(queue_work(wq, &local));
    local.wait_running();
    for (int cpu : busy_cpus()) seen.insert(cpu);
    local.release();
    flush_work(&local);
    ASSERT_TRUE(queue_work_on(victim(), wq, &outer));
    flush_work(&outer);
    flush_work(&inner);
    wait_until("the workers to be idle", [this] { return busy_cpus().empty(); });
  }
  EXPECT_EQ(seen.count(victim()), 0u);
}

TEST_P(Cpus, C149_R51_a_delayed_work_for_an_offline_cpu_fires_on_another) {
  SKIP_WITH_ONE_CPU();
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    delayed_probe leaves, lost;
    ASSERT_TRUE(queue_delayed_work_on(victim(), wq, &leaves, 5));
    offline(victim());
    leaves.wait_finished();
    EXPECT_EQ(log().count({"offline"}), 0) << "it was online when it was armed";
    for (int i = 1; i <= 2; ++i) {
      ASSERT_TRUE(queue_delayed_work_on(victim(), wq, &lost, 1));
      lost.wait_finished(i);
      flush_delayed_work(&lost);
    }
    EXPECT_EQ(log().take({kind.name, "delayed", "offline"}), 1);
    rearm_warnings(domain());
    online(victim());
  }
}

TEST_P(Cpus, a_queue_made_while_a_cpu_is_offline_is_whole_when_it_returns) {
  SKIP_WITH_ONE_CPU();
  offline(victim());
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  cpumask away, back;
  probe item([&] { (bound_pool(victim()).displaced ? away : back) = own_cpus(); });
  ASSERT_TRUE(queue_work_on(victim(), wq, &item));
  flush_work(&item);
  EXPECT_EQ(workqueue_prepare_cpu(domain(), victim()), 0);
  online(victim());
  ASSERT_TRUE(queue_work_on(victim(), wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 2);
  if (real()) {
    EXPECT_FALSE(away.test(victim()));
    EXPECT_EQ(cpulist_text(back), std::to_string(victim()));
  }
}

TEST_P(Cpus, unbound_pools_run_as_many_workers_as_their_pods_have_cpus_online) {
  ASSERT_NE(alloc("unbound", WQ_UNBOUND), nullptr);
  const auto targets = [this] {
    int sum = 0;
    for (const pool_snapshot& pool : unbound_pools())
      if (pool.refcount) sum += pool.target;
    return sum;
  };
  if (!regulated()) return;
  EXPECT_EQ(targets(), cpus());
  for (int cpu = 1; cpu < cpus(); cpu += 2) offline(cpu);  // each pod keeps one
  EXPECT_EQ(targets(), (cpus() + 1) / 2);
  for (int cpu = 1; cpu < cpus(); cpu += 2) online(cpu);
  EXPECT_EQ(targets(), cpus());
}

TEST_P(Cpus, the_last_cpu_stays_and_cpus_that_do_not_exist_are_refused) {
  for (int cpu = 0; cpu + 1 < cpus(); ++cpu) offline(cpu);
  EXPECT_EQ(workqueue_offline_cpu(domain(), cpus() - 1), -EBUSY);
  EXPECT_EQ(workqueue_offline_cpu(domain(), cpus() - 1), -EBUSY);
  EXPECT_EQ(log().take({"last", "stays online"}), 1);
  EXPECT_EQ(snapshot_cpus(domain()).online, std::to_string(cpus() - 1));
  for (const queue_kind& kind : kKinds) {
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    for (int cpu = 0; cpu < cpus(); ++cpu) {
      probe item;
      ASSERT_TRUE(queue_work_on(cpu, wq, &item));
      flush_work(&item);
      EXPECT_EQ(item.finished(), 1);
    }
  }
  for (int bad : {-1, cpus(), 5000}) {
    EXPECT_EQ(workqueue_offline_cpu(domain(), bad), -EINVAL);
    EXPECT_EQ(workqueue_online_cpu(domain(), bad), -EINVAL);
    EXPECT_EQ(workqueue_prepare_cpu(domain(), bad), -EINVAL);
  }
  EXPECT_EQ(workqueue_offline_cpu(nullptr, 0), -EINVAL);
  EXPECT_EQ(workqueue_update_cpus(nullptr), -EINVAL);
  for (int cpu = 0; cpu < cpus(); ++cpu) online(cpu);
  EXPECT_EQ(snapshot_cpus(domain()).online, snapshot_cpus(domain()).possible);
}

TEST_P(Cpus, a_look_at_the_system_changes_nothing_where_nothing_changed) {
  EXPECT_EQ(workqueue_update_cpus(domain()), real() ? 0 : -EOPNOTSUPP);
  EXPECT_EQ(snapshot_cpus(domain()).online, snapshot_cpus(domain()).possible);
  if (only_one_cpu()) return;
  offline(victim());
  workqueue_update_cpus(domain());
  EXPECT_EQ(snapshot_cpus(domain()).off, std::to_string(victim())) << "what was taken away by call stays away";
  EXPECT_FALSE(list(snapshot_cpus(domain()).online).test(victim()));
}

TEST_P(Cpus, a_quota_is_dealt_out_to_the_pods) {
  options.cpu_quota = 1.5;
  ASSERT_NE(alloc("unbound", WQ_UNBOUND), nullptr);
  ASSERT_NE(alloc("percpu", WQ_PERCPU), nullptr);
  EXPECT_EQ(snapshot_cpus(domain()).quota, 1.5);
  if (!regulated()) return;
  int sum = 0, pools = 0;
  for (const pool_snapshot& pool : unbound_pools()) {
    ++pools;
    sum += pool.target;
    EXPECT_GE(pool.target, 1);
  }
  EXPECT_EQ(sum, std::max(pools, std::min(2, cpus())));
  for (int cpu = 0; cpu < cpus(); ++cpu) EXPECT_EQ(bound_pool(cpu).target, 1);
}

TEST_P(Cpus, no_more_workers_run_than_the_quota_permits) {
  if (!exact()) GTEST_SKIP() << "others may let one more run";
  options.cpu_quota = 1;
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  const int pods = static_cast<int>(unbound_pools().size());
  crowd inside;
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < 40; ++i) {
    items.push_back(std::make_unique<probe>([&] {
      inside.enter();
      burn_us(100);
      inside.leave();
    }));
    ASSERT_TRUE(queue_work_on(i % cpus(), wq, items.back().get()));
  }
  flush_workqueue(wq);
  if (!disturbed()) { EXPECT_LE(inside.most(), pods); }
}

// The thread of this process called @name, or 0.
int thread_named(const std::string& name) {
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (comm == name) found = std::atoi(task.path().filename().c_str());
  }
  return found;
}

TEST_P(Cpus, the_sentinel_of_an_offline_cpu_sleeps_although_its_pool_holds_work_back) {
  SKIP_WITH_ONE_CPU();
  const std::string hook = GetParam().hook;
  if (hook != "sentinel" && hook != "lying") GTEST_SKIP() << "has no sentinels";
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  int tid = 0;
  wait_until("the sentinel", [&] { return (tid = thread_named("cmwq/idle" + std::to_string(victim()))) != 0; });
  offline(victim());
  spin first;
  probe second;
  ASSERT_TRUE(queue_work_on(victim(), wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(victim(), wq, &second));
  wait_until("the sentinel to sleep", [tid] { return thread_state(tid) == 'S'; });
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(thread_state(tid), 'S');
    pause_briefly();
  }
  first.release();
  flush_workqueue(wq);
  online(victim());
}

// Lost and regained without pause, items of every kind queued for every CPU meanwhile.
TEST_P(Cpus, R42_nothing_is_lost_while_cpus_flap) {
  SKIP_WITH_ONE_CPU();
  workqueue_struct* bound = alloc("percpu", WQ_PERCPU);
  workqueue_struct* high = alloc("high", WQ_PERCPU | WQ_HIGHPRI | WQ_MEM_RECLAIM);
  workqueue_struct* loose = alloc("unbound", WQ_UNBOUND);
  std::atomic<int> runs{0};
  int queued = 0;
  std::atomic<bool> stop{false};
  background flapper([&] {
    for (unsigned round = 0; !stop.load(); ++round) {
      const int cpu = 1 + static_cast<int>(round % static_cast<unsigned>(cpus() - 1));
      EXPECT_EQ(workqueue_offline_cpu(domain(), cpu), 0);
      if (round % 3) std::this_thread::yield();
      EXPECT_EQ(workqueue_online_cpu(domain(), cpu), 0);
    }
  });
  {
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < 12; ++i)
      items.push_back(std::make_unique<probe>([&runs, i] {
        if (i % 3 == 0) pause_briefly(20'000);
        if (i % 3 == 1) burn_us(20);
        runs.fetch_add(1);
      }));
    for (int round = 0; round < scaled(60); ++round)
      for (std::size_t i = 0; i < items.size(); ++i)
        queued += queue_work_on(round % cpus(), i % 4 == 0 ? high : i % 2 ? bound : loose, items[i].get());
    for (workqueue_struct* wq : {bound, high, loose}) flush_workqueue(wq);
  }
  stop.store(true);
  flapper.join();
  EXPECT_EQ(runs.load(), queued);
  expect_settled();
  for (const pool_snapshot& pool : snapshot_pools(domain())) {
    EXPECT_LE(pool.nr_workers, 20) << "pool " << pool.id;
    EXPECT_FALSE(pool.displaced);
  }
}

}  // namespace
}  // namespace cmwq::test
