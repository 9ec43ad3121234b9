// The smallest program: items that block, and a queue that does not mind.
#include <cmwq/workqueue.h>

#include <chrono>
#include <cstdio>
#include <thread>

using namespace cmwq;

// A work item is a work_struct inside an object of yours: here as its base.
struct greeting : work_struct {
  const char* name;
};

void say_hello(work_struct* work) {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // while it sleeps, the next one starts
  std::printf("hello, %s\n", static_cast<greeting*>(work)->name);
}

int main() {
  workqueue_struct* wq = alloc_workqueue("hello", WQ_UNBOUND, 0);
  if (wq == nullptr) return 1;

  greeting greetings[3];
  const char* const names[] = {"sleeper", "reader", "waiter"};
  for (int i = 0; i < 3; ++i) {
    greetings[i].name = names[i];
    INIT_WORK(&greetings[i], say_hello);
    queue_work(wq, &greetings[i]);
  }
  destroy_workqueue(wq);  // after 100 ms, not 300: waits for all three
}
