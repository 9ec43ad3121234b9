// The work item, and the work item with a timer.
#pragma once

#include <type_traits>

#include "cmwq/detail/base/list.h"
#include "cmwq/detail/core/work_word.h"
#include "cmwq/detail/os/std_policy.h"
#include "cmwq/detail/os/timer_node.h"

namespace cmwq {

struct work_struct;
using work_func_t = void (*)(work_struct*);

// Of the timer of a delayed work: it wakes nobody by itself.
inline constexpr unsigned TIMER_DEFERRABLE = 0x0008'0000;

namespace detail {

// One unit of work.  The caller owns the memory and may free it inside the item's own function.
template <class P>
struct basic_work {
  using func_type = void (*)(typename P::work_type*);

  work_word<P> data;         // AT: see work_word.h
  list_head entry;           // L: pool worklist, pwq inactive_works or execution scheduled
  func_type func = nullptr;  // I: by the owner of PENDING

  constexpr basic_work() noexcept = default;
  constexpr explicit basic_work(func_type f) noexcept : func(f) {}

  // The item is nobody's: neither pending nor running.
  void init(func_type f) noexcept {
    data.init();
    list_init(entry);
    func = f;
  }
};

template <class P>
struct basic_delayed_work {
  typename P::work_type work;                // AT: first: to_delayed_work() relies on it
  timer_node<P> timer;                       // W: see timer_node.h
  typename P::workqueue_type* wq = nullptr;  // I: by the owner of PENDING, when the timer is armed
  int cpu = -1;                              // I: the same

  constexpr basic_delayed_work() noexcept = default;
  constexpr explicit basic_delayed_work(typename basic_work<P>::func_type f, unsigned timer_flags = 0) noexcept
      : work(f), timer(timer_flags & TIMER_DEFERRABLE) {}

  void init(typename basic_work<P>::func_type f, unsigned timer_flags = 0) noexcept {
    work.init(f);
    list_init(timer.entry);
    timer.wheel.store(nullptr, kRelaxed);  // relaxed: nobody else may look
    timer.deferrable = timer_flags & TIMER_DEFERRABLE;
    wq = nullptr;
    cpu = -1;
  }
};

}  // namespace detail

struct delayed_work;

namespace detail {
// Checks of debug builds (CMWQ_DEBUG_WORK): each says what is wrong, naming the function, and takes the item back.
CMWQ_API void check_init(work_struct& work) noexcept;  // its memory may hold anything
CMWQ_API void check_init(delayed_work& dwork) noexcept;
CMWQ_API void check_destroy_on_stack(work_struct& work) noexcept;
CMWQ_API void check_destroy_on_stack(delayed_work& dwork) noexcept;
CMWQ_API void destroyed_while_pending(work_struct& work) noexcept;
CMWQ_API void destroyed_while_pending(delayed_work& dwork) noexcept;

#if defined(CMWQ_DEBUG_WORK)
inline constexpr bool kDebugWork = true;
#else
inline constexpr bool kDebugWork = false;
#endif

template <class Item>
void debug_destroy_on_stack([[maybe_unused]] Item& item) noexcept {
  if constexpr (kDebugWork) check_destroy_on_stack(item);
}
}  // namespace detail

struct work_struct : detail::basic_work<detail::std_policy> {
  using basic_work::basic_work;
#if defined(CMWQ_DEBUG_WORK)
  ~work_struct() {
    if (data.pending()) detail::destroyed_while_pending(*this);
  }
#endif
};
static_assert(sizeof(work_struct) == 32);

struct delayed_work : detail::basic_delayed_work<detail::std_policy> {
  using basic_delayed_work::basic_delayed_work;
#if defined(CMWQ_DEBUG_WORK)
  ~delayed_work() {
    if (work.data.pending()) detail::destroyed_while_pending(*this);
  }
#endif
};

namespace detail {

// The object whose member @member holds @work: as its base (an item of the user's own type) or as its first member
// (delayed_work and its kin).
template <class Owner, class Item>
Owner* owner_of_item(work_struct* work, Item Owner::*member) noexcept {
  if constexpr (std::is_base_of_v<work_struct, Item>) {
    return field_owner<Owner>(static_cast<Item*>(work), member);
  } else {
    static_assert(std::is_same_v<decltype(Item::work), work_struct>, "the member holds no work item");
    return field_owner<Owner>(reinterpret_cast<Item*>(work), member);
  }
}

}  // namespace detail

}  // namespace cmwq
