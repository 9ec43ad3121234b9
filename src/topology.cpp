// What follows from the tables of a topology, without hwloc.
#include "cmwq/detail/topo/topology.h"

#include <algorithm>
#include <map>

namespace cmwq::detail {

int topology::logical(int real_cpu) const noexcept {
  if (real_cpu < 0 || real_cpu >= static_cast<int>(logical_of_real_.size())) return -1;
  return logical_of_real_[static_cast<std::size_t>(real_cpu)];
}

int topology::node_of(const cpumask& cpus) const noexcept {
  const int first = cpus.first();
  if (first < 0) return -1;
  for (int n = first; n >= 0; n = cpus.next(n + 1))
    if (cpu(n).node != cpu(first).node) return -1;
  return cpu(first).node;
}

cpumask topology::real_cpus(const cpumask& logical_cpus) const noexcept {
  cpumask real;
  for (int n = logical_cpus.first(); n >= 0; n = logical_cpus.next(n + 1)) real.set(cpu(n).real_cpu);
  return real;
}

namespace {

// One pod per distinct value of @key(cpu).
template <class Key>
pod_table pods_by(int nr_cpus, Key key) {
  pod_table table;
  std::map<int, int> pod_of_key;
  for (int cpu = 0; cpu < nr_cpus; ++cpu) {
    const auto [at, is_new] = pod_of_key.try_emplace(key(cpu), static_cast<int>(table.pods.size()));
    if (is_new) table.pods.emplace_back();
    table.pods[static_cast<std::size_t>(at->second)].set(cpu);
    table.cpu_pod.push_back(at->second);
  }
  return table;
}

}  // namespace

void topology::compute_pods(int cache_shard_size) {
  const int n = nr_cpus();
  const auto set = [this](scope s, pod_table table) { pods_[static_cast<std::size_t>(s)] = std::move(table); };
  set(scope::cpu, pods_by(n, [](int cpu) { return cpu; }));
  set(scope::smt, pods_by(n, [this](int c) { return cpu(c).core; }));
  set(scope::cache, pods_by(n, [this](int c) { return cpu(c).cache; }));
  set(scope::numa, pods_by(n, [this](int c) { return cpu(c).node; }));
  set(scope::system, pods_by(n, [](int) { return 0; }));

  // Shards of a cache: as many as come closest to the wanted size, sizes differ by a core at most, and the
  // siblings of a core stay together.
  std::map<int, std::vector<int>> cores_of_cache;
  for (int c = 0; c < n; ++c) {
    auto& cores = cores_of_cache[cpu(c).cache];
    if (std::find(cores.begin(), cores.end(), cpu(c).core) == cores.end()) cores.push_back(cpu(c).core);
  }
  std::map<int, int> shard_of_core;
  int next_shard = 0;
  for (const auto& [cache, cores] : cores_of_cache) {
    const int nr_cores = static_cast<int>(cores.size());
    const int nr_shards = std::max(1, (nr_cores + cache_shard_size / 2) / cache_shard_size);
    for (int i = 0; i < nr_cores; ++i)
      shard_of_core[cores[static_cast<std::size_t>(i)]] = next_shard + i * nr_shards / nr_cores;
    next_shard += nr_shards;
  }
  set(scope::cache_shard, pods_by(n, [&](int c) { return shard_of_core[cpu(c).core]; }));
}

}  // namespace cmwq::detail
