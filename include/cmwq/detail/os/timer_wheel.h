// A hierarchical timing wheel with ticks of 1 ms: arm, cancel and fire in constant time.
//
// kLevels wheels of 64 slots.  A timer hangs in the level of the highest 6-bit digit in which its expiry
// differs from the current tick; when time enters a slot of a higher level, its timers move down.  A bitmap
// per level finds the next slot that is not empty, so the thread sleeps exactly until something is due and
// not at all while nothing is armed.
//
// Invariants: (1) base_ never exceeds the expiry of an armed timer; (2) a bit of occupied_ is set iff its
// slot is not empty; (3) a node is linked iff it is armed; who unlinks it under lock_ owns the expiry.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cmwq/detail/os/mutex.h"
#include "cmwq/detail/os/parker.h"
#include "cmwq/detail/os/timer_node.h"

namespace cmwq::detail {

inline constexpr std::uint64_t kTickNs = 1'000'000;  // one jiffy

template <class P>
class timer_wheel {
 public:
  using node = timer_node<P>;

  timer_wheel() noexcept : base_(P::now() / kTickNs) {}

  // Arms @n, or arms it anew, to fire not before @delay ticks from now.
  void arm(node& n, std::uint64_t delay) noexcept {
    const std::uint64_t now = P::now();
    const std::uint64_t longest = kHorizon - 1;
    // The tick that begins at or after now + delay: never early.
    const std::uint64_t expires = (now + kTickNs - 1) / kTickNs + (delay < longest ? delay : longest);
    bool sooner;
    {
      lock_guard guard(lock_);
      if (!list_empty(n.entry)) unlink(n);
      n.expires = expires > base_ ? expires : base_ + 1;
      n.wheel.store(this, kRelease);  // (T1) release, with (T2)
      link(n);
      sooner = n.expires < wake_at_;
      if (sooner) wake_at_ = n.expires;
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
    wheel->unlink(n);
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
      for (auto& level : slots_)
        for (list_head& slot : level)
          list_for_each<node, &node::entry>(slot, [&](node& n) {
            if (!unwanted(n)) return;
            unlink(n);
            list_add_tail(n.entry, taken);
          });
    }
    list_for_each<node, &node::entry>(taken, [&](node& n) {
      list_del_init(n.entry);
      removed(n);
    });
  }

  // Fires timers on the calling thread until stop().
  void run() noexcept {
    while (!stopped()) parker_.park_until(fire_due());
  }

  // Fires what is due.  Return: when to call again, ns; P::kNever while nothing is armed.
  std::uint64_t fire_due() noexcept {
    for (;;) {
      node* due;
      {
        lock_guard guard(lock_);
        due = take_due(P::now() / kTickNs);
        wake_at_ = due ? 0 : next_event();  // 0: while it looks, nobody needs to wake it
        if (!due) return wake_at_ == kNoEvent ? P::kNever : wake_at_ * kTickNs;
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
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 7;
  static constexpr std::uint64_t kHorizon = 1ULL << (kBits * kLevels - 1);  // about 70 years
  static constexpr std::uint64_t kNoEvent = ~0ULL;

  bool stopped() noexcept {
    lock_guard guard(lock_);
    return stopped_;
  }

  void notify() noexcept {
    parker_.give();
    parker_.ring();
  }

  static int level_of(std::uint64_t expires, std::uint64_t base) noexcept {
    const std::uint64_t differing = expires ^ base;
    if (differing == 0) return 0;
    const int level = (63 - std::countl_zero(differing)) / kBits;
    return level < kLevels ? level : kLevels - 1;
  }
  static int slot_of(std::uint64_t tick, int level) noexcept {
    return static_cast<int>((tick >> (level * kBits)) & (kSlots - 1));
  }

  void link(node& n) noexcept {
    const int level = level_of(n.expires, base_), slot = slot_of(n.expires, level);
    list_add_tail(n.entry, slots_[level][slot]);
    occupied_[level] |= 1ULL << slot;
  }

  void unlink(node& n) noexcept {
    list_head* const neighbour = n.entry.next;
    const bool alone = neighbour == n.entry.prev;  // then the neighbour is the slot's head
    list_del_init(n.entry);
    if (!alone) return;
    const auto index = static_cast<std::size_t>(neighbour - &slots_[0][0]);
    occupied_[index / kSlots] &= ~(1ULL << (index % kSlots));
  }

  // The tick at which the next slot that is not empty begins; base_'s own level-0 slot counts as due now.
  std::uint64_t next_event() const noexcept {
    for (int level = 0; level < kLevels; ++level) {
      if (!occupied_[level]) continue;
      // Slots of this level lie ahead of base_'s digit, except that level 0 includes the digit itself.
      const int digit = slot_of(base_, level);
      const std::uint64_t ahead = occupied_[level] & (~0ULL << digit);
      const int shift = level * kBits;
      const std::uint64_t above = level == kLevels - 1 ? 0 : (base_ >> (shift + kBits)) << (shift + kBits);
      const std::uint64_t pick = ahead ? ahead : occupied_[level];
      return above + (static_cast<std::uint64_t>(std::countr_zero(pick)) << shift);
    }
    return kNoEvent;
  }

  // Moves time up to @now and takes one due timer off the wheel, or none.
  node* take_due(std::uint64_t now) noexcept {
    for (;;) {
      const std::uint64_t event = next_event();
      if (event > now) {
        // Nothing before @event: time may jump, but not past it.
        if (now > base_) base_ = now;
        return nullptr;
      }
      if (event > base_) base_ = event;
      if (node* due = first_at(0)) {
        unlink(*due);
        return due;
      }
      for (int level = 1; level < kLevels; ++level) move_down(level);
    }
  }

  node* first_at(int level) noexcept {
    list_head& slot = slots_[level][slot_of(base_, level)];
    return list_first_or_null<node, &node::entry>(slot);
  }

  // Spreads the slot of @level that base_ is in over the lower levels.
  void move_down(int level) noexcept {
    list_head moving;
    const int slot = slot_of(base_, level);
    list_splice_tail_init(slots_[level][slot], moving);
    occupied_[level] &= ~(1ULL << slot);
    list_for_each<node, &node::entry>(moving, [&](node& n) {
      list_del_init(n.entry);
      link(n);
    });
  }

  mutex<P, lock_rank::timer_lock> lock_;
  std::uint64_t base_;                                              // W: current tick
  std::uint64_t wake_at_ = kNoEvent;                                // W: when run() will look again
  bool stopped_ = false;                                            // W
  std::array<std::uint64_t, kLevels> occupied_{};                   // W: bit = slot not empty
  std::array<std::array<list_head, kSlots>, kLevels> slots_;        // W
  parker<P> parker_;
};

}  // namespace cmwq::detail
