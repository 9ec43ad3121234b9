// How many CPUs, and which, the control groups leave to this process.
#pragma once

#include <string>
#include <vector>

#include "cmwq/detail/base/cpumask.h"
#include "cpus/cgroup_text.h"

namespace cmwq::detail {

struct cpu_limits {
  bool cpuset_known = false;
  cpumask cpuset;           // the system's numbers
  long quota_milli = 0;     // tightest bandwidth of all visible groups, thousandths of a CPU; 0: none
  std::string quota_group;  // whose it is
};

// The groups of this process as far as they are visible.  Where they are mounted is read once, everything else anew
// each time: processes are moved and limits are changed while a program runs.
class limits_reader {
 public:
  /* @root: what stands before /proc and before the mount points; empty except in tests. */
  explicit limits_reader(std::string root = std::string());

  /* Groups of thread @tid (0: the caller).  What is missing or malformed is no limit. */
  cpu_limits read(int tid = 0) const;

 private:
  std::string memberships(int tid) const;
  void read_group(const cgroup_mount& mount, std::string_view path, cpu_limits& limits) const;
  void read_quota(bool version2, const std::string& folder, cpu_limits& limits) const;
  bool read_cpuset(bool version2, const std::string& folder, cpu_limits& limits) const;

  std::string root_;                  // I
  std::vector<cgroup_mount> mounts_;  // I
};

/* The CPUs, by the system's numbers, that thread @tid (0: the caller) may use.  Return: false if the system does not
 * say. */
bool read_affinity(int tid, cpumask& mask) noexcept;

}  // namespace cmwq::detail
