// The state word of a work item: its layout and its transitions, nothing else.
//
//   on a list (PWQ = 1):   [ pool_workqueue pointer, 256-aligned ][ colour 7..4 ][ LINKED PWQ INACTIVE PENDING ]
//   off list  (PWQ = 0):   [ 0 ][ last pool 51..21 ][ disable depth 20..5 ][ BH 4 ][ LINKED PWQ INACTIVE PENDING ]
//
// Invariants:
//  (1) PENDING is ownership.  Whoever turned it from 0 to 1 owns the item and is the only one who may
//      write the word, until it hands the item to a pool (PWQ = 1, then the pool's lock owns it) or
//      gives PENDING back.
//  (2) The word changes between the two forms only under the lock of the pool it names.
//  (3) Every transition is an acq_rel read-modify-write, also the failing one of try_set_pending(): the
//      modification order of this one word orders everything queueing promises about visibility.
//
// States and transitions: docs/states/work_item.md.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/bits.h"
#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
struct pool_workqueue;

enum work_flags : std::uint64_t {
  WORK_STRUCT_PENDING = 1u << 0,
  WORK_STRUCT_INACTIVE = 1u << 1,
  WORK_STRUCT_PWQ = 1u << 2,
  WORK_STRUCT_LINKED = 1u << 3,

  WORK_OFFQ_BH = 1u << 4,  // off every list: the last pool was a BH pool
};

using work_color_field = bit_field<4, 4>;
using work_disable_field = bit_field<5, 16>;
using work_pool_field = bit_field<21, 31>;

inline constexpr int WORK_NR_COLORS = 16;
inline constexpr std::uint64_t WORK_OFFQ_POOL_NONE = work_pool_field::max;
inline constexpr std::uint64_t WORK_DISABLE_MAX = work_disable_field::max;
inline constexpr std::uint64_t WORK_STRUCT_PWQ_MASK = ~std::uint64_t{0xff};
inline constexpr std::uint64_t WORK_DATA_INIT = work_pool_field::pack(WORK_OFFQ_POOL_NONE);

static_assert(WORK_DATA_INIT == 0x000F'FFFF'FFE0'0000ULL);
static_assert(sizeof(void*) == 8, "the word holds a whole pointer");

// A value read from a word; predicates and fields.
struct work_bits {
  std::uint64_t bits = 0;  // I: a copy

  bool pending() const noexcept { return bits & WORK_STRUCT_PENDING; }
  bool inactive() const noexcept { return bits & WORK_STRUCT_INACTIVE; }
  bool on_pwq() const noexcept { return bits & WORK_STRUCT_PWQ; }
  bool linked() const noexcept { return bits & WORK_STRUCT_LINKED; }

  // Meaningful while on_pwq().
  int color() const noexcept { return static_cast<int>(work_color_field::unpack(bits)); }
  template <class P>
  pool_workqueue<P>* pwq() const noexcept {
    return on_pwq() ? reinterpret_cast<pool_workqueue<P>*>(bits & WORK_STRUCT_PWQ_MASK) : nullptr;
  }

  // Meaningful while !on_pwq().
  std::uint64_t pool_id() const noexcept { return work_pool_field::unpack(bits); }
  bool bh() const noexcept { return !on_pwq() && (bits & WORK_OFFQ_BH); }
  std::uint64_t disable_depth() const noexcept { return on_pwq() ? 0 : work_disable_field::unpack(bits); }
};

template <class P>
class work_word {
 public:
  constexpr work_word() noexcept : word_(WORK_DATA_INIT) {}

  // Not a transition: the item is nobody's.
  void init() noexcept { word_.store(WORK_DATA_INIT, kRelaxed); /* relaxed: nobody else may look */ }

  // IDLE -> OWNED.  True for the one caller that became the owner.
  // (P1) acq_rel, with (P2) and itself: a loser's earlier writes reach the run that follows, because the
  // runner's (P2) reads this RMW's value or a later one.  Do not look first: a plain load that finds
  // PENDING set publishes nothing, and the loser's event is lost.
  [[nodiscard]] bool try_set_pending() noexcept {
    return !(word_.fetch_or(WORK_STRUCT_PENDING, kAcqRel) & WORK_STRUCT_PENDING);
  }

  // OWNED -> QUEUED or INACTIVE, by the owner, under the pool's lock.  @flags: LINKED, INACTIVE.
  void set_queued(pool_workqueue<P>* pwq, int color, std::uint64_t flags) noexcept {
    const std::uint64_t bits = reinterpret_cast<std::uint64_t>(pwq) | work_color_field::pack(color) |
                               WORK_STRUCT_PENDING | WORK_STRUCT_PWQ | flags;
    word_.exchange(bits, kAcqRel);  // (P3) acq_rel, with (P4): who reads the pwq sees it initialised
  }

  // QUEUED -> IDLE (and running), by the worker, under the pool's lock, before the function is called.
  // (P2) acq_rel, with (P1): sees every write made before the PENDING that it clears.
  void set_pool_and_clear_pending(std::uint64_t pool_id, bool bh) noexcept {
    word_.exchange(last_pool(pool_id, bh), kAcqRel);
  }

  // QUEUED, INACTIVE -> OWNED, by whoever holds the pool's lock: the item was unlinked.
  void set_pool_and_keep_pending(std::uint64_t pool_id, bool bh) noexcept {
    word_.exchange(last_pool(pool_id, bh) | WORK_STRUCT_PENDING, kAcqRel);  // (P5), with (P1)
  }

  // OWNED -> OWNED with another disable depth, or -> IDLE; by the owner.  The last pool stays as in @was.
  void set_off_queue(work_bits was, std::uint64_t disable_depth, bool pending) noexcept {
    word_.exchange(last_pool(was.pool_id(), was.bh()) | work_disable_field::pack(disable_depth) |
                       (pending ? std::uint64_t{WORK_STRUCT_PENDING} : 0),
                   kAcqRel);  // (P6) acq_rel, with (P1): the next owner sees what this owner did
  }

  // OWNED -> IDLE, by the owner; everything else in the word stays.
  void clear_pending() noexcept {
    word_.fetch_and(~std::uint64_t{WORK_STRUCT_PENDING}, kAcqRel);  // (P7), with (P1)
  }

  // QUEUED: a barrier follows this entry on its list.  Under the pool's lock.
  void set_linked() noexcept { word_.fetch_or(WORK_STRUCT_LINKED, kAcqRel); /* (P8), with (P4) */ }

  // INACTIVE -> QUEUED, under the pool's lock.
  void clear_inactive() noexcept {
    word_.fetch_and(~std::uint64_t{WORK_STRUCT_INACTIVE}, kAcqRel);  // (P9), with (P4)
  }

  // (P4) acquire, with (P3): a pwq pointer read here may be dereferenced.
  work_bits read() const noexcept { return {word_.load(kAcquire)}; }

  // The whole word at once, as a snapshot that decides nothing.
  bool pending() const noexcept { return work_bits{word_.load(kRelaxed)}.pending(); /* relaxed: advisory */ }

 private:
  static std::uint64_t last_pool(std::uint64_t pool_id, bool bh) noexcept {
    return work_pool_field::pack(pool_id) | (bh ? std::uint64_t{WORK_OFFQ_BH} : 0);
  }

  typename P::template atomic<std::uint64_t> word_;  // AT: tags P1 .. P9
};

}  // namespace cmwq::detail
