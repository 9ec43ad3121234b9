// Items for queues whose items must not block: they take no lock and wake nobody.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "cmwq/workqueue.h"
#include "cpu_time.h"
#include "patience.h"

namespace cmwq::test {

class quick_recorder {
 public:
  explicit quick_recorder(std::function<void()> body) : body_(std::move(body)) {}

  int started() const { return started_.load(); }
  int finished() const { return finished_.load(); }
  bool wait_started(int n = 1) {
    return wait_until("a quick item to start", [&] { return started() >= n; });
  }
  bool wait_finished(int n = 1) {
    return wait_until("a quick item to finish", [&] { return finished() >= n; });
  }

  void execute() {
    started_.fetch_add(1);
    if (body_) body_();
    finished_.fetch_add(1);
  }

 private:
  std::function<void()> body_;
  std::atomic<int> started_{0};
  std::atomic<int> finished_{0};
};

class quick : public work_struct, public quick_recorder {
 public:
  explicit quick(std::function<void()> body = {}) : work_struct(&quick::run), quick_recorder(std::move(body)) {}
  ~quick() { cancel_work_sync(this); }
  quick(const quick&) = delete;
  quick& operator=(const quick&) = delete;

 private:
  static void run(work_struct* work) { static_cast<quick*>(work)->execute(); }
};

class delayed_quick : public delayed_work, public quick_recorder {
 public:
  explicit delayed_quick(std::function<void()> body = {})
      : delayed_work(&delayed_quick::run), quick_recorder(std::move(body)) {}
  ~delayed_quick() { cancel_delayed_work_sync(this); }
  delayed_quick(const delayed_quick&) = delete;
  delayed_quick& operator=(const delayed_quick&) = delete;

 private:
  static void run(work_struct* work) { static_cast<delayed_quick*>(to_delayed_work(work))->execute(); }
};

// Uses the CPU until released.
class quick_spin : public quick {
 public:
  quick_spin() : quick([this] { spin_until(released_, "a spin to be released"); }) {}
  ~quick_spin() {
    release();
    cancel_work_sync(this);
  }
  void release() { released_.store(true, std::memory_order_release); }

 private:
  std::atomic<bool> released_{false};
};

}  // namespace cmwq::test
