// Items at rest: static initialisation, the ways from an item to the object around it, and jiffies.
#include <gtest/gtest.h>
#include <sys/param.h>  // has a macro HZ

#include <chrono>

#include "cmwq/workqueue.h"

namespace cmwq::test {
namespace {

void nothing(work_struct*) {}

constinit work_struct static_work(nothing);
constinit delayed_work static_delayed(nothing);
constinit delayed_work static_deferrable(nothing, TIMER_DEFERRABLE);
constinit data_work static_data([](void*) {}, nullptr);

struct job {
  int before = 1;
  work_struct work{nothing};
  int between = 2;
  delayed_work dwork{nothing};
  data_work old{[](void*) {}, nullptr};
};

TEST(ItemForms, items_can_be_constants_of_the_program_image) {
  for (work_struct* work : {&static_work, &static_delayed.work, &static_deferrable.work, static_cast<work_struct*>(&static_data)}) {
    EXPECT_NE(work->func, nullptr);
    EXPECT_FALSE(work_pending(work));
    EXPECT_EQ(work_busy(work), 0u);
    EXPECT_EQ(work->entry.next, &work->entry);
  }
  EXPECT_FALSE(static_delayed.timer.deferrable);
  EXPECT_TRUE(static_deferrable.timer.deferrable);
}

TEST(ItemForms, from_work_finds_the_object_around_an_item) {
  job j;
  EXPECT_EQ(from_work<&job::work>(&j.work), &j);
  EXPECT_EQ(from_work<&job::dwork>(&j.dwork.work), &j);
  EXPECT_EQ(from_work<&job::old>(&j.old), &j);
  EXPECT_EQ(to_delayed_work(&j.dwork.work), &j.dwork);
}

TEST(ItemForms, every_run_time_form_makes_the_item_idle_and_sets_its_timer) {
  job j;
  lock_class_key key;
  j.work.func = nullptr;
  INIT_WORK_ONSTACK_KEY(&j.work, nothing, &key);
  EXPECT_EQ(j.work.func, nothing);
  INIT_DEFERRABLE_WORK(&j.dwork, nothing);
  EXPECT_TRUE(j.dwork.timer.deferrable);
  INIT_DELAYED_WORK(&j.dwork, nothing);
  EXPECT_FALSE(j.dwork.timer.deferrable);
  INIT_DEFERRABLE_WORK_ONSTACK(&j.dwork, nothing);
  EXPECT_TRUE(j.dwork.timer.deferrable);
  INIT_DELAYED_WORK_ONSTACK(&j.dwork, nothing);
  EXPECT_FALSE(j.dwork.timer.deferrable);
  destroy_delayed_work_on_stack(&j.dwork);
  INIT_WORK_ONSTACK(&j.work, nothing);
  destroy_work_on_stack(&j.work);
}

TEST(ItemForms, a_jiffy_is_a_millisecond) {
  EXPECT_EQ(msecs_to_jiffies(7), 7u);
  EXPECT_EQ(usecs_to_jiffies(0), 0u);
  EXPECT_EQ(usecs_to_jiffies(1), 1u);
  EXPECT_EQ(usecs_to_jiffies(1001), 2u);
  EXPECT_EQ(usecs_to_jiffies(~0u), 4294968u);
  EXPECT_EQ(secs_to_jiffies(3), 3000u);
  EXPECT_EQ(jiffies_to_msecs(9), 9u);
  const unsigned long before = get_jiffies();
  const auto begin = std::chrono::steady_clock::now();
  while (get_jiffies() < before + 3) {
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace cmwq::test
