// The system takes CPUs away from a running process and gives them back: cpusets, quotas, affinity masks.
#include <dirent.h>
#include <sched.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

#include "../harness/child_process.h"

namespace cmwq::test {
namespace {

// A cgroup of version 1 with nobody in it, below this process's own; removed at the end.
class cgroup {
 public:
  explicit cgroup(const std::string& controller) {
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
      const std::size_t at = line.find(":" + controller + ":");
      if (at == std::string::npos) continue;
      parent_ = "/sys/fs/cgroup/" + controller + line.substr(at + controller.size() + 2);
      path_ = parent_ + "/cmwq-test-" + std::to_string(getpid());
      usable_ = mkdir(path_.c_str(), 0755) == 0;
    }
  }
  ~cgroup() {
    if (usable_) rmdir(path_.c_str());
  }
  bool usable() const { return usable_; }
  bool write(const char* file, const std::string& text) const {
    std::ofstream out(path_ + "/" + file);
    out << text << std::flush;
    return out.good();
  }
  bool inherit(const char* file) const {
    std::string text;
    std::ifstream(parent_ + "/" + file) >> text;
    return write(file, text);
  }
  bool join() const { return write("cgroup.procs", std::to_string(getpid())); }

 private:
  std::string parent_, path_;
  bool usable_ = false;
};

cpu_set_t set_of(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  return set;
}

std::vector<int> affinity_of(int tid) {
  cpu_set_t set;
  std::vector<int> cpus;
  if (sched_getaffinity(tid, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

// What "taskset -a" does.
void set_affinity_of_all_threads(const std::vector<int>& cpus) {
  const cpu_set_t set = set_of(cpus);
  DIR* tasks = opendir("/proc/self/task");
  ASSERT_NE(tasks, nullptr);
  while (const dirent* task = readdir(tasks))
    if (const int tid = std::atoi(task->d_name)) sched_setaffinity(tid, sizeof set, &set);
  closedir(tasks);
}

std::string list_of(int nr_cpus) { return nr_cpus == 1 ? "0" : "0-" + std::to_string(nr_cpus - 1); }

// A domain on the real machine, with items that queue themselves on every CPU until the end.
class loaded_domain {
 public:
  explicit loaded_domain(const char* hook, int follow = 1) {
    domain_options options;
    options.hook = hook;
    options.follow_cpus = follow;
    options.follow_interval_ms = 5;
    domain_ = alloc_domain(options);
    if (!domain_) abort();
    bound_ = alloc_workqueue_in(domain_, "bound", WQ_PERCPU, 0);
    loose_ = alloc_workqueue_in(domain_, "loose", WQ_UNBOUND, 0);
    for (int i = 0; i < 2 * domain_cpus(domain_); ++i) {
      workqueue_struct* wq = i % 2 ? bound_ : loose_;
      load_.push_back(std::make_unique<probe>([this, wq, i] {
        pause_briefly(100'000);
        if (stop_.load()) return;
        queued_.fetch_add(1);
        EXPECT_TRUE(queue_work_on(i / 2, wq, load_[static_cast<std::size_t>(i)].get()));
      }));
    }
    for (const auto& item : load_) {
      queued_.fetch_add(1);
      EXPECT_TRUE(queue_work(loose_, item.get()));
    }
  }
  ~loaded_domain() {
    stop_.store(true);
    drain_workqueue(loose_);
    drain_workqueue(bound_);
    int finished = 0;
    for (const auto& item : load_) finished += item->finished();
    EXPECT_EQ(finished, queued_.load());
    EXPECT_EQ(check_invariants(domain_), "");
    destroy_workqueue(loose_);
    destroy_workqueue(bound_);
    load_.clear();
    destroy_domain(domain_);
  }

  wq_domain* get() { return domain_; }

  // The CPUs that the thread of an item queued for @cpu may use.
  std::vector<int> cpus_of_item_on(int cpu) {
    std::vector<int> cpus;
    probe item([&] { cpus = affinity_of(0); });
    EXPECT_TRUE(queue_work_on(cpu, bound_, &item));
    flush_work(&item);
    return cpus;
  }

  void wait_until_online(const std::string& cpus) {
    wait_until("CPUs " + cpus + " to be online", [&] { return snapshot_cpus(domain_).online == cpus; });
  }

  // Whether the unbound pools may run @cpus workers together, or one each if that is more.
  bool limit_is(int cpus) {
    int sum = 0, pools = 0;
    for (const pool_snapshot& pool : snapshot_pools(domain_)) {
      if (pool.cpu >= 0 || !pool.refcount) continue;
      ++pools;
      sum += pool.target;
    }
    return sum == std::max(pools, cpus);
  }

 private:
  wq_domain* domain_ = nullptr;
  workqueue_struct* bound_ = nullptr;
  workqueue_struct* loose_ = nullptr;
  std::atomic<bool> stop_{false};
  std::atomic<int> queued_{0};
  std::vector<std::unique_ptr<probe>> load_;
};

class SystemCpus : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    gave_up.store(false);
    if (all_.size() < 2) GTEST_SKIP() << "needs two CPUs";
  }
  const char* hook() const { return GetParam(); }
  // Others have no limit, or let more run for a moment.
  bool strict() const { return std::strcmp(hook(), "declared") == 0; }
  std::vector<int> first() const { return {all_.front()}; }
  std::string all_list() const { return list_of(static_cast<int>(all_.size())); }

  const std::vector<int> all_ = allowed_cpus();
};
INSTANTIATE_TEST_SUITE_P(on, SystemCpus, testing::ValuesIn(kHooks),
                         [](const auto& hook) { return std::string(hook.param); });

TEST_P(SystemCpus, C172_C174_a_cpuset_that_shrinks_and_grows_under_load_is_followed) {
  const cgroup group("cpuset");
  if (!group.usable()) GTEST_SKIP() << "no cpuset of version 1 that may be written";
  in_child([&] {
    ASSERT_TRUE(group.inherit("cpuset.mems") && group.inherit("cpuset.cpus") && group.join());
    const log_capture log;
    loaded_domain domain(hook());
    const int last = static_cast<int>(all_.size()) - 1;
    for (int round = 0; round < 3; ++round) {
      ASSERT_TRUE(group.write("cpuset.cpus", std::to_string(all_.front())));
      domain.wait_until_online("0");
      EXPECT_EQ(domain.cpus_of_item_on(last), first());
      EXPECT_EQ(domain.cpus_of_item_on(0), first());
      ASSERT_TRUE(group.inherit("cpuset.cpus"));
      domain.wait_until_online(all_list());
      EXPECT_EQ(domain.cpus_of_item_on(last), std::vector<int>{all_.back()});
      EXPECT_EQ(domain.cpus_of_item_on(0), first());
    }
    EXPECT_EQ(log.complaints(), "");
  });
}

TEST_P(SystemCpus, an_affinity_mask_set_from_outside_is_followed_and_never_widened) {
  in_child([&] {
    const log_capture log;
    loaded_domain domain(hook());
    const int last = static_cast<int>(all_.size()) - 1;
    set_affinity_of_all_threads(first());
    domain.wait_until_online("0");
    EXPECT_EQ(domain.cpus_of_item_on(last), first());
    // A thread that is just being placed may have read where to before the change; it notices.  A sentinel belongs to its
    // CPU: it executes no item, and does not run while that is offline.
    wait_until("every thread to be within the mask", [&] {
      const std::vector<int> tids = snapshot_threads(domain.get());
      return std::all_of(tids.begin(), tids.end(), [this](int tid) {
        const std::vector<int> cpus = affinity_of(tid);
        return cpus.empty() || cpus == first() || thread_name(tid).rfind("cmwq/idle", 0) == 0;
      });
    });
    set_affinity_of_all_threads(all_);
    domain.wait_until_online(all_list());
    EXPECT_EQ(domain.cpus_of_item_on(last), std::vector<int>{all_.back()});
    EXPECT_EQ(log.complaints(), "");
  });
}

TEST_P(SystemCpus, workers_that_lost_their_cpu_for_less_than_a_look_are_pinned_again) {
  in_child([&] {
    const log_capture log;
    loaded_domain domain(hook(), 0);
    const int last = static_cast<int>(all_.size()) - 1;
    ASSERT_EQ(domain.cpus_of_item_on(last), std::vector<int>{all_.back()});
    set_affinity_of_all_threads(all_);
    EXPECT_EQ(workqueue_update_cpus(domain.get()), 0);
    EXPECT_EQ(domain.cpus_of_item_on(last), std::vector<int>{all_.back()});
    EXPECT_EQ(log.complaints(), "");
  });
}

TEST_P(SystemCpus, a_process_moved_to_other_cpus_altogether_goes_on_and_says_so_once) {
  in_child([&] {
    log_capture log;
    set_affinity_of_all_threads(first());
    loaded_domain domain(hook(), 0);
    ASSERT_EQ(domain_cpus(domain.get()), 1);
    set_affinity_of_all_threads({all_.back()});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(workqueue_update_cpus(domain.get()), 0);
    EXPECT_EQ(log.take({"none of its CPUs"}), 1);
    EXPECT_EQ(snapshot_cpus(domain.get()).online, "0");
    domain.cpus_of_item_on(0);
    set_affinity_of_all_threads(all_);
    EXPECT_EQ(workqueue_update_cpus(domain.get()), 0);
    EXPECT_EQ(domain.cpus_of_item_on(0), first()) << "never more than it was started with";
    EXPECT_EQ(log.complaints(), "");
  });
}

TEST_P(SystemCpus, a_quota_is_seen_at_the_start_and_followed) {
  const cgroup group("cpu");
  if (!group.usable()) GTEST_SKIP() << "no cpu group of version 1 that may be written";
  in_child([&] {
    ASSERT_TRUE(group.write("cpu.cfs_period_us", "20000") && group.write("cpu.cfs_quota_us", "10000") && group.join());
    const log_capture log;
    loaded_domain domain(hook());
    const auto wait_for_quota = [&](double quota, int target) {
      wait_until("a quota of " + std::to_string(quota), [&] { return snapshot_cpus(domain.get()).quota == quota; });
      if (strict()) wait_until("the limit to follow", [&] { return domain.limit_is(target); });
    };
    wait_for_quota(0.5, 1);
    EXPECT_NE(dump_workqueues(domain.get()).find("quota 0.5"), std::string::npos);
    ASSERT_TRUE(group.write("cpu.cfs_quota_us", "30000"));
    wait_for_quota(1.5, 2);
    ASSERT_TRUE(group.write("cpu.cfs_quota_us", "-1"));
    wait_for_quota(0, static_cast<int>(all_.size()));
    EXPECT_EQ(log.complaints(), "");
  });
}

TEST_P(SystemCpus, who_does_not_follow_is_left_alone) {
  in_child([&] {
    const log_capture log;
    loaded_domain domain(hook(), 0);
    EXPECT_FALSE(snapshot_cpus(domain.get()).followed);
    domain.cpus_of_item_on(0);
    pause_briefly(30'000'000);
    EXPECT_EQ(snapshot_cpus(domain.get()).looks, 0u);
  });
}

// P6: nothing is looked at when nothing begins.
TEST_P(SystemCpus, an_idle_domain_does_not_look) {
  in_child([&] {
    const log_capture log;
    domain_options options;
    options.hook = hook();
    options.follow_interval_ms = 2;
    wq_domain* domain = alloc_domain(options);
    ASSERT_NE(domain, nullptr);
    workqueue_struct* wq = alloc_workqueue_in(domain, "once", WQ_PERCPU, 0);
    {
      probe item;
      wait_until("a look", [&] {
        EXPECT_TRUE(queue_work(wq, &item));
        flush_work(&item);
        return snapshot_cpus(domain).looks > 0;
      });
      wait_until("silence", [&] {  // one may be under way; then each pause is many intervals long
        const std::uint64_t before = snapshot_cpus(domain).looks;
        pause_briefly(30'000'000);
        return snapshot_cpus(domain).looks == before;
      });
    }
    destroy_workqueue(wq);
    destroy_domain(domain);
  });
}

}  // namespace
}  // namespace cmwq::test
