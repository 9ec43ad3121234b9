// A timing wheel with ticks of 1 ms and the thread that fires: arm, cancel and fire in constant time.
//
// The thread sleeps exactly until something is due, and not at all while nothing is armed.  Deferrable timers do not
// count for that: they hang in slots of their own and fire when the thread is awake anyway, or when a worker that
// starts an item finds one of them due.
//
// Invariant: a node is linked iff it is armed; who unlinks it under lock_ owns the expiry.
#pragma once

#include <cstdint>

#include "cmwq/detail/os/mutex.h"
#include "cmwq/detail/os/parker.h"
#include "cmwq/detail/os/timer_slots.h"

namespace cmwq::detail {

inline constexpr std::uint64_t kTickNs = 1'000'000;  // one jiffy

template <class P>
class timer_wheel {
 public:
  using node = timer_node<P>;
  using slots = timer_slots<P>;

  timer_wheel() noexcept : prompt_(P::now() / kTickNs), deferrable_(P::now() / kTickNs) {}

  // Arms @n, or arms it anew, to fire not before @delay ticks from now.
  void arm(node& n, std::uint64_t delay) noexcept {
    const std::uint64_t now = P::now();
    // The tick that begins at or after now + delay: never early.
    const std::uint64_t expires = (now + kTickNs - 1) / kTickNs + (delay < slots::kLongest ? delay : slots::kLongest);
    bool sooner = false;
    {
      lock_guard guard(lock_);
      if (!list_empty(n.entry)) slots_of(n).unlink(n);
      n.wheel.store(this, kRelease);  // (T1) release, with (T2)
      slots_of(n).link(n, expires);
      if (n.deferrable) {
        expect_deferrable_at(n.expires * kTickNs);
      } else if (n.expires < wake_at_) {
        wake_at_ = n.expires;
        sooner = true;
      }
    }
    if (sooner) notify();
  }

  // Return: true if @n was armed in some wheel and is not any more.  False means that it was not armed, or
  // that its function has been or is being called.
  static bool cancel(node& n) noexcept {
    timer_wheel* wheel = n.wheel.load(kAcquire);  // (T2) acquire, with (T1)
    if (!wheel) return false;
    lock_guard guard(wheel->lock_);
    if (list_empty(n.entry)) return false;
    wheel->slots_of(n).unlink(n);
    return true;
  }

  static bool armed(node& n) noexcept {
    timer_wheel* wheel = n.wheel.load(kAcquire);  // (T2), with (T1)
    if (!wheel) return false;
    lock_guard guard(wheel->lock_);
    return !list_empty(n.entry);
  }

  // Takes every armed timer for which @unwanted(node) says so off the wheel and calls @removed(node) for it,
  // without the lock.
  template <class Unwanted, class Removed>
  void cancel_if(Unwanted unwanted, Removed removed) noexcept {
    list_head taken;
    {
      lock_guard guard(lock_);
      const auto take = [&](node& n) {
        if (!unwanted(n)) return;
        slots_of(n).unlink(n);
        list_add_tail(n.entry, taken);
      };
      prompt_.for_each(take);
      deferrable_.for_each(take);
    }
    list_for_each<node, &node::entry>(taken, [&](node& n) {
      list_del_init(n.entry);
      removed(n);
    });
  }

  // Something happens at @now anyway: if a deferrable timer is due, this is its time.
  void note_activity(std::uint64_t now) noexcept {
    if (now < deferrable_at_.load(kRelaxed)) return;  // relaxed: a hint; if missed, it fires at the next activity
    {
      lock_guard guard(lock_);
      if (now < deferrable_at_.load(kRelaxed)) return;  // relaxed: under the lock
      deferrable_at_.store(P::kNever, kRelaxed);        // relaxed: the same; one caller is enough
    }
    notify();
  }

  // Fires timers on the calling thread until stop().
  void run() noexcept {
    while (!stopped()) parker_.park_until(fire_due());
  }

  // Fires what is due.  Return: when to call again, ns; P::kNever while nothing is armed that wakes.
  std::uint64_t fire_due() noexcept {
    for (;;) {
      node* due;
      {
        lock_guard guard(lock_);
        due = take_due(P::now() / kTickNs);
        wake_at_ = due ? 0 : prompt_.next_event();  // 0: while it looks, nobody needs to wake it
        if (!due) return wake_at_ == slots::kNoEvent ? P::kNever : wake_at_ * kTickNs;
      }
      due->fn.load(kRelaxed)(due);  // relaxed: written before the node was armed, lock_ orders it
    }
  }

  void stop() noexcept {
    {
      lock_guard guard(lock_);
      stopped_ = true;
    }
    notify();
  }

 private:
  slots& slots_of(const node& n) noexcept { return n.deferrable ? deferrable_ : prompt_; }

  bool stopped() noexcept {
    lock_guard guard(lock_);
    return stopped_;
  }

  void notify() noexcept {
    parker_.give();
    parker_.ring();
  }

  // Under the lock.
  void expect_deferrable_at(std::uint64_t ns) noexcept {
    if (ns < deferrable_at_.load(kRelaxed)) deferrable_at_.store(ns, kRelaxed);  // relaxed: a hint, written under lock_
  }

  // One timer that is due, or none; then what is left of the deferrable ones is expected.  Under the lock.
  node* take_due(std::uint64_t now) noexcept {
    if (node* due = prompt_.take_due(now)) return due;
    if (node* due = deferrable_.take_due(now)) return due;
    const std::uint64_t event = deferrable_.next_event();
    deferrable_at_.store(event == slots::kNoEvent ? P::kNever : event * kTickNs, kRelaxed);  // relaxed: a hint
    return nullptr;
  }

  mutex<P, lock_rank::timer_lock> lock_;
  slots prompt_;                           // W: those that wake
  slots deferrable_;                       // W: those that do not
  std::uint64_t wake_at_ = slots::kNoEvent;  // W: tick, when run() will look again
  bool stopped_ = false;                   // W
  // AT: relaxed, a hint: ns, when the next deferrable timer is due.  Every worker reads it at every item.
  alignas(kCacheLine) typename P::template atomic<std::uint64_t> deferrable_at_{P::kNever};
  alignas(kCacheLine) parker<P> parker_;
};

}  // namespace cmwq::detail
