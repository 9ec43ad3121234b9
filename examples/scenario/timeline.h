// The three items of the kernel's workqueue document, and when things should happen to them.
//
//   w0: burns 5 ms of CPU, sleeps 10 ms, burns 5 ms      w1, w2: burn 5 ms, sleep 10 ms
//
// All three are queued at 0 for the same CPU, which has nothing else to do.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace scenario {

inline constexpr std::size_t kItems = 3;
enum event { kStart, kSleep, kWake, kFinish, kEvents };

using times = std::array<std::array<double, kEvents>, kItems>;  // milliseconds

enum class queues { ordered, per_cpu, second_is_cpu_intensive };

struct timeline {
  const char* title;
  queues uses;  // second_is_cpu_intensive: w1 and w2 go to a second queue, with WQ_CPU_INTENSIVE
  int max_active;
  times expected;
  bool (*in_order)(const times& t);  // what must hold however slow the machine is
};

inline constexpr times kOneAtATime = {{{0, 5, 15, 20}, {20, 25, 35, 35}, {35, 40, 50, 50}}};
inline constexpr times kAllThree = {{{0, 5, 15, 20}, {5, 10, 20, 20}, {10, 15, 25, 25}}};
inline constexpr times kTwoAtATime = {{{0, 5, 15, 20}, {5, 10, 20, 20}, {20, 25, 35, 35}}};
inline constexpr times kTwoUncounted = {{{0, 5, 15, 20}, {5, 10, 20, 20}, {5, 15, 25, 25}}};

inline bool one_at_a_time(const times& t) {
  return t[0][kFinish] <= t[1][kStart] && t[1][kFinish] <= t[2][kStart];
}
inline bool each_when_one_sleeps(const times& t) {
  return t[0][kSleep] <= t[1][kStart] && t[1][kSleep] <= t[2][kStart];
}
inline bool third_when_one_ends(const times& t) {
  return t[0][kSleep] <= t[1][kStart] && std::min(t[0][kFinish], t[1][kFinish]) <= t[2][kStart];
}
inline bool both_when_first_sleeps(const times& t) {
  return t[0][kSleep] <= t[1][kStart] && t[0][kSleep] <= t[2][kStart];
}

inline constexpr timeline kTimelines[] = {
    {"ordered queue (the original workqueue)", queues::ordered, 1, kOneAtATime, one_at_a_time},
    {"max_active 3", queues::per_cpu, 3, kAllThree, each_when_one_sleeps},
    {"max_active 2", queues::per_cpu, 2, kTwoAtATime, third_when_one_ends},
    {"max_active 1", queues::per_cpu, 1, kOneAtATime, one_at_a_time},
    {"w1 and w2 CPU_INTENSIVE", queues::second_is_cpu_intensive, 3, kTwoUncounted, both_when_first_sleeps},
};

}  // namespace scenario
