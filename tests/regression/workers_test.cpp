// Regressions around the life of workers: R1.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class WorkerLife : public domain_test {};
CMWQ_ON_ALL_DOMAINS(WorkerLife);

// What a worker does at the end of its thread: it executes nothing then, and calls the library all the same.
struct last_words {
  bool mine = false;
  ~last_words();
};
thread_local last_words at_exit;

struct {
  std::atomic<workqueue_struct*> wq{nullptr};  // null: be silent
  std::atomic<int> began{0}, ended{0}, waited{0}, had_an_item{0};
} spoken;

last_words::~last_words() {
  if (!mine) return;
  spoken.began.fetch_add(1);
  if (workqueue_struct* wq = spoken.wq.load()) {
    spoken.had_an_item += current_work() != nullptr || current_is_workqueue_rescuer();
    probe item;
    EXPECT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    flush_workqueue(wq);
    EXPECT_EQ(item.finished(), 1);
    spoken.waited.fetch_add(1);
  }
  spoken.ended.fetch_add(1);
}

// R1: a worker between two items was asked which item it executes, and the answer was a null pointer.
TEST_P(WorkerLife, R1_a_worker_without_an_item_may_queue_and_flush) {
  options.idle_timeout_ms = 5;
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU | WQ_MEM_RECLAIM);
  spoken.wq.store(alloc("lastwords", WQ_UNBOUND));
  const int before = spoken.waited.load();
  {
    gate all("all workers to be busy");
    counter inside("as many workers as items");
    std::vector<std::unique_ptr<probe>> items;
    for (int i = 0; i < 6; ++i) {
      items.push_back(std::make_unique<probe>([&] {
        at_exit.mine = true;
        inside.add();
        all.wait();
      }));
      ASSERT_TRUE(queue_work_on(0, wq, items.back().get()));
    }
    inside.wait_for(6);
    all.open();
    flush_workqueue(wq);
  }
  wait_until("workers to end", [=] { return spoken.waited.load() >= before + 2; });
  spoken.wq.store(nullptr);
  wait_until("the last words to end", [] { return spoken.began.load() == spoken.ended.load(); });
  EXPECT_EQ(spoken.had_an_item.load(), 0);
}

}  // namespace
}  // namespace cmwq::test
