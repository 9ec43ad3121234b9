// Attributes and CPU sets in tests.
#pragma once

#include <initializer_list>
#include <set>

#include "domain_fixture.h"

namespace cmwq::test {

inline cpumask_t cpus_of(std::initializer_list<int> cpus) {
  cpumask_t mask;
  for (int cpu : cpus) mask.set(cpu);
  return mask;
}

inline cpumask_t cpus_up_to(int n) {
  cpumask_t mask;
  for (int cpu = 0; cpu < n; ++cpu) mask.set(cpu);
  return mask;
}

// The attributes applied to @wq last.
inline workqueue_attrs attrs_of(workqueue_struct* wq) {
  workqueue_attrs attrs;
  EXPECT_EQ(workqueue_get_attrs(wq, &attrs), 0);
  return attrs;
}

// Changes the attributes of @wq by @change(attrs).
template <class Change>
void change_attrs(workqueue_struct* wq, Change change) {
  workqueue_attrs attrs = attrs_of(wq);
  change(attrs);
  EXPECT_EQ(apply_workqueue_attrs(wq, &attrs), 0);
}

inline void set_scope(workqueue_struct* wq, wq_affn_scope scope) {
  change_attrs(wq, [scope](workqueue_attrs& attrs) { attrs.affn_scope = scope; });
}

// The pool that serves @cpu for @wq.
inline int pool_of(workqueue_struct* wq, int cpu = 0) {
  return snapshot(wq).pool_of_cpu[static_cast<std::size_t>(cpu)];
}

// How many pools serve @wq.
inline int nr_pools_of(workqueue_struct* wq) {
  const std::vector<int> pools = snapshot(wq).pool_of_cpu;
  return static_cast<int>(std::set<int>(pools.begin(), pools.end()).size());
}

inline pool_snapshot pool_with_id(wq_domain* domain, int id) {
  for (const pool_snapshot& pool : snapshot_pools(domain))
    if (pool.id == id) return pool;
  return {};
}

inline bool pool_exists(wq_domain* domain, int id) {
  for (const pool_snapshot& pool : snapshot_pools(domain))
    if (pool.id == id) return true;
  return false;
}

}  // namespace cmwq::test
