#include "stop.h"

#include <signal.h>

#include <atomic>

namespace treesum {
namespace {

std::atomic<int> g_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) { g_signal.store(signal, std::memory_order_relaxed); }

void watch(int signal) {
  struct sigaction old {};
  sigaction(signal, nullptr, &old);
  if (old.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags =
      static_cast<int>(SA_RESTART | SA_RESETHAND);  // a file that is being read is read to its end
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void watch_for_stop() {
  watch(SIGINT);
  watch(SIGTERM);
}

int stop_signal() { return g_signal.load(std::memory_order_relaxed); }

}  // namespace treesum
