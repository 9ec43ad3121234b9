// A foreign process that wants one CPU all the time, in the same scheduling group as the benchmark: the
// neighbour that starves SCHED_IDLE threads.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/process.h"

namespace bench {

// Made before the first thread exists, stopped until it is wanted.
class hog {
 public:
  explicit hog(int cpu_index) : pid_(fork()) {
    if (pid_ != 0) {
      waitpid(pid_, nullptr, WUNTRACED);  // until it has stopped: a start() before that would be lost
      return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_on(cpu_index);
    raise(SIGSTOP);
    for (;;) {
    }
  }
  ~hog() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  hog(const hog&) = delete;
  hog& operator=(const hog&) = delete;

  void start() { kill(pid_, SIGCONT); }
  void stop() { kill(pid_, SIGSTOP); }

  /* CPU time it has used so far. */
  std::uint64_t cpu_ns() const {
    clockid_t clock;
    return clock_getcpuclockid(pid_, &clock) == 0 ? read_clock_ns(clock) : 0;
  }

 private:
  pid_t pid_;
};

}  // namespace bench
