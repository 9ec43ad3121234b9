// Items that are initialised or destroyed at the wrong time, in builds that check it (the kernel's debugobjects).
#include "../harness/domain_fixture.h"

#include <cstring>

namespace cmwq::test {
namespace {

static_assert(sizeof(work_struct) == 32, "the checks need no room in the item");

void nothing(work_struct*) {}

class DebugWork : public domain_test {
 public:
  void expect(const char* what) {
    EXPECT_EQ(log().take({"item", what}), 1);
    EXPECT_EQ(log().complaints(), "");
  }

 protected:
  void SetUp() override {
    if (!detail::kDebugWork) GTEST_SKIP() << "built without CMWQ_DEBUG_WORK";
    domain_test::SetUp();
  }
  void TearDown() override {
    if (!IsSkipped()) domain_test::TearDown();
  }
};
CMWQ_ON_ALL_DOMAINS(DebugWork);

// A queue whose only slot is taken, and one that is free.
struct full_queue {
  explicit full_queue(DebugWork& test) : wq(test.alloc("full", WQ_PERCPU, 1)) {
    EXPECT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
  }
  ~full_queue() {
    first.release();
    flush_workqueue(wq);
  }
  workqueue_struct* wq;
  hold first;
};

TEST_P(DebugWork, a_pending_item_that_is_initialised_again_is_reported_and_taken_back) {
  full_queue full(*this);
  work_struct item(&nothing);
  ASSERT_TRUE(queue_work_on(0, full.wq, &item));
  INIT_WORK(&item, &nothing);
  expect("initialised while it is pending");
  EXPECT_EQ(snapshot(full.wq).nr_inactive, 0);
  ASSERT_TRUE(queue_work_on(0, full.wq, &item));
  EXPECT_TRUE(cancel_work(&item));
}

TEST_P(DebugWork, an_armed_delayed_work_that_is_initialised_again_is_reported_and_taken_back) {
  workqueue_struct* wq = alloc("armed", WQ_UNBOUND);
  delayed_work item(&nothing);
  ASSERT_TRUE(queue_delayed_work(wq, &item, 1'000'000));
  INIT_DELAYED_WORK(&item, &nothing);
  expect("initialised while it is pending");
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
}

TEST_P(DebugWork, a_pending_item_that_is_destroyed_is_reported_and_taken_back) {
  full_queue full(*this);
  {
    work_struct item(&nothing);
    ASSERT_TRUE(queue_work_on(0, full.wq, &item));
  }
  expect("destroyed while it is pending");
  {
    delayed_work item(&nothing);
    ASSERT_TRUE(queue_delayed_work(full.wq, &item, 1'000'000));
  }
  expect("destroyed while it is pending");
  EXPECT_EQ(snapshot(full.wq).nr_inactive + snapshot(full.wq).nr_armed, 0);
}

TEST_P(DebugWork, an_item_on_the_stack_must_be_neither_pending_nor_running_at_the_end) {
  full_queue full(*this);
  work_struct item(&nothing);
  ASSERT_TRUE(queue_work_on(0, full.wq, &item));
  destroy_work_on_stack(&item);
  expect("taken off the stack while it is pending");
  destroy_work_on_stack(&full.first);
  expect("taken off the stack while it is running");
  delayed_work later(&nothing);
  ASSERT_TRUE(queue_delayed_work(full.wq, &later, 1'000'000));
  destroy_delayed_work_on_stack(&later);
  expect("taken off the stack while it is pending");
  destroy_work_on_stack(&item);
  destroy_delayed_work_on_stack(&later);
}

TEST_P(DebugWork, memory_that_looks_like_a_pending_item_is_not_mistaken_for_one) {
  full_queue full(*this);
  work_struct item(&nothing);
  ASSERT_TRUE(queue_work_on(0, full.wq, &item));
  alignas(delayed_work) unsigned char memory[sizeof(delayed_work)];
  for (const int byte : {0x00, 0xff, 0x05}) {
    std::memset(memory, byte, sizeof memory);
    INIT_DELAYED_WORK(reinterpret_cast<delayed_work*>(memory), &nothing);
    std::memset(memory, byte, sizeof memory);
    INIT_WORK(reinterpret_cast<work_struct*>(memory), &nothing);
  }
  // Not even the bytes of one.
  std::memcpy(memory, static_cast<void*>(&item), sizeof item);
  INIT_WORK(reinterpret_cast<work_struct*>(memory), &nothing);
  EXPECT_EQ(log().complaints(), "");
  EXPECT_TRUE(cancel_work(&item));
}

TEST_P(DebugWork, C16_an_item_may_be_destroyed_by_its_own_function) {
  workqueue_struct* wq = alloc("selfish", WQ_UNBOUND);
  struct selfish : work_struct {
    selfish() : work_struct([](work_struct* work) { delete static_cast<selfish*>(work); }) {}
  };
  ASSERT_TRUE(queue_work(wq, new selfish));
  flush_workqueue(wq);
}

}  // namespace
}  // namespace cmwq::test
