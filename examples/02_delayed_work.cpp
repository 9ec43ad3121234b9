// Delayed work: a timeout that is pushed back as long as there is life, and a beat that arms itself.
#include <cmwq/workqueue.h>

#include <chrono>
#include <cstdio>
#include <thread>

using namespace cmwq;
using namespace std::chrono_literals;

void connection_timed_out(work_struct*) { std::puts("nothing for 50 ms: closing"); }

// A delayed_work inside an object of yours.  The work function is given the work item in it.
struct heart : delayed_work {
  workqueue_struct* wq;
  int beats_left;
};

void beat(work_struct* work) {
  auto* const self = static_cast<heart*>(to_delayed_work(work));
  std::printf("beat, %d left\n", self->beats_left);
  if (--self->beats_left > 0) queue_delayed_work(self->wq, self, 20ms);
}

int main() {
  workqueue_struct* wq = alloc_workqueue("delayed", WQ_UNBOUND, 0);
  if (wq == nullptr) return 1;

  delayed_work timeout;
  INIT_DELAYED_WORK(&timeout, connection_timed_out);
  for (int packet = 0; packet < 3; ++packet) {
    mod_delayed_work(wq, &timeout, 50ms);  // arms it, or moves it: there is always one, 50 ms from now
    std::this_thread::sleep_for(10ms);
  }

  heart h;
  INIT_DELAYED_WORK(&h, beat);
  h.wq = wq;
  h.beats_left = 3;
  queue_delayed_work(wq, &h, 0);  // no delay: queued at once

  std::this_thread::sleep_for(200ms);
  const bool beating = cancel_delayed_work_sync(&h);  // on paths where it may still be armed
  flush_delayed_work(&timeout);                       // runs it now if it has not
  std::printf("the heart was %s\n", beating ? "stopped" : "done");
  destroy_workqueue(wq);
}
