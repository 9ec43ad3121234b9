#include "refuse_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>

#include <atomic>

namespace {

std::atomic<bool> proc_closed{false};
std::atomic<bool> scheduling_refused{false};

bool refused(const char* path) {
  if (!proc_closed.load() || strncmp(path, "/proc", 5) != 0) return false;
  errno = EACCES;
  return true;
}

// The mode, which is there only if the file may be made.
mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int __real_open(const char*, int, ...);
int __real_open64(const char*, int, ...);
int __real_openat(int, const char*, int, ...);
int __real_sched_setscheduler(pid_t, int, const sched_param*);
int __real_pthread_setschedparam(pthread_t, int, const sched_param*);

int __wrap_open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return refused(path) ? -1 : __real_open(path, flags, mode);
}

int __wrap_open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return refused(path) ? -1 : __real_open64(path, flags, mode);
}

int __wrap_openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return refused(path) ? -1 : __real_openat(directory, path, flags, mode);
}

int __wrap_sched_setscheduler(pid_t thread, int policy, const sched_param* param) {
  if (!scheduling_refused.load()) return __real_sched_setscheduler(thread, policy, param);
  errno = EPERM;
  return -1;
}

int __wrap_pthread_setschedparam(pthread_t thread, int policy, const sched_param* param) {
  if (!scheduling_refused.load()) return __real_pthread_setschedparam(thread, policy, param);
  return EPERM;
}
}

namespace cmwq::test {

proc_is_closed::proc_is_closed() { proc_closed.store(true); }
proc_is_closed::~proc_is_closed() { proc_closed.store(false); }
scheduling_is_refused::scheduling_is_refused() { scheduling_refused.store(true); }
scheduling_is_refused::~scheduling_is_refused() { scheduling_refused.store(false); }

}  // namespace cmwq::test
