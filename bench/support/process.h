// What the operating system says about this process: its CPUs, its threads, their context switches.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

/* The CPUs this process was started on, in order: CPU n of a domain is allowed_cpus()[n]. */
inline const std::vector<int>& allowed_cpus() {
  static const std::vector<int> cpus = [] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    std::vector<int> found;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
      if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    }
    return found;
  }();
  return cpus;
}

inline int nr_cpus() { return static_cast<int>(allowed_cpus().size()); }

/* The calling thread runs on the CPUs with these indices into allowed_cpus(). */
inline void run_on(int index) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(allowed_cpus()[static_cast<std::size_t>(index)], &set);
  sched_setaffinity(0, sizeof set, &set);
}

inline void run_anywhere() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : allowed_cpus()) CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

// The calling thread stays on one CPU for the enclosed scope; a negative index leaves it where it is.
class pinned_scope {
 public:
  explicit pinned_scope(int index) {
    if (index >= 0) run_on(index);
  }
  ~pinned_scope() { run_anywhere(); }
  pinned_scope(const pinned_scope&) = delete;
  pinned_scope& operator=(const pinned_scope&) = delete;
};

/* The submitter's place beside a workload on CPU 0. */
inline int submitter_cpu() { return nr_cpus() > 1 ? 1 : 0; }

inline std::vector<int> process_threads() {
  std::vector<int> tids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    tids.push_back(std::stoi(entry.path().filename().string()));
  }
  return tids;
}

struct thread_facts {
  std::string name;
  long voluntary = -1;
  long involuntary = -1;

  bool alive() const { return voluntary >= 0; }
  long switches() const { return voluntary + involuntary; }
};

/* Reads /proc/self/task/TID/status; does not disturb the thread. */
inline thread_facts read_thread(int tid) {
  thread_facts facts;
  std::ifstream in("/proc/self/task/" + std::to_string(tid) + "/status");
  for (std::string key; in >> key;) {
    if (key == "Name:")
      in >> facts.name;
    else if (key == "voluntary_ctxt_switches:")
      in >> facts.voluntary;
    else if (key == "nonvoluntary_ctxt_switches:")
      in >> facts.involuntary;
    else
      in.ignore(1 << 20, '\n');
  }
  return facts;
}

}  // namespace bench
