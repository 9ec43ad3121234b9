#include "threads.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace cmwq::test {

int thread_id() { return static_cast<int>(syscall(SYS_gettid)); }

char thread_state(int tid) {
  const std::string path = "/proc/self/task/" + std::to_string(tid) + "/stat";
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return 0;
  char line[512] = {};
  const std::size_t length = std::fread(line, 1, sizeof line - 1, file);
  std::fclose(file);
  const std::string text(line, length);
  const std::size_t name_end = text.rfind(')');
  return name_end + 2 < text.size() ? text[name_end + 2] : 0;
}

std::string thread_name(int tid) {
  const std::string path = "/proc/self/task/" + std::to_string(tid) + "/comm";
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return {};
  char name[32] = {};
  std::string result;
  if (std::fgets(name, sizeof name, file)) result = name;
  std::fclose(file);
  while (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

int threads_of_process() {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (!file) return 0;
  int threads = 0;
  char line[256];
  while (std::fgets(line, sizeof line, file))
    if (std::sscanf(line, "Threads: %d", &threads) == 1) break;
  std::fclose(file);
  return threads;
}

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

bool pin_this_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace cmwq::test
