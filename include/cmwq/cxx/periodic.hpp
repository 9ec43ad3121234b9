// A callable that is called at a rate.
#pragma once

#include "cmwq/cxx/queue_ref.hpp"

namespace cmwq {

enum class pace {
  fixed_rate,   // deadlines stand on a grid: start + n * period.  Lateness does not add up
  fixed_delay,  // one period between the end of a call and the next deadline
};

// What a call is told.
struct tick {
  std::uint64_t number;   // of this call, from 0
  std::uint64_t missed;   // deadlines between the last call and this one that got no call of their own
  std::uint64_t late_ns;  // from the deadline to this call
};

// So far; each number is right, but they are read one after the other.
struct tick_counts {
  std::uint64_t calls;
  std::uint64_t missed;
  std::uint64_t most_late_ns;
};

namespace detail {

// Everything but the callable.
class CMWQ_API periodic_item : private delayed_work {
 public:
  periodic_item(const periodic_item&) = delete;
  periodic_item& operator=(const periodic_item&) = delete;

  /* The first deadline is one period from now; if it is running, it starts anew.  Call start() and stop() from one
   * thread at a time; stop() may also be called by the callable itself. */
  void start() noexcept;

  /* Takes it back and waits for a running call; inside that call it only sees to it that no more follow. */
  void stop() noexcept;

  bool running() const noexcept { return running_.load(std::memory_order_relaxed); }  // relaxed: advisory
  tick_counts counts() const noexcept;

 protected:
  /* Throws error if the period is 0. */
  periodic_item(queue_ref queue, std::uint64_t period_ns, pace how, void (*call)(periodic_item*, const tick&));
  ~periodic_item() = default;

 private:
  static void run(work_struct* item);
  void one_tick();
  void plan_next() noexcept;
  void arm(std::uint64_t now) noexcept;

  queue_ref queue_;                              // I
  std::uint64_t period_;                         // I: ns
  pace pace_;                                    // I
  void (*call_)(periodic_item*, const tick&);    // I
  std::uint64_t deadline_ = 0;                   // ns; by start() before the first call, then by the item
  std::uint64_t missed_now_ = 0;                 // the same
  std::atomic<bool> running_{false};             // AT: relaxed; start() and stop() wait for the item by other means
  std::atomic<std::uint64_t> calls_{0};          // AT: relaxed, statistic
  std::atomic<std::uint64_t> missed_{0};         // AT: relaxed, statistic
  std::atomic<std::uint64_t> most_late_{0};      // AT: relaxed, statistic
};

}  // namespace detail

/* periodic p(queue, 10ms, f); p.start(): calls f() or f(tick) each 10 ms until stop() or its destructor, which waits
 * for a running call.  Periods are whole milliseconds, rounded up; 0 throws error.  Calls never overlap.  A call that is late by less than a period is made at once; deadlines that
 * passed by more are missed, counted, and not made up for.  An exception ends the calls and goes to the queue's
 * on_error.  The queue outlives it and is not drained meanwhile. */
template <class F>
class periodic : public detail::periodic_item {
  static constexpr bool takes_tick = std::is_invocable_v<F&, const tick&>;
  static_assert(takes_tick || std::is_invocable_v<F&>,
                "cmwq: a periodic callable must be callable without arguments or with a const cmwq::tick&");

 public:
  template <duration_like D, class G>
  periodic(queue_ref queue, const D& period, G&& f, pace how = pace::fixed_rate)
      : periodic_item(queue, static_cast<std::uint64_t>(to_jiffies(period)) * 1'000'000, how, &call),
        f_(std::forward<G>(f)) {}
  ~periodic() { stop(); }

 private:
  static void call(periodic_item* item, const tick& t) {
    auto* self = static_cast<periodic*>(item);
    if constexpr (takes_tick)
      self->f_(t);
    else
      self->f_();
  }

  F f_;
};

template <class D, class F>
periodic(queue_ref, D, F) -> periodic<F>;
template <class D, class F>
periodic(queue_ref, D, F, pace) -> periodic<F>;

}  // namespace cmwq
