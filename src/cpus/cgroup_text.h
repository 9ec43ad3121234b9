// What the kernel says about control groups, as text in and values out.  No file is touched here; malformed text gives
// what could be read, or nothing, never an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cmwq::detail {

// One line of /proc/PID/cgroup: "4:cpu,cpuacct:/user" (version 1) or "0::/user" (version 2).
struct cgroup_membership {
  std::vector<std::string> controllers;  // empty: version 2
  std::string path;                      // within the hierarchy, as this process may see it
};

// One mount of /proc/PID/mountinfo that is a hierarchy of control groups.
struct cgroup_mount {
  bool version2 = false;
  std::vector<std::string> controllers;  // version 1: among other options of the mount
  std::string root;                      // which group of the hierarchy is mounted
  std::string mount_point;
};

std::vector<cgroup_membership> parse_memberships(std::string_view text);
std::vector<cgroup_mount> parse_cgroup_mounts(std::string_view text);

/* CPU bandwidth in thousandths of a CPU, at least 1; nothing if there is no limit.  "50000 100000" or "max 100000". */
std::optional<long> parse_cpu_max(std::string_view text);

/* The same from version 1's cpu.cfs_quota_us (-1: no limit) and cpu.cfs_period_us. */
std::optional<long> parse_cfs_quota(std::string_view quota, std::string_view period);

/* Whether the group at @path of the hierarchy is below what is mounted; the namespace of a container may hide it. */
bool shows_group(const cgroup_mount& mount, std::string_view path);

/* The folders from the group at @path up to the mount point, nearest first; the mount point alone if the group is not
 * shown. */
std::vector<std::string> visible_groups(const cgroup_mount& mount, std::string_view path);

}  // namespace cmwq::detail
