// One thread, one job at a time: the sum of all waiting and all computing.
#include <deque>

#include "engine.h"
#include "job.h"

namespace treesum {
namespace {

class serial_engine : public engine {
 public:
  void submit(job& j) override { jobs_.push_back(&j); }
  void report(job& j) override { j.report(); }

  void finish() override {
    while (!jobs_.empty()) {
      job* next = jobs_.front();
      jobs_.pop_front();
      next->execute();
    }
  }

 private:
  std::deque<job*> jobs_;
};

}  // namespace

std::unique_ptr<engine> make_serial_engine() { return std::make_unique<serial_engine>(); }

}  // namespace treesum
