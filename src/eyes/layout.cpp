// How a domain is laid out: pods, pools, who serves whom.  Kernel: tools/workqueue/wq_dump.py.
#include <fmt/format.h>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/eyes/pool_flags.h"
#include "eyes/collect.h"

#include "cmwq/inspect.h"

namespace cmwq {

using namespace detail;

namespace {

struct named_scope {
  scope what;
  const char* name;
};
constexpr named_scope kScopes[] = {{scope::cpu, "CPU"},     {scope::smt, "SMT"},
                                   {scope::cache, "CACHE"}, {scope::cache_shard, "CACHE_SHARD"},
                                   {scope::numa, "NUMA"},   {scope::system, "SYSTEM"}};

std::string scopes_text(const topology& machine) {
  std::string text = "Affinity Scopes\n===============\n";
  for (const named_scope& s : kScopes) {
    const pod_table& table = machine.pods(s.what);
    text += fmt::format("{}\n  nr_pods  {}\n  pod_cpus", s.name, table.pods.size());
    for (std::size_t i = 0; i < table.pods.size(); ++i) text += fmt::format(" [{}]={}", i, cpulist_text(table.pods[i]));
    text += "\n  pod_node";
    for (std::size_t i = 0; i < table.pods.size(); ++i)
      text += fmt::format(" [{}]={}", i, machine.node_of(table.pods[i]));
    text += "\n  cpu_pod ";
    for (int cpu = 0; cpu < machine.nr_cpus(); ++cpu)
      for (std::size_t i = 0; i < table.pods.size(); ++i)
        if (table.pods[i].test(cpu)) text += fmt::format(" [{}]={}", cpu, i);
    text += '\n';
  }
  return text;
}

// Under the pool mutex.
std::string pool_line(std_pool& pool) {
  int workers, idle;
  unsigned flags;
  {
    lock_guard guard(pool.lock);
    workers = pool.nr_workers;
    idle = pool.nr_idle;
    flags = pool_flags_locked(pool);
  }
  std::string text = fmt::format("pool[{:02}] flags=0x{:02x} ref={:>3} nice={:>3} idle/workers={:>3}/{:>3}",
                                 number_in_domain(pool), flags, pool.refcnt, pool.attrs.nice, idle, workers);
  if (pool.cpu >= 0) return text + fmt::format(" cpu={:>3}\n", pool.cpu);
  return text + fmt::format(" cpus={} pod_cpus={}{}\n", cpulist_text(pool.attrs.cpus), cpulist_text(pool.attrs.pod_cpus),
                            pool.attrs.affn_strict ? " strict" : "");
}

std::string pools_text(std_domain& dom) {
  std::string text = "Worker Pools\n============\n";
  dom.pools.visit([&](std_pool& pool) {
    text += pool_line(pool);
    return true;
  });
  return text;
}

// Under the queue's mutex.
const char* type_of(const std_queue& wq) {
  if (wq.has_flag(WQ_BH)) return "bh";
  if (!wq.unbound()) return "percpu";
  if (wq.ordered()) return "ordered";
  const std_pool& pool = *wq.cpu_pwq[0].load(kAcquire)->pool.load(kRelaxed);  // (F2), with (F6); relaxed: constant
  return pool.attrs.affn_strict ? "unbound,S" : "unbound";
}

// Under the queue's mutex.
std::string queue_line(const std_queue& wq) {
  std::string text = fmt::format("{:<32} {:<9}", wq.name, type_of(wq));
  for (int cpu = 0; cpu < wq.dom->machine->nr_cpus(); ++cpu) {
    const std_share* pwq = wq.cpu_pwq[cpu].load(kAcquire);  // (F2) acquire, with (F6) in life/pwq_table.h
    text += fmt::format(" {:>4}", number_in_domain(*pwq->pool.load(kRelaxed)));  // relaxed: constant while it is listed
  }
  return text + '\n';
}

std::string queues_text(std_domain& dom) {
  std::string text = "Workqueue CPU -> pool\n=====================\n";
  text += fmt::format("{:<42}", "[workqueue, type \\ CPU]");
  for (int cpu = 0; cpu < dom.machine->nr_cpus(); ++cpu) text += fmt::format(" {:>4}", cpu);
  text += '\n';
  list_for_each<std_queue, &std_queue::list>(dom.workqueues, [&](std_queue& wq) {
    lock_guard guard(wq.mutex_);
    text += queue_line(wq);
  });
  return text;
}

std::string rescuers_text(std_domain& dom) {
  std::string text = "Rescuers\n========\n";
  list_for_each<std_queue, &std_queue::list>(dom.workqueues, [&](std_queue& wq) {
    int tid = 0;
    {
      lock_guard guard(dom.mayday_lock);
      if (!wq.rescuer) return;
      tid = wq.rescuer->tid.load(kRelaxed);  // relaxed: a snapshot
    }
    text += fmt::format("{:<32} tid={} cpus={}\n", wq.name, tid, cpulist_text(dom.machine->all()));
  });
  return text;
}

std::string nodes_text(std_domain& dom) {
  const int nodes = dom.machine->nr_nodes();
  std::string text = "Unbound workqueue -> node_nr/max_active\n=======================================\n";
  text += fmt::format("{:<32}", "[workqueue \\ node]");
  for (int node = 0; node < nodes; ++node) text += fmt::format(" {:>9}", node);
  text += fmt::format(" {:>9}\n", "dfl");
  list_for_each<std_queue, &std_queue::list>(dom.workqueues, [&](std_queue& wq) {
    if (!wq.node_active) return;
    text += fmt::format("{:<32}", wq.name);
    for (int node = 0; node <= nodes; ++node) {
      const auto& active = wq.node_active[node];  // relaxed, both: a snapshot
      text += fmt::format(" {:>4}/{:>4}", active.nr.load(kRelaxed), active.max.load(kRelaxed));
    }
    text += '\n';
  });
  return text;
}

}  // namespace

std::string wq_dump(wq_domain* domain) {
  std_domain& dom = domain->core;
  lock_guard guard(dom.pool_mutex);
  return scopes_text(*dom.machine) + '\n' + pools_text(dom) + '\n' + queues_text(dom) + '\n' + rescuers_text(dom) + '\n' +
         nodes_text(dom);
}

}  // namespace cmwq
