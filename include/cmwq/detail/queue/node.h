// queue_work_node(): which CPU stands for a NUMA node?
#pragma once

#include "cmwq/detail/queue/select.h"

namespace cmwq::detail {

// The local CPU if it is on @node, else the node's first; WORK_CPU_UNBOUND if there is no such node.
// Kernel: select_numa_node_cpu().
template <class P>
int cpu_of_node(domain<P>& dom, int node) noexcept {
  const topology& machine = *dom.machine;
  if (node < 0 || node >= machine.nr_nodes()) return WORK_CPU_UNBOUND;
  const int local = local_cpu(dom);
  if (machine.cpu(local).node == node) return local;
  for (int cpu = 0; cpu < machine.nr_cpus(); ++cpu)
    if (machine.cpu(cpu).node == node) return cpu;
  return WORK_CPU_UNBOUND;
}

}  // namespace cmwq::detail
