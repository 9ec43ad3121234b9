// A set of pointers that is changed under a lock and read without one.
//
// Chunks of atomic slots, appended when needed, reused when freed, and released only with the table.  A reader
// may see a pointer that is just being removed: what it points to must be type-stable.
#pragma once

#include <new>

#include "cmwq/detail/base/memory_order.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq::detail {

template <class P, class T>
class slot_table {
  template <class U>
  using atomic = typename P::template atomic<U>;

 public:
  slot_table() noexcept = default;
  slot_table(const slot_table&) = delete;
  slot_table& operator=(const slot_table&) = delete;
  ~slot_table() {
    for (chunk* c = first_.next.load(kRelaxed); c;) {  // relaxed: no reader is left
      chunk* const next = c->next.load(kRelaxed);
      P::release(c);
      c = next;
    }
  }

  // Return: false if no memory is left for another chunk.  Under the owner's lock.
  [[nodiscard]] bool add(T* item) noexcept {
    for (chunk* c = &first_;; c = c->next.load(kRelaxed)) {  // relaxed: only lock holders change it
      for (auto& slot : c->slots) {
        if (slot.load(kRelaxed)) continue;
        slot.store(item, kRelease);  // (D1) release, with (D2)
        return true;
      }
      if (!c->next.load(kRelaxed) && !append(*c)) return false;
    }
  }

  // Under the owner's lock.
  void remove(T* item) noexcept {
    for (chunk* c = &first_; c; c = c->next.load(kRelaxed))
      for (auto& slot : c->slots)
        if (slot.load(kRelaxed) == item) return slot.store(nullptr, kRelease);  // (D1), with (D2)
  }

  // Calls @visit(T&) for each member until it returns false.  Any thread, no lock.
  // Return: false if a call did.
  template <class Visit>
  bool visit(Visit visit_one) const {
    for (const chunk* c = &first_; c; c = c->next.load(kAcquire))  // (D3) acquire, with (D4)
      for (const auto& slot : c->slots)
        if (T* item = slot.load(kAcquire))  // (D2) acquire, with (D1): sees the item initialised
          if (!visit_one(*item)) return false;
    return true;
  }

 private:
  static constexpr int kSlots = 15;
  struct chunk {
    atomic<T*> slots[kSlots] = {};    // AT: tags D1, D2
    atomic<chunk*> next{nullptr};     // AT: tags D3, D4
  };

  bool append(chunk& last) noexcept {
    void* memory = P::allocate(sizeof(chunk), alignof(chunk));
    if (!memory) return false;
    last.next.store(new (memory) chunk, kRelease);  // (D4) release, with (D3)
    return true;
  }

  chunk first_;  // L: or the owner's other lock; readers need none
};

}  // namespace cmwq::detail
