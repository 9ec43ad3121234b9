// What single calls cost.  Names: path/variant; baselines are the same path on a plain pool and on nothing.
//
// queue_work/*: queueing only, per item, with an empty function; the items are executed meanwhile and waited
// for outside the measured time.  All other paths are measured as a whole.
#include <benchmark/benchmark.h>

#include <semaphore.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "bench.h"
#include "cmwq/workqueue.h"

namespace {

constexpr int kBatch = 1000;
constexpr int kThreadBatch = 100;  // where every item is a thread
constexpr unsigned long kOneHour = 3'600'000;

double seconds_since(std::uint64_t start_ns) { return static_cast<double>(bench::now_ns() - start_ns) / 1e9; }

void do_nothing(cmwq::work_struct*) {}

cmwq::workqueue_struct* percpu_queue() {
  static auto* wq = cmwq::alloc_workqueue("micro_percpu", cmwq::WQ_PERCPU, 0);
  return wq;
}
cmwq::workqueue_struct* unbound_queue() {
  static auto* wq = cmwq::alloc_workqueue("micro_unbound", cmwq::WQ_UNBOUND, 0);
  return wq;
}
cmwq::workqueue_struct* ordered_queue() {
  static auto* wq = cmwq::alloc_ordered_workqueue("micro_ordered", 0);
  return wq;
}
bench::fixed_pool& plain_pool() {
  static auto* pool = new bench::fixed_pool(bench::nr_cpus());  // never destroyed: outlives every benchmark
  return *pool;
}

using get_queue = cmwq::workqueue_struct* (*)();

std::unique_ptr<cmwq::work_struct[]> make_items(int n) {
  std::unique_ptr<cmwq::work_struct[]> items(new cmwq::work_struct[static_cast<std::size_t>(n)]);
  for (int i = 0; i < n; i++) cmwq::INIT_WORK(&items[static_cast<std::size_t>(i)], do_nothing);
  return items;
}

// --- queueing -------------------------------------------------------------------------------------

void queue_batch(benchmark::State& state, get_queue queue, int cpu) {
  auto* wq = queue();
  const auto items = make_items(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    const auto start = bench::now_ns();
    for (int i = 0; i < kBatch; i++) cmwq::queue_work_on(cpu, wq, &items[static_cast<std::size_t>(i)]);
    state.SetIterationTime(seconds_since(start));
    cmwq::flush_workqueue(wq);
  }
}

/* The producer sits on CPU 1, the worker on CPU 0. */
void queue_remote(benchmark::State& state) {
  percpu_queue();  // made before this thread is pinned: threads of the library must not inherit that
  bench::pinned_scope pin(bench::submitter_cpu());
  queue_batch(state, percpu_queue, 0);
}

/* The producer shares CPU 0 with the worker. */
void queue_local(benchmark::State& state) {
  percpu_queue();
  bench::pinned_scope pin(0);
  queue_batch(state, percpu_queue, 0);
}

void queue_pending_item(benchmark::State& state) {
  auto* wq = percpu_queue();
  cmwq::delayed_work item;
  cmwq::INIT_DELAYED_WORK(&item, do_nothing);
  cmwq::queue_delayed_work(wq, &item, kOneHour);
  for (auto _ : state) benchmark::DoNotOptimize(cmwq::queue_work(wq, &item.work));
  cmwq::cancel_delayed_work_sync(&item);
}

/* Several producers at once, over all of them. */
void queue_contended(benchmark::State& state) {
  auto* wq = unbound_queue();
  const auto items = make_items(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    const auto start = bench::now_ns();
    for (int i = 0; i < kBatch; i++) cmwq::queue_work(wq, &items[static_cast<std::size_t>(i)]);
    state.SetIterationTime(seconds_since(start));
    for (int i = 0; i < kBatch; i++) cmwq::flush_work(&items[static_cast<std::size_t>(i)]);
  }
}

void post_batch(benchmark::State& state) {
  auto& pool = plain_pool();
  std::atomic<int> done{0};
  while (state.KeepRunningBatch(kBatch)) {
    done = 0;
    const auto start = bench::now_ns();
    for (int i = 0; i < kBatch; i++) pool.post([&done] { done.fetch_add(1); });
    state.SetIterationTime(seconds_since(start));
    while (done.load() < kBatch) std::this_thread::yield();
  }
}

void launch_async(benchmark::State& state) {
  std::vector<std::future<void>> futures;
  while (state.KeepRunningBatch(kThreadBatch)) {
    futures.clear();
    const auto start = bench::now_ns();
    for (int i = 0; i < kThreadBatch; i++) futures.push_back(std::async(std::launch::async, [] {}));
    state.SetIterationTime(seconds_since(start));
    for (auto& future : futures) future.wait();
  }
}

// --- round trips ------------------------------------------------------------------------------------

void round_trip(benchmark::State& state, get_queue queue) {
  auto* wq = queue();
  cmwq::work_struct item(do_nothing);
  for (auto _ : state) {
    cmwq::queue_work(wq, &item);
    cmwq::flush_work(&item);
  }
}

void round_trip_pool(benchmark::State& state) {
  auto& pool = plain_pool();
  sem_t done;
  sem_init(&done, 0, 0);
  for (auto _ : state) {
    pool.post([&done] { sem_post(&done); });
    while (sem_wait(&done) != 0) {
    }
  }
}

void round_trip_async(benchmark::State& state) {
  for (auto _ : state) std::async(std::launch::async, [] {}).wait();
}

/* Time for each item, from the first queue_work() to the end of flush_workqueue(). */
void throughput(benchmark::State& state, get_queue queue) {
  auto* wq = queue();
  const auto items = make_items(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; i++) cmwq::queue_work(wq, &items[static_cast<std::size_t>(i)]);
    cmwq::flush_workqueue(wq);
  }
}

void throughput_pool(benchmark::State& state) {
  auto& pool = plain_pool();
  sem_t all_done;
  sem_init(&all_done, 0, 0);
  std::atomic<int> left{0};
  while (state.KeepRunningBatch(kBatch)) {
    left = kBatch;
    for (int i = 0; i < kBatch; i++) {
      pool.post([&] {
        if (left.fetch_sub(1) == 1) sem_post(&all_done);
      });
    }
    while (sem_wait(&all_done) != 0) {
    }
  }
}

// --- the rest ---------------------------------------------------------------------------------------

/* Queued behind an item that holds the only slot, taken back before it starts. */
void queue_and_cancel(benchmark::State& state) {
  static std::atomic<bool> hold;
  hold = true;
  auto* wq = ordered_queue();
  cmwq::work_struct holder([](cmwq::work_struct*) { hold.wait(true); });
  cmwq::work_struct item(do_nothing);
  cmwq::queue_work(wq, &holder);
  for (auto _ : state) {
    cmwq::queue_work(wq, &item);
    benchmark::DoNotOptimize(cmwq::cancel_work(&item));
  }
  hold = false;
  hold.notify_one();
  cmwq::flush_work(&holder);
}

void flush_idle_item(benchmark::State& state) {
  cmwq::work_struct item(do_nothing);
  cmwq::queue_work(percpu_queue(), &item);
  cmwq::flush_work(&item);
  for (auto _ : state) benchmark::DoNotOptimize(cmwq::flush_work(&item));
}

void flush_idle_queue(benchmark::State& state) {
  auto* wq = unbound_queue();
  cmwq::flush_workqueue(wq);
  for (auto _ : state) cmwq::flush_workqueue(wq);
}

void arm_and_cancel(benchmark::State& state) {
  cmwq::delayed_work item;
  cmwq::INIT_DELAYED_WORK(&item, do_nothing);
  for (auto _ : state) {
    cmwq::queue_delayed_work(unbound_queue(), &item, kOneHour);
    benchmark::DoNotOptimize(cmwq::cancel_delayed_work(&item));
  }
}

void mod_armed(benchmark::State& state) {
  cmwq::delayed_work item;
  cmwq::INIT_DELAYED_WORK(&item, do_nothing);
  for (auto _ : state) cmwq::mod_delayed_work(unbound_queue(), &item, kOneHour);
  cmwq::cancel_delayed_work_sync(&item);
}

void baseline_rmw(benchmark::State& state) {
  std::atomic<unsigned long> word{0};
  for (auto _ : state) benchmark::DoNotOptimize(word.fetch_add(1, std::memory_order_acq_rel));
}

void register_all() {
  const auto add = [](const char* name, auto function) {
    return benchmark::RegisterBenchmark(name, function);
  };
  add("queue_work/local", queue_local)->UseManualTime();
  add("queue_work/remote", queue_remote)->UseManualTime();
  add("queue_work/unbound", [](benchmark::State& s) {
    queue_batch(s, unbound_queue, cmwq::WORK_CPU_UNBOUND);
  })->UseManualTime();
  add("queue_work/contended:4", queue_contended)->UseManualTime()->Threads(4);
  add("queue_work/already_pending", queue_pending_item)->UseRealTime();
  add("queue_work/baseline_pool", post_batch)->UseManualTime();
  add("queue_work/baseline_pool:4", post_batch)->UseManualTime()->Threads(4);
  add("queue_work/baseline_async", launch_async)->UseManualTime();
  add("round_trip/percpu", [](benchmark::State& s) { round_trip(s, percpu_queue); })->UseRealTime();
  add("round_trip/unbound", [](benchmark::State& s) { round_trip(s, unbound_queue); })->UseRealTime();
  add("round_trip/baseline_pool", round_trip_pool)->UseRealTime();
  add("round_trip/baseline_async", round_trip_async)->UseRealTime();
  add("throughput/percpu", [](benchmark::State& s) { throughput(s, percpu_queue); })->UseRealTime();
  add("throughput/unbound", [](benchmark::State& s) { throughput(s, unbound_queue); })->UseRealTime();
  add("throughput/ordered", [](benchmark::State& s) { throughput(s, ordered_queue); })->UseRealTime();
  add("throughput/baseline_pool", throughput_pool)->UseRealTime();
  add("cancel/queue_and_cancel", queue_and_cancel)->UseRealTime();
  add("flush/idle_item", flush_idle_item)->UseRealTime();
  add("flush/idle_queue", flush_idle_queue)->UseRealTime();
  add("delayed/arm_and_cancel", arm_and_cancel)->UseRealTime();
  add("delayed/mod_armed", mod_armed)->UseRealTime();
  add("baseline/atomic_rmw", baseline_rmw)->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  // --quick and --json FILE mean the same as in the other programs.
  std::vector<std::string> args{argv[0], "--benchmark_enable_random_interleaving=true"};
  std::vector<std::string> given(argv + 1, argv + argc);
  bool quick = false;
  for (std::size_t i = 0; i < given.size(); i++) {
    if (given[i] == "--quick") {
      quick = true;
    } else if (given[i] == "--json" && i + 1 < given.size()) {
      args.push_back("--benchmark_out=" + given[++i]);
      args.push_back("--benchmark_out_format=json");
    } else {
      args.push_back(given[i]);
    }
  }
  args.push_back(quick ? "--benchmark_min_time=0.02" : "--benchmark_min_time=0.1");
  args.push_back(quick ? "--benchmark_repetitions=2" : "--benchmark_repetitions=9");
  args.push_back("--benchmark_report_aggregates_only=true");
  std::vector<char*> pointers;
  for (auto& arg : args) pointers.push_back(arg.data());
  int count = static_cast<int>(pointers.size());

  bench::allowed_cpus();
  benchmark::Initialize(&count, pointers.data());
  benchmark::AddCustomContext("cmwq_build", bench::build_type());
  benchmark::AddCustomContext("cpu_model", bench::cpu_model());
  benchmark::AddCustomContext("kernel", bench::kernel_release());
  benchmark::AddCustomContext("compiler", bench::compiler());
  register_all();
  benchmark::RunSpecifiedBenchmarks();
}
