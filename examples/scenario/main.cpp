// scenario: the timelines of the kernel's workqueue document, measured beside expected.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "items.h"

namespace scenario {
namespace {

constexpr const char* kEventNames[kEvents] = {"starts", "sleeps", "wakes up", "finishes"};

double makespan(const times& t) { return std::max({t[0][kFinish], t[1][kFinish], t[2][kFinish]}); }

template <class F>
double median(const std::vector<times>& rounds, F value) {
  std::vector<double> values;
  for (const times& t : rounds) values.push_back(value(t));
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct moment {
  std::size_t item;
  event what;
};

std::vector<moment> moments_in_order(const times& expected) {
  std::vector<moment> all;
  for (std::size_t i = 0; i < kItems; ++i) {
    for (int e = 0; e < kEvents; ++e) all.push_back({i, static_cast<event>(e)});
  }
  std::stable_sort(all.begin(), all.end(), [&](const moment& a, const moment& b) {
    return expected[a.item][a.what] < expected[b.item][b.what];
  });
  return all;
}

void print(const timeline& line, const std::vector<times>& rounds) {
  std::printf("\n%s\n  %-14s %9s %9s\n", line.title, "", "expected", "measured");
  for (const moment& m : moments_in_order(line.expected)) {
    std::printf("  w%zu %-11s %6.1f ms %6.2f ms\n", m.item, kEventNames[m.what],
                line.expected[m.item][m.what],
                median(rounds, [&](const times& t) { return t[m.item][m.what]; }));
  }
  const double expected = makespan(line.expected), measured = median(rounds, makespan);
  std::printf("  %-14s %6.1f ms %6.2f ms   ratio %.3f\n", "makespan", expected, measured,
              measured / expected);
}

// Return: whether every round kept the order.
bool run(const timeline& line, int nr_rounds) {
  std::vector<times> rounds;
  for (int i = 0; i < nr_rounds; ++i) rounds.push_back(measure(line));
  print(line, rounds);
  const auto broken =
      std::count_if(rounds.begin(), rounds.end(), [&](const times& t) { return !line.in_order(t); });
  if (broken > 0) std::printf("  ORDER BROKEN in %d of %d rounds\n", static_cast<int>(broken), nr_rounds);
  return broken == 0;
}

// Return: the number of rounds, or 0 if the command line is wrong.
int rounds_from(int argc, char** argv) {
  if (argc == 1) return 9;
  if (argc != 3 || std::strcmp(argv[1], "--rounds") != 0) return 0;
  return std::clamp(std::atoi(argv[2]), 0, 10000);
}

}  // namespace
}  // namespace scenario

int main(int argc, char** argv) {
  const int rounds = scenario::rounds_from(argc, argv);
  if (rounds == 0) {
    std::fputs("Usage: scenario [--rounds N]\n", stderr);
    return 2;
  }
  std::printf("Three items on one CPU, medians of %d rounds; other load stretches times, not the order.\n",
              rounds);
  bool in_order = true;
  for (const scenario::timeline& line : scenario::kTimelines) in_order &= scenario::run(line, rounds);
  return in_order ? EXIT_SUCCESS : EXIT_FAILURE;
}
