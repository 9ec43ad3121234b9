// flush_workqueue() and drain_workqueue(): colours.
//
// Each item carries the colour that its queue had when it was queued.  A flush makes its queue's current colour its
// own, advances the queue to the next colour, and waits until no pwq has items of its colour in flight.  There are
// WORK_NR_COLORS colours in a ring; flushers that find none free wait in an overflow list and then share one.  The
// first flusher is the one that waits for pwqs; when it is done it hands that role to the next.
// docs/states/flush_colours.md.
#pragma once

#include "cmwq/detail/queue/flush_work.h"

namespace cmwq::detail {

inline int work_next_color(int color) noexcept { return (color + 1) % WORK_NR_COLORS; }

// Sets colours on all pwqs and arms the first flusher.  @flush_color: -1 = flush nothing now; @work_color: -1 = leave.
// Under the queue's mutex.  Return: whether any pwq has items of @flush_color.  Kernel: flush_workqueue_prep_pwqs().
template <class P>
bool prepare_pwqs_for_flush(basic_workqueue<P>& wq, int flush_color, int work_color) noexcept {
  bool wait = false;
  // One more than there are pwqs to wait for, so that it cannot end while it is being set up.
  if (flush_color >= 0) wq.nr_pwqs_to_flush.store(1, kRelaxed);  // relaxed: nobody counts yet
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    lock_guard guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    if (flush_color >= 0 && pwq.nr_in_flight[flush_color]) {
      pwq.flush_color = flush_color;
      wq.nr_pwqs_to_flush.fetch_add(1, kAcqRel);  // (F3) acq_rel, with itself
      wait = true;
    }
    if (work_color >= 0) pwq.work_color = work_color;
  });
  if (flush_color >= 0 && wq.nr_pwqs_to_flush.fetch_sub(1, kAcqRel) == 1)  // (F3), with itself
    wq.first_flusher->done.complete();
  return wait;
}

// A colour is free: let the flushers that found none have it.  Under the queue's mutex.
template <class P>
void admit_overflow(basic_workqueue<P>& wq) noexcept {
  if (list_empty(wq.flusher_overflow)) return;
  list_for_each<wq_flusher<P>, &wq_flusher<P>::entry>(
      wq.flusher_overflow, [&](wq_flusher<P>& f) { f.flush_color = wq.work_color; });
  wq.work_color = work_next_color(wq.work_color);
  list_splice_tail_init(wq.flusher_overflow, wq.flusher_queue);
  prepare_pwqs_for_flush(wq, -1, wq.work_color);
}

// Those that share the finished colour are done too.  Under the queue's mutex.
template <class P>
void complete_flushers_of_color(basic_workqueue<P>& wq, int color) noexcept {
  list_for_each<wq_flusher<P>, &wq_flusher<P>::entry>(wq.flusher_queue, [&](wq_flusher<P>& f) {
    if (f.flush_color != color) return;
    list_del_init(f.entry);
    f.done.complete();
  });
}

// The first flusher's colour is done: complete those that share it, and find the next first flusher.
// Under the queue's mutex.
template <class P>
void hand_over_first_flusher(basic_workqueue<P>& wq) noexcept {
  wq.first_flusher = nullptr;
  for (;;) {
    complete_flushers_of_color(wq, wq.flush_color);
    wq.flush_color = work_next_color(wq.flush_color);
    admit_overflow(wq);
    if (list_empty(wq.flusher_queue)) return;
    auto& next = *list_first_or_null<wq_flusher<P>, &wq_flusher<P>::entry>(wq.flusher_queue);
    list_del_init(next.entry);
    wq.first_flusher = &next;
    if (prepare_pwqs_for_flush(wq, wq.flush_color, -1)) return;
    // Nothing of its colour is in flight: it was completed at once; go on with the next.
    wq.first_flusher = nullptr;
  }
}

// Enters the ring.  Return: whether there is anything to wait for.  Under the queue's mutex.
template <class P>
bool enter_flush(basic_workqueue<P>& wq, wq_flusher<P>& self) noexcept {
  const int next = work_next_color(wq.work_color);
  if (next == wq.flush_color) {  // all colours are in use
    list_add_tail(self.entry, wq.flusher_overflow);
    return true;
  }
  self.flush_color = wq.work_color;
  wq.work_color = next;
  if (wq.first_flusher) {
    list_add_tail(self.entry, wq.flusher_queue);
    prepare_pwqs_for_flush(wq, -1, wq.work_color);
    return true;
  }
  wq.first_flusher = &self;
  if (prepare_pwqs_for_flush(wq, wq.flush_color, wq.work_color)) return true;
  wq.flush_color = next;  // nothing in flight
  wq.first_flusher = nullptr;
  return false;
}

// Kernel: __flush_workqueue().
template <class P>
void flush_all(basic_workqueue<P>& wq) noexcept {
  wq_flusher<P> self;
  flush_dependency<P> dependency;
  {
    lock_guard guard(wq.mutex_);
    if (!enter_flush(wq, self)) return;
    dependency.look(wq, nullptr);
  }
  dependency.tell();
  wait_for(self.done);
  lock_guard guard(wq.mutex_);
  // Only the first flusher has more to do; the others were completed by it.
  if (wq.first_flusher == &self) hand_over_first_flusher(wq);
}

// Misuse: the caller executes an item of @wq.  Return: true after a message.
template <class P>
bool is_own_queue(const basic_workqueue<P>& wq, const char* what) noexcept {
  const worker<P>* self = P::current_worker();
  if (!executes_item_of(self, wq)) return false;
  const execution<P>* e = self->top;
  while (e->pwq->wq != &wq) e = e->outer;
  log_error("workqueue %s: %s from its own item %s would wait for itself; refused", wq.name, what,
            name_of(e->func).c_str());
  return true;
}

// Misuse: nothing executes yet, so nothing would end the wait.  Return: true after a message.  Kernel: wq_online.
template <class P>
bool is_offline(const basic_workqueue<P>& wq, const char* what) noexcept {
  if (wq.dom->online.load(kAcquire)) return false;  // (O2), with (O1)
  log_warning("workqueue %s: %s before its domain was started; not waiting", wq.name, what);
  return true;
}

template <class P>
bool is_drained(basic_workqueue<P>& wq) noexcept {
  lock_guard guard(wq.mutex_);
  bool drained = true;
  list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq.pwqs, [&](pool_workqueue<P>& pwq) {
    lock_guard pool_guard(pwq.pool.load(kRelaxed)->lock);  // relaxed: constant while it is on the list
    if (pwq.nr_active || !list_empty(pwq.inactive_works)) drained = false;
  });
  return drained;
}

// Nested drains count; the first sets the flag and the last clears it.
template <class P>
void change_drainers(basic_workqueue<P>& wq, int by) noexcept {
  lock_guard guard(wq.mutex_);
  const bool was = wq.nr_drainers > 0;
  wq.nr_drainers += by;
  if (!was) wq.flags.fetch_or(__WQ_DRAINING, kRelease);                    // (F7) release, with (F1)
  if (wq.nr_drainers == 0) wq.flags.fetch_and(~unsigned{__WQ_DRAINING}, kRelease);  // (F7), with (F1)
}

// Kernel: drain_workqueue().
template <class P>
void drain(basic_workqueue<P>& wq, const char* what) noexcept {
  change_drainers(wq, +1);
  for (unsigned rounds = 1;; ++rounds) {
    flush_all(wq);
    if (is_drained(wq)) break;
    if (rounds == 10 || (rounds % 100 == 0 && rounds <= 1000))
      log_warning("workqueue %s: %s isn't complete after %u tries", wq.name, what, rounds);
  }
  change_drainers(wq, -1);
}

}  // namespace cmwq::detail
