// The three-item timelines of the kernel's documentation, measured on one CPU.
//
// w0 = 5 ms CPU, 10 ms sleep, 5 ms CPU; w1 and w2 = 5 ms CPU, 10 ms sleep; all queued at once.  The expected
// times ignore every overhead.  Makespans can exceed them by one time slice of the OS scheduler: at 15 ms w0
// wakes while w2 still has a little to compute, and who runs first is not the library's choice.
#include <semaphore.h>

#include <array>
#include <cmath>

#include "bench.h"
#include "cmwq/inspect.h"
#include "cmwq/workqueue.h"

namespace {

using bench::num;
using bench::samples;

constexpr int kItems = 3;

struct scenario {
  const char* name;
  int max_active;
  bool cpu_intensive;  // w1 and w2 on a queue of their own with WQ_CPU_INTENSIVE
  double makespan;
  std::array<double, kItems> start, end;
};

const scenario kScenarios[] = {
    {"max_active 3", 3, false, 25, {0, 5, 10}, {20, 20, 25}},
    {"max_active 2", 2, false, 35, {0, 5, 20}, {20, 20, 35}},
    {"max_active 1", 1, false, 50, {0, 20, 35}, {20, 35, 50}},
    {"CPU_INTENSIVE", 16, true, 25, {0, 5, 5}, {20, 20, 25}},
};
constexpr std::size_t kCases = std::size(kScenarios);

struct item : cmwq::work_struct {
  long second_burn_ms = 0;
  std::uint64_t begin_ns = 0, end_ns = 0;
  sem_t* done = nullptr;
};

void execute(cmwq::work_struct* work) {
  auto* self = static_cast<item*>(work);
  self->begin_ns = bench::now_ns();
  bench::burn_us(5000);
  bench::nap_us(10'000);
  if (self->second_burn_ms > 0) bench::burn_us(self->second_burn_ms * 1000);
  self->end_ns = bench::now_ns();
  sem_post(self->done);
}

struct timeline {
  std::array<double, kItems> start{}, end{};
  double makespan = 0;
};

timeline run_scenario(cmwq::wq_domain* domain, const scenario& s) {
  auto* q0 = cmwq::alloc_workqueue_in(domain, "q0", cmwq::WQ_PERCPU, s.max_active);
  auto* q1 = s.cpu_intensive ? cmwq::alloc_workqueue_in(
                                   domain, "q1", cmwq::WQ_PERCPU | cmwq::WQ_CPU_INTENSIVE, s.max_active)
                             : nullptr;
  sem_t done;
  sem_init(&done, 0, 0);
  std::array<item, kItems> items;
  for (int i = 0; i < kItems; i++) {
    cmwq::INIT_WORK(&items[i], execute);
    items[i].second_burn_ms = i == 0 ? 5 : 0;
    items[i].done = &done;
  }
  bench::pause_ms(5);
  const std::uint64_t zero = bench::now_ns();
  for (int i = 0; i < kItems; i++) cmwq::queue_work_on(0, i > 0 && q1 ? q1 : q0, &items[i]);
  for (int i = 0; i < kItems; i++) {
    while (sem_wait(&done) != 0) {
    }
  }
  cmwq::destroy_workqueue(q0);
  if (q1) cmwq::destroy_workqueue(q1);
  sem_destroy(&done);
  timeline t;
  for (int i = 0; i < kItems; i++) {
    t.start[i] = bench::to_ms(items[i].begin_ns - zero);
    t.end[i] = bench::to_ms(items[i].end_ns - zero);
    t.makespan = std::max(t.makespan, t.end[i]);
  }
  return t;
}

struct case_samples {
  std::array<samples, kItems> start, end;
  samples makespan, noise;

  void add(const timeline& t, double noise_percent) {
    for (int i = 0; i < kItems; i++) {
      start[i].add(t.start[i]);
      end[i].add(t.end[i]);
    }
    makespan.add(t.makespan);
    noise.add(noise_percent);
  }
};

std::string measured_beside_expected(const samples& measured, double expected) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f (%.0f)", measured.median(), expected);
  return text;
}

bench::table makespan_table(const std::array<case_samples, kCases>& all) {
  bench::table t("three-item scenario on one CPU",
                 {"case", "expected ms", "median ms", "min", "max", "median over %", "target", "worst over %",
                  "target worst", "noise %"});
  for (std::size_t c = 0; c < kCases; c++) {
    const auto& m = all[c].makespan;
    const double expected = kScenarios[c].makespan;
    const double over = 100 * (m.median() / expected - 1), worst = 100 * (m.max() / expected - 1);
    t.row({kScenarios[c].name, num(expected, 0), num(m.median()), num(m.min()), num(m.max()), num(over, 1),
           bench::verdict(over, 7), num(worst, 1), bench::verdict(worst, 15), num(all[c].noise.median(), 1)});
  }
  return t;
}

bench::table timeline_table(const std::array<case_samples, kCases>& all) {
  bench::table t("starts and ends, median ms (expected)",
                 {"case", "w0 start", "w1 start", "w2 start", "w0 end", "w1 end", "w2 end"});
  for (std::size_t c = 0; c < kCases; c++) {
    std::vector<bench::cell> row{kScenarios[c].name};
    for (int i = 0; i < kItems; i++)
      row.push_back(measured_beside_expected(all[c].start[i], kScenarios[c].start[i]));
    for (int i = 0; i < kItems; i++)
      row.push_back(measured_beside_expected(all[c].end[i], kScenarios[c].end[i]));
    t.row(row);
  }
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  const auto opts = bench::parse_options(argc, argv);
  bench::allowed_cpus();
  bench::report report("scenario", opts);
  cmwq::wq_domain* domain = cmwq::alloc_domain();
  if (!domain) return 1;
  bench::run_on(bench::submitter_cpu());
  std::array<case_samples, kCases> all;
  bench::interleave(
      opts, opts.rounds_or(9, 3), kCases, [&](std::size_t c) { return run_scenario(domain, kScenarios[c]); },
      [&](std::size_t c, const timeline& t, double noise) { all[c].add(t, noise); });
  report.add(makespan_table(all));
  report.add(timeline_table(all));
  bench::run_anywhere();
  cmwq::destroy_domain(domain);
}
