// Makes the kernel say no.
//
// For test programs linked with -Wl,--wrap=open -Wl,--wrap=open64 -Wl,--wrap=openat
// -Wl,--wrap=sched_setscheduler -Wl,--wrap=pthread_setschedparam.
#pragma once

namespace cmwq::test {

// While one exists, files under /proc cannot be opened: EACCES.
class proc_is_closed {
 public:
  proc_is_closed();
  ~proc_is_closed();
  proc_is_closed(const proc_is_closed&) = delete;
  proc_is_closed& operator=(const proc_is_closed&) = delete;
};

// While one exists, no thread gets another scheduling policy: EPERM.
class scheduling_is_refused {
 public:
  scheduling_is_refused();
  ~scheduling_is_refused();
  scheduling_is_refused(const scheduling_is_refused&) = delete;
  scheduling_is_refused& operator=(const scheduling_is_refused&) = delete;
};

}  // namespace cmwq::test
