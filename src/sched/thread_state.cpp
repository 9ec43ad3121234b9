#include "sched/thread_state.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cmwq::detail {
namespace {

// The fields after the name, which may contain anything but ends at the last parenthesis.
const char* after_name(const char* text, std::size_t length) noexcept {
  const void* last = memrchr(text, ')', length);
  return last ? static_cast<const char*>(last) + 2 : nullptr;
}

// Field 39, the CPU, is the 36th after the state.
int cpu_field(const char* state) noexcept {
  const char* at = state;
  for (int field = 0; field < 36; ++field) {
    at = std::strchr(at, ' ');
    if (!at) return -1;
    ++at;
  }
  int cpu = 0;
  for (; *at >= '0' && *at <= '9'; ++at) cpu = cpu * 10 + (*at - '0');
  return cpu;
}

}  // namespace

thread_look look_at_thread(const std_worker& w) noexcept {
  const int fd = w.stat_fd.load(kAcquire);  // (W6) acquire, with (W2)
  if (fd < 0) return {};
  char text[512];
  const int saved = errno;
  const ssize_t length = pread(fd, text, sizeof text - 1, 0);
  errno = saved;
  if (length <= 0) return {};
  text[length] = '\0';
  const char* state = after_name(text, static_cast<std::size_t>(length));
  if (!state) return {};
  return {*state == 'R' ? thread_run::runnable : thread_run::blocked, cpu_field(state)};
}

std::uint64_t thread_cpu_ns(const std_worker& w) noexcept {
  const int tid = w.tid.load(kAcquire);  // (W6), with (W2)
  if (tid <= 0) return 0;
  // The kernel's number for "CPU time of thread tid"; pthread_getcpuclockid() needs a live pthread_t.
  const clockid_t clock = static_cast<clockid_t>((~static_cast<unsigned>(tid) << 3) | 6);
  timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

bool proc_is_readable() noexcept {
  const int fd = std_policy::open_thread_stat();
  if (fd < 0) return false;
  std_policy::close_thread_stat(fd);
  return true;
}

}  // namespace cmwq::detail
