// Where timers hang until they are due: a hierarchy of wheels with 64 slots each, in ticks.
//
// A timer hangs in the level of the highest 6-bit digit in which its expiry differs from the current tick; when time
// enters a slot of a higher level, its timers move down.  A bitmap per level finds the next slot that is not empty.
//
// Invariants: (1) base_ never exceeds the expiry of a timer here; (2) a bit of occupied_ is set iff its slot is not
// empty.  Not thread-safe: the timer wheel's lock protects it all.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cmwq/detail/os/timer_node.h"

namespace cmwq::detail {

template <class P>
class timer_slots {
 public:
  using node = timer_node<P>;

  static constexpr std::uint64_t kNoEvent = ~0ULL;
  static constexpr std::uint64_t kLongest = (1ULL << 41) - 1;  // ticks from base_: about 70 years

  explicit timer_slots(std::uint64_t now) noexcept : base_(now) {}

  // Hangs @n, which is unlinked, where @expires belongs; a time that has passed becomes the next tick.
  void link(node& n, std::uint64_t expires) noexcept {
    n.expires = expires > base_ ? expires : base_ + 1;
    place(n);
  }

  void unlink(node& n) noexcept {
    list_head* const neighbour = n.entry.next;
    const bool alone = neighbour == n.entry.prev;  // then the neighbour is the slot's head
    list_del_init(n.entry);
    if (!alone) return;
    const auto index = static_cast<std::size_t>(neighbour - &slots_[0][0]);
    occupied_[index / kSlots] &= ~(1ULL << (index % kSlots));
  }

  // The tick at which the next slot that is not empty begins, or kNoEvent; base_'s own level-0 slot counts as due now.
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

  // Moves time up to @now and takes one due timer, or none.
  node* take_due(std::uint64_t now) noexcept {
    for (;;) {
      const std::uint64_t event = next_event();
      if (event > now) {
        // Nothing before @event: time may jump, but not past it.
        if (now > base_) base_ = now;
        return nullptr;
      }
      if (event > base_) base_ = event;
      if (node* due = list_first_or_null<node, &node::entry>(slots_[0][slot_of(base_, 0)])) {
        unlink(*due);
        return due;
      }
      for (int level = 1; level < kLevels; ++level) move_down(level);
    }
  }

  // Every timer; the visited one may be unlinked.
  template <class Visit>
  void for_each(Visit visit) noexcept {
    for (auto& level : slots_)
      for (list_head& slot : level) list_for_each<node, &node::entry>(slot, visit);
  }

 private:
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 7;
  static_assert(kLongest < 1ULL << (kBits * kLevels - 1) && kLongest + 1 == 1ULL << (kBits * kLevels - 1));

  static int level_of(std::uint64_t expires, std::uint64_t base) noexcept {
    const std::uint64_t differing = expires ^ base;
    if (differing == 0) return 0;
    const int level = (63 - std::countl_zero(differing)) / kBits;
    return level < kLevels ? level : kLevels - 1;
  }
  static int slot_of(std::uint64_t tick, int level) noexcept {
    return static_cast<int>((tick >> (level * kBits)) & (kSlots - 1));
  }

  void place(node& n) noexcept {
    const int level = level_of(n.expires, base_), slot = slot_of(n.expires, level);
    list_add_tail(n.entry, slots_[level][slot]);
    occupied_[level] |= 1ULL << slot;
  }

  // Spreads the slot of @level that base_ is in over the lower levels.
  void move_down(int level) noexcept {
    list_head moving;
    const int slot = slot_of(base_, level);
    list_splice_tail_init(slots_[level][slot], moving);
    occupied_[level] &= ~(1ULL << slot);
    list_for_each<node, &node::entry>(moving, [&](node& n) {
      list_del_init(n.entry);
      place(n);
    });
  }

  std::uint64_t base_;                                        // W: current tick
  std::array<std::uint64_t, kLevels> occupied_{};             // W: bit = slot not empty
  std::array<std::array<list_head, kSlots>, kLevels> slots_;  // W
};

}  // namespace cmwq::detail
