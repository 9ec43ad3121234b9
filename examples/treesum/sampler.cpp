#include "sampler.h"

#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "open_dir.h"

namespace treesum {
namespace {

constexpr std::chrono::milliseconds kInterval{5};
constexpr int kPolicyField = 41;  // of /proc/PID/task/TID/stat, see proc(5)

// The character where field @number (>= 3) of a stat line begins, or nullptr.  The name, field 2, may
// contain anything; it ends at the last parenthesis.
const char* stat_field(const char* line, int number) {
  const char* at = std::strrchr(line, ')');
  for (int field = 2; at != nullptr && field < number; ++field) {
    at = std::strchr(at, ' ');
    if (at != nullptr) ++at;
  }
  return at;
}

bool wants_cpu(int tasks, const char* tid) {
  char path[64];
  std::snprintf(path, sizeof path, "%.32s/stat", tid);
  const int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;  // gone meanwhile
  char line[1024];
  const ssize_t length = read(fd, line, sizeof line - 1);
  close(fd);
  if (length <= 0) return false;
  line[length] = '\0';
  const char* const state = stat_field(line, 3);
  const char* const policy = stat_field(line, kPolicyField);
  return state != nullptr && *state == 'R' && policy != nullptr && std::atoi(policy) != SCHED_IDLE;
}

// One sample.  Return: how many threads were runnable.
int look(thread_counts& seen) {
  const open_dir tasks(opendir("/proc/self/task"));
  if (tasks == nullptr) return 0;
  const std::string self = std::to_string(gettid());
  int threads = 0, runnable = 0;
  while (const dirent* entry = readdir(tasks.get())) {
    if (entry->d_name[0] == '.' || self == entry->d_name) continue;
    ++threads;
    if (wants_cpu(dirfd(tasks.get()), entry->d_name)) ++runnable;
  }
  seen.peak_threads = std::max(seen.peak_threads, threads);
  seen.peak_runnable = std::max(seen.peak_runnable, runnable);
  return runnable;
}

double thread_cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

void sampler::watch() {
  using clock = std::chrono::steady_clock;
  long samples = 0, sum = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {  // relaxed: nothing else is handed over
    const auto begun = clock::now();
    sum += look(seen_);
    ++samples;
    const auto looking = clock::now() - begun;
    std::this_thread::sleep_for(std::max<clock::duration>(kInterval, 10 * looking));
  }
  if (samples > 0) seen_.mean_runnable = static_cast<double>(sum) / static_cast<double>(samples);
  seen_.own_cpu_seconds = thread_cpu_seconds();
}

thread_counts sampler::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  thread_.join();
  return seen_;
}

}  // namespace treesum
