// The shape of the kernel's own benchmark (lib/test_workqueue.c): one thread per CPU; each queues an item to an unbound
// queue, waits until it has been executed, and does so again.  For every affinity scope: items per second over all
// threads, and how long the queue_work() calls took.
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include "bench.h"
#include "cmwq/workqueue.h"

namespace {

using bench::num;
using bench::samples;

struct scope_case {
  const char* name;
  cmwq::wq_affn_scope scope;
};
constexpr scope_case kScopes[] = {
    {"cpu", cmwq::WQ_AFFN_CPU},     {"smt", cmwq::WQ_AFFN_SMT},   {"cache_shard", cmwq::WQ_AFFN_CACHE_SHARD},
    {"cache", cmwq::WQ_AFFN_CACHE}, {"numa", cmwq::WQ_AFFN_NUMA}, {"system", cmwq::WQ_AFFN_SYSTEM},
};
constexpr std::size_t kNrScopes = std::size(kScopes);

// The queue of one scope; each scope has a domain of its own.
class subject {
 public:
  explicit subject(cmwq::wq_affn_scope scope) {
    cmwq::domain_options options;
    options.affinity_scope = scope;
    domain_ = cmwq::alloc_domain(options);
    if (domain_) wq_ = cmwq::alloc_workqueue_in(domain_, "bench", cmwq::WQ_UNBOUND, 0);
  }
  ~subject() {
    if (wq_) cmwq::destroy_workqueue(wq_);
    if (domain_) cmwq::destroy_domain(domain_);
  }
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;

  cmwq::workqueue_struct* wq() const { return wq_; }

 private:
  cmwq::wq_domain* domain_ = nullptr;
  cmwq::workqueue_struct* wq_ = nullptr;
};

struct waited_item : cmwq::work_struct {
  waited_item() : cmwq::work_struct(&waited_item::run) { sem_init(&done, 0, 0); }
  static void run(cmwq::work_struct* work) { sem_post(&static_cast<waited_item*>(work)->done); }
  void wait() {
    while (sem_wait(&done) != 0 && errno == EINTR) {
    }
  }
  sem_t done;
};

struct shape_result {
  double items_per_second = 0;
  samples call_us;
};

/* One thread's part. */
void queue_and_wait(cmwq::workqueue_struct* wq, int items, samples& call_us) {
  for (int i = 0; i < items; i++) {
    waited_item item;
    const auto start = bench::now_ns();
    cmwq::queue_work(wq, &item);
    call_us.add(static_cast<double>(bench::now_ns() - start) / 1000);
    item.wait();
    cmwq::flush_work(&item);  // its worker may still be about to leave it
  }
}

shape_result measure(cmwq::workqueue_struct* wq, int items) {
  const int threads = bench::nr_cpus();
  std::vector<samples> calls(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  for (auto& mine : calls) {
    running.emplace_back([&] {
      ready.fetch_add(1);
      while (!go.load()) std::this_thread::yield();
      queue_and_wait(wq, items, mine);
    });
  }
  while (ready.load() < threads) std::this_thread::yield();
  const auto start = bench::now_ns();
  go.store(true);
  for (auto& thread : running) thread.join();
  const double seconds = static_cast<double>(bench::now_ns() - start) / 1e9;
  shape_result result;
  result.items_per_second = threads * items / seconds;
  for (const auto& mine : calls) result.call_us.append(mine);
  return result;
}

struct scope_total {
  samples rate, call_us, noise;
};

bench::table result_table(const scope_total (&totals)[kNrScopes], int items) {
  bench::table t("a thread per CPU queues an item and waits for it, " + std::to_string(items) + " times",
                 {"scope", "items/s", "lowest", "highest", "call p50 us", "p90", "p95", "noise %"});
  for (std::size_t i = 0; i < kNrScopes; i++) {
    const auto& [rate, call_us, noise] = totals[i];
    if (rate.size() == 0) continue;
    t.row({kScopes[i].name, num(rate.median(), 0), num(rate.min(), 0), num(rate.max(), 0), num(call_us.median()),
           num(call_us.p90()), num(call_us.quantile(0.95)), num(noise.median(), 1)});
  }
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  const auto opts = bench::parse_options(argc, argv);
  bench::report report("kernel_shape", opts);
  std::vector<std::size_t> chosen;
  std::unique_ptr<subject> subjects[kNrScopes];
  for (std::size_t i = 0; i < kNrScopes; i++) {
    if (!opts.selects(kScopes[i].name)) continue;
    chosen.push_back(i);
    subjects[i] = std::make_unique<subject>(kScopes[i].scope);
    if (!subjects[i]->wq()) return 1;
  }
  const int items = opts.quick ? 2'000 : 20'000;
  scope_total totals[kNrScopes];
  bench::interleave(
      opts, opts.rounds_or(5, 2), chosen.size(),
      [&](std::size_t which) { return measure(subjects[chosen[which]]->wq(), items); },
      [&](std::size_t which, const shape_result& r, double percent) {
        scope_total& total = totals[chosen[which]];
        total.rate.add(r.items_per_second);
        total.call_us.append(r.call_us);
        total.noise.add(percent);
      });
  report.add(result_table(totals, items));
  return 0;
}
