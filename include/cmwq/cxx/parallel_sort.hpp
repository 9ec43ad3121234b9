// Sorting on the CPUs of a queue.
#pragma once

#include <algorithm>

#include "cmwq/cxx/parallel.hpp"

namespace cmwq {
namespace detail {

// Quicksort: the two sides of the middle element's place at the same time.  @levels are left before the rest is left to
// std::sort, which does not degenerate.
template <class Iterator, class Less>
void sort_both_sides(queue_ref queue, Iterator first, Iterator last, Less& less, std::size_t size, int levels) {
  if (static_cast<std::size_t>(last - first) <= size || levels == 0) return std::sort(first, last, less);
  const Iterator mid = first + (last - first) / 2, end = last - 1;
  if (less(*mid, *first)) std::iter_swap(mid, first);
  if (less(*end, *mid)) {
    std::iter_swap(end, mid);
    if (less(*mid, *first)) std::iter_swap(mid, first);
  }
  std::iter_swap(first, mid);  // the median of three is the pivot
  const Iterator less_end = std::partition(first + 1, last, [&](const auto& x) { return less(x, *first); });
  std::iter_swap(first, less_end - 1);
  // What equals the pivot needs no sorting; many equal elements would else be one side.
  const Iterator greater = std::partition(less_end, last, [&](const auto& x) { return !less(*(less_end - 1), x); });
  parallel_invoke(
      queue, [&] { sort_both_sides(queue, first, less_end - 1, less, size, levels - 1); },
      [&] { sort_both_sides(queue, greater, last, less, size, levels - 1); });
}

struct less_than {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a < b;
  }
};

}  // namespace detail

/* Sorts [@first, @last), random access, by @less; not stable; in place.  @least: up to that many elements are sorted by
 * one std::sort. */
template <class Iterator, class Less = detail::less_than>
  requires requires(Iterator i) { i - i; *i; }
void parallel_sort(queue_ref queue, Iterator first, Iterator last, Less less = Less(), grain least = grain{2048}) {
  int levels = 0;
  for (auto n = static_cast<std::size_t>(last - first); n > 0; n /= 2) levels += 2;
  detail::sort_both_sides(queue, first, last, less, std::max<std::size_t>(least.size, 16), levels);
}
template <class Iterator, class Less = detail::less_than>
  requires requires(Iterator i) { i - i; *i; }
void parallel_sort(Iterator first, Iterator last, Less less = Less(), grain least = grain{2048}) {
  parallel_sort(queue_ref(system_dfl_wq), first, last, std::move(less), least);
}

}  // namespace cmwq
