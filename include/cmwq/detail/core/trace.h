// Trace points: what happens to an item, told to one listener of the domain at the moment it happens.
//
// The order of an item's events is exact, because queue and activate are told under the lock of its pool, before a
// worker can see the item.  So a listener must be as careful as an interrupt handler: write the event down and return.
//
//   tell                                  set
//   1. be inside (A1)                     1. no listener (A2)
//   2. read the listener (A2)             2. wait until nobody is inside (A1)
//
// Both in one total order: a listener that was taken away is not called any more when set() returns.
#pragma once

#include <cstdint>

#include "cmwq/detail/core/work.h"
#include "cmwq/detail/os/mutex.h"

namespace cmwq {

// Kernel: the four events of include/trace/events/workqueue.h.
enum class trace_event {
  queue_work,     // was put on a queue: at once, or when its timer fired
  activate_work,  // may be executed: at once, or when a slot became free
  execute_start,  // just before its function is called
  execute_end,    // just after: the item may be gone, its address is told
};

namespace detail {

template <class P>
struct basic_trace_record {
  trace_event what;                            // I
  const typename P::work_type* work;           // I: an address; for identity
  typename basic_work<P>::func_type function;  // I
  const char* workqueue = nullptr;             // I: queue_work only, as the rest; lives as long as the call
  int req_cpu = -1;                            // I: what was asked for
  int cpu = -1;                                // I: of the pool that got it; -1: unbound
};

template <class P>
class trace_point {
 public:
  using record = basic_trace_record<P>;
  using sink = void (*)(const record& event, void* context);

  bool on() const noexcept { return listener_.load(kRelaxed) != nullptr; /* relaxed: tell() reads it again */ }

  [[gnu::cold, gnu::noinline]] void tell(const record& event) noexcept {
    nr_inside_.fetch_add(1, kSeqCst);                      // (A1) seq_cst, with (A2)
    if (const listener* to = listener_.load(kSeqCst))      // (A2) seq_cst, with (A1) and (A2)
      to->call(event, to->context);
    nr_inside_.fetch_sub(1, kSeqCst);                      // (A1), with (A2)
  }

  // Not from a listener.  Blocks until nobody is inside the one before.
  void set(sink call, void* context) noexcept {
    lock_guard guard(lock_);
    listener_.exchange(nullptr, kSeqCst);                  // (A2), with (A1)
    while (nr_inside_.load(kSeqCst) != 0) P::yield();      // (A1), with (A2)
    the_listener_ = {call, context};
    if (call) listener_.exchange(&the_listener_, kSeqCst);  // (A2), with (A2)
  }

 private:
  struct listener {
    sink call = nullptr;      // I: while listener_ points here, as the next
    void* context = nullptr;  // I
  };

  typename P::template atomic<const listener*> listener_{nullptr};  // AT: tag A2
  typename P::template atomic<int> nr_inside_{0};                   // AT: tag A1
  mutex<P, lock_rank::directory> lock_;
  listener the_listener_;  // I: while listener_ points to it
};

}  // namespace detail
}  // namespace cmwq
