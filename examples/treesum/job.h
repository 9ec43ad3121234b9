// One step of the work, as every engine sees it.
#pragma once

#include <cmwq/workqueue.h>

namespace treesum {

class job;

// A work item that knows the job it belongs to.  Only the engine "cmwq" queues it.
struct job_item : cmwq::work_struct {
  job* owner = nullptr;
};

// execute() may block and runs beside other jobs; its last act is to hand the job to engine::report().
// report() runs while no other report does, and frees the job.
class job {
 public:
  job() { item.owner = this; }
  virtual ~job() = default;
  job(const job&) = delete;
  job& operator=(const job&) = delete;

  virtual void execute() = 0;
  virtual void report() = 0;

  job_item item;
  job* next_ended = nullptr;  // of those the engine "cmwq" has still to report
};

}  // namespace treesum
