// Follows the CPUs that the system leaves to the process: affinity masks, cpusets, quotas.  docs/cpus.md.
//
// Looks about once a second, and only while the domain is active: a worker that is woken arms the timer
// (follow_cpus_soon() in pool/worker_thread.h), the timer posts a chore, the chore looks.  So an idle process is left
// alone after one last look.
#pragma once

#include <atomic>

#include "cpus/limits.h"
#include "sched/hooks.h"

namespace cmwq::detail {

class cpu_follower {
 public:
  struct options {
    bool follow = true;     // look while the domain is active
    long quota_milli = -1;  // thousandths of a CPU; 0: no limit; -1: that of the control groups
  };

  /* Before the domain has pools.  On a synthetic machine there is nothing to read. */
  void start(std_domain& dom, const options& wanted);

  /* Looks now and changes what has changed.  May block; not under a lock.
   * Return: 0; -EOPNOTSUPP on a synthetic machine. */
  int look();

  bool follows() const noexcept { return follows_; }
  std::uint64_t looks() const noexcept { return looks_.load(kRelaxed); /* relaxed: statistic */ }

 private:
  static void timer_fired(timer_node<std_policy>* timer);
  static void job_run(job* chore);

  long read_quota() const;
  cpumask read_usable() const;
  bool pinning_lost() const;
  bool still_active();

  std_domain* dom_ = nullptr;           // I
  std::unique_ptr<limits_reader> reader_;  // I: nullptr on a synthetic machine
  long fixed_quota_milli_ = -1;         // I
  bool follows_ = false;                // I
  timer_node<std_policy> timer_;        // W
  job job_;                             // J
  bool cannot_pin_ = false;             // PL
  std::atomic<std::uint64_t> looks_{0};    // AT: relaxed, statistic
  // Of the chore:
  std::uint64_t last_look_ns_ = 0;
  std::uint64_t last_cpu_ns_ = 0;
};

}  // namespace cmwq::detail
