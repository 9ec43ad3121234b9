// Every warning that the kernel gives, and that can be brought about by calls, names the queue and the function.
#include "../harness/domain_fixture.h"
#include "cmwq/detail/base/list.h"
#include "cmwq/cxx/blocking_section.hpp"

namespace cmwq::test {

// Global, so that the program's own symbol table can tell its name.
std::function<void(work_struct*)> warned_body;
void warned_function(work_struct* work) {
  if (warned_body) warned_body(work);
}
void other_function(work_struct*) {}

namespace {

class Warnings : public domain_test {
 public:
  // One message with all of @words and the name of @function, or its address where names are not to be had.
  void expect_message(work_func_t function, const char* name, std::initializer_list<const char*> words) {
    char address[32];
    std::snprintf(address, sizeof address, "%p", reinterpret_cast<void*>(function));
    const std::string all = log().text_of_all();
    std::size_t from = 0, matching = 0;
    while (from < all.size()) {
      const std::size_t end = all.find('\n', from);
      const std::string line = all.substr(from, end - from);
      from = end + 1;
      bool matches = line.find(name) != std::string::npos || line.find(address) != std::string::npos;
      for (const char* word : words) matches = matches && line.find(word) != std::string::npos;
      matching += matches;
    }
    EXPECT_EQ(matching, 1u) << name << "\n" << all;
    log().discard({*words.begin()});
    EXPECT_EQ(log().complaints(), "");
  }

  void SetUp() override {
    domain_test::SetUp();
    warned_body = nullptr;
  }
};
CMWQ_ON_ALL_DOMAINS(Warnings);

TEST_P(Warnings, queueing_on_a_draining_queue_names_both) {
  workqueue_struct* wq = alloc("drained", WQ_UNBOUND);
  hold first;
  work_struct late(&warned_function);
  ASSERT_TRUE(queue_work(wq, &first));
  first.wait_running();
  background drainer([wq] { drain_workqueue(wq); });
  wait_until("the queue to drain", [wq] { return (snapshot(wq).flags & __WQ_DRAINING) != 0; });
  EXPECT_TRUE(queue_work(wq, &late));
  first.release();
  drainer.wait_done();
  expect_message(&warned_function, "warned_function", {"drained", "cannot queue"});
}

TEST_P(Warnings, an_item_whose_list_node_is_in_use_names_both) {
  workqueue_struct* wq = alloc("twice", WQ_UNBOUND);
  work_struct item(&warned_function);
  detail::list_head other;
  detail::list_add(item.entry, other);
  EXPECT_TRUE(queue_work(wq, &item));
  detail::list_del_init(item.entry);
  expect_message(&warned_function, "warned_function", {"twice", "on a list already"});
}

TEST_P(Warnings, flushing_a_queue_without_a_rescuer_from_one_that_has_one_names_both_sides) {
  workqueue_struct* reclaim = alloc("reclaiming", WQ_UNBOUND | WQ_MEM_RECLAIM);
  workqueue_struct* plain = alloc("plainone", WQ_UNBOUND, 1);
  hold first;
  work_struct target(&other_function);
  work_struct flusher(&warned_function);
  ASSERT_TRUE(queue_work(plain, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work(plain, &target));  // waits for a slot: it cannot be run in place
  warned_body = [&](work_struct*) { flush_work(&target); };
  ASSERT_TRUE(queue_work(reclaim, &flusher));
  log().wait_for({"reclaiming"});
  first.release();
  flush_work(&flusher);
  char address[32];
  std::snprintf(address, sizeof address, "%p", reinterpret_cast<void*>(&other_function));
  EXPECT_EQ(log().count({"plainone:other_function"}) + log().count({"plainone", address}), 1);
  expect_message(&warned_function, "warned_function", {"reclaiming", "plainone"});
}

TEST_P(Warnings, a_flush_before_there_are_workers_names_the_function) {
  options.start_workers = false;
  workqueue_struct* wq = alloc("early", WQ_UNBOUND);
  work_struct item(&warned_function);
  ASSERT_TRUE(queue_work(wq, &item));
  EXPECT_FALSE(flush_work(&item));
  expect_message(&warned_function, "warned_function", {"flush of", "before its domain was started"});
  start_domain(domain());
  flush_workqueue(wq);
}

TEST_P(Warnings, the_ends_of_the_disable_depth_name_the_function) {
  rearm_warnings(domain());
  work_struct item(&warned_function);
  EXPECT_TRUE(enable_work(&item));
  expect_message(&warned_function, "warned_function", {"enable of", "not disabled"});
  for (int i = 0; i < 65535; ++i) disable_work(&item);
  EXPECT_EQ(log().complaints(), "");
  disable_work(&item);
  expect_message(&warned_function, "warned_function", {"disable depth", "unchanged"});
  INIT_WORK(&item, &warned_function);
}

TEST_P(Warnings, a_cpu_that_does_not_exist_names_both) {
  workqueue_struct* wq = alloc("nowhere", WQ_PERCPU);
  delayed_work item(&warned_function);
  gate ran("the item to run");
  warned_body = [&](work_struct*) { ran.open(); };
  ASSERT_TRUE(queue_delayed_work_on(cpus() + 7, wq, &item, 1));
  ran.wait();
  flush_workqueue(wq);
  expect_message(&warned_function, "warned_function", {"nowhere", "does not exist"});
}

// Kernel: a function that returns with a lock held, or in an RCU section.
TEST_P(Warnings, C82_a_function_that_leaves_a_section_open_names_both_and_its_worker_goes_on) {
  workqueue_struct* wq = alloc("leaky", WQ_PERCPU);
  work_struct item(&warned_function);
  warned_body = [](work_struct*) { blocking_begin(); };
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  flush_work(&item);
  expect_message(&warned_function, "warned_function", {"leaky", "not ended"});
  warned_body = nullptr;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  flush_work(&item);
  wait_until("its worker to be idle, and not to count", [this] { return bound_pool(0).nr_running == 0; });
}

TEST_P(Warnings, an_item_without_a_function_names_the_queue_and_the_call) {
  workqueue_struct* wq = alloc("functionless", WQ_UNBOUND);
  work_struct item;
  EXPECT_FALSE(queue_work(wq, &item));
  EXPECT_EQ(log().take({"functionless", "work function"}), 1);
  EXPECT_FALSE(flush_work(&item));
  EXPECT_EQ(log().take({"flush_work()", "no function"}), 1);
  EXPECT_FALSE(cancel_work_sync(&item));
  EXPECT_EQ(log().take({"cancel_work_sync()", "no function"}), 1);
}

TEST_P(Warnings, limits_that_cannot_be_set_name_the_queue) {
  workqueue_struct* ordered = alloc_ordered("inorder");
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  workqueue_set_max_active(ordered, 2);
  EXPECT_EQ(log().take({"inorder", "max_active"}), 1);
  workqueue_set_min_active(ordered, 1);
  EXPECT_EQ(log().take({"inorder", "min_active"}), 1);
  workqueue_set_min_active(bound, 1);
  EXPECT_EQ(log().take({"bound", "min_active"}), 1);
  workqueue_set_max_active(bound, 100'000);
  EXPECT_EQ(log().take({"bound", "max_active 100000", "clamping"}), 1);
}

TEST_P(Warnings, unclear_flags_name_the_queue_once) {
  EXPECT_NE(alloc("neither", 0), nullptr);
  EXPECT_NE(alloc("neither", 0), nullptr);
  EXPECT_EQ(log().take({"neither", "WQ_PERCPU assumed"}), 1);
  EXPECT_NE(alloc("bothofthem", WQ_PERCPU | WQ_UNBOUND), nullptr);
  EXPECT_NE(alloc("bothofthem", WQ_PERCPU | WQ_UNBOUND), nullptr);
  EXPECT_EQ(log().take({"bothofthem", "WQ_PERCPU dropped"}), 1);
}

}  // namespace
}  // namespace cmwq::test
