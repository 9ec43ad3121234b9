// Loops over the CPUs of a queue.
//
// The caller takes part, so a loop never waits for a worker to be free: loops may be nested, and be run inside items of
// any queue.  Helpers are items of the queue; each asks for one more when it starts, so there are as many as the pool
// lets run: one per CPU while the callable computes, more while it blocks.  A body's exception ends the loop early and
// is thrown by it, when all calls have ended.  Inside, current_stop_token() is the caller's.
#pragma once

#include <vector>

#include "cmwq/cxx/queue_ref.hpp"

namespace cmwq {

// How many consecutive indexes one call to the queue's pool is worth; 0: chosen, some 32 chunks for each CPU.
struct grain {
  std::size_t size = 0;
};

namespace detail {

using chunk_func = void (*)(void* context, std::size_t begin, std::size_t end);

/* The size of chunks for @n indexes; at least 1. */
CMWQ_API std::size_t chunk_size(queue_ref queue, std::size_t n, grain wanted) noexcept;

/* Calls @chunk for [0, @n) in pieces of @size.  Blocks until all have ended; throws what one threw. */
CMWQ_API void run_chunks(queue_ref queue, std::size_t n, std::size_t size, chunk_func chunk, void* context);

// run_chunks() for a callable.
template <class Chunk>
void for_chunks(queue_ref queue, std::size_t n, std::size_t size, Chunk&& chunk) {
  run_chunks(
      queue, n, size,
      [](void* context, std::size_t begin, std::size_t end) {
        (*static_cast<std::remove_reference_t<Chunk>*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(&chunk)));
}

template <class T>
struct one_result {  // not T itself: std::vector<bool> shares words
  T value;
};

}  // namespace detail

/* Calls @f(i) for each i of [@first, @last), in any order and at the same time. */
template <std::integral First, std::integral Last, class F>
void parallel_for(queue_ref queue, First first, Last last, F&& f, grain chunk = grain()) {
  using index = std::common_type_t<First, Last>;
  constexpr bool callable = std::is_invocable_v<F&, index>;
  static_assert(callable, "cmwq: the body of a parallel_for() must be callable with an index");
  if constexpr (callable) {
    if (!(static_cast<index>(first) < static_cast<index>(last))) return;
    const auto n = static_cast<std::size_t>(static_cast<index>(last) - static_cast<index>(first));
    detail::for_chunks(queue, n, detail::chunk_size(queue, n, chunk), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) f(static_cast<index>(static_cast<index>(first) + static_cast<index>(i)));
    });
  }
}
template <std::integral First, std::integral Last, class F>
void parallel_for(First first, Last last, F&& f, grain chunk = grain()) {
  parallel_for(queue_ref(system_dfl_wq), first, last, std::forward<F>(f), chunk);
}

/* Calls @f(element) for each element of @range, which has begin(), size() and random access. */
template <class Range, class F>
  requires requires(Range& r) { r.begin()[0]; r.size(); }
void parallel_for_each(queue_ref queue, Range&& range, F&& f, grain chunk = grain()) {
  const auto begin = range.begin();
  using distance = decltype(begin - begin);
  parallel_for(queue, std::size_t{0}, static_cast<std::size_t>(range.size()),
               [&](std::size_t i) { f(begin[static_cast<distance>(i)]); }, chunk);
}
template <class Range, class F>
  requires requires(Range& r) { r.begin()[0]; r.size(); }
void parallel_for_each(Range&& range, F&& f, grain chunk = grain()) {
  parallel_for_each(queue_ref(system_dfl_wq), range, std::forward<F>(f), chunk);
}

/* Combines @map(i) for each i of [@first, @last) by @combine(T, T) -> T, which is associative and for which @identity
 * changes nothing.  Operands keep the order of indexes, and for one grain the result does not depend on who computed
 * what: sums of floating-point numbers repeat exactly. */
template <std::integral First, std::integral Last, class T, class Map, class Combine>
T parallel_reduce(queue_ref queue, First first, Last last, T identity, Map&& map, Combine&& combine,
                  grain chunk = grain()) {
  using index = std::common_type_t<First, Last>;
  constexpr bool callable = std::is_invocable_v<Map&, index>;
  static_assert(callable, "cmwq: the map of a parallel_reduce() must be callable with an index");
  if constexpr (callable) {
    if (!(static_cast<index>(first) < static_cast<index>(last))) return identity;
    const auto n = static_cast<std::size_t>(static_cast<index>(last) - static_cast<index>(first));
    const std::size_t size = detail::chunk_size(queue, n, chunk);
    std::vector<detail::one_result<T>> parts((n - 1) / size + 1, detail::one_result<T>{identity});
    detail::for_chunks(queue, n, size, [&](std::size_t begin, std::size_t end) {
      T part = identity;
      for (std::size_t i = begin; i < end; ++i)
        part = combine(std::move(part), map(static_cast<index>(static_cast<index>(first) + static_cast<index>(i))));
      parts[begin / size].value = std::move(part);
    });
    T result = std::move(identity);
    for (auto& part : parts) result = combine(std::move(result), std::move(part.value));
    return result;
  }
}
template <std::integral First, std::integral Last, class T, class Map, class Combine>
T parallel_reduce(First first, Last last, T identity, Map&& map, Combine&& combine, grain chunk = grain()) {
  return parallel_reduce(queue_ref(system_dfl_wq), first, last, std::move(identity), std::forward<Map>(map),
                         std::forward<Combine>(combine), chunk);
}

/* Calls all of @f, at the same time. */
template <class... F>
  requires(sizeof...(F) > 0 && (std::is_invocable_v<F&> && ...))
void parallel_invoke(queue_ref queue, F&&... f) {
  struct call {
    void (*function)(void*);
    void* object;
  };
  const call calls[] = {{[](void* object) { (*static_cast<std::remove_reference_t<F>*>(object))(); },
                         const_cast<void*>(static_cast<const void*>(&f))}...};
  detail::for_chunks(queue, sizeof...(F), 1, [&](std::size_t i, std::size_t) { calls[i].function(calls[i].object); });
}
template <class F, class... More>
  requires(!std::convertible_to<F, queue_ref> && std::is_invocable_v<F&> && (std::is_invocable_v<More&> && ...))
void parallel_invoke(F&& f, More&&... more) {
  parallel_invoke(queue_ref(system_dfl_wq), std::forward<F>(f), std::forward<More>(more)...);
}

}  // namespace cmwq
