#include "sched/watchdog.h"

#include <time.h>

#include "cmwq/detail/pool/concurrency.h"
#include "sched/thread_state.h"

namespace cmwq::detail {
namespace {

// Ticks without held-back work before it goes to sleep: a queue that empties and fills does not wake it each time.
constexpr int kIdleTicks = 8;

// Most extra workers that may run beside a foreign load; each tick that finds the pool short doubles them.
constexpr int kMaxBoost = 7;

// Ticks without trouble after which one of them is taken back.
constexpr int kCalmTicks = 20;

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
    sleep_until(std_policy::now() + kWatchdogTickNs);
    if (tick()) {
      idle_ticks = 0;
    } else if (++idle_ticks >= kIdleTicks) {
      gate_.disarm();
      if (stop_.load(kAcquire) || tick())  // (X2), with (X1)
        gate_.rearm();
      else
        while (!gate_.armed()) gate_.wait();
      idle_ticks = 0;
    }
  }
}

// Return: whether any pool holds work back.
bool watchdog::tick() noexcept {
  bool held_back = false;
  dom_->pools.visit([&](std_pool& pool) {
    if (pool.held_back.read()) {
      held_back = true;
      look_at_pool(pool);
    }
    return true;
  });
  return held_back;
}

void watchdog::look_at_pool(std_pool& pool) noexcept {
  if (!pool.counted) return;
  pool.scan.visit([&](std_worker& w) {
    if (w.state.running())
      look_at_worker(w);
    else if (w.presumed_blocked.load(kRelaxed))  // relaxed: a note
      verify_presumption(w);
    return true;
  });
  // A sentinel that is well starts workers within microseconds: who is short here has a starved one, or none.
  if (!need_more_worker(pool)) {
    pool.short_ticks = 0;
    return lower_boost(pool);
  }
  if (++pool.short_ticks > 1) raise_boost(pool);
  while (need_more_worker(pool) && kick_pool_after_block(pool)) starts_.fetch_add(1, kRelaxed);  // relaxed: statistic
}

// @w counts as running.  Return: whether it is not so any more.
bool watchdog::look_at_worker(std_worker& w) noexcept {
  const std::uint32_t episode = w.episode.load(kRelaxed);  // relaxed: statistic
  const std::uint64_t cpu = thread_cpu_ns(w);
  if (episode != w.seen_episode) {  // a new item, or it has blocked since: the clock starts again
    w.seen_episode = episode;
    w.seen_cpu_ns = w.tick_cpu_ns = cpu;
    return false;
  }
  const std::uint64_t used = cpu - w.tick_cpu_ns;
  w.tick_cpu_ns = cpu;
  if (dom_->params.cpu_intensive_ns && cpu - w.seen_cpu_ns >= dom_->params.cpu_intensive_ns)
    return events_->worker_hogs(w);
  if (used >= kWatchdogTickNs / 2) return false;  // it runs
  const thread_look look = look_at_thread(w);
  // Without /proc a thread that used nothing for a whole tick is taken for blocked: at worst one too many runs.
  const bool blocked = look.run == thread_run::blocked || (look.run == thread_run::unknown && used == 0);
  if (!blocked) return false;
  w.seen_cpu_ns = cpu;
  return events_->worker_blocked(w);
}

// A sentinel took @w for blocked because its CPU idled.  If it runs after all it counts again.
void watchdog::verify_presumption(std_worker& w) noexcept {
  w.presumed_blocked.store(false, kRelaxed);  // relaxed: a note
  if (w.state.read() == run_states::found_blocked && look_at_thread(w).run == thread_run::runnable)
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
  if (boost == 0 || ++pool.calm_ticks <= kCalmTicks) return;
  pool.boost.store(boost - 1, kRelaxed);
  pool.calm_ticks = 0;
}

}  // namespace cmwq::detail
