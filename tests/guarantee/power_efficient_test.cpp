// WQ_POWER_EFFICIENT: one option of the domain decides between per-CPU and unbound.
#include <cstdlib>

#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

// Sets a variable of the environment for the life of this object.
class environment_variable {
 public:
  environment_variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~environment_variable() { unsetenv(name_); }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;

 private:
  const char* name_;
};

class PowerEfficient : public domain_test {
 public:
  static unsigned kind_of(workqueue_struct* wq) { return snapshot(wq).flags & (WQ_PERCPU | WQ_UNBOUND); }
};
CMWQ_ON_ALL_DOMAINS(PowerEfficient);

TEST_P(PowerEfficient, C170_the_queue_is_per_cpu_where_the_option_is_off) {
  options.power_efficient = 0;
  workqueue_struct* wq = alloc("frugal", WQ_POWER_EFFICIENT | WQ_PERCPU);
  EXPECT_EQ(kind_of(wq), unsigned{WQ_PERCPU});
  hold item;
  ASSERT_TRUE(queue_work_on(cpus() - 1, wq, &item));
  item.wait_running();
  EXPECT_EQ(busy_cpus(), std::vector<int>{cpus() - 1});
}

TEST_P(PowerEfficient, C170_the_queue_is_unbound_where_the_option_is_on) {
  options.power_efficient = 1;
  workqueue_struct* wq = alloc("frugal", WQ_POWER_EFFICIENT | WQ_PERCPU);
  EXPECT_EQ(kind_of(wq), unsigned{WQ_UNBOUND});
  hold item;
  ASSERT_TRUE(queue_work_on(cpus() - 1, wq, &item));
  item.wait_running();
  EXPECT_TRUE(busy_cpus().empty());
  EXPECT_EQ(kind_of(alloc("short", WQ_POWER_EFFICIENT)), unsigned{WQ_UNBOUND});  // nothing to complain of
  EXPECT_EQ(kind_of(alloc("plain", WQ_PERCPU)), unsigned{WQ_PERCPU});           // the others are as they were
}

TEST_P(PowerEfficient, C170_the_environment_decides_where_the_option_does_not) {
  {
    environment_variable on("CMWQ_POWER_EFFICIENT", "1");
    domain();
  }
  EXPECT_EQ(kind_of(alloc("frugal", WQ_POWER_EFFICIENT | WQ_PERCPU)), unsigned{WQ_UNBOUND});
  environment_variable off("CMWQ_POWER_EFFICIENT", "0");  // too late: it was read when the domain started
  EXPECT_EQ(kind_of(alloc("frugal", WQ_POWER_EFFICIENT | WQ_PERCPU)), unsigned{WQ_UNBOUND});
}

TEST_P(PowerEfficient, C170_a_value_that_is_no_answer_is_told_and_ignored) {
  environment_variable unclear("CMWQ_POWER_EFFICIENT", "perhaps");
  EXPECT_EQ(kind_of(alloc("frugal", WQ_POWER_EFFICIENT | WQ_PERCPU)), unsigned{WQ_PERCPU});
  EXPECT_EQ(log().take({"CMWQ_POWER_EFFICIENT", "perhaps"}), 1);
}

}  // namespace
}  // namespace cmwq::test
