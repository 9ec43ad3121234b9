// The small door behind which the same jobs run on different machinery.
#pragma once

#include <memory>

namespace treesum {

class job;

class engine {
 public:
  virtual ~engine() = default;

  // Has @j executed some time.  From any thread, also from a job's execute().
  virtual void submit(job& j) = 0;

  // Has @j reported; never two reports at once.  The caller does not touch @j afterwards.
  virtual void report(job& j) = 0;

  // Returns when every job, including those submitted by jobs, has been reported.  Once, and last.
  virtual void finish() = 0;
};

// Two workqueues; at most @in_flight jobs execute at once.
std::unique_ptr<engine> make_cmwq_engine(int in_flight);

// One job after the other, in the caller of finish().
std::unique_ptr<engine> make_serial_engine();

// @threads threads, a mutex and a condition variable.
std::unique_ptr<engine> make_fixed_engine(int threads);

// A thread for each job, by std::async.
std::unique_ptr<engine> make_async_engine();

}  // namespace treesum
