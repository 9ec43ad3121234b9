// Two workqueues.  One reads, unbound and managed.  The other has one item, which reports all jobs that have ended
// since it ran last: an item never runs twice at once, so reporting needs no lock, and many files cost one item.
//
// What is in flight is bounded by max_active of the reading queue: an item beyond it waits in the queue
// and has neither a thread nor a buffer nor an open file.  No item ever waits for another one.
#include <cmwq/workqueue.h>

#include <atomic>
#include <cstdlib>

#include "engine.h"
#include "job.h"

namespace treesum {
namespace {

using namespace cmwq;

void execute_job(work_struct* work) { static_cast<job_item*>(work)->owner->execute(); }

class cmwq_engine : public engine {
 public:
  explicit cmwq_engine(int in_flight) {
    read_wq_ = alloc_workqueue("treesum_read", WQ_UNBOUND, in_flight);
    report_wq_ = alloc_workqueue("treesum_report", WQ_UNBOUND, 1);
    if (read_wq_ == nullptr || report_wq_ == nullptr) std::exit(EXIT_FAILURE);  // the library said why
  }

  void submit(job& j) override {
    INIT_WORK(&j.item, execute_job);
    queue_work(read_wq_, &j.item);
    submitted_.fetch_add(1, std::memory_order_relaxed);  // after it: see finish()
  }

  // Who finds the list empty queues the item; it takes the whole list before it looks at the first job.
  void report(job& j) override {
    job* first = ended_.load(std::memory_order_relaxed);  // the exchange decides
    do {
      j.next_ended = first;
    } while (!ended_.compare_exchange_weak(first, &j, std::memory_order_release, std::memory_order_relaxed));
    if (first == nullptr) queue_work(report_wq_, &report_item_);
  }

  // A flush waits for what was queued before it, and items queue items: the end is when nothing came
  // meanwhile.  An item is counted before the item that queued it ends, so the flush brings the count along.
  // (drain_workqueue() would do the same, and warn after ten rounds: a deep tree has more.)
  void finish() override {
    std::size_t before;
    do {
      before = submitted_.load(std::memory_order_relaxed);
      flush_workqueue(read_wq_);
    } while (submitted_.load(std::memory_order_relaxed) != before);
    destroy_workqueue(read_wq_);
    destroy_workqueue(report_wq_);
  }

 private:
  struct report_item : work_struct {
    explicit report_item(cmwq_engine& engine) : owner(engine) { INIT_WORK(this, report_ended); }
    cmwq_engine& owner;
  };

  static void report_ended(work_struct* work) {
    auto& self = static_cast<report_item*>(work)->owner;
    for (job* j = self.ended_.exchange(nullptr, std::memory_order_acquire); j != nullptr;) {
      job* const next = j->next_ended;
      j->report();  // frees it
      j = next;
    }
  }

  std::atomic<std::size_t> submitted_ = 0;
  std::atomic<job*> ended_ = nullptr;  // linked by next_ended, the last one first
  report_item report_item_{*this};
  workqueue_struct* read_wq_;
  workqueue_struct* report_wq_;
};

}  // namespace

std::unique_ptr<engine> make_cmwq_engine(int in_flight) { return std::make_unique<cmwq_engine>(in_flight); }

}  // namespace treesum
