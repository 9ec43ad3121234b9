// The engines a batch can run on: cmwq, and what people use today.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "cmwq/workqueue.h"
#include "support/fixed_pool.h"
#include "support/mix.h"

namespace bench {

struct mix_engine {
  enum class kind { bare_loop, fixed, async, cmwq };
  std::string name;
  kind is = kind::cmwq;
  int threads = 0;         // of a fixed pool
  bool announced = false;  // cmwq: blocking_section around the sleep
  bool warm = false;       // cmwq: measures the second batch of a domain, whose workers exist already
};

inline mix_result run_bare_loop(const mix_shape& shape) {
  pinned_scope pin(shape.one_cpu ? 0 : -1);
  mix_run run(shape, false);
  auto result = run.measure([&] {
    for (int i = 0; i < shape.items; i++) run.execute();
  });
  result.threads = 1;
  return result;
}

inline mix_result run_fixed(const mix_shape& shape, int threads) {
  fixed_pool pool(threads, shape.one_cpu ? 0 : -1);
  pause_ms(20);
  pinned_scope pin(shape.one_cpu ? submitter_cpu() : -1);
  mix_run run(shape, false);
  auto result = run.measure([&] {
    for (int i = 0; i < shape.items; i++) pool.post([&run] { run.execute(); });
  });
  result.threads = threads;
  return result;
}

/* One thread for each item.  New threads inherit the submitter's CPU: for a one-CPU batch it sits there. */
inline mix_result run_async(const mix_shape& shape) {
  pinned_scope pin(shape.one_cpu ? 0 : -1);
  std::vector<std::future<void>> futures;
  futures.reserve(static_cast<std::size_t>(shape.items));
  mix_run run(shape, false);
  auto result = run.measure([&] {
    for (int i = 0; i < shape.items; i++) {
      futures.push_back(std::async(std::launch::async, [&run] { run.execute(); }));
    }
  });
  result.threads = shape.items;
  return result;
}

struct mix_item : cmwq::work_struct {
  mix_run* run = nullptr;
};

/* Workers that exist in the pools a batch of @shape can use. */
inline int count_workers(cmwq::wq_domain* domain, const mix_shape& shape) {
  int workers = 0;
  for (const auto& pool : cmwq::snapshot_pools(domain)) {
    const bool used = shape.one_cpu ? pool.cpu == 0 && pool.nice == 0 : pool.cpu < 0;
    if (used) workers += pool.nr_workers;
  }
  return workers;
}

inline cmwq::hook_snapshot difference(cmwq::hook_snapshot after, const cmwq::hook_snapshot& before) {
  after.found_blocked -= before.found_blocked;
  after.sentinel_starts -= before.sentinel_starts;
  after.watchdog_starts -= before.watchdog_starts;
  after.declared_blocks -= before.declared_blocks;
  after.sentinel_rounds -= before.sentinel_rounds;
  after.sentinel_false -= before.sentinel_false;
  after.pulled -= before.pulled;
  after.hogs -= before.hogs;
  return after;
}

inline mix_result run_batch(const mix_shape& shape, bool announced, cmwq::wq_domain* domain,
                            cmwq::workqueue_struct* wq) {
  pinned_scope pin(shape.one_cpu ? submitter_cpu() : -1);
  const std::unique_ptr<mix_item[]> items(new mix_item[static_cast<std::size_t>(shape.items)]);
  mix_run run(shape, announced);
  for (int i = 0; i < shape.items; i++) {
    items[static_cast<std::size_t>(i)].run = &run;
    cmwq::INIT_WORK(&items[static_cast<std::size_t>(i)],
                    [](cmwq::work_struct* work) { static_cast<mix_item*>(work)->run->execute(); });
  }
  const auto before = cmwq::snapshot_hook(domain);
  const int cpu = shape.one_cpu ? 0 : cmwq::WORK_CPU_UNBOUND;
  auto result = run.measure([&] {
    for (int i = 0; i < shape.items; i++) cmwq::queue_work_on(cpu, wq, &items[static_cast<std::size_t>(i)]);
  });
  result.hook = difference(cmwq::snapshot_hook(domain), before);
  result.threads = count_workers(domain, shape);
  cmwq::flush_workqueue(wq);
  return result;
}

inline mix_result run_cmwq(const mix_shape& shape, const mix_engine& engine) {
  cmwq::wq_domain* domain = cmwq::alloc_domain();
  const unsigned flags = shape.one_cpu ? cmwq::WQ_PERCPU : cmwq::WQ_UNBOUND;
  cmwq::workqueue_struct* wq =
      domain ? cmwq::alloc_workqueue_in(domain, "mix", flags, shape.one_cpu ? 256 : 0) : nullptr;
  if (!wq) {
    std::fprintf(stderr, "no domain or no queue\n");
    std::exit(1);
  }
  pause_ms(20);
  if (engine.warm) {
    run_batch(shape, engine.announced, domain, wq);
    pause_ms(20);
  }
  auto result = run_batch(shape, engine.announced, domain, wq);
  cmwq::destroy_workqueue(wq);
  cmwq::destroy_domain(domain);
  return result;
}

inline mix_result run_mix(const mix_shape& shape, const mix_engine& engine) {
  switch (engine.is) {
    case mix_engine::kind::bare_loop:
      return run_bare_loop(shape);
    case mix_engine::kind::fixed:
      return run_fixed(shape, engine.threads);
    case mix_engine::kind::async:
      return run_async(shape);
    case mix_engine::kind::cmwq:
      break;
  }
  return run_cmwq(shape, engine);
}

}  // namespace bench
