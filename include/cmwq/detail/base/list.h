// An intrusive, circular, doubly linked list, named and shaped like the kernel's list_head.
//
// A head and a member are the same type; an unlinked member points at itself, so list_empty() on a
// member answers "is it on no list?".  Nothing here is thread-safe: each list names its lock.
#pragma once

#include <cstddef>

namespace cmwq::detail {

struct list_head {
  list_head* next = this;
  list_head* prev = this;

  constexpr list_head() noexcept = default;
  list_head(const list_head&) = delete;  // its neighbours hold its address
  list_head& operator=(const list_head&) = delete;
};

inline bool list_empty(const list_head& head) noexcept { return head.next == &head; }

inline void list_init(list_head& head) noexcept { head.next = head.prev = &head; }

inline void list_insert_between(list_head& entry, list_head& before, list_head& after) noexcept {
  entry.next = &after;
  entry.prev = &before;
  before.next = &entry;
  after.prev = &entry;
}

// Puts @entry behind @position (at the front, if @position is a head).
inline void list_add(list_head& entry, list_head& position) noexcept {
  list_insert_between(entry, position, *position.next);
}

// Puts @entry before @position (at the end, if @position is a head).
inline void list_add_tail(list_head& entry, list_head& position) noexcept {
  list_insert_between(entry, *position.prev, position);
}

inline void list_del_init(list_head& entry) noexcept {
  entry.prev->next = entry.next;
  entry.next->prev = entry.prev;
  list_init(entry);
}

inline void list_move_tail(list_head& entry, list_head& head) noexcept {
  list_del_init(entry);
  list_add_tail(entry, head);
}

// Appends all of @from to @to and leaves @from empty.
inline void list_splice_tail_init(list_head& from, list_head& to) noexcept {
  if (list_empty(from)) return;
  list_head& first = *from.next;
  list_head& last = *from.prev;
  first.prev = to.prev;
  to.prev->next = &first;
  last.next = &to;
  to.prev = &last;
  list_init(from);
}

// The object of type T whose member @member is @field.  Kernel: container_of().
template <class T, class Field>
T* field_owner(Field* field, Field T::*member) noexcept {
  // The offset of a member pointer, computed on storage that is never read.
  alignas(T) static char storage[sizeof(T)];
  const auto* at = reinterpret_cast<const char*>(&(reinterpret_cast<T*>(storage)->*member));
  return reinterpret_cast<T*>(reinterpret_cast<char*>(field) - (at - storage));
}

// The same for a list entry, with the member as a constant.
template <class T, list_head T::*Member>
T* list_owner(list_head* entry) noexcept {
  return field_owner<T>(entry, Member);
}

// Walks @head; the current entry may be unlinked by the body.
template <class T, list_head T::*Member, class Visit>
void list_for_each(list_head& head, Visit visit) {
  for (list_head *at = head.next, *next = at->next; at != &head; at = next, next = at->next)
    visit(*list_owner<T, Member>(at));
}

template <class T, list_head T::*Member>
T* list_first_or_null(list_head& head) noexcept {
  return list_empty(head) ? nullptr : list_owner<T, Member>(head.next);
}

inline std::size_t list_count(const list_head& head) noexcept {
  std::size_t n = 0;
  for (const list_head* at = head.next; at != &head; at = at->next) ++n;
  return n;
}

}  // namespace cmwq::detail
