// The watch for stalls: on duty only while something waits on a pool's list.
//
// Its timer is armed by the first item that waits and fires once per threshold; when it finds every list empty it goes
// off duty, so idle queues make no wake-ups.
//
//   an item waits                            the timer fires and finds nothing
//   1. publish it (H1 in worker_pool.h)      1. off duty (V2)
//   2. on duty (V1)?  If not: arm            2. look once more (H2); something waits: arm
//
// Both in one total order: the item or the empty post is seen.  What it does when it fires: src/eyes/stalls.cpp.
#pragma once

#include <cstdint>
#include <memory>

#include "cmwq/detail/os/timer_wheel.h"

namespace cmwq::detail {

template <class P>
class stall_watch {
  template <class T>
  using atomic = typename P::template atomic<T>;

 public:
  // Before anything is queued.  @fired runs on the timer thread.
  void init(typename timer_node<P>::function fired, std::uint64_t thresh_ms, int nr_cpus) {
    timer_.fn.store(fired, kRelaxed);  // relaxed, all: nobody looks yet
    touched_cpu_.reset(new atomic<std::uint64_t>[static_cast<std::size_t>(nr_cpus)]());
    nr_cpus_ = nr_cpus;
    thresh_ms_.store(thresh_ms, kRelaxed);
    on_duty_.exchange(thresh_ms == 0, kSeqCst);  // (V2) seq_cst, with (V1): a watch that is switched off is never armed
  }

  static stall_watch& of_timer(timer_node<P>* timer) noexcept { return *field_owner<stall_watch>(timer, &stall_watch::timer_); }

  // Something waits on a list.  Any thread, under the pool's lock: then call go_on_duty() without it.
  bool off_duty() const noexcept { return on_duty_.load(kSeqCst) == 0; /* (V1) seq_cst, with (V2), after (H1) */ }

  void go_on_duty(timer_wheel<P>& timers) noexcept {
    if (on_duty_.exchange(1, kSeqCst) == 0) stay_on_duty(timers);  // (V1), with (V2)
  }
  // By who is on duty.
  void stay_on_duty(timer_wheel<P>& timers) noexcept {
    if (const std::uint64_t thresh = thresh_ms()) timers.arm(timer_, thresh);
  }
  // By the timer's function; then it looks once more.
  void go_off_duty() noexcept { on_duty_.exchange(0, kSeqCst); /* (V2) seq_cst, with (V1) */ }

  // Starts anew with another threshold; 0: switched off.
  void set_thresh_ms(std::uint64_t thresh, timer_wheel<P>& timers) noexcept {
    thresh_ms_.store(thresh, kRelaxed);  // relaxed: the timer's next turn will do
    on_duty_.exchange(1, kSeqCst);       // (V1), with (V2)
    if (thresh)
      timers.arm(timer_, thresh);
    else
      timer_wheel<P>::cancel(timer_);
  }
  std::uint64_t thresh_ms() const noexcept { return thresh_ms_.load(kRelaxed); /* relaxed: a setting */ }

  // The pools of @cpu, or all of them if it is negative, are known not to advance now.
  void touch(int cpu, std::uint64_t now) noexcept {
    if (cpu < 0)
      touched_.store(now, kRelaxed);  // relaxed, both: a statistic
    else if (cpu < nr_cpus_)
      touched_cpu_[static_cast<std::size_t>(cpu)].store(now, kRelaxed);
  }
  std::uint64_t last_touch(int cpu) const noexcept {
    const std::uint64_t all = touched_.load(kRelaxed);  // relaxed, both: a statistic
    if (cpu < 0) return all;
    const std::uint64_t own = touched_cpu_[static_cast<std::size_t>(cpu)].load(kRelaxed);
    return own > all ? own : all;
  }

  atomic<std::uint64_t> nr_stalls{0};  // AT: relaxed, statistic: checks that found a stalled pool
  atomic<std::uint64_t> nr_healed{0};  // AT: relaxed, statistic: workers started in stalled pools

 private:
  atomic<std::uint32_t> on_duty_{1};                            // AT: tags V1, V2
  atomic<std::uint64_t> thresh_ms_{0};                          // AT: relaxed, 0 = off
  timer_node<P> timer_;                                         // W
  int nr_cpus_ = 0;                                             // I
  atomic<std::uint64_t> touched_{0};                            // AT: relaxed, ns
  std::unique_ptr<atomic<std::uint64_t>[]> touched_cpu_;        // I: the array; relaxed, ns
};

}  // namespace cmwq::detail
