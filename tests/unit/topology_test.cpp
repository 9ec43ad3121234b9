// Synthetic machines: pods, nodes, and CPU lists.
#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/topo/topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace cmwq::detail {
namespace {

std::unique_ptr<topology> machine(const char* synthetic, int shard_size = 8) {
  std::string error;
  auto made = topology::load({.synthetic = synthetic, .cpus = "", .cache_shard_size = shard_size}, error);
  EXPECT_NE(made, nullptr) << error;
  return made;
}

std::vector<int> sizes(const pod_table& table) {
  std::vector<int> n;
  for (const cpumask& pod : table.pods) n.push_back(pod.count());
  return n;
}

TEST(Topology, C168_two_nodes_four_caches_each) {
  const auto m = machine("numa:2 l3:4 core:4 pu:2");
  EXPECT_EQ(m->nr_cpus(), 64);
  EXPECT_EQ(m->nr_nodes(), 2);
  EXPECT_EQ(m->pods(scope::cpu).pods.size(), 64u);
  EXPECT_EQ(sizes(m->pods(scope::smt)), std::vector<int>(32, 2));
  EXPECT_EQ(sizes(m->pods(scope::cache)), std::vector<int>(8, 8));
  EXPECT_EQ(sizes(m->pods(scope::numa)), std::vector<int>(2, 32));
  EXPECT_EQ(sizes(m->pods(scope::system)), std::vector<int>(1, 64));
  EXPECT_EQ(m->node_of(m->pods(scope::cache).pods[0]), 0);
  EXPECT_EQ(m->node_of(m->all()), -1);
}

TEST(Topology, C167_cache_shards_come_closest_to_the_wanted_size) {
  const auto shards = [](int cores, int size) {
    const std::string text = "l3:1 core:" + std::to_string(cores) + " pu:1";
    auto n = sizes(machine(text.c_str(), size)->pods(scope::cache_shard));
    std::sort(n.begin(), n.end());
    return n;
  };
  EXPECT_EQ(shards(11, 8), (std::vector<int>{11}));
  EXPECT_EQ(shards(12, 8), (std::vector<int>{6, 6}));
  EXPECT_EQ(shards(20, 8), (std::vector<int>{6, 7, 7}));
  EXPECT_EQ(shards(72, 8), std::vector<int>(9, 8));
  EXPECT_EQ(shards(3, 8), (std::vector<int>{3}));
}

TEST(Topology, C167_siblings_stay_in_one_shard) {
  const auto m = machine("l3:1 core:12 pu:2");
  const pod_table& shards = m->pods(scope::cache_shard);
  for (int cpu = 0; cpu < m->nr_cpus(); ++cpu) {
    for (int other = 0; other < m->nr_cpus(); ++other) {
      if (m->cpu(cpu).core != m->cpu(other).core) continue;
      EXPECT_EQ(shards.cpu_pod[static_cast<std::size_t>(cpu)], shards.cpu_pod[static_cast<std::size_t>(other)]);
    }
  }
}

TEST(Topology, C168_cores_with_and_without_siblings_of_one_machine) {
  const char* data = std::getenv("CMWQ_TEST_DATA");
  if (!data) GTEST_SKIP() << "needs CMWQ_TEST_DATA, the path of tests/data";
  const auto m = machine((std::string(data) + "/two_p_cores_four_e_cores.xml").c_str(), 2);
  EXPECT_EQ(m->nr_cpus(), 8);
  EXPECT_EQ(sizes(m->pods(scope::smt)), (std::vector<int>{2, 2, 1, 1, 1, 1}));
  EXPECT_EQ(sizes(m->pods(scope::cache)), std::vector<int>{8});
  EXPECT_EQ(sizes(m->pods(scope::cache_shard)), (std::vector<int>{4, 2, 2}));  // two cores each
}

TEST(Topology, C168_one_big_cache_of_72_cores) {
  const auto m = machine("l3:1 core:72 pu:1");
  EXPECT_EQ(sizes(m->pods(scope::cache)), std::vector<int>{72});
  EXPECT_EQ(sizes(m->pods(scope::cache_shard)), std::vector<int>(9, 8));
}

TEST(Topology, a_machine_of_128_cpus_is_mapped_onto_the_real_ones) {
  const auto m = machine("numa:2 l3:4 core:8 pu:2");
  EXPECT_EQ(m->nr_cpus(), 128);
  const auto real = machine("");
  for (int cpu = 0; cpu < 128; ++cpu) EXPECT_GE(real->logical(m->cpu(cpu).real_cpu), 0);
}

TEST(Topology, malformed_text_is_an_error_that_quotes_it) {
  std::string error;
  EXPECT_EQ(topology::load({.synthetic = "nonsense:x", .cpus = "", .cache_shard_size = 8}, error), nullptr);
  EXPECT_NE(error.find("nonsense:x"), std::string::npos);
  EXPECT_EQ(topology::load({.synthetic = "", .cpus = "1-", .cache_shard_size = 8}, error), nullptr);
  EXPECT_NE(error.find("1-"), std::string::npos);
  EXPECT_EQ(topology::load({.synthetic = "", .cpus = "1023", .cache_shard_size = 8}, error), nullptr);
}

TEST(CpuMaskText, is_the_kernels_hexadecimal) {
  const struct {
    const char* text;
    const char* list;
    int nr_cpus;
  } cases[] = {{"1", "0", 4}, {"f", "0-3", 4}, {"0a", "1,3", 8}, {"00000001,00000000", "32", 64}, {"ff,00000001", "0,32-39", 40}};
  for (const auto& [text, list, nr_cpus] : cases) {
    cpumask mask;
    ASSERT_TRUE(parse_cpumask(text, mask)) << text;
    EXPECT_EQ(cpulist_text(mask), list);
    EXPECT_EQ(cpumask_text(mask, nr_cpus), text);
  }
  for (const char* bad : {"", ",", "1,", ",1", "g", "1 ", "1,,2", "123456789"}) {
    cpumask mask;
    mask.set(7);
    EXPECT_FALSE(parse_cpumask(bad, mask)) << bad;
    EXPECT_EQ(cpulist_text(mask), "7");
  }
}

TEST(CpuList, reads_what_it_writes) {
  for (const char* text : {"0", "0-3", "0,2", "1-2,5,7-9", "63-64", "1023"}) {
    cpumask mask;
    ASSERT_TRUE(parse_cpulist(text, mask)) << text;
    EXPECT_EQ(cpulist_text(mask), text);
  }
}

TEST(CpuList, refuses_what_is_not_one) {
  for (const char* text : {"", "-", "1-", "-1", "1,,2", "3-1", "a", "1 2", "1024", "99999999999999999999", "0-", "0,"}) {
    cpumask mask;
    mask.set(5);
    EXPECT_FALSE(parse_cpulist(text, mask)) << text;
    EXPECT_EQ(cpulist_text(mask), "5") << "changed by \"" << text << '"';
  }
}

TEST(CpuMask, wraps_round) {
  cpumask mask;
  EXPECT_EQ(mask.next_wrapped(3), -1);
  mask.set(2);
  mask.set(700);
  EXPECT_EQ(mask.next_wrapped(2), 700);
  EXPECT_EQ(mask.next_wrapped(700), 2);
  EXPECT_EQ(mask.count(), 2);
}

}  // namespace
}  // namespace cmwq::detail
