// Group O on big and odd machines: every scope of each has the pods it should, and every CPU's items run.
#include <cstdlib>
#include <memory>

#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

struct big_machine {
  const char* name;
  const char* synthetic;  // an XML file: below tests/data
  int cpus;
  int pods[WQ_AFFN_NR_TYPES];  // by scope; [0] is unused
};

constexpr big_machine kBigMachines[] = {
    //                                                   cpu  smt cache shard numa system
    {"nodes2_caches4_cores4_threads2", "numa:2 l3:4 core:4 pu:2", 64, {0, 64, 32, 8, 8, 2, 1}},
    {"cpus128", "numa:2 l3:4 core:8 pu:2", 128, {0, 128, 64, 8, 8, 2, 1}},
    {"one_cache_of_72", "l3:1 core:72 pu:1", 72, {0, 72, 72, 1, 9, 1, 1}},
    {"p_and_e_cores", "two_p_cores_four_e_cores.xml", 8, {0, 8, 6, 1, 1, 1, 1}},
};

class Scopes : public testing::TestWithParam<big_machine> {};
INSTANTIATE_TEST_SUITE_P(on, Scopes, testing::ValuesIn(kBigMachines),
                         [](const auto& made) { return std::string(made.param.name); });

TEST_P(Scopes, C156_C163_each_scope_has_its_pods_strict_or_not_and_items_of_every_cpu_run) {
  std::string synthetic = GetParam().synthetic;
  if (synthetic.find(".xml") != std::string::npos) {
    const char* data = std::getenv("CMWQ_TEST_DATA");
    if (!data) GTEST_SKIP() << "needs CMWQ_TEST_DATA, the path of tests/data";
    synthetic = std::string(data) + '/' + synthetic;
  }
  domain_options options;
  options.name = "big";
  options.synthetic = synthetic.c_str();
  const std::unique_ptr<wq_domain, void (*)(wq_domain*)> domain(alloc_domain(options), destroy_domain);
  ASSERT_NE(domain, nullptr);
  ASSERT_EQ(domain_cpus(domain.get()), GetParam().cpus);
  workqueue_struct* wq = alloc_workqueue_in(domain.get(), "scoped", WQ_UNBOUND, 0);
  ASSERT_NE(wq, nullptr);
  std::vector<std::unique_ptr<probe>> items;
  for (int cpu = 0; cpu < GetParam().cpus; ++cpu) items.push_back(std::make_unique<probe>());
  int rounds = 0;
  for (int scope = WQ_AFFN_CPU; scope < WQ_AFFN_NR_TYPES; ++scope) {
    for (const bool strict : {false, true}) {
      SCOPED_TRACE(scope);
      change_attrs(wq, [&](workqueue_attrs& attrs) {
        attrs.affn_scope = static_cast<wq_affn_scope>(scope);
        attrs.affn_strict = strict;
      });
      EXPECT_EQ(nr_pools_of(wq), GetParam().pods[scope]);
      for (int cpu = 0; cpu < GetParam().cpus; ++cpu)
        EXPECT_TRUE(queue_work_on(cpu, wq, items[static_cast<std::size_t>(cpu)].get()));
      flush_workqueue(wq);
      ++rounds;
    }
  }
  for (const auto& item : items) EXPECT_EQ(item->finished(), rounds);
  EXPECT_EQ(check_invariants(domain.get()), "");
  items.clear();
  destroy_workqueue(wq);
}

}  // namespace
}  // namespace cmwq::test
