// An item of a BH queue must not block: what the library can refuse it refuses, the rest is reported.
#include "../harness/domain_fixture.h"
#include "../harness/quick_work.h"
#include "cmwq/cxx/blocking_section.hpp"

namespace cmwq::test {
namespace {

std::function<void(work_struct*)> misuse_body;
void misusing_function(work_struct* work) { misuse_body(work); }

// Two functions that messages can tell apart.
void sleeping_function(work_struct*) { pause_briefly(); }
void decent_function(work_struct*) {}

// They are not exported, so messages give their addresses.
std::string name_in_messages(work_func_t func) {
  char address[32];
  std::snprintf(address, sizeof address, "%p", reinterpret_cast<void*>(func));
  return address;
}

class BhMisuse : public domain_test {
 public:
  // Runs @body in an item of a BH queue called "strict" and expects one complaint that names queue and function.
  template <class Body>
  void expect_refused(const char* call, Body body) {
    workqueue_struct* strict = alloc("strict", WQ_BH | WQ_PERCPU);
    misuse_body = body;
    work_struct work(&misusing_function);
    ASSERT_TRUE(queue_work(strict, &work));
    flush_work(&work);
    EXPECT_EQ(log().take({"strict", call, name_in_messages(&misusing_function)}), 1);
    EXPECT_EQ(log().complaints(), "");
    quick after;
    EXPECT_TRUE(queue_work(strict, &after));
    EXPECT_TRUE(flush_work(&after) || after.finished() == 1);
    destroy(strict);
  }
};
CMWQ_ON_ALL_DOMAINS(BhMisuse);

TEST_P(BhMisuse, C185_flushing_an_item_is_refused) {
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(other, &item));
  item.wait_running();
  expect_refused("flush_work()", [&](work_struct*) { EXPECT_FALSE(flush_work(&item)); });
}

TEST_P(BhMisuse, C185_flushing_draining_and_destroying_a_queue_are_refused) {
  workqueue_struct* other = alloc("other", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(other, &item));
  item.wait_running();
  expect_refused("flush_workqueue()", [&](work_struct*) { flush_workqueue(other); });
  expect_refused("drain_workqueue()", [&](work_struct*) { drain_workqueue(other); });
  expect_refused("destroy_workqueue()", [&](work_struct*) { destroy_workqueue(other); });
  item.release();
  probe after;
  EXPECT_TRUE(queue_work(other, &after));
  flush_work(&after);
}

TEST_P(BhMisuse, C185_cancelling_an_item_of_another_kind_takes_it_back_and_does_not_wait) {
  workqueue_struct* other = alloc("other", WQ_UNBOUND, 1);
  hold item;
  ASSERT_TRUE(queue_work(other, &item));
  item.wait_running();
  ASSERT_TRUE(queue_work(other, &item));
  expect_refused("cancel_work_sync()", [&](work_struct*) { EXPECT_TRUE(cancel_work_sync(&item)); });
  EXPECT_FALSE(work_pending(&item));
  EXPECT_EQ(item.finished(), 0);
  expect_refused("disable_work_sync()", [&](work_struct*) { EXPECT_FALSE(disable_work_sync(&item)); });
  EXPECT_FALSE(queue_work(other, &item));
  EXPECT_TRUE(enable_work(&item));
  EXPECT_TRUE(queue_work(other, &item));
}

TEST_P(BhMisuse, C183_a_blocking_section_is_reported_once_per_function) {
  workqueue_struct* strict = alloc("strict", WQ_BH | WQ_PERCPU);
  misuse_body = [](work_struct*) {
    blocking_section section;
    blocking_section nested;
  };
  work_struct work(&misusing_function);
  const auto run = [&] {
    ASSERT_TRUE(queue_work(strict, &work));
    flush_work(&work);
  };
  for (int i = 0; i < 3; ++i) run();
  EXPECT_EQ(log().take({"strict", "blocking section", name_in_messages(&misusing_function)}), 1);
  rearm_warnings(domain());
  run();
  EXPECT_EQ(log().take({"strict", "blocking section"}), 1);
}

TEST_P(BhMisuse, C183_an_item_that_blocks_is_reported_once_per_function_and_by_name) {
#if defined(CMWQ_SANITIZED)
  GTEST_SKIP() << "instrumented programs block in their instrumentation";
#endif
  workqueue_struct* strict = alloc("strict", WQ_BH | WQ_PERCPU);
  const std::string sleeper = name_in_messages(&sleeping_function);
  work_struct sleeping(&sleeping_function), decent[4] = {work_struct(&decent_function), work_struct(&decent_function),
                                                         work_struct(&decent_function), work_struct(&decent_function)};
  // In the company of others: several items make one round, and the culprit must still be found.
  wait_until("the report", [&] {
    quick_spin first;
    EXPECT_TRUE(queue_work_on(0, strict, &first));
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(queue_work_on(0, strict, &decent[i]));
      if (i == 1) {
        EXPECT_TRUE(queue_work_on(0, strict, &sleeping));
      }
    }
    first.release();
    flush_workqueue(strict);
    return log().count({"strict", "blocked", sleeper}) > 0;
  });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(queue_work_on(0, strict, &sleeping));
    flush_work(&sleeping);
  }
  EXPECT_EQ(log().take({"strict", "blocked", sleeper}), 1);
  EXPECT_EQ(log().complaints(), "");  // nobody else was accused
}

}  // namespace
}  // namespace cmwq::test
