#include "sched/thread_state.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
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

namespace {

thread_look parse(char* text, ssize_t length) noexcept {
  if (length <= 0) return {};
  text[length] = '\0';
  const char* state = after_name(text, static_cast<std::size_t>(length));
  if (!state) return {};
  return {*state == 'R' ? thread_run::runnable : thread_run::blocked, cpu_field(state)};
}

// The worker keeps no file open: there are too many of them.
ssize_t read_by_path(int tid, char* text, std::size_t room) noexcept {
  if (tid <= 0) return -1;
  char path[48];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t length = read(fd, text, room);
  close(fd);
  return length;
}

}  // namespace

thread_look look_at_thread(std_worker& w) noexcept {
  char text[512];
  const int saved = errno;
  w.lookers.fetch_add(1, kSeqCst);            // (W7) seq_cst, with (W2)
  const int fd = w.stat_fd.load(kSeqCst);     // (W6) seq_cst, with (W2)
  ssize_t length = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;
  w.lookers.fetch_sub(1, kSeqCst);            // (W7), with (W7)
  if (fd < 0) length = read_by_path(w.tid.load(kAcquire), text, sizeof text - 1);  // (W9) acquire, with (W8)
  errno = saved;
  return parse(text, length);
}

int last_real_cpu(std_worker& w) noexcept {
  w.lookers.fetch_add(1, kSeqCst);                                     // (W7) seq_cst, with (W2)
  const std::atomic<std::uint32_t>* word = w.cpu_word.load(kSeqCst);   // (W6) seq_cst, with (W2)
  const int cpu = word ? static_cast<int>(word->load(kRelaxed)) : -1;  // relaxed: a hint
  w.lookers.fetch_sub(1, kSeqCst);                                     // (W7), with (W7)
  return cpu;
}

std::uint64_t thread_cpu_ns(const std_worker& w) noexcept {
  const int tid = w.tid.load(kAcquire);  // (W9) acquire, with (W8)
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
