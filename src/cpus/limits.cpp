#include "cpus/limits.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cmwq/detail/base/cpu_text.h"

namespace cmwq::detail {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

// Empty if it cannot be read.
std::string read_file(const std::string& path) {
  std::string text;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char part[4096];
  for (ssize_t n; text.size() < kLargestFile && (n = ::read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(n));
  close(fd);
  return text;
}

bool has(const std::vector<std::string>& controllers, std::string_view name) {
  return std::find(controllers.begin(), controllers.end(), name) != controllers.end();
}

// Version 1 mounts and memberships belong together if they share a controller; there is one version 2.
bool same_hierarchy(const cgroup_mount& mount, const cgroup_membership& membership) {
  if (mount.version2) return membership.controllers.empty();
  return std::any_of(membership.controllers.begin(), membership.controllers.end(),
                     [&](const std::string& name) { return has(mount.controllers, name); });
}

bool parse_list_line(std::string text, cpumask& mask) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  cpumask parsed;
  if (!parse_cpulist(text.c_str(), parsed)) return false;
  mask = parsed;
  return true;
}

}  // namespace

limits_reader::limits_reader(std::string root)
    : root_(std::move(root)), mounts_(parse_cgroup_mounts(read_file(root_ + "/proc/self/mountinfo"))) {}

// Threads of one process may be in different groups.
std::string limits_reader::memberships(int tid) const {
  std::string text = read_file(root_ + (tid ? "/proc/self/task/" + std::to_string(tid) : "/proc/thread-self") + "/cgroup");
  return text.empty() ? read_file(root_ + "/proc/self/cgroup") : text;
}

cpu_limits limits_reader::read(int tid) const {
  cpu_limits limits;
  for (const cgroup_membership& membership : parse_memberships(memberships(tid))) {
    const auto shown = [&](const cgroup_mount& mount) {
      return same_hierarchy(mount, membership) && shows_group(mount, membership.path);
    };
    // A mount of something else counts only if there is no better one.
    const bool any_shown = std::any_of(mounts_.begin(), mounts_.end(), shown);
    for (const cgroup_mount& mount : mounts_)
      if (any_shown ? shown(mount) : same_hierarchy(mount, membership)) read_group(mount, membership.path, limits);
  }
  return limits;
}

void limits_reader::read_group(const cgroup_mount& mount, std::string_view path, cpu_limits& limits) const {
  bool found_cpuset = false;  // the nearest group that has one says it all
  for (const std::string& folder : visible_groups(mount, path)) {
    if (mount.version2 || has(mount.controllers, "cpu")) read_quota(mount.version2, root_ + folder, limits);
    if (!found_cpuset && (mount.version2 || has(mount.controllers, "cpuset")))
      found_cpuset = read_cpuset(mount.version2, root_ + folder, limits);
  }
}

void limits_reader::read_quota(bool version2, const std::string& folder, cpu_limits& limits) const {
  const auto quota = version2 ? parse_cpu_max(read_file(folder + "/cpu.max"))
                              : parse_cfs_quota(read_file(folder + "/cpu.cfs_quota_us"),
                                                read_file(folder + "/cpu.cfs_period_us"));
  if (!quota || (limits.quota_milli && *quota >= limits.quota_milli)) return;
  limits.quota_milli = *quota;
  limits.quota_group = folder.substr(root_.size());
}

// Return: whether the group says which CPUs it has.
bool limits_reader::read_cpuset(bool version2, const std::string& folder, cpu_limits& limits) const {
  cpumask cpus;
  const auto try_file = [&](const char* name) { return parse_list_line(read_file(folder + name), cpus); };
  const bool known =
      version2 ? try_file("/cpuset.cpus.effective") : try_file("/cpuset.effective_cpus") || try_file("/cpuset.cpus");
  if (!known) return false;
  limits.cpuset = limits.cpuset_known ? limits.cpuset & cpus : cpus;
  limits.cpuset_known = true;
  return true;
}

bool read_affinity(int tid, cpumask& mask) noexcept {
  cpu_set_t set;
  if (sched_getaffinity(tid, sizeof set, &set) != 0) return false;
  mask = {};
  for (int cpu = 0; cpu < kMaxCpus && cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) mask.set(cpu);
  return true;
}

}  // namespace cmwq::detail
