// From the moment an item blocks to the moment the next item of that CPU runs.
//
// Item A and, behind it, item B are queued on CPU 0.  A computes, takes a time stamp and blocks; B takes one
// as the first thing it does.  Nothing is announced, except in the last way.  The floor is the same with two
// plain threads of that CPU, of which the second is runnable already: one context switch.
#include <semaphore.h>

#include <cerrno>
#include <memory>

#include "bench.h"
#include "cmwq/inspect.h"
#include "cmwq/workqueue.h"
#include "support/ways_to_block.h"

namespace {

using bench::num;
using bench::samples;
using bench::way_to_block;

constexpr double kTargetP50 = 6, kTargetP99 = 25, kTargetMissed = 2;
constexpr long kHangSeconds = 10;

// Slow enough that blocks do not come in quick succession: then more than one worker is ready to run, on purpose,
// and there is nothing to measure ("early").
constexpr long kBurnUs = 500;

// The pair of items: what A and B do, whatever executes them.
class probe {
 public:
  probe() {
    sem_init(&a_done_, 0, 0);
    sem_init(&b_ran_, 0, 0);
  }
  virtual ~probe() = default;

  struct outcome {
    double latency_us = 0;
    bool early = false;  // B ran before A blocked: two ran at once
    bool late = false;   // A had stopped blocking before B ran
  };

  outcome measure(way_to_block& way) {
    way_ = &way;
    b_queued_.store(false);
    a_resumed_.store(false);
    way.prepare();
    queue_both();
    b_queued_.store(true);
    wait_or_die(b_ran_);
    way.release();
    wait_or_die(a_done_);
    settle();
    if (ran_ns_ < blocked_ns_) return {0, true, false};
    return {static_cast<double>(ran_ns_ - blocked_ns_) / 1000, false, late_};
  }

 protected:
  virtual void queue_both() = 0;
  virtual void settle() {}
  virtual std::string state() const { return ""; }

  void execute_a() {
    while (!b_queued_.load()) {
    }
    bench::burn_us(kBurnUs);
    blocked_ns_ = way_->block();
    a_resumed_.store(true);
    sem_post(&a_done_);
  }
  void execute_b() {
    ran_ns_ = bench::now_ns();
    late_ = a_resumed_.load();
    sem_post(&b_ran_);
  }

 private:
  void wait_or_die(sem_t& semaphore) {
    timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += kHangSeconds;
    while (sem_timedwait(&semaphore, &deadline) != 0) {
      if (errno == EINTR) continue;
      std::fprintf(stderr, "no progress for %ld s in %s\n%s\n", kHangSeconds, way_->name(), state().c_str());
      std::_Exit(1);
    }
  }

  way_to_block* way_ = nullptr;
  std::atomic<bool> b_queued_{false}, a_resumed_{false};
  std::uint64_t blocked_ns_ = 0, ran_ns_ = 0;  // read when both items have ended
  bool late_ = false;
  sem_t a_done_, b_ran_;
};

class cmwq_probe : public probe {
 public:
  explicit cmwq_probe(cmwq::wq_domain* domain)
      : domain_(domain), wq_(cmwq::alloc_workqueue_in(domain, "latency", cmwq::WQ_PERCPU, 16)) {
    a_.owner = b_.owner = this;
    cmwq::INIT_WORK(&a_, [](cmwq::work_struct* work) { static_cast<item*>(work)->owner->execute_a(); });
    cmwq::INIT_WORK(&b_, [](cmwq::work_struct* work) { static_cast<item*>(work)->owner->execute_b(); });
  }
  ~cmwq_probe() override { cmwq::destroy_workqueue(wq_); }

 private:
  struct item : cmwq::work_struct {
    cmwq_probe* owner = nullptr;
  };

  void queue_both() override {
    cmwq::queue_work_on(0, wq_, &a_);
    cmwq::queue_work_on(0, wq_, &b_);
  }
  void settle() override { cmwq::flush_workqueue(wq_); }
  std::string state() const override { return cmwq::dump_workqueues(domain_); }

  cmwq::wq_domain* domain_;
  cmwq::workqueue_struct* wq_;
  item a_, b_;
};

// The floor: two threads of CPU 0, both runnable when the first blocks.
class plain_probe : public probe {
 private:
  void queue_both() override {
    pool_.post([this] { execute_a(); });
    pool_.post([this] { execute_b(); });
  }
  bench::fixed_pool pool_{2, 0};
};

struct way_result {
  samples latency, floor;
  double blocks = 0, early = 0, late = 0, sentinel = 0, watchdog = 0;

  void append(const way_result& other) {
    latency.append(other.latency);
    floor.append(other.floor);
    blocks += other.blocks;
    early += other.early;
    late += other.late;
    sentinel += other.sentinel;
    watchdog += other.watchdog;
  }
  double percent(double n) const { return blocks > 0 ? 100 * n / blocks : 0; }
};

way_result measure_way(cmwq::wq_domain* domain, probe& ours, probe& plain, way_to_block& way, int blocks) {
  way_result result;
  const auto before = cmwq::snapshot_hook(domain);
  for (int i = 0; i < blocks; i++) {
    const auto outcome = ours.measure(way);
    result.early += outcome.early;
    result.late += outcome.late;
    if (!outcome.early) result.latency.add(outcome.latency_us);
  }
  const auto after = cmwq::snapshot_hook(domain);
  result.blocks = blocks;
  result.sentinel = static_cast<double>(after.sentinel_starts - before.sentinel_starts);
  result.watchdog = static_cast<double>(after.watchdog_starts - before.watchdog_starts);
  for (int i = 0; i < blocks; i++) {
    const auto outcome = plain.measure(way);
    if (!outcome.early) result.floor.add(outcome.latency_us);
  }
  return result;
}

void add_row(bench::table& t, const char* name, const way_result& r, double noise) {
  using bench::verdict;
  const double missed = r.percent(r.watchdog);
  t.row({name, num(r.blocks, 0), num(r.latency.min()), num(r.latency.median()), num(r.latency.p90()),
         num(r.latency.p99()), num(r.latency.max(), 1), num(r.floor.median()), num(r.floor.p99()),
         verdict(r.latency.median(), kTargetP50), verdict(r.latency.p99(), kTargetP99),
         num(r.percent(r.sentinel), 1), num(missed), verdict(missed, kTargetMissed),
         num(r.percent(r.early), 1), num(r.percent(r.late), 1), num(noise, 1)});
}

void keep_available(std::vector<std::unique_ptr<way_to_block>>& ways, const bench::options& opts) {
  std::erase_if(ways, [&](const auto& way) {
    if (!opts.selects(way->name())) return true;
    if (way->available()) return false;
    std::printf("skipped: %s (not possible here)\n", way->name());
    return true;
  });
}

bench::table measure_all(cmwq::wq_domain* domain, const std::vector<std::unique_ptr<way_to_block>>& ways,
                         const bench::options& opts) {
  const int blocks = opts.quick ? 50 : 300;
  std::vector<way_result> results(ways.size());
  std::vector<samples> noise(ways.size());
  cmwq_probe ours(domain);
  plain_probe plain;
  bench::interleave(
      opts, opts.rounds_or(5, 2), ways.size(),
      [&](std::size_t i) { return measure_way(domain, ours, plain, *ways[i], blocks); },
      [&](std::size_t i, const way_result& r, double percent) {
        results[i].append(r);
        noise[i].add(percent);
      });
  bench::table t(
      "item blocks -> next item of that CPU runs, us",
      {"way", "blocks", "min", "p50", "p90", "p99", "max", "floor p50", "floor p99", "target p50",
       "target p99", "by sentinel %", "by watchdog %", "target missed", "early %", "late %", "noise %"});
  for (std::size_t i = 0; i < ways.size(); i++) add_row(t, ways[i]->name(), results[i], noise[i].median());
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  const auto opts = bench::parse_options(argc, argv);
  bench::allowed_cpus();  // before this thread is pinned
  bench::report report("block_latency", opts);
  cmwq::wq_domain* domain = cmwq::alloc_domain();
  if (!domain) return 1;
  bench::run_on(bench::submitter_cpu());
  auto ways = bench::make_ways_to_block();
  keep_available(ways, opts);
  report.add(measure_all(domain, ways, opts));
  for (auto& way : ways) {
    if (const auto* fault = dynamic_cast<bench::block_in_page_fault*>(way.get())) {
      std::printf("major faults counted by the kernel: %ld\n", fault->real_faults());
    }
  }
  bench::run_anywhere();
  cmwq::destroy_domain(domain);
}
