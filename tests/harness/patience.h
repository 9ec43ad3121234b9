// How tests wait: for a state, never for a time, and never for ever.
//
// A wait that runs out of patience fails the test once, and from then on every wait of that test returns at
// once, so that everything that is held lets go and the fixture can still tear down.
#pragma once

#include <gtest/gtest.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>

namespace cmwq::test {

using steady = std::chrono::steady_clock;

inline long environment_number(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtol(text, nullptr, 10) : otherwise;
}

inline std::chrono::seconds patience() {
  static const long seconds = environment_number("CMWQ_TEST_PATIENCE_S", 60);
  return std::chrono::seconds(seconds);
}

// @n repetitions, scaled by CMWQ_TEST_SCALE per cent (default 100), at least 1.
inline int scaled(long n) {
  static const long percent = environment_number("CMWQ_TEST_SCALE", 100);
  const long result = n * percent / 100;
  return static_cast<int>(result > 0 ? result : 1);
}

inline std::atomic<bool> gave_up{false};

inline void give_up(const std::string& what) {
  if (!gave_up.exchange(true)) ADD_FAILURE() << "waited in vain for: " << what;
}

// A deadline that starts now.
class deadline {
 public:
  bool passed() const { return gave_up.load() || steady::now() > end_; }

 private:
  steady::time_point end_ = steady::now() + patience();
};

inline void pause_briefly(long nanoseconds = 50'000) {
  const timespec t{0, nanoseconds};
  nanosleep(&t, nullptr);
}

// Looks at @state until it holds.  For states that nothing announces.
template <class State>
bool wait_until(const std::string& what, State state) {
  const deadline end;
  while (!state()) {
    if (end.passed()) {
      give_up(what);
      return false;
    }
    pause_briefly();
  }
  return true;
}

}  // namespace cmwq::test
