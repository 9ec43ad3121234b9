#include "sched/watchdog.h"

#include <time.h>

#include <algorithm>

#include "cmwq/detail/pool/concurrency.h"
#include "eyes/hogs.h"
#include "sched/thread_state.h"

namespace cmwq::detail {
namespace {

// Ticks without held-back work before it goes to sleep: a queue that empties and fills does not wake it each time.
constexpr int kIdleTicks = 8;

// After as many quiet ticks beside sentinels the next ones come this many times later.
constexpr int kQuietTicks = 8;
constexpr std::uint64_t kQuietFactor = 4;

// Most extra workers that may run beside a foreign load; each tick that finds the pool short doubles them.
constexpr int kMaxBoost = 7;

// Ticks without trouble after which one of them is taken back.
constexpr int kCalmTicks = 20;

// How many workers found blocked are looked at per pool and tick: they are many, and each costs a system call.
constexpr int kRecountsPerTick = 16;

// Fewer sentinel starts per CPU than this between two ticks do not justify a surplus of workers.
constexpr std::uint32_t kFewStarts = 1;

void sleep_until(std::uint64_t when) noexcept {
  timespec t{static_cast<time_t>(when / 1'000'000'000), static_cast<long>(when % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

}  // namespace

int watchdog::start(std_domain& dom, std_events& events, bool beside_sentinels) noexcept {
  dom_ = &dom;
  events_ = &events;
  beside_sentinels_ = beside_sentinels;
  return std_policy::thread_start(thread_, thread_main, this);
}

void watchdog::stop() noexcept {
  stop_.store(true, kRelease);  // (X1) release, with (X2)
  gate_.rearm();
  gate_.ring();
  std_policy::thread_join(thread_);
}

void watchdog::thread_main(void* self) { static_cast<watchdog*>(self)->run(); }

void watchdog::run() noexcept {
  std_policy::set_name("cmwq/watchdog");
  tid_.store(std_policy::thread_id(), kRelaxed);  // relaxed: statistic
  int idle_ticks = 0;
  while (!stop_.load(kAcquire)) {  // (X2) acquire, with (X1)
    sleep_until(std_policy::now() + period());
    if (tick()) {
      idle_ticks = 0;
    } else if (++idle_ticks >= kIdleTicks) {
      gate_.disarm();
      if (stop_.load(kAcquire) || tick())  // (X2), with (X1)
        gate_.rearm();
      else
        sleep_until_woken();
      idle_ticks = 0;
    }
  }
}

// Where sentinels come to look, or our workers use the CPUs, there is little to do: the hogs, and to notice when that
// changes.
std::uint64_t watchdog::period() const noexcept {
  if (!beside_sentinels_ || quiet_ticks_ < kQuietTicks) return kWatchdogTickNs;
  const std::uint64_t hog_check = dom_->cpu_intensive_ns.load(kRelaxed) / 2;  // relaxed: a tunable
  const std::uint64_t slow = kQuietFactor * kWatchdogTickNs;
  return hog_check && hog_check < slow ? std::max(hog_check, kWatchdogTickNs) : slow;
}

void watchdog::sleep_until_woken() noexcept {
  dom_->pools.visit([](std_pool& pool) {
    pool.boost.store(0, kRelaxed);  // relaxed, both: hints
    pool.surplus.store(0, kRelaxed);
    return true;
  });
  quiet_ticks_ = 0;
  while (!gate_.armed()) gate_.wait();
}

// Return: whether any pool holds work back.
bool watchdog::tick() noexcept {
  bool held_back = false;
  trouble_ = false;
  const std::uint64_t now = std_policy::now();
  elapsed_ns_ = now - last_tick_ns_;
  last_tick_ns_ = now;
  dom_->pools.visit([&](std_pool& pool) {
    if (pool.bh) return true;
    if (!pool.held_back.read()) {
      lower_boost(pool);
      lower_surplus(pool);
    } else {
      held_back = true;
      if (pool.counted) look_at_pool(pool);
    }
    return true;
  });
  quiet_ticks_ = trouble_ ? 0 : quiet_ticks_ + 1;
  return held_back;
}

void watchdog::look_at_pool(std_pool& pool) noexcept {
  const bool cpu_idled = pool.cpu_idled.exchange(false, kRelaxed);  // relaxed: a hint
  used_ns_ = 0;
  const bool hogged = look_at_workers(pool);
  lower_surplus(pool);
  if (!need_more_worker(pool)) {
    pool.short_ticks = 0;
    // Neither idle nor used by us: something foreign may have the CPU.  Look closely.
    const auto cpus = static_cast<std::uint64_t>(pool.target.load(kRelaxed));  // relaxed: a hint
    if (!cpu_idled && used_ns_ < cpus * elapsed_ns_ / 2) trouble_ = true;
    return lower_boost(pool);
  }
  // A sentinel that came to look since the last tick is on its way.
  if (cpu_idled && !hogged && pool.short_ticks++ == 0) return;
  trouble_ = true;
  if (!start_one(pool)) return;  // it has no idle worker: one is being created
  // A sentinel that is well would have started it within microseconds: this one is starved, or there is none.
  if (!hogged) raise_boost(pool);
  while (need_more_worker(pool) && start_one(pool)) continue;
}

bool watchdog::start_one(std_pool& pool) noexcept {
  if (!kick_pool_after_block(pool)) return false;
  starts_.fetch_add(1, kRelaxed);  // relaxed: statistic
  return true;
}

// Return: whether a worker was found to hog its CPU.
bool watchdog::look_at_workers(std_pool& pool) noexcept {
  bool hogged = false;
  int nr_found_blocked = 0;
  pool.scan.visit([&](std_worker& w) {
    const run_states state = w.state.read();
    if (state == run_states::running) {
      hogged |= look_at_running(w);
    } else if (state == run_states::found_blocked) {
      const int turn = nr_found_blocked++ - pool.recount_from;
      if (turn >= 0 && turn < kRecountsPerTick) look_at_found_blocked(w);
    }
    return true;
  });
  pool.recount_from += kRecountsPerTick;
  if (pool.recount_from >= nr_found_blocked) pool.recount_from = 0;
  return hogged;
}

// @w counts as running.  Return: whether it was found to hog its CPU.
bool watchdog::look_at_running(std_worker& w) noexcept {
  const std::uint32_t episode = w.episode.load(kRelaxed);  // relaxed: statistic
  const std::uint64_t cpu = thread_cpu_ns(w);
  const std::uint64_t used = cpu - w.tick_cpu_ns;
  w.tick_cpu_ns = cpu;
  used_ns_ += used;
  if (episode != w.seen_episode) {  // a new item, or it has blocked since: the hog's clock starts again
    w.seen_episode = episode;
    w.seen_cpu_ns = cpu;
    return false;
  }
  const std::uint64_t thresh = dom_->cpu_intensive_ns.load(kRelaxed);  // relaxed: a tunable
  if (thresh && cpu - w.seen_cpu_ns >= thresh) {
    const hog_note item = note_item(w);  // first: when the next item may start, this one may end at once
    const bool news = events_->worker_hogs(w);
    if (news) report_hog(*dom_, item);
    return news;
  }
  if (used >= kWatchdogTickNs / 2) return false;  // it runs
  const thread_look look = look_at_thread(w);
  // Without /proc a thread that used nothing for a whole tick is taken for blocked: at worst one too many runs.
  if (look.run == thread_run::blocked || (look.run == thread_run::unknown && used == 0)) {
    w.seen_cpu_ns = cpu;
    events_->worker_blocked(w);
  }
  return false;
}

// @w was found blocked.  If it has used its CPU since, it runs again, and counts again.
void watchdog::look_at_found_blocked(std_worker& w) noexcept {
  const std::uint64_t cpu = thread_cpu_ns(w);
  const std::uint64_t used = cpu - w.tick_cpu_ns;
  w.tick_cpu_ns = cpu;
  if (w.newly_blocked.exchange(false, kRelaxed)) return;  // relaxed: a note; now the clock starts
  if (used < kWatchdogTickNs / 2) return;
  w.seen_cpu_ns = cpu;
  events_->worker_running(w);
}

// The CPU has other load: with more of our own threads there, one of them is more often ready to run.
void watchdog::raise_boost(std_pool& pool) noexcept {
  if (!beside_sentinels_) return;
  const int boost = pool.boost.load(kRelaxed);  // relaxed: a hint
  pool.boost.store(boost * 2 + 1 < kMaxBoost ? boost * 2 + 1 : kMaxBoost, kRelaxed);
  pool.calm_ticks = 0;
}

void watchdog::lower_boost(std_pool& pool) noexcept {
  const int boost = pool.boost.load(kRelaxed);  // relaxed: a hint
  if (boost == 0) return;
  trouble_ = true;
  if (++pool.calm_ticks <= kCalmTicks) return;
  pool.boost.store(boost - 1, kRelaxed);
  pool.calm_ticks = 0;
}

void watchdog::lower_surplus(std_pool& pool) noexcept {
  const std::uint32_t starts = pool.sentinel_starts.load(kRelaxed);  // relaxed, all: hints
  const std::uint32_t few = kFewStarts * static_cast<std::uint32_t>(pool.target.load(kRelaxed));
  if (starts - pool.seen_sentinel_starts < few) pool.surplus.store(0, kRelaxed);
  pool.seen_sentinel_starts = starts;
}

}  // namespace cmwq::detail
