// Control groups: what their files mean, read from trees made for it.
#include "cpus/limits.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "cmwq/detail/base/cpu_text.h"

namespace cmwq::detail {
namespace {

namespace fs = std::filesystem;

TEST(CgroupText, bandwidth_of_version_2) {
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(parse_cpu_max("50000 100000\n"), 500);
  EXPECT_EQ(parse_cpu_max("250000 100000"), 2500);
  EXPECT_EQ(parse_cpu_max("1 1000000"), 1) << "less than a thousandth is not nothing";
  for (const char* text : {"", "max", "50000", "50000 0", "-1 100000", "0 100000", "a b", "5 5 5", "9999999999999999999 1",
                           "1e5 100000", "9223372036854775807 1"})
    EXPECT_EQ(parse_cpu_max(text), std::nullopt) << text;
}

TEST(CgroupText, bandwidth_of_version_1) {
  EXPECT_EQ(parse_cfs_quota("-1\n", "100000\n"), std::nullopt);
  EXPECT_EQ(parse_cfs_quota("150000\n", "100000\n"), 1500);
  EXPECT_EQ(parse_cfs_quota("", "100000"), std::nullopt);
  EXPECT_EQ(parse_cfs_quota("100000", ""), std::nullopt);
}

TEST(CgroupText, memberships) {
  const auto all = parse_memberships("12:cpu,cpuacct:/a:b\n1:name=systemd:/x\n0::/user.slice\nnonsense\n7:cpu\n:::\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ(all[0].path, "/a:b");
  EXPECT_EQ(all[2].path, "/user.slice");
  EXPECT_TRUE(all[2].controllers.empty());
}

TEST(CgroupText, mounts) {
  const auto all = parse_cgroup_mounts(
      "22 1 0:1 / / rw - ext4 /dev/vda rw\n"
      "31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct\n"
      "40 30 0:37 /docker/1 /a\\040b\\134 rw - cgroup2 none rw\n"
      "broken - cgroup2 none rw\n - cgroup\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_FALSE(all[0].version2);
  EXPECT_EQ(all[0].mount_point, "/sys/fs/cgroup/cpu");
  EXPECT_EQ(all[0].controllers, (std::vector<std::string>{"rw", "cpu", "cpuacct"}));
  EXPECT_TRUE(all[1].version2);
  EXPECT_EQ(all[1].root, "/docker/1");
  EXPECT_EQ(all[1].mount_point, "/a b\\");
}

TEST(CgroupText, visible_ancestors) {
  const auto groups = [](const char* root, const char* path) {
    return visible_groups({true, {}, root, "/m"}, path);
  };
  using list = std::vector<std::string>;
  EXPECT_EQ(groups("/", "/a/b"), (list{"/m/a/b", "/m/a", "/m"}));
  EXPECT_EQ(groups("/", "/"), (list{"/m"}));
  EXPECT_EQ(groups("/d/1", "/d/1"), (list{"/m"}));
  EXPECT_EQ(groups("/d/1", "/d/1/x"), (list{"/m/x", "/m"}));
  EXPECT_EQ(groups("/d/1", "/d/12"), (list{"/m"})) << "another group with a similar name";
  EXPECT_EQ(groups("/", "/../other"), (list{"/m"})) << "outside of the namespace";
  EXPECT_EQ(groups("/", "/a/.."), (list{"/m"}));
}

// Whatever the text, the parsers end and keep their promises.
TEST(CgroupText, any_text_will_do) {
  std::mt19937 random(7);
  const std::string alphabet = "019-:,/.. \n\\4max cpu cgroup2 - rw";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto n = random() % 60; n > 0; --n) text += alphabet[random() % alphabet.size()];
    for (const auto& mount : parse_cgroup_mounts(text))
      for (const auto& group : visible_groups(mount, text)) EXPECT_EQ(group.rfind(mount.mount_point == "/" ? "" : mount.mount_point, 0), 0u);
    for (const auto& membership : parse_memberships(text)) EXPECT_EQ(membership.path[0], '/');
    if (const auto quota = parse_cpu_max(text)) { EXPECT_GE(*quota, 1); }
    if (const auto quota = parse_cfs_quota(text, "1000")) { EXPECT_GE(*quota, 1); }
  }
}

// A folder with files in it that goes with the test.
class fixture_tree {
 public:
  fixture_tree() : root_(fs::temp_directory_path() / ("cmwq-limits-" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~fixture_tree() { fs::remove_all(root_); }
  fixture_tree& put(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path.substr(1)).parent_path());
    std::ofstream(root_ / path.substr(1)) << text;
    return *this;
  }
  cpu_limits read() const { return limits_reader(root_.string()).read(); }

 private:
  fs::path root_;
};

constexpr const char* kVersion2 = "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

TEST(CpuLimits, nothing_there_is_no_limit) {
  const cpu_limits none = fixture_tree().read();
  EXPECT_FALSE(none.cpuset_known);
  EXPECT_EQ(none.quota_milli, 0);
}

TEST(CpuLimits, version_2_takes_the_tightest_quota_of_all_ancestors) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo", kVersion2).put("/proc/self/cgroup", "0::/pod/box\n");
  tree.put("/sys/fs/cgroup/pod/box/cpu.max", "400000 100000\n");
  tree.put("/sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  tree.put("/sys/fs/cgroup/pod/cpuset.cpus.effective", "2-5\n");
  tree.put("/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
  const cpu_limits limits = tree.read();
  EXPECT_EQ(limits.quota_milli, 1500);
  EXPECT_EQ(limits.quota_group, "/sys/fs/cgroup/pod");
  EXPECT_TRUE(limits.cpuset_known);
  EXPECT_EQ(cpulist_text(limits.cpuset), "2-5") << "the controller is not enabled in the leaf: the parent's holds";
}

TEST(CpuLimits, version_1_hierarchies_are_read_each_in_its_place) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo",
           "31 30 0:28 / /c/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
           "33 30 0:30 / /c/cpuset rw - cgroup cgroup rw,cpuset\n"
           "40 30 0:37 / /c/unified rw - cgroup2 cgroup2 rw\n");
  tree.put("/proc/self/cgroup", "3:cpuset:/s\n1:cpu,cpuacct:/a/b\n0::/\n");
  tree.put("/c/cpu/a/b/cpu.cfs_quota_us", "-1\n").put("/c/cpu/a/b/cpu.cfs_period_us", "100000\n");
  tree.put("/c/cpu/a/cpu.cfs_quota_us", "50000\n").put("/c/cpu/a/cpu.cfs_period_us", "100000\n");
  tree.put("/c/cpuset/s/cpuset.effective_cpus", "1\n").put("/c/cpuset/s/cpuset.cpus", "0-1\n");
  const cpu_limits limits = tree.read();
  EXPECT_EQ(limits.quota_milli, 500);
  EXPECT_EQ(cpulist_text(limits.cpuset), "1");
  EXPECT_EQ(cpulist_text(tree.put("/c/cpuset/s/cpuset.effective_cpus", "\n").read().cpuset), "0-1") << "an old kernel";
}

TEST(CpuLimits, a_container_that_sees_only_its_own_group) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo", "31 30 0:28 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
  tree.put("/proc/self/cgroup", "0::/docker/ab\n");
  tree.put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(tree.read().quota_milli, 2000);
  tree.put("/proc/self/cgroup", "0::/../../somewhere\n");
  EXPECT_EQ(tree.read().quota_milli, 2000) << "what is mounted is all there is to see";
}

TEST(CpuLimits, of_two_mounts_the_one_that_shows_the_group_counts) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo", std::string(kVersion2) + "50 22 0:27 /other /elsewhere rw - cgroup2 cgroup2 rw\n");
  tree.put("/proc/self/cgroup", "0::/mine\n");
  tree.put("/elsewhere/cpu.max", "1000 100000\n");
  tree.put("/sys/fs/cgroup/mine/cpu.max", "300000 100000\n");
  EXPECT_EQ(tree.read().quota_milli, 3000);
}

TEST(CpuLimits, the_calling_thread_counts_before_the_process) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo", kVersion2).put("/proc/self/cgroup", "0::/process\n");
  tree.put("/proc/thread-self/cgroup", "0::/thread\n");
  tree.put("/sys/fs/cgroup/process/cpu.max", "1000 100000\n");
  tree.put("/sys/fs/cgroup/thread/cpu.max", "2000 100000\n");
  EXPECT_EQ(tree.read().quota_milli, 20);
}

TEST(CpuLimits, malformed_files_are_no_limit) {
  fixture_tree tree;
  tree.put("/proc/self/mountinfo", kVersion2).put("/proc/self/cgroup", "0::/g\n");
  for (const char* text : {"", "\n", "max", "soon", "1 2 3", "0 0"}) {
    tree.put("/sys/fs/cgroup/g/cpu.max", text).put("/sys/fs/cgroup/g/cpuset.cpus.effective", text);
    const cpu_limits limits = tree.read();
    EXPECT_EQ(limits.quota_milli, 0) << text;
    EXPECT_FALSE(limits.cpuset_known) << text << " gave " << cpulist_text(limits.cpuset);
  }
}

TEST(CpuLimits, this_machine_can_be_read) {
  const cpu_limits limits = limits_reader().read();
  cpumask affinity;
  ASSERT_TRUE(read_affinity(0, affinity));
  EXPECT_FALSE(affinity.empty());
  if (limits.cpuset_known) {
    EXPECT_TRUE(limits.cpuset.contains(affinity)) << cpulist_text(affinity) << " in " << cpulist_text(limits.cpuset);
  }
}

}  // namespace
}  // namespace cmwq::detail
