// Idle costs nothing: after some activity the queues stay empty for 5 s; no thread of the library may be
// switched in or out, nor use CPU time, meanwhile.
#include <pthread.h>

#include <map>
#include <memory>

#include "bench.h"
#include "cmwq/inspect.h"
#include "cmwq/workqueue.h"

namespace {

using bench::num;

/* Blocking and computing items on every CPU and on an unbound queue, then a delayed one; all finished. */
void be_active(cmwq::wq_domain* domain) {
  constexpr int kItems = 200;
  auto* percpu = cmwq::alloc_workqueue_in(domain, "idle_percpu", cmwq::WQ_PERCPU, 0);
  auto* unbound =
      cmwq::alloc_workqueue_in(domain, "idle_unbound", cmwq::WQ_UNBOUND | cmwq::WQ_MEM_RECLAIM, 0);
  const std::unique_ptr<cmwq::work_struct[]> items(new cmwq::work_struct[kItems]);
  for (int i = 0; i < kItems; i++) {
    cmwq::INIT_WORK(&items[i], [](cmwq::work_struct*) {
      bench::burn_us(100);
      bench::nap_us(1000);
    });
    if (i % 2 == 0)
      cmwq::queue_work_on(i / 2 % cmwq::domain_cpus(domain), percpu, &items[i]);
    else
      cmwq::queue_work(unbound, &items[i]);
  }
  cmwq::delayed_work late;
  cmwq::INIT_DELAYED_WORK(&late, [](cmwq::work_struct*) {});
  cmwq::queue_delayed_work(unbound, &late, 10);
  bench::pause_ms(30);
  cmwq::flush_delayed_work(&late);
  cmwq::flush_workqueue(percpu);
  cmwq::flush_workqueue(unbound);
  // The queues stay, empty: their rescuers and shares are part of what must be quiet.
}

struct thread_reading {
  bench::thread_facts facts;
  std::uint64_t cpu_ns = 0;
};

std::uint64_t cpu_of_thread(int tid) {
  // CLOCK of another thread of this process: the kernel's encoding of a per-thread scheduler clock.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(tid) << 3) | 6u);
  return bench::read_clock_ns(clock);
}

std::map<int, thread_reading> read_all(const std::vector<int>& tids) {
  std::map<int, thread_reading> readings;
  for (int tid : tids) readings[tid] = {bench::read_thread(tid), cpu_of_thread(tid)};
  return readings;
}

struct idle_result {
  std::map<int, thread_reading> before, after;
  long switches = 0, threads_gone = 0;

  void compare() {
    for (const auto& [tid, reading] : before) {
      const auto& now = after[tid];
      if (now.facts.alive())
        switches += now.facts.switches() - reading.facts.switches();
      else
        threads_gone++;
    }
  }
};

idle_result measure(cmwq::wq_domain* domain, long idle_ms) {
  be_active(domain);
  bench::pause_ms(100);  // what the last items woke goes back to sleep
  const auto tids = cmwq::snapshot_threads(domain);
  idle_result r;
  r.before = read_all(tids);
  bench::pause_ms(idle_ms);
  r.after = read_all(tids);
  r.compare();
  return r;
}

bench::table thread_table(const idle_result& r) {
  bench::table t("library threads while the queues were empty",
                 {"thread", "tid", "switches before", "voluntary +", "involuntary +", "cpu us +"});
  for (const auto& [tid, reading] : r.before) {
    const auto& now = r.after.at(tid);
    t.row({reading.facts.name, num(tid, 0), num(static_cast<double>(reading.facts.switches()), 0),
           num(static_cast<double>(now.facts.voluntary - reading.facts.voluntary), 0),
           num(static_cast<double>(now.facts.involuntary - reading.facts.involuntary), 0),
           num(static_cast<double>(now.cpu_ns - reading.cpu_ns) / 1000, 1)});
  }
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  const auto opts = bench::parse_options(argc, argv);
  bench::report report("idle", opts);
  cmwq::wq_domain* domain = cmwq::alloc_domain();
  if (!domain) return 1;
  const long idle_ms = opts.quick ? 1000 : 5000;
  const auto result = measure(domain, idle_ms);
  report.add(thread_table(result));

  bench::table t("idle", {"empty for ms", "library threads", "threads of the process", "gone",
                          "context switches", "target"});
  t.row({std::to_string(idle_ms), num(static_cast<double>(result.before.size()), 0),
         num(static_cast<double>(bench::process_threads().size()), 0),
         num(static_cast<double>(result.threads_gone), 0), num(static_cast<double>(result.switches), 0),
         bench::verdict(static_cast<double>(result.switches), 0)});
  report.add(t);
  return 0;
}
