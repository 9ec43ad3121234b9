// Threads of the test itself.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gate.h"

namespace cmwq::test {

int thread_id();

// The state letter of thread @tid of this process ('R', 'S', 'D' ...), 0 if there is no such thread.
char thread_state(int tid);

// The name of thread @tid of this process, empty if there is no such thread.
std::string thread_name(int tid);

// The threads of this process, as the kernel counts them.
int threads_of_process();

// The CPUs this thread may use, in ascending order.
std::vector<int> allowed_cpus();

bool pin_this_thread(int cpu);

// A thread that runs @body; joined by the destructor.
class background {
 public:
  explicit background(std::function<void()> body)
      : thread_([this, body = std::move(body)] {
          tid_.store(thread_id());
          body();
          done_.open();
        }) {}
  ~background() { join(); }

  bool done() const { return done_.is_open(); }
  bool wait_done() { return done_.wait(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  // Until the thread sleeps in the kernel or is done: what it was about to wait for, it waits for now.
  // A test must be right without this; it makes the intended interleaving all but certain.
  void wait_asleep() {
    wait_until("a thread to fall asleep",
               [this] { return done() || (tid_.load() != 0 && thread_state(tid_.load()) == 'S'); });
  }

 private:
  gate done_{"a background thread to end"};
  std::atomic<int> tid_{0};
  std::thread thread_;
};

// Runs @body(0) ... @body(n-1) in @n threads that start together, and waits for all.
template <class Body>
void race(int n, Body body) {
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      ready.fetch_add(1);
      while (ready.load() < n) std::this_thread::yield();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace cmwq::test
