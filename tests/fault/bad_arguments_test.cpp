// Bad input to the constructors and to queueing: a clear message, the kernel's answer, nothing lost.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class BadArguments : public domain_test {};
CMWQ_ON_ALL_DOMAINS(BadArguments);

TEST_P(BadArguments, C46_a_bh_queue_takes_no_limit_and_no_flag_but_its_priority) {
  for (unsigned flag : {unsigned{WQ_UNBOUND}, unsigned{WQ_FREEZABLE}, unsigned{WQ_MEM_RECLAIM},
                        unsigned{WQ_CPU_INTENSIVE}, unsigned{WQ_SYSFS}, unsigned{WQ_POWER_EFFICIENT}}) {
    EXPECT_EQ(alloc("refused", WQ_BH | WQ_PERCPU | flag, 0), nullptr) << flag;
    EXPECT_EQ(log().take({"refused", "WQ_BH"}), 1) << flag;
  }
  EXPECT_EQ(alloc_ordered("refused", WQ_BH), nullptr);
  EXPECT_EQ(log().take({"refused", "WQ_BH"}), 1);
  for (int max_active : {1, -1, 2048}) {
    EXPECT_EQ(alloc("refused", WQ_BH | WQ_PERCPU, max_active), nullptr);
    EXPECT_EQ(log().take({"refused", "max_active"}), 1);
  }
  EXPECT_TRUE(snapshot_workqueues(domain()).empty());
  EXPECT_NE(alloc("plain", WQ_BH | WQ_PERCPU, 0), nullptr);
  EXPECT_NE(alloc("urgent", WQ_BH | WQ_PERCPU | WQ_HIGHPRI, 0), nullptr);
  EXPECT_NE(alloc("unclear", WQ_BH, 0), nullptr);
  EXPECT_EQ(log().take({"unclear", "WQ_PERCPU"}), 1);
}

TEST_P(BadArguments, unknown_and_internal_flags_are_refused) {
  for (unsigned flags : {1u << 9, 1u << 14, 1u << 25, 1u << 31, unsigned{__WQ_DESTROYING}, unsigned{__WQ_DRAINING}}) {
    EXPECT_EQ(alloc("refused", WQ_UNBOUND | flags, 0), nullptr) << flags;
    EXPECT_EQ(log().take({"refused", "flag"}), 1) << flags;
  }
}

TEST_P(BadArguments, neither_or_both_of_percpu_and_unbound_give_a_working_queue) {
  probe item;
  for (unsigned flags : {0u, unsigned{WQ_PERCPU | WQ_UNBOUND}}) {
    workqueue_struct* wq = alloc("unclear", flags, 0);
    ASSERT_NE(wq, nullptr);
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
  }
  EXPECT_EQ(item.finished(), 2);
  log().discard({"unclear"});
}

TEST_P(BadArguments, C171_an_over_long_name_is_cut_to_31_characters_with_a_warning) {
  const std::string name(100, 'x');
  workqueue_struct* wq = alloc(name.c_str(), WQ_UNBOUND, 0);
  ASSERT_NE(wq, nullptr);
  EXPECT_EQ(snapshot(wq).name, std::string(31, 'x'));
  EXPECT_EQ(log().take({"xxxxx", "name"}), 1);

  const std::string fits(31, 'y');
  wq = alloc(fits.c_str(), WQ_UNBOUND, 0);
  ASSERT_NE(wq, nullptr);
  EXPECT_EQ(snapshot(wq).name, fits);
}

TEST_P(BadArguments, an_empty_name_gives_a_working_queue) {
  workqueue_struct* wq = alloc("", WQ_UNBOUND, 0);
  ASSERT_NE(wq, nullptr);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
  log().discard({"name"});
}

TEST_P(BadArguments, no_format_at_all_is_refused) {
  const char* nothing = nullptr;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
  EXPECT_EQ(alloc_workqueue_in(domain(), nothing, WQ_UNBOUND, 0), nullptr);
  EXPECT_EQ(alloc_ordered_workqueue_in(domain(), nothing, 0), nullptr);
#pragma GCC diagnostic pop
  EXPECT_EQ(log().take({"name"}), 2);
}

TEST_P(BadArguments, a_name_is_never_used_as_a_format_again) {
  workqueue_struct* wq = alloc("%s%n%100$s{}{0}", WQ_UNBOUND, 0);
  ASSERT_NE(wq, nullptr);
  EXPECT_EQ(snapshot(wq).name, "%s%n%100$s{}{0}");
  workqueue_set_max_active(wq, 0);
  EXPECT_EQ(log().take({"%s%n%100$s{}{0}", "max_active"}), 1);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  EXPECT_NE(dump_workqueues(domain()).find("%s%n%100$s{}{0}"), std::string::npos);
}

TEST_P(BadArguments, queues_may_have_equal_names) {
  workqueue_struct* one = alloc("same", WQ_UNBOUND, 0);
  workqueue_struct* two = alloc("same", WQ_UNBOUND, 0);
  ASSERT_NE(one, nullptr);
  ASSERT_NE(two, nullptr);
  EXPECT_NE(one, two);
}

TEST_P(BadArguments, an_item_without_a_function_is_not_queued_and_is_good_again_after_init) {
  workqueue_struct* wq = alloc("nofunc", WQ_UNBOUND, 0);
  probe item;
  const work_func_t func = item.func;
  delayed_probe later;
  item.func = nullptr;
  later.work.func = nullptr;
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_FALSE(work_pending(&item));
  EXPECT_FALSE(queue_delayed_work(wq, &later, 0));
  EXPECT_FALSE(queue_delayed_work(wq, &later, 1));
  EXPECT_FALSE(delayed_work_pending(&later));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_GE(log().take({"nofunc", "func"}), 1);
  INIT_WORK(&item, func);
  EXPECT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
  log().discard({"func"});
  later.work.init(func);  // its destructor cancels it
}

TEST_P(BadArguments, a_domain_with_bad_options_is_refused_with_a_message) {
  domain_options bad = options;
  bad.synthetic = "nonsense:x y z";
  bad.hook = "none";
  EXPECT_EQ(alloc_domain(bad), nullptr);
  EXPECT_GE(log().take({"nonsense"}), 1);
  bad = options;
  bad.hook = "crystal ball";
  EXPECT_EQ(alloc_domain(bad), nullptr);
  EXPECT_GE(log().take({"crystal ball"}), 1);
  bad = options;
  bad.cpus = "not a list";
  EXPECT_EQ(alloc_domain(bad), nullptr);
  EXPECT_GE(log().take({"not a list"}), 1);
}

}  // namespace
}  // namespace cmwq::test
