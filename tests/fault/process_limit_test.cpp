// Threads are refused by the system itself: RLIMIT_NPROC of another user, and a pids cgroup.
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "../harness/child_process.h"

namespace cmwq::test {
namespace {

class ProcessLimit : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    gave_up.store(false);
    if (geteuid() != 0) GTEST_SKIP() << "only root can take rights away from a child";
  }
};
INSTANTIATE_TEST_SUITE_P(on, ProcessLimit, testing::ValuesIn(kHooks),
                         [](const auto& hook) { return std::string(hook.param); });

// A queue with a rescuer advances between @forbid and @allow, a plain one afterwards.
template <class Forbid, class Allow>
void expect_to_survive(const char* hook, Forbid forbid, Allow allow) {
  log_capture log;
  domain_options options;
  options.hook = hook;
  options.mayday_initial_ms = 2;
  options.create_cooldown_ms = 10;
  wq_domain* domain = alloc_domain(options);
  ASSERT_NE(domain, nullptr);
  workqueue_struct* plain = alloc_workqueue_in(domain, "plain", WQ_PERCPU, 0);
  workqueue_struct* reclaim = alloc_workqueue_in(domain, "reclaim", WQ_PERCPU | WQ_MEM_RECLAIM, 0);
  ASSERT_NE(plain, nullptr);
  ASSERT_NE(reclaim, nullptr);
  {
    constexpr int kHolds = 24;
    std::vector<std::unique_ptr<hold>> holds;
    probe items[5];
    forbid();
    for (int i = 0; i < kHolds; ++i) {
      holds.push_back(std::make_unique<hold>());
      ASSERT_TRUE(queue_work_on(0, plain, holds.back().get()));
    }
    log.wait_for({"creat"});
    for (probe& item : items) ASSERT_TRUE(queue_work_on(0, reclaim, &item));
    for (probe& item : items) item.wait_finished();
    EXPECT_EQ(holds.back()->started(), 0);
    allow();
    for (const auto& item : holds) item->wait_running();
  }
  destroy_workqueue(plain);
  destroy_workqueue(reclaim);
  EXPECT_EQ(check_invariants(domain), "");
  destroy_domain(domain);
}

TEST_P(ProcessLimit, RLIMIT_NPROC_of_an_ordinary_user) {
  in_child([] {
    constexpr unsigned kNobody = 65534;
    ASSERT_EQ(setgroups(0, nullptr), 0);
    ASSERT_EQ(setgid(kNobody), 0);
    ASSERT_EQ(setuid(kNobody), 0);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NPROC, &before), 0);
    const rlimit none{0, before.rlim_max};
    expect_to_survive(
        GetParam(), [&] { ASSERT_EQ(setrlimit(RLIMIT_NPROC, &none), 0); },
        [&] { ASSERT_EQ(setrlimit(RLIMIT_NPROC, &before), 0); });
  });
}

// A pids cgroup of version 1 with nobody in it, removed at the end.
class pids_cgroup {
 public:
  pids_cgroup() {
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
      const std::size_t at = line.find(":pids:");
      if (at == std::string::npos) continue;
      path_ = "/sys/fs/cgroup/pids" + line.substr(at + 6) + "/cmwq-test-" + std::to_string(getpid());
      usable_ = mkdir(path_.c_str(), 0755) == 0;
    }
  }
  ~pids_cgroup() {
    if (usable_) rmdir(path_.c_str());
  }
  bool usable() const { return usable_; }
  bool write(const char* file, const std::string& text) const {
    std::ofstream out(path_ + "/" + file);
    out << text << std::flush;
    return out.good();
  }
  std::string read(const char* file) const {
    std::string text;
    std::ifstream(path_ + "/" + file) >> text;
    return text;
  }

 private:
  std::string path_;
  bool usable_ = false;
};

TEST_P(ProcessLimit, a_pids_cgroup_of_root) {
  const pids_cgroup group;
  if (!group.usable()) GTEST_SKIP() << "no pids cgroup of version 1 that may be written";
  in_child([&] {
    ASSERT_TRUE(group.write("cgroup.procs", std::to_string(getpid())));
    expect_to_survive(
        GetParam(), [&] { ASSERT_TRUE(group.write("pids.max", group.read("pids.current"))); },
        [&] { ASSERT_TRUE(group.write("pids.max", "max")); });
  });
}

}  // namespace
}  // namespace cmwq::test
