// Where threads meet: a gate that opens once, and a counter that can be waited for.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "patience.h"

namespace cmwq::test {

// A mutex and a condition variable with a deadline.  Waits in slices: one C library in use can lose a
// condition variable's signal, and a wait must also notice that the test gave up.
class meeting_point {
 public:
  template <class Change>
  void change(Change change) {
    std::lock_guard lock(mutex_);  // held while notifying: the waiter may destroy this object at once
    change();
    changed_.notify_all();
  }

  template <class State>
  bool wait(const char* what, State state) {
    const deadline end;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(50), state)) {
      if (!end.passed()) continue;
      lock.unlock();
      give_up(what);
      return false;
    }
    return true;
  }

  template <class Read>
  auto read(Read read) const {
    std::lock_guard lock(mutex_);
    return read();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
};

class gate {
 public:
  explicit gate(const char* name = "a gate") : name_(name) {}
  void open() {
    point_.change([this] { open_ = true; });
  }
  void close() {
    point_.change([this] { open_ = false; });
  }
  bool wait() {
    return point_.wait(name_, [this] { return open_; });
  }
  bool is_open() const {
    return point_.read([this] { return open_; });
  }

 private:
  const char* name_;
  meeting_point point_;
  bool open_ = false;
};

class counter {
 public:
  explicit counter(const char* name = "a counter") : name_(name) {}
  void add(int n = 1) {
    point_.change([this, n] { value_ += n; });
  }
  bool wait_for(int at_least) {
    return point_.wait(name_, [this, at_least] { return value_ >= at_least; });
  }
  int value() const {
    return point_.read([this] { return value_; });
  }

 private:
  const char* name_;
  meeting_point point_;
  int value_ = 0;
};

}  // namespace cmwq::test
