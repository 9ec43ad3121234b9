// Which workers count as wanting a CPU: one state per worker, one count per pool.
//
// Invariant: the count is the number of workers in state running, up to transitions in progress (a
// transition changes the state first and the count after it, so the count lags by one at most per
// transition).  Whoever takes the count down looks at the pool afterwards and starts a worker if one is
// needed; so a reader that saw the count too high loses nothing.
//
// All calls may race; each is idempotent, so a hook that reports late, twice or wrongly changes how many
// workers run, never whether an item runs.  docs/states/worker.md.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

// The pool's count of running workers.
template <class P>
class run_count {
 public:
  // (R1) seq_cst, with (H1) and (R3): "take the count down, then read held-back work" against "publish
  // held-back work, then read the count".  At least one of the two sees the other.
  int decrement() noexcept { return count_.fetch_sub(1, kSeqCst) - 1; }
  int increment() noexcept { return count_.fetch_add(1, kSeqCst) + 1; }  // (R2), with (R3)
  int read() const noexcept { return count_.load(kSeqCst); }             // (R3), with (R1) and (R2)

 private:
  typename P::template atomic<int> count_{0};  // AT: tags R1 .. R3
};

enum class run_states : std::uint32_t {
  parked,         // sleeps, or is about to; owned by whoever takes it off the idle list or standby slot
  running,        // counted
  blocked,        // said that it blocks (blocking_begin, the library's own waits)
  found_blocked,  // was found blocked without a word; it may be running again by now
  uncounted,      // executes a CPU-intensive item, is a rescuer, or its pool does not count
};

template <class P>
class run_state {
 public:
  using states = run_states;

  // parked -> running or uncounted, by the one who took the worker off the idle list or standby slot.
  void start(run_count<P>& count, bool counted) noexcept {
    state_.exchange(word(counted ? states::running : states::uncounted), kAcqRel);  // (S1), with (S1)
    if (counted) count.increment();
  }

  // -> parked, by the worker itself.
  void park(run_count<P>& count) noexcept {
    if (exchange(states::parked) == states::running) count.decrement();
  }

  // -> blocked, by the worker itself.  Return: whether blocked() began a section that unblock() must end.
  bool block(run_count<P>& count) noexcept {
    for (states was = read();;) {
      if (was != states::running && was != states::found_blocked) return false;
      if (!replace(was, states::blocked)) continue;
      if (was == states::running) count.decrement();
      return true;
    }
  }
  void unblock(run_count<P>& count) noexcept {
    states was = states::blocked;
    if (replace(was, states::running)) count.increment();
  }

  // running -> found_blocked, by a hook.  Return: whether it changed; then the caller takes the count of the
  // worker's pool down (it reads the pool afterwards: only now the worker cannot leave it).
  [[nodiscard]] bool found_blocked() noexcept {
    states was = states::running;
    return replace(was, states::found_blocked);
  }

  // found_blocked -> running, by a hook.  Return: whether it changed; then the caller takes the count up.
  [[nodiscard]] bool found_running() noexcept {
    states was = states::found_blocked;
    return replace(was, states::running);
  }

  // running -> uncounted, by a hook.  Return: whether it changed; then the caller takes the count down.
  [[nodiscard]] bool found_hogging() noexcept {
    states was = states::running;
    return replace(was, states::uncounted);
  }

  // running, found_blocked -> uncounted, by the worker itself: the item is CPU-intensive.
  bool leave_count(run_count<P>& count) noexcept {
    for (states was = read();;) {
      if (was != states::running && was != states::found_blocked) return false;
      if (!replace(was, states::uncounted)) continue;
      if (was == states::running) count.decrement();
      return true;
    }
  }

  // uncounted, found_blocked -> running, by the worker itself at the end of an item.
  void rejoin_count(run_count<P>& count) noexcept {
    const states was = read();
    if (was == states::running) return;
    if (exchange(states::running) != states::running) count.increment();
  }

  // Not transitions: nobody else knows the worker yet.
  void reset() noexcept { exchange(states::parked); }
  void never_count() noexcept { exchange(states::uncounted); }

  states read() const noexcept { return static_cast<states>(state_.load(kRelaxed)); /* relaxed: advisory */ }
  bool running() const noexcept { return read() == states::running; }

 private:
  static constexpr std::uint32_t word(states s) noexcept { return static_cast<std::uint32_t>(s); }

  // (S1) acq_rel, with itself: one modification order of the word; exactly one transition leaves a state.
  states exchange(states to) noexcept { return static_cast<states>(state_.exchange(word(to), kAcqRel)); }
  bool replace(states& from, states to) noexcept {
    std::uint32_t expected = word(from);
    const bool done = state_.compare_exchange_strong(expected, word(to), kAcqRel, kRelaxed);  // (S1), with (S1)
    from = static_cast<states>(expected);
    return done;
  }

  typename P::template atomic<std::uint32_t> state_{word(states::parked)};  // AT: tag S1
};

}  // namespace cmwq::detail
