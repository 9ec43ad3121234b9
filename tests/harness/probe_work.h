// Work items that tell what happens to them.
//
// A probe counts its starts and ends and the most that were ever inside at once.  Its destructor takes it
// back and waits for it, so a failing test leaves nothing behind; declare what a body uses before the probe.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cmwq/workqueue.h"
#include "cpu_time.h"
#include "gate.h"
#include "threads.h"

namespace cmwq::test {

struct run_counts {
  int started = 0;
  int finished = 0;
  int most_at_once = 0;
};

// What probe and delayed_probe have in common.
class run_recorder {
 public:
  explicit run_recorder(std::function<void()> body) : body_(std::move(body)) {}

  int started() const { return counts().started; }
  int finished() const { return counts().finished; }
  int most_at_once() const { return counts().most_at_once; }
  bool wait_started(int n = 1) {
    return point_.wait("a probe to start", [this, n] { return counts_.started >= n; });
  }
  // The body has ended; its worker may still be about to say so.
  bool wait_finished(int n = 1) {
    return point_.wait("a probe to finish", [this, n] { return counts_.finished >= n; });
  }

  void execute() {
    point_.change([this] {
      ++counts_.started;
      counts_.most_at_once = std::max(counts_.most_at_once, counts_.started - counts_.finished);
    });
    if (body_) body_();
    point_.change([this] { ++counts_.finished; });
  }

 private:
  run_counts counts() const {
    return point_.read([this] { return counts_; });
  }

  std::function<void()> body_;
  meeting_point point_;
  run_counts counts_;
};

class probe : public work_struct, public run_recorder {
 public:
  explicit probe(std::function<void()> body = {}) : work_struct(&probe::run), run_recorder(std::move(body)) {}
  ~probe() { cancel_work_sync(this); }
  probe(const probe&) = delete;
  probe& operator=(const probe&) = delete;

 private:
  static void run(work_struct* work) { static_cast<probe*>(work)->execute(); }
};

class delayed_probe : public delayed_work, public run_recorder {
 public:
  explicit delayed_probe(std::function<void()> body = {})
      : delayed_work(&delayed_probe::run), run_recorder(std::move(body)) {}
  ~delayed_probe() { cancel_delayed_work_sync(this); }
  delayed_probe(const delayed_probe&) = delete;
  delayed_probe& operator=(const delayed_probe&) = delete;

 private:
  static void run(work_struct* work) { static_cast<delayed_probe*>(to_delayed_work(work))->execute(); }
};

// Runs until released.  Blocks while it waits.
class hold : public probe {
 public:
  hold() : probe([this] { gate_.wait(); }) {}
  ~hold() {
    release();
    cancel_work_sync(this);
  }
  void release() { gate_.open(); }
  void close() { gate_.close(); }
  bool wait_running() { return wait_started(1); }

 private:
  gate gate_{"a hold to be released"};
};

// Runs until released.  Uses the CPU and never blocks while it waits.
class spin : public probe {
 public:
  spin() : probe([this] { spin_until(released_, "a spin to be released"); }) {}
  ~spin() {
    release();
    cancel_work_sync(this);
  }
  void release() { released_.store(true, std::memory_order_release); }
  bool wait_running() { return wait_started(1); }

 private:
  std::atomic<bool> released_{false};
};

// Queues itself on @wq until it has run @runs times.
class requeuer : public probe {
 public:
  requeuer(workqueue_struct* wq, int runs, std::function<void(int)> each = {})
      : probe([=, this] {
          if (each) each(started());
          if (started() >= runs) return;
          EXPECT_TRUE(queue_work(wq, this));
        }) {}
};

// The order in which things happened.
class recorder {
 public:
  void add(int id) {
    point_.change([=, this] { order_.push_back(id); });
  }
  std::vector<int> order() const {
    return point_.read([this] { return order_; });
  }

 private:
  meeting_point point_;
  std::vector<int> order_;
};

// Probes that write their number into one recorder; numbered from @first.
class numbered_probes {
 public:
  numbered_probes(recorder& record, int count, int first = 0) {
    for (int i = 0; i < count; ++i)
      probes_.push_back(std::make_unique<probe>([&record, id = first + i] { record.add(id); }));
  }
  probe& operator[](int i) { return *probes_[static_cast<std::size_t>(i)]; }
  int size() const { return static_cast<int>(probes_.size()); }

 private:
  std::vector<std::unique_ptr<probe>> probes_;
};

// How many are inside at once, over many items.  Never blocks: that would let one more in.
class crowd {
 public:
  void enter() {
    const int now = inside_.fetch_add(1) + 1;
    int most = most_.load();
    while (most < now && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave() { inside_.fetch_sub(1); }
  int most() const { return most_.load(); }

 private:
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
};

}  // namespace cmwq::test
