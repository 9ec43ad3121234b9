// The machine as the library sees it: CPUs 0 .. n-1 in plain tables, made once by hwloc.
//
// A CPU here is a logical number.  On the real machine logical CPU i is the i-th allowed one; on a
// synthetic machine (hwloc's notation) it is mapped onto the real ones round-robin, so that a machine of
// 128 CPUs can be exercised on two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmwq/detail/base/cpumask.h"
#include "cmwq/detail/topo/scope.h"

namespace cmwq::detail {

struct cpu_info {
  int real_cpu = 0;  // the operating system's number
  int node = 0;      // NUMA node, 0 .. nr_nodes-1
  int core = 0;      // CPUs with equal numbers are SMT siblings
  int cache = 0;     // CPUs with equal numbers share the last-level cache
};

struct pod_table {
  std::vector<cpumask> pods;  // the CPUs of each pod
  std::vector<int> cpu_pod;   // CPU -> pod
};

class topology {
 public:
  struct request {
    std::string synthetic;  // hwloc's notation, or the path of its XML file; empty: the real machine
    std::string cpus;       // a CPU list, empty: no restriction
    int cache_shard_size = 8;
  };

  /* Reads the machine.  Return: nullptr, with @error set, if a text is malformed or no CPU is left. */
  static std::unique_ptr<topology> load(const request& wanted, std::string& error);
  ~topology();

  int nr_cpus() const noexcept { return static_cast<int>(cpus_.size()); }
  int nr_nodes() const noexcept { return nr_nodes_; }
  const cpu_info& cpu(int n) const noexcept { return cpus_[static_cast<std::size_t>(n)]; }
  const cpumask& all() const noexcept { return all_; }
  bool synthetic() const noexcept { return synthetic_; }

  /* The logical CPU that stands for @real_cpu; -1 if none does. */
  int logical(int real_cpu) const noexcept;

  const pod_table& pods(scope s) const noexcept { return pods_[static_cast<std::size_t>(s)]; }

  /* The node that holds all of @cpus, or -1 if they span several. */
  int node_of(const cpumask& cpus) const noexcept;

  /* The real CPUs behind @logical_cpus. */
  cpumask real_cpus(const cpumask& logical_cpus) const noexcept;

  /* Binds the calling thread to @logical_cpus; through hwloc on the real machine. */
  void bind_self(const cpumask& logical_cpus) const noexcept;

 private:
  struct binder;  // hwloc's view of the machine, kept for binding
  friend struct topology_loader;

  topology();
  void compute_pods(int cache_shard_size);

  std::unique_ptr<binder> binder_;
  std::vector<cpu_info> cpus_;
  std::vector<int> logical_of_real_;
  cpumask all_;
  int nr_nodes_ = 1;
  bool synthetic_ = false;
  pod_table pods_[static_cast<std::size_t>(scope::count)];
};

}  // namespace cmwq::detail
