// pthread_create() fails: nothing is lost, nothing hangs, and it goes on when creation works again.
// link: -Wl,--wrap=pthread_create
#include "../harness/domain_fixture.h"
#include "../harness/fail_pthread_create.h"
#include "../harness/quick_work.h"

namespace cmwq::test {
namespace {

class NoThreads : public domain_test {
 public:
  void discard_expected() {
    for (const char* words : {"creat", "thread", "does not start"}) log().discard({words});
  }

  // A domain, queues and items with the nth creation and @how_many - 1 more failing.
  // Return: whether there was an nth creation.
  bool go_through_it(long nth, long how_many) {
    SCOPED_TRACE(testing::Message() << "creation " << nth << " fails");
    thread_creation_fails failing(nth, how_many);
    wq_domain* own = alloc_domain(options);
    if (own == nullptr) {
      EXPECT_GE(log().take({"thread"}), 1) << log().text_of_all();
      return true;
    }
    workqueue_struct* plain = alloc_workqueue_in(own, "plain", WQ_PERCPU, 0);
    workqueue_struct* reclaim = alloc_workqueue_in(own, "reclaim", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
    EXPECT_NE(plain, nullptr);
    {
      hold blocked;
      probe item, rescued;
      EXPECT_TRUE(queue_work_on(0, plain, &blocked));
      EXPECT_TRUE(queue_work_on(0, plain, &item));
      if (reclaim) {
        EXPECT_TRUE(queue_work(reclaim, &rescued));
        rescued.wait_finished();
      } else {
        EXPECT_GE(log().take({"reclaim"}), 1);
      }
      failing.stop();
      item.wait_finished();
      EXPECT_EQ(blocked.finished(), 0);
    }
    if (plain) destroy_workqueue(plain);
    if (reclaim) destroy_workqueue(reclaim);
    EXPECT_EQ(check_invariants(own), "");
    destroy_domain(own);
    return thread_creation_fails::attempts() >= nth;
  }
};
CMWQ_ON_ALL_DOMAINS(NoThreads);

TEST_P(NoThreads, each_single_creation_may_fail) {
  for (long nth = 1; nth < 40 && go_through_it(nth, 1) && !HasFailure(); ++nth) {
  }
  discard_expected();
}

TEST_P(NoThreads, every_creation_from_the_nth_on_may_fail) {
  for (long nth = 1; nth < 40 && go_through_it(nth, thread_creation_fails::kAll) && !HasFailure(); ++nth) {
  }
  discard_expected();
}

TEST_P(NoThreads, a_failure_is_reported_once_and_not_at_every_attempt) {
  workqueue_struct* wq = alloc("plain", WQ_PERCPU);
  thread_creation_fails failing;
  std::vector<std::unique_ptr<hold>> holds;
  for (int i = 0; i < 8; ++i) {
    holds.push_back(std::make_unique<hold>());
    ASSERT_TRUE(queue_work_on(0, wq, holds.back().get()));
  }
  wait_until("several attempts", [] { return thread_creation_fails::failures() >= 4; });
  EXPECT_EQ(log().take({"creat"}), 1);
  failing.stop();
  for (const auto& item : holds) item->wait_running();
}

TEST_P(NoThreads, C183_bh_items_wait_for_their_thread_and_are_not_lost) {
  workqueue_struct* wq = alloc("bh", WQ_BH | WQ_PERCPU);
  thread_creation_fails failing;
  quick items[3];
  for (quick& item : items) ASSERT_TRUE(queue_work_on(0, wq, &item));
  EXPECT_EQ(log().take({"creat"}), 1);
  EXPECT_TRUE(cancel_work_sync(&items[1]));
  wait_until("several attempts", [] { return thread_creation_fails::failures() >= 3; });
  failing.stop();
  flush_workqueue(wq);
  EXPECT_EQ(items[0].finished(), 1);
  EXPECT_EQ(items[1].finished(), 0);
  EXPECT_EQ(items[2].finished(), 1);
}

}  // namespace
}  // namespace cmwq::test
