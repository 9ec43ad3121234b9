// The idle workers that may be taken without the pool's lock.
//
// A sentinel runs with idle priority and may be preempted at any instruction for a long time: it must never
// hold a lock that a worker needs.  So a few idle workers wait in slots; whoever exchanges a slot empty owns
// the worker in it.
#pragma once

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

template <class P>
struct worker;

template <class P>
class standby_slots {
 public:
  static constexpr int kMaxSlots = 4;

  // Not concurrent with anything: the pool is being set up.
  void init(int nr_slots) noexcept { nr_ = nr_slots < kMaxSlots ? nr_slots : kMaxSlots; }

  // Puts @w into an empty slot.  Return: the worker it displaced, if all were full (then the one that
  // came before the last goes back to the idle list: the last to come is the first to be taken).
  // Called under the pool's lock.
  worker<P>* put(worker<P>* w) noexcept {
    for (int i = 0; i < nr_; ++i) {
      worker<P>* none = nullptr;
      // (B1) seq_cst, with (B2) and (G2): "fill a slot, then read the sentinel's gate".
      if (slots_[i].compare_exchange_strong(none, w, kSeqCst, kRelaxed)) return nullptr;
    }
    return slots_[0].exchange(w, kSeqCst);  // (B1), with (B2)
  }

  // Takes a worker for which @suits says so, or nullptr.  Any thread, no lock: @suits may see a worker that
  // somebody else is just taking.
  template <class Suits>
  worker<P>* take_if(Suits suits) noexcept {
    for (int i = 0; i < nr_; ++i) {
      worker<P>* w = slots_[i].load(kAcquire);  // (B3) acquire, with (B1)
      if (w && suits(*w) && slots_[i].compare_exchange_strong(w, nullptr, kSeqCst, kRelaxed)) return w;  // (B2), with (B1)
    }
    return nullptr;
  }

  // Takes a worker, or nullptr.  Any thread, no lock.
  worker<P>* take() noexcept {
    for (int i = 0; i < nr_; ++i) {
      if (slots_[i].load(kRelaxed) == nullptr) continue;  // relaxed: a hint, the exchange decides
      if (worker<P>* w = slots_[i].exchange(nullptr, kSeqCst)) return w;  // (B2), with (B1)
    }
    return nullptr;
  }

  bool any() const noexcept {
    for (int i = 0; i < nr_; ++i)
      if (slots_[i].load(kSeqCst)) return true;  // (B2), with (B1)
    return false;
  }

  bool full() const noexcept {
    for (int i = 0; i < nr_; ++i)
      if (!slots_[i].load(kRelaxed)) return false;  // relaxed: refilled under the lock, retried at each item
    return true;
  }

 private:
  int nr_ = 1;                                                              // I
  typename P::template atomic<worker<P>*> slots_[kMaxSlots] = {};           // AT: tags B1 .. B3
};

}  // namespace cmwq::detail
