// The only file that knows hwloc: makes the tables, and binds threads.
#include <hwloc.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/topo/topology.h"

namespace cmwq::detail {

struct topology::binder {
  hwloc_topology_t handle = nullptr;
  ~binder() {
    if (handle) hwloc_topology_destroy(handle);
  }
};

topology::topology() : binder_(std::make_unique<binder>()) {}
topology::~topology() = default;

namespace {

cpumask own_affinity() {
  cpumask mask;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int cpu = 0; cpu < kMaxCpus && cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) mask.set(cpu);
  return mask;
}

int index_of_ancestor(hwloc_topology_t handle, hwloc_obj_t pu, hwloc_obj_type_t type) {
  hwloc_obj_t at = hwloc_get_ancestor_obj_by_type(handle, type, pu);
  return at ? static_cast<int>(at->logical_index) : -1;
}

// The last-level cache: L3 where there is one; virtual machines and some ARM parts have none, then the package.
int cache_of(hwloc_topology_t handle, hwloc_obj_t pu) {
  for (hwloc_obj_type_t type : {HWLOC_OBJ_L3CACHE, HWLOC_OBJ_PACKAGE}) {
    const int index = index_of_ancestor(handle, pu, type);
    if (index >= 0) return index;
  }
  return 0;
}

int node_of_pu(hwloc_topology_t handle, hwloc_obj_t pu) {
  const int os_index = hwloc_bitmap_first(pu->nodeset);
  hwloc_obj_t node = os_index < 0 ? nullptr : hwloc_get_numanode_obj_by_os_index(handle, static_cast<unsigned>(os_index));
  return node ? static_cast<int>(node->logical_index) : 0;
}

// @text: the path of an XML file that hwloc exported, or hwloc's synthetic notation.
bool describe_machine(hwloc_topology_t handle, const std::string& text) {
  const bool is_file = text.size() > 4 && text.compare(text.size() - 4, 4, ".xml") == 0;
  return (is_file ? hwloc_topology_set_xml(handle, text.c_str()) : hwloc_topology_set_synthetic(handle, text.c_str())) == 0;
}

bool read_machine(hwloc_topology_t handle, const topology::request& wanted, std::string& error) {
  hwloc_topology_set_flags(handle, wanted.synthetic.empty() ? HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING |
                                                                  HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM |
                                                                  HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING
                                                            : HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING);
  if (!wanted.synthetic.empty() && !describe_machine(handle, wanted.synthetic)) {
    error = "malformed synthetic topology \"" + wanted.synthetic + "\"";
    return false;
  }
  if (hwloc_topology_load(handle) == 0) return true;
  error = "hwloc cannot read the machine";
  return false;
}

}  // namespace

struct topology_loader {
  topology& machine;
  hwloc_topology_t handle;

  // Real CPUs that may be used.
  static bool usable_cpus(const topology::request& wanted, cpumask& usable, std::string& error) {
    usable = own_affinity();
    if (wanted.cpus.empty()) return true;
    cpumask asked;
    if (!parse_cpulist(wanted.cpus.c_str(), asked)) {
      error = "malformed CPU list \"" + wanted.cpus + "\"";
      return false;
    }
    usable = usable & asked;
    if (!usable.empty()) return true;
    error = "no CPU of \"" + wanted.cpus + "\" may be used here";
    return false;
  }

  void add(hwloc_obj_t pu, int real_cpu) {
    cpu_info info;
    info.real_cpu = real_cpu;
    info.node = node_of_pu(handle, pu);
    info.core = index_of_ancestor(handle, pu, HWLOC_OBJ_CORE);
    if (info.core < 0) info.core = static_cast<int>(pu->logical_index);
    info.cache = cache_of(handle, pu);
    machine.all_.set(machine.nr_cpus());
    machine.cpus_.push_back(info);
  }

  void collect(const cpumask& usable) {
    const int nr_pus = hwloc_get_nbobjs_by_type(handle, HWLOC_OBJ_PU);
    std::map<unsigned, hwloc_obj_t> pus;  // by the system's number
    for (int i = 0; i < nr_pus; ++i) {
      hwloc_obj_t pu = hwloc_get_obj_by_type(handle, HWLOC_OBJ_PU, static_cast<unsigned>(i));
      pus[machine.synthetic_ ? pu->logical_index : pu->os_index] = pu;
    }
    int real = -1;
    for (const auto& [number, pu] : pus) {
      if (machine.nr_cpus() == kMaxCpus) break;
      if (machine.synthetic_)
        add(pu, real = usable.next_wrapped(real));
      else if (usable.test(static_cast<int>(number)))
        add(pu, static_cast<int>(number));
    }
  }

  // Nodes without a CPU of ours leave no gap.
  void renumber_nodes() {
    std::map<int, int> number;
    for (cpu_info& info : machine.cpus_) {
      const auto at = number.try_emplace(info.node, static_cast<int>(number.size())).first;
      info.node = at->second;
    }
    machine.nr_nodes_ = static_cast<int>(number.size());
  }

  void index_real_cpus() {
    for (int n = machine.nr_cpus() - 1; n >= 0; --n) {
      const auto real = static_cast<std::size_t>(machine.cpu(n).real_cpu);
      if (machine.logical_of_real_.size() <= real) machine.logical_of_real_.resize(real + 1, -1);
      machine.logical_of_real_[real] = n;  // the lowest logical CPU stands for it
    }
  }
};

std::unique_ptr<topology> topology::load(const request& wanted, std::string& error) {
  std::unique_ptr<topology> machine(new topology);
  cpumask usable;
  if (!topology_loader::usable_cpus(wanted, usable, error)) return nullptr;
  if (hwloc_topology_init(&machine->binder_->handle) != 0) {
    error = "hwloc cannot be initialised";
    return nullptr;
  }
  hwloc_topology_t handle = machine->binder_->handle;
  if (!read_machine(handle, wanted, error)) return nullptr;
  machine->synthetic_ = !wanted.synthetic.empty() || std::getenv("HWLOC_SYNTHETIC") || std::getenv("HWLOC_XMLFILE");
  topology_loader loader{*machine, handle};
  loader.collect(usable);
  if (machine->nr_cpus() == 0) {
    error = "no CPU may be used";
    return nullptr;
  }
  loader.renumber_nodes();
  loader.index_real_cpus();
  machine->compute_pods(std::max(1, wanted.cache_shard_size));
  return machine;
}

void topology::bind_self(const cpumask& logical_cpus) const noexcept {
  const cpumask real = real_cpus(logical_cpus);
  if (synthetic_) {  // hwloc's binding does nothing there
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu = real.first(); cpu >= 0; cpu = real.next(cpu + 1)) CPU_SET(static_cast<std::size_t>(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
    return;
  }
  hwloc_bitmap_t set = hwloc_bitmap_alloc();
  if (!set) return;
  for (int cpu = real.first(); cpu >= 0; cpu = real.next(cpu + 1)) hwloc_bitmap_set(set, static_cast<unsigned>(cpu));
  hwloc_set_cpubind(binder_->handle, set, HWLOC_CPUBIND_THREAD);
  hwloc_bitmap_free(set);
}

}  // namespace cmwq::detail
