// Items that compute and sleep: how close to the CPU-time bound, with how many threads, at what cost.
//
// Every engine runs the same batch, in turns.  "x bound" is the makespan over the CPU time the items need
// divided by the CPUs they may use; "x ref" is over the reference engine in the same round.  A new domain is
// made for each batch, so the workers it needs are created inside the measurement; "warm" rows run a second
// batch on the same domain.  Burns are in thread CPU time.
#include "bench.h"
#include "support/mix_engines.h"

namespace {

using bench::mix_engine;
using bench::mix_result;
using bench::mix_shape;
using bench::num;
using bench::samples;
using kind = mix_engine::kind;

struct mix_target {
  double x_bound = 0, x_ref = 0;  // 0: no target
  int threads = 0;
  double block_us = 0, announced_us = 0;
};

struct mix_part {
  const char* name;
  const char* title;
  mix_shape shape;
  std::vector<mix_engine> engines;  // the first is the reference
  mix_target target;
  bool beside_hog = false;
};

const mix_engine kCmwq{"cmwq"};
const mix_engine kWarm{"cmwq, warm", kind::cmwq, 0, false, true};
const mix_engine kAnnounced{"cmwq, announced", kind::cmwq, 0, true, false};
const mix_engine kAnnouncedWarm{"cmwq, announced, warm", kind::cmwq, 0, true, true};
const mix_engine kAsync{"std::async", kind::async};
const mix_engine kBare{"bare loop", kind::bare_loop};

mix_engine fixed(int threads) { return {"fixed " + std::to_string(threads), kind::fixed, threads}; }

std::vector<mix_part> make_parts() {
  return {
      {.name = "percpu-2ms",
       .title = "1000 x (200 us, sleep 2 ms, 200 us) on one CPU",
       .shape = {.items = 1000, .burn_us = 200, .sleep_us = 2000, .one_cpu = true},
       .engines = {fixed(16), kCmwq, kWarm, kAnnounced, kAnnouncedWarm, fixed(2), fixed(256), kAsync},
       .target = {.x_bound = 1.05, .threads = 16}},
      {.name = "percpu-20ms",
       .title = "1000 x (200 us, sleep 20 ms, 200 us) on one CPU",
       .shape = {.items = 1000, .burn_us = 200, .sleep_us = 20'000, .one_cpu = true},
       .engines = {fixed(256), kCmwq, kWarm, kAnnounced, kAnnouncedWarm, fixed(16), kAsync},
       .target = {.x_bound = 1.08, .threads = 128}},
      {.name = "hog",
       .title = "1000 x (200 us, sleep 2 ms, 200 us) beside a foreign CPU hog on that CPU",
       .shape = {.items = 1000, .burn_us = 200, .sleep_us = 2000, .one_cpu = true},
       .engines = {fixed(256), kCmwq, kAnnounced, fixed(16)},
       .target = {.x_ref = 1.2},
       .beside_hog = true},
      {.name = "unbound-2ms",
       .title = "2000 x (100 us, sleep 2 ms, 100 us), unbound",
       .shape = {.items = 2000, .burn_us = 100, .sleep_us = 2000, .one_cpu = false},
       .engines = {fixed(64), kCmwq, kWarm, kAnnounced, kAnnouncedWarm, fixed(2), fixed(16), kAsync},
       .target = {.x_bound = 1.12, .threads = 40, .block_us = 12, .announced_us = 2}},
      {.name = "unbound-10ms",
       .title = "100 x (5 ms, sleep 10 ms, 5 ms), unbound",
       .shape = {.items = 100, .burn_us = 5000, .sleep_us = 10'000, .one_cpu = false},
       .engines = {fixed(64), kCmwq, kWarm, kAnnounced, fixed(2), fixed(16), kAsync},
       .target = {.x_bound = 1.05, .threads = 16}},
      {.name = "cpu-percpu",
       .title = "1000 x 400 us, no block, one CPU",
       .shape = {.items = 1000, .burn_us = 200, .sleep_us = 0, .one_cpu = true},
       .engines = {kBare, kCmwq, kWarm, fixed(1), fixed(16)},
       .target = {.x_ref = 1.01, .threads = 2}},
      {.name = "cpu-unbound",
       .title = "2000 x 400 us, no block, unbound",
       .shape = {.items = 2000, .burn_us = 200, .sleep_us = 0, .one_cpu = false},
       .engines = {fixed(bench::nr_cpus()), kCmwq, kWarm, fixed(16)},
       .target = {.x_ref = 1.01}},
  };
}

// All rounds of one engine.
struct engine_samples {
  samples makespan, cpu, threads, in_flight, block_us, beyond_us, x_ref, cpu_x_ref, noise;
  samples found, sentinel, watchdog, declared, rounds, wrong, pulled, hogs;

  void add(const mix_shape& shape, const mix_result& r, double noise_percent) {
    makespan.add(r.makespan_ms);
    cpu.add(r.cpu_ms);
    threads.add(r.threads);
    in_flight.add(r.peak_in_flight);
    block_us.add(r.overhead_us(shape));
    noise.add(noise_percent);
    found.add(static_cast<double>(r.hook.found_blocked));
    sentinel.add(static_cast<double>(r.hook.sentinel_starts));
    watchdog.add(static_cast<double>(r.hook.watchdog_starts));
    declared.add(static_cast<double>(r.hook.declared_blocks));
    rounds.add(static_cast<double>(r.hook.sentinel_rounds));
    wrong.add(static_cast<double>(r.hook.sentinel_false));
    pulled.add(static_cast<double>(r.hook.pulled));
    hogs.add(static_cast<double>(r.hook.hogs));
  }
};

void add_ratios(std::vector<engine_samples>& all) {
  const engine_samples& reference = all.front();
  for (auto& s : all) {
    for (std::size_t round = 0; round < s.makespan.size(); round++) {
      s.x_ref.add(s.makespan.values()[round] / reference.makespan.values()[round]);
      s.beyond_us.add(s.block_us.values()[round] - reference.block_us.values()[round]);
      s.cpu_x_ref.add(s.cpu.values()[round] / reference.cpu.values()[round]);
    }
  }
}

bench::cell time_verdict(const mix_part& part, const engine_samples& s) {
  if (part.target.x_bound > 0) {
    return bench::verdict(s.makespan.median() / part.shape.bound_ms(), part.target.x_bound);
  }
  return bench::verdict(s.x_ref.median(), part.target.x_ref);
}

bench::cell cost_verdict(const mix_part& part, const mix_engine& engine, const samples& us) {
  const double at_most = engine.announced ? part.target.announced_us : part.target.block_us;
  return at_most > 0 && engine.is == kind::cmwq ? bench::verdict(us.median(), at_most) : bench::none();
}

bench::table results_table(const mix_part& part, const std::vector<engine_samples>& all) {
  bench::table t(std::string(part.name) + ": " + part.title + " (bound " +
                     std::to_string(static_cast<int>(part.shape.bound_ms())) + " ms; ref " +
                     part.engines.front().name + ")",
                 {"engine", "makespan ms", "p10", "p90", "x bound", "x ref", "cpu x ref", "target", "threads",
                  "most", "target threads", "in flight", "cpu ms", "over us/item", "target over",
                  "beyond ref us", "target beyond", "noise %"});
  for (std::size_t e = 0; e < part.engines.size(); e++) {
    const auto& engine = part.engines[e];
    const auto& s = all[e];
    const bool ours = engine.is == kind::cmwq;
    const bool judged = ours && !engine.warm;
    t.row(
        {engine.name, num(s.makespan.median(), 1), num(s.makespan.p10(), 1), num(s.makespan.p90(), 1),
         num(s.makespan.median() / part.shape.bound_ms(), 3), num(s.x_ref.median(), 3),
         num(s.cpu_x_ref.median(), 3), judged ? time_verdict(part, s) : bench::none(),
         num(s.threads.median(), 0), num(s.threads.max(), 0),
         judged && part.target.threads ? bench::verdict(s.threads.max(), part.target.threads) : bench::none(),
         num(s.in_flight.median(), 0), num(s.cpu.median(), 1), num(s.block_us.median()),
         cost_verdict(part, engine, s.block_us), num(s.beyond_us.median()),
         cost_verdict(part, engine, s.beyond_us), num(s.noise.median(), 1)});
  }
  return t;
}

bench::table hook_table(const mix_part& part, const std::vector<engine_samples>& all) {
  bench::table t(std::string(part.name) + ": what the hook did, medians",
                 {"engine", "found blocked", "sentinel starts", "watchdog starts", "declared",
                  "sentinel rounds", "found busy", "pulled", "hogs"});
  for (std::size_t e = 0; e < part.engines.size(); e++) {
    if (part.engines[e].is != kind::cmwq) continue;
    const auto& s = all[e];
    t.row({part.engines[e].name, num(s.found.median(), 0), num(s.sentinel.median(), 0),
           num(s.watchdog.median(), 0), num(s.declared.median(), 0), num(s.rounds.median(), 0),
           num(s.wrong.median(), 0), num(s.pulled.median(), 0), num(s.hogs.median(), 0)});
  }
  return t;
}

void run_part(const mix_part& part, const bench::options& opts, bench::hog& hog, bench::report& report) {
  std::vector<engine_samples> all(part.engines.size());
  const auto measure = [&](std::size_t e) {
    if (part.beside_hog) hog.start();
    const auto result = bench::run_mix(part.shape, part.engines[e]);
    if (part.beside_hog) hog.stop();
    return result;
  };
  const auto keep = [&](std::size_t e, const mix_result& r, double noise) {
    all[e].add(part.shape, r, noise);
  };
  bench::interleave(opts, opts.rounds_or(9, 2), part.engines.size(), measure, keep,
                    [&] { return hog.cpu_ns(); });
  add_ratios(all);
  report.add(results_table(part, all));
  report.add(hook_table(part, all));
}

}  // namespace

int main(int argc, char** argv) {
  const auto opts = bench::parse_options(argc, argv);
  bench::allowed_cpus();  // before anything pins this thread
  bench::hog hog(0);
  bench::report report("blocking_mix", opts);
  auto parts = make_parts();
  for (auto& part : parts) {
    if (!opts.engine.empty()) {
      std::erase_if(part.engines, [&](const mix_engine& e) { return e.name != opts.engine; });
    }
    if (opts.selects(part.name) && !part.engines.empty()) run_part(part, opts, hog, report);
  }
}
