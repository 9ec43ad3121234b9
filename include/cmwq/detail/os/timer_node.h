// What a timer is to its owner: a plain struct to embed.  The wheel it hangs in: os/timer_wheel.h.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/list.h"
#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
class timer_wheel;

template <class P>
struct timer_node {
  using function = void (*)(timer_node*);

  list_head entry;                                                       // W: wheel slot, or unlinked
  std::uint64_t expires = 0;                                             // W: tick, absolute
  typename P::template atomic<function> fn{nullptr};                     // I: called on the timer thread
  typename P::template atomic<timer_wheel<P>*> wheel{nullptr};           // AT: (T1), the wheel last armed in
  bool deferrable = false;                                               // I: wakes nobody by itself

  constexpr timer_node() noexcept = default;
  constexpr explicit timer_node(bool is_deferrable) noexcept : deferrable(is_deferrable) {}
};

}  // namespace cmwq::detail
