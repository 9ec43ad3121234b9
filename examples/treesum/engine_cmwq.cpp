// Two workqueues: one reads, unbound and managed; one reports, ordered, and so needs no lock.
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
void report_job(work_struct* work) { static_cast<job_item*>(work)->owner->report(); }

class cmwq_engine : public engine {
 public:
  explicit cmwq_engine(int in_flight) {
    read_wq_ = alloc_workqueue("treesum_read", WQ_UNBOUND, in_flight);
    report_wq_ = alloc_ordered_workqueue("treesum_report", 0);
    if (read_wq_ == nullptr || report_wq_ == nullptr) std::exit(EXIT_FAILURE);  // the library said why
  }

  void submit(job& j) override {
    INIT_WORK(&j.item, execute_job);
    queue_work(read_wq_, &j.item);
    submitted_.fetch_add(1, std::memory_order_relaxed);  // after it: see finish()
  }

  void report(job& j) override {
    INIT_WORK(&j.report_item, report_job);
    queue_work(report_wq_, &j.report_item);
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
  std::atomic<std::size_t> submitted_ = 0;
  workqueue_struct* read_wq_;
  workqueue_struct* report_wq_;
};

}  // namespace

std::unique_ptr<engine> make_cmwq_engine(int in_flight) { return std::make_unique<cmwq_engine>(in_flight); }

}  // namespace treesum
