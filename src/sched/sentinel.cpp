#include "sched/sentinel.h"

#include <sched.h>
#include <time.h>

#include <cstdio>

#include "cmwq/detail/pool/policy.h"
#include "sched/thread_state.h"

namespace cmwq::detail {
namespace {

// sched_yield() from SCHED_IDLE returns sooner than this exactly when nothing else wants the CPU.
constexpr std::uint64_t kIdleYieldNs = 10 * kUsNs;

// Rounds in a row without a result before it leaves the CPU for a while: an armed sentinel hides an idle CPU from the
// system's load balancer.
constexpr int kUselessRounds = 20;
constexpr long kShortestNapNs = 50'000;
constexpr int kLongestNapShift = 4;  // 0.8 ms: then the watchdog looks too

// A row of starts, each this soon after the last, and what follows from it.
constexpr std::uint64_t kQuickStartNs = 300 * kUsNs;
constexpr int kQuickStarts = 8;
constexpr int kSurplusPerCpu = 2;

bool has_standby_work(const std_pool& pool) noexcept { return pool.held_back.read() && pool.standby.any(); }

}  // namespace

int sentinel::start(std_domain& dom, std_events& events, watchdog& dog, totals& sums, int cpu) noexcept {
  dom_ = &dom;
  events_ = &events;
  watchdog_ = &dog;
  totals_ = &sums;
  cpu_ = cpu;
  return std_policy::thread_start(thread_, thread_main, this);
}

void sentinel::stop() noexcept {
  stop_.store(true, kRelease);  // (X1) release, with (X2)
  gate_.rearm();
  gate_.ring();
  std_policy::thread_join(thread_);
}

void sentinel::thread_main(void* self) {
  auto& s = *static_cast<sentinel*>(self);
  char name[16];
  std::snprintf(name, sizeof name, "cmwq/idle%d", s.cpu_);
  std_policy::set_name(name);
  cpumask own;
  own.set(s.cpu_);
  std_policy::bind_self(*s.dom_->machine, own);
  if (!s.become_idle_priority()) {
    s.tid_.store(-1, kRelaxed);  // relaxed: advisory; the watchdog does without it
    return;
  }
  s.tid_.store(std_policy::thread_id(), kRelaxed);  // relaxed: advisory
  s.run();
}

bool sentinel::become_idle_priority() noexcept {
  const sched_param none{};
  return sched_setscheduler(0, SCHED_IDLE, &none) == 0 && sched_getscheduler(0) == SCHED_IDLE;
}

void sentinel::run() noexcept {
  while (!stop_.load(kAcquire)) {  // (X2) acquire, with (X1)
    if (!anything_to_look_for()) {
      sleep_until_armed();
      continue;
    }
    const std::uint64_t before = std_policy::now();
    sched_yield();
    totals_->rounds.fetch_add(1, kRelaxed);  // relaxed: statistic
    if (std_policy::now() - before > kIdleYieldNs) {
      totals_->false_rounds.fetch_add(1, kRelaxed);  // relaxed: statistic
      continue;
    }
    if (look() == verdict::busy_elsewhere)
      back_off();
    else
      useless_rounds_ = 0;
  }
}

void sentinel::set_online(bool online) noexcept {
  online_.store(online, kRelaxed);  // relaxed: a hint
  if (online && tid() > 0) std_policy::place_thread(*dom_->machine, tid(), cpu_);
}

bool sentinel::anything_to_look_for() const noexcept {
  return online() && !pools_.visit([](const std_pool& pool) { return !has_standby_work(pool); });
}

// It never spins on an idle CPU: without a worker to start there is nothing to look for; whoever provides one, or
// holds work back, arms it.
void sentinel::sleep_until_armed() noexcept {
  gate_.disarm();
  if (stop_.load(kAcquire) || anything_to_look_for())  // (X2), with (X1)
    gate_.rearm();
  else
    while (!gate_.armed()) gate_.wait();
}

// The CPU is idle.  Starts a worker of the first pool that lacks one.
sentinel::verdict sentinel::look() noexcept {
  verdict worst = verdict::nothing_held_back;
  pools_.visit([&](std_pool& pool) {
    if (!has_standby_work(pool)) return true;
    const verdict v = look_at_pool(pool);
    if (v != verdict::nothing_held_back) worst = v;
    return v != verdict::started;
  });
  return worst;
}

sentinel::verdict sentinel::look_at_pool(std_pool& pool) noexcept {
  watchdog_->cpu_was_idle(pool);
  if (!need_more_worker(pool)) find_blocked_here(pool);
  if (!need_more_worker(pool) && !pinned_to_cpu(pool)) find_blocked_elsewhere(pool);
  if (!pool.held_back.read()) return verdict::nothing_held_back;
  if (!need_more_worker(pool)) {
    if (!pinned_to_cpu(pool) && pull_stacked_worker(pool)) return verdict::started;
    return verdict::busy_elsewhere;
  }
  if (!events_->start_worker(pool, cpu_)) return verdict::nothing_held_back;
  totals_->starts.fetch_add(1, kRelaxed);  // relaxed: statistic
  note_start(pool);
  return verdict::started;
}

// Blocks in quick succession: the way through this thread, two switches of context, would cost as much as the items.
// So a few workers more may want to run, and one of them takes the CPU at once when another blocks.  The watchdog
// takes the surplus back when blocks come slowly again.
void sentinel::note_start(std_pool& pool) noexcept {
  pool.sentinel_starts.fetch_add(1, kRelaxed);  // relaxed, all: hints
  const std::uint64_t now = std_policy::now();
  quick_starts_ = now - last_start_ns_ < kQuickStartNs ? quick_starts_ + 1 : 0;
  last_start_ns_ = now;
  if (quick_starts_ >= kQuickStarts) pool.surplus.store(kSurplusPerCpu * pool.target.load(kRelaxed), kRelaxed);
}

// Marks the workers that count as running but are blocked.
//
// One that was in user mode last on this CPU would run here if it could: the idle CPU is proof enough, and a look at its
// state would cost as much as the rest of the way to the next item.  The watchdog verifies it within a tick.
void sentinel::find_blocked_here(std_pool& pool) noexcept {
  const int here = dom_->machine->cpu(cpu_).real_cpu;
  pool.scan.visit([&](std_worker& w) {
    if (w.state.running() && (pinned_to_cpu(pool) || last_real_cpu(w) == here)) events_->worker_blocked(w);
    return true;
  });
}

// The same for workers of other CPUs, where something else runs; of these the system must say that they are blocked.
// The first one is enough to start another.
void sentinel::find_blocked_elsewhere(std_pool& pool) noexcept {
  pool.scan.visit([&](std_worker& w) {
    return !w.state.running() || look_at_thread(w).run != thread_run::blocked || !events_->worker_blocked(w);
  });
}

// Enough workers want to run, but this CPU is idle: two of them are queued on one other CPU.  Brings one here.
bool sentinel::pull_stacked_worker(std_pool& pool) noexcept {
  constexpr int kMost = 16;
  struct {
    std_worker* w;
    int real_cpu;
  } seen[kMost];
  int n = 0;
  const int here = dom_->machine->cpu(cpu_).real_cpu;
  if (!pool.allowed.test(cpu_)) return false;
  std_worker* stacked = nullptr;
  pool.scan.visit([&](std_worker& w) {
    const run_states state = w.state.read();
    if (state == run_states::parked || state == run_states::blocked) return true;
    const thread_look look = look_at_thread(w);
    if (look.run != thread_run::runnable || look.real_cpu == here) return true;
    for (int i = 0; i < n; ++i)
      if (seen[i].real_cpu == look.real_cpu) stacked = &w;
    if (n < kMost) seen[n++] = {&w, look.real_cpu};
    return stacked == nullptr && n < kMost;
  });
  if (!stacked) return false;
  const int tid = stacked->tid.load(kRelaxed);  // relaxed: a retired thread's number does no harm
  if (tid <= 0) return false;
  std_policy::place_thread(*dom_->machine, tid, cpu_);
  pool.allowed.apply([tid](const cpumask& real) { std_policy::unplace_thread(tid, real); });
  totals_->pulled.fetch_add(1, kRelaxed);  // relaxed: statistic
  return true;
}

// Lets the CPU go idle for a moment, and for longer if it was in vain, so that the system's balancer can move
// somebody here.
void sentinel::back_off() noexcept {
  const int in_vain = ++useless_rounds_ - kUselessRounds;
  if (in_vain < 0) return;
  const timespec nap{0, kShortestNapNs << (in_vain < kLongestNapShift ? in_vain : kLongestNapShift)};
  nanosleep(&nap, nullptr);
}

namespace {

class sentinel_hook final : public own_hook {
 public:
  const char* name() const noexcept override { return "sentinel"; }
  bool counts_workers() const noexcept override { return true; }

  int start(std_domain& dom, std_events& events) noexcept override {
    dom_ = &dom;
    if (const int error = watchdog_.start(dom, events, true)) return error;
    nr_cpus_ = dom.machine->nr_cpus();
    sentinels_ = std::unique_ptr<sentinel[]>(new (std::nothrow) sentinel[static_cast<std::size_t>(nr_cpus_)]);
    for (int cpu = 0; sentinels_ && cpu < nr_cpus_; ++cpu)
      if (sentinels_[cpu].start(dom, events, watchdog_, totals_, cpu) == 0) started_ = cpu + 1;
    // Without sentinels the watchdog alone sees blocks: later, but all of them.
    return 0;
  }

  void stop() noexcept override {
    for (int cpu = 0; cpu < started_; ++cpu) sentinels_[cpu].stop();
    watchdog_.stop();
  }

  void work_held_back(std_pool& pool) noexcept override {
    if (pool.displaced.load(kRelaxed))  // relaxed: a hint
      arm(pool.allowed.logical());
    else
      arm(pool.attrs.pod_cpus);
    watchdog_.wake();
  }

  bool wakes_lazily(std_pool& pool) const noexcept override {
    const cpumask& cpus = pool.attrs.pod_cpus;
    int cpu = cpus.first();
    while (cpu >= 0 && cpu < started_ && !sentinels_[cpu].online()) cpu = cpus.next(cpu + 1);
    return cpu >= 0 && cpu < started_ && sentinels_[cpu].runs() && !watchdog_.contended(pool);
  }

  void cpus_changed() noexcept override {
    for (int cpu = 0; cpu < started_; ++cpu) sentinels_[cpu].set_online(dom_->online_cpus.test(cpu));
  }

  void pool_moved(std_pool& pool) noexcept override {
    const cpumask cpus = served_from(pool);
    for (int cpu = 0; sentinels_ && cpu < nr_cpus_; ++cpu) {
      if (cpus.test(cpu))
        sentinels_[cpu].serve(pool);
      else
        sentinels_[cpu].forget(pool);
    }
  }

  void pool_added(std_pool& pool) noexcept override { pool_moved(pool); }
  void pool_removed(std_pool& pool) noexcept override {
    for (int cpu = 0; sentinels_ && cpu < nr_cpus_; ++cpu) sentinels_[cpu].forget(pool);
  }

  hook_counters counters() const noexcept override {
    hook_counters c;
    c.sentinel_starts = totals_.starts.load(kRelaxed);  // relaxed, all: statistics
    c.sentinel_rounds = totals_.rounds.load(kRelaxed);
    c.sentinel_false = totals_.false_rounds.load(kRelaxed);
    c.pulled = totals_.pulled.load(kRelaxed);
    c.watchdog_starts = watchdog_.starts();
    c.sentinels = started_ > 0 && sentinels_[0].runs();
    c.proc_readable = proc_is_readable();
    return c;
  }

  void collect_threads(std::vector<int>& tids) const override {
    for (int cpu = 0; cpu < started_; ++cpu)
      if (sentinels_[cpu].runs()) tids.push_back(sentinels_[cpu].tid());
    if (watchdog_.tid()) tids.push_back(watchdog_.tid());
  }

 private:
  // The CPUs that look after @pool.  Those of its pod that are offline are kept: they sleep, and they may return.
  static cpumask served_from(const std_pool& pool) noexcept {
    return pool.displaced.load(kRelaxed) ? pool.allowed.logical() : pool.attrs.pod_cpus;  // relaxed: under the pool mutex
  }

  void arm(const cpumask& cpus) noexcept {
    for (int cpu = cpus.first(); cpu >= 0 && cpu < started_; cpu = cpus.next(cpu + 1)) sentinels_[cpu].arm();
  }

  std_domain* dom_ = nullptr;               // I
  watchdog watchdog_;
  sentinel::totals totals_;
  std::unique_ptr<sentinel[]> sentinels_;   // I: one per CPU
  int nr_cpus_ = 0;                         // I
  int started_ = 0;                         // I: how many have a thread
};

}  // namespace

std::unique_ptr<own_hook> make_sentinel_hook() { return std::make_unique<sentinel_hook>(); }

}  // namespace cmwq::detail
