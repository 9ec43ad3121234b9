// Table 1.16: attributes by their kernel names.
#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class AttributesByName : public domain_test {
 protected:
  std::string read(const std::string& path) {
    std::string value = "(unread)";
    EXPECT_EQ(read_attribute(domain(), path, value), 0) << path;
    return value;
  }
  int write(const std::string& path, const std::string& value) { return write_attribute(domain(), path, value); }
};
CMWQ_ON_ALL_DOMAINS(AttributesByName);

TEST_P(AttributesByName, a_queue_is_visible_from_its_registration_to_its_destruction) {
  std::string value;
  workqueue_struct* hidden = alloc("hidden", WQ_UNBOUND);
  EXPECT_EQ(read_attribute(domain(), "hidden/max_active", value), -ENOENT);
  EXPECT_EQ(workqueue_sysfs_register(hidden), 0);
  EXPECT_EQ(read("hidden/max_active"), "1024");
  destroy(hidden);
  EXPECT_EQ(read_attribute(domain(), "hidden/max_active", value), -ENOENT);
}

TEST_P(AttributesByName, R31_the_name_is_free_again_after_the_destruction) {
  workqueue_struct* first = alloc("same", WQ_PERCPU | WQ_SYSFS);
  EXPECT_EQ(alloc("same", WQ_PERCPU | WQ_SYSFS), nullptr);
  EXPECT_EQ(log().take({"same", "attributes already"}), 1);
  EXPECT_EQ(workqueue_sysfs_register(alloc("same", WQ_PERCPU)), -EEXIST);
  destroy(first);
  EXPECT_NE(alloc("same", WQ_PERCPU | WQ_SYSFS), nullptr);
}

TEST_P(AttributesByName, max_active_is_written_clamped_and_read_only_for_ordered_queues) {
  workqueue_struct* wq = alloc("limited", WQ_UNBOUND | WQ_SYSFS, 5);
  EXPECT_EQ(read("limited/max_active"), "5");
  EXPECT_EQ(write("limited/max_active", "7\n"), 0);
  EXPECT_EQ(snapshot(wq).max_active, 7);
  EXPECT_EQ(write("limited/max_active", "99999"), 0);
  EXPECT_EQ(log().take({"max_active", "limited"}), 1);
  EXPECT_EQ(read("limited/max_active"), "2048");
  for (const char* bad : {"0", "-1", "", "x", "3x", " 3"}) EXPECT_EQ(write("limited/max_active", bad), -EINVAL) << bad;
  alloc_ordered("ordered", WQ_SYSFS);
  EXPECT_EQ(read("ordered/max_active"), "1");
  EXPECT_EQ(write("ordered/max_active", "2"), -EACCES);
}

TEST_P(AttributesByName, per_cpu_queues_have_only_the_first_two) {
  alloc("bound", WQ_PERCPU | WQ_SYSFS);
  alloc("free", WQ_UNBOUND | WQ_SYSFS);
  EXPECT_EQ(read("bound/per_cpu"), "1");
  EXPECT_EQ(read("free/per_cpu"), "0");
  EXPECT_EQ(write("free/per_cpu", "1"), -EACCES);
  std::string value;
  for (const char* name : {"nice", "cpumask", "affinity_scope", "affinity_strict"}) {
    EXPECT_EQ(read_attribute(domain(), std::string("bound/") + name, value), -ENOENT);
    EXPECT_EQ(read_attribute(domain(), std::string("free/") + name, value), 0);
  }
  for (const std::string& path : attribute_paths(domain())) EXPECT_EQ(read_attribute(domain(), path, value), 0) << path;
}

TEST_P(AttributesByName, attributes_of_unbound_queues_are_applied) {
  workqueue_struct* wq = alloc("free", WQ_UNBOUND | WQ_SYSFS);
  EXPECT_EQ(read("free/nice"), "0");
  EXPECT_EQ(write("free/nice", "-3"), 0);
  EXPECT_EQ(attrs_of(wq).nice, -3);
  for (const char* bad : {"-21", "20", "", "one"}) EXPECT_EQ(write("free/nice", bad), -EINVAL);

  EXPECT_EQ(read("free/affinity_scope"), "default (cache_shard)");
  EXPECT_EQ(write("free/affinity_scope", "cpu"), 0);
  EXPECT_EQ(read("free/affinity_scope"), "cpu");
  EXPECT_EQ(nr_pools_of(wq), cpus());
  EXPECT_EQ(write("free/affinity_scope", "nonsense"), -EINVAL);
  EXPECT_EQ(write("free/affinity_scope", "default"), 0);

  EXPECT_EQ(write("free/affinity_strict", "1"), 0);
  EXPECT_TRUE(attrs_of(wq).affn_strict);
  EXPECT_EQ(write("free/affinity_strict", "2"), -EINVAL);
  EXPECT_EQ(read("free/affinity_strict"), "1");

  EXPECT_EQ(write("free/cpumask", "1"), 0);
  EXPECT_EQ(attrs_of(wq).cpumask, cpus_of({0}));
  for (const char* bad : {"", "g", "1,", ",1", "1,,1", "123456789"}) EXPECT_EQ(write("free/cpumask", bad), -EINVAL) << bad;
}

TEST_P(AttributesByName, the_masks_of_unbound_work) {
  workqueue_struct* wq = alloc_ordered("follows");
  EXPECT_EQ(write("cpumask", "1"), 0);
  EXPECT_EQ(read("cpumask").back(), '1');
  EXPECT_EQ(read("cpumask_requested"), read("cpumask"));
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0");
  EXPECT_EQ(write("cpumask", "0"), -EINVAL);
  EXPECT_EQ(write("cpumask_isolated", "1"), -EACCES);
  EXPECT_EQ(read("cpumask_isolated").find_first_not_of("0,"), std::string::npos);
}

TEST_P(AttributesByName, parameters) {
  EXPECT_EQ(read("parameters/cache_shard_size"), "8");
  EXPECT_EQ(write("parameters/cache_shard_size", "4"), -EACCES);
  EXPECT_EQ(read("parameters/default_affinity_scope"), "cache_shard");
  EXPECT_EQ(read("parameters/debug_force_rr_cpu"), "N");
  EXPECT_EQ(write("parameters/debug_force_rr_cpu", "Y"), 0);
  EXPECT_EQ(read("parameters/debug_force_rr_cpu"), "Y");
  EXPECT_EQ(write("parameters/debug_force_rr_cpu", "maybe"), -EINVAL);
  for (const char* name : {"watchdog_thresh", "panic_on_stall", "panic_on_stall_time", "cpu_intensive_thresh_us",
                           "cpu_intensive_warning_thresh"}) {
    const std::string path = std::string("parameters/") + name;
    EXPECT_EQ(write(path, "7"), 0) << name;
    EXPECT_EQ(read(path), "7") << name;
    for (const char* bad : {"-1", "", "x", "7x", "99999999999999"}) EXPECT_EQ(write(path, bad), -EINVAL) << name;
    EXPECT_EQ(write(path, "0"), 0) << name;
    EXPECT_EQ(read(path), "0") << name;
  }
  std::string value;
  EXPECT_EQ(read_attribute(domain(), "parameters/nonsense", value), -ENOENT);
  EXPECT_EQ(read_attribute(domain(), "", value), -ENOENT);
}

}  // namespace
}  // namespace cmwq::test
