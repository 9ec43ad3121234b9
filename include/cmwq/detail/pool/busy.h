// Who executes this item?  Under the pool's lock.
#pragma once

#include "cmwq/detail/core/worker_pool.h"

namespace cmwq::detail {

template <class P>
list_head& busy_bucket(worker_pool<P>& pool, const basic_work<P>& work) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(&work);
  return pool.busy_hash[(address >> 5 ^ address >> 11) % kBusyHashBuckets];
}

// The execution of @work, or nullptr.  An item is its address and its function: memory that was freed and
// reused for another function is another item.  Kernel: find_worker_executing_work().
template <class P>
execution<P>* find_execution_locked(worker_pool<P>& pool, const basic_work<P>& work) noexcept {
  list_head& bucket = busy_bucket(pool, work);
  for (list_head* at = bucket.next; at != &bucket; at = at->next) {
    auto* found = list_owner<execution<P>, &execution<P>::busy_entry>(at);
    if (found->work == &work && found->func == work.func) return found;
  }
  return nullptr;
}

// Whether @w executes an item of @wq, at any depth: then waiting for all of @wq is waiting for itself.
template <class P>
bool executes_item_of(const worker<P>* w, const basic_workqueue<P>& wq) noexcept {
  for (const execution<P>* e = w ? w->top : nullptr; e; e = e->outer)
    if (e->pwq && e->pwq->wq == &wq) return true;
  return false;
}

template <class P>
bool executes(const worker<P>* w, const basic_work<P>& work) noexcept {
  for (const execution<P>* e = w ? w->top : nullptr; e; e = e->outer)
    if (e->work == &work && e->func == work.func) return true;
  return false;
}

// Moves @work and the barriers chained to it to the end of @to.  Kernel: move_linked_works().
template <class P>
void move_linked_works(basic_work<P>& work, list_head& to) noexcept {
  for (basic_work<P>* at = &work; at;) {
    const bool more = at->data.read().linked();
    basic_work<P>* next = list_owner<basic_work<P>, &basic_work<P>::entry>(at->entry.next);
    list_move_tail(at->entry, to);
    at = more ? next : nullptr;
  }
}

}  // namespace cmwq::detail
