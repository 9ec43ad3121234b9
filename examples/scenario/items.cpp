#include "items.h"

#include <cmwq/workqueue.h>
#include <sys/prctl.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>

namespace scenario {
namespace {

using namespace cmwq;

double clock_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// CPU time of this thread: time in which others had the CPU does not count.
void burn_ms(double ms) {
  const double end = clock_ms(CLOCK_THREAD_CPUTIME_ID) + ms;
  while (clock_ms(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

// An ordinary sleep: nothing tells the library.  The usual 50 us of timer slack would blur the picture.
void sleep_ms(long ms) {
  const timespec length{0, ms * 1'000'000};
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  nanosleep(&length, nullptr);
  prctl(PR_SET_TIMERSLACK, 0UL, 0, 0, 0);  // the default again: the thread is the library's
}

struct item : work_struct {
  double begun_ms = 0;
  bool burns_twice = false;
  std::array<double, kEvents> at{};

  void note(event e) { at[e] = clock_ms(CLOCK_MONOTONIC) - begun_ms; }
};

void run_item(work_struct* work) {
  auto* const self = static_cast<item*>(work);
  self->note(kStart);
  burn_ms(5);
  self->note(kSleep);
  sleep_ms(10);
  self->note(kWake);
  if (self->burns_twice) burn_ms(5);
  self->note(kFinish);
}

workqueue_struct* need(workqueue_struct* wq) {
  if (wq == nullptr) std::exit(EXIT_FAILURE);  // the library said why
  return wq;
}

struct two_queues {
  workqueue_struct* first;   // w0
  workqueue_struct* second;  // w1 and w2; may be the same
};

two_queues make_queues(const timeline& line) {
  if (line.uses == queues::ordered) {
    auto* const wq = need(alloc_ordered_workqueue("scenario_ordered", 0));
    return {wq, wq};
  }
  auto* const wq = need(alloc_workqueue("scenario", WQ_PERCPU, line.max_active));
  if (line.uses == queues::per_cpu) return {wq, wq};
  return {wq, need(alloc_workqueue("scenario_hogs", WQ_PERCPU | WQ_CPU_INTENSIVE, line.max_active))};
}

}  // namespace

times measure(const timeline& line) {
  const two_queues to = make_queues(line);
  item items[kItems];
  for (item& w : items) INIT_WORK(&w, run_item);
  items[0].burns_twice = true;

  const double begun_ms = clock_ms(CLOCK_MONOTONIC);
  for (item& w : items) w.begun_ms = begun_ms;
  for (item& w : items) queue_work_on(0, &w == items ? to.first : to.second, &w);

  destroy_workqueue(to.first);  // when all of its items are done
  if (to.second != to.first) destroy_workqueue(to.second);
  return {items[0].at, items[1].at, items[2].at};
}

}  // namespace scenario
