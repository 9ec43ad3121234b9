// Read-copy-update: a grace period is over when every reader that was inside when it began has left.
//
// A reader counts itself in one of two counters of its shard, chosen by the current phase, and out of the same one.
// A grace period drains the counters of the other phase (latecomers that chose before the last flip), flips the phase,
// and drains the counters that it left; new readers use the new ones, so both drains end.
//
// There is no thread and nobody polls: a counter that is waited for is marked, the reader that brings a marked counter
// to 0 goes on with the grace period, and who ends it makes the calls that waited for it.
//
// Why a reader that is not waited for sees what the caller wrote before: both sides use read-modify-writes of the same
// counter.  Either the drain's comes later and finds the reader, or the reader's comes later and acquires what the
// drain released.  States: docs/states/grace_period.md.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/os/mutex.h"

namespace cmwq {

// What a grace period knows of an object that waits for it: embed it.
struct rcu_head {
  rcu_head* next = nullptr;          // I: by whoever makes the grace periods
  void (*func)(rcu_head*) = nullptr; // I: the same
};

}  // namespace cmwq

namespace cmwq::detail {

// First in, first out, through rcu_head::next.
class rcu_queue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void add(rcu_head& head) noexcept {
    head.next = nullptr;
    *(first_ ? &last_->next : &first_) = &head;
    last_ = &head;
  }
  void add_all_of(rcu_queue& other) noexcept {
    if (other.empty()) return;
    *(first_ ? &last_->next : &first_) = other.first_;
    last_ = other.last_;
    other.first_ = nullptr;
  }
  rcu_head* take() noexcept {
    rcu_head* head = first_;
    if (head) first_ = head->next;
    return head;
  }

 private:
  rcu_head* first_ = nullptr;  // U
  rcu_head* last_ = nullptr;   // U: meaningful unless empty
};

// One thread as a reader.  Lives in thread-local storage and needs no destructor.
template <class P>
struct rcu_reader {
  unsigned depth = 0;                                                // S: nested sections
  int shard = -1;                                                    // S: chosen at the first section
  typename P::template atomic<std::uint32_t>* counter = nullptr;     // S: where the outermost section is counted
};

template <class P>
class rcu_state {
 public:
  // Never waits, never allocates: one read-modify-write of a cache line that few threads share.
  void read_lock(rcu_reader<P>& self) noexcept {
    if (self.depth++ > 0) return;
    if (self.shard < 0) self.shard = static_cast<int>(next_shard_.fetch_add(1, kRelaxed) % kShards);  // relaxed: any
    self.counter = &shards_[self.shard].readers[phase_.load(kRelaxed)];  // relaxed: either will do, both are drained
    self.counter->fetch_add(1, kAcquire);                                // (U1) acquire, with (U3)
  }

  // May make the calls that waited for this reader; inside a section.
  void read_unlock(rcu_reader<P>& self) noexcept {
    if (--self.depth > 0) return;
    // (U2) release, with (U3): what the reader did comes before the end of the grace period.
    if (self.counter->fetch_sub(1, kRelease) != (kAwaited | 1)) return;
    lock_guard guard(lock_);
    go_on_locked();
  }

  // Calls @func(&@head) when a grace period that begins after this call is over: on this thread if no reader is inside,
  // else on the thread of the last one.  Calls are made in this order, one at a time.
  void call(rcu_head& head, void (*func)(rcu_head*)) noexcept {
    head.func = func;
    lock_guard guard(lock_);
    next_.add(head);
    go_on_locked();
  }

  // docs/states/grace_period.md.  Return: the first invariant that does not hold, as text, or nullptr.
  const char* broken() noexcept {
    lock_guard guard(lock_);
    if (step_ == step::idle && !current_.empty()) return "calls wait for a grace period that has not begun";
    if (step_ == step::idle && !next_.empty()) return "calls wait and no grace period is under way";
    if (step_ != step::idle && current_.empty()) return "a grace period is under way for nobody";
    if (step_ != step::idle && at_ >= kShards) return "a grace period waits for no reader";
    if (!calling_ && !done_.empty()) return "a grace period is over and nobody makes the calls";
    return nullptr;
  }

 private:
  enum class step { idle, drain_latecomers, drain_old };

  static constexpr int kShards = 64;
  static constexpr std::uint32_t kAwaited = 1u << 31;  // who brings the rest of the word to 0 must go on

  struct alignas(kCacheLine) shard {
    typename P::template atomic<std::uint32_t> readers[2]{};  // AT: (U1), by phase: how many, and kAwaited
  };

  // Goes on with the grace period as far as readers let it, and makes the calls that are due, without the lock.
  void go_on_locked() noexcept {
    run_grace_periods_locked();
    if (calling_) return;
    calling_ = true;  // one caller at a time keeps the order
    while (rcu_head* head = done_.take()) {
      lock_.unlock();
      head->func(head);  // afterwards it is gone
      lock_.lock();
    }
    calling_ = false;
  }

  void run_grace_periods_locked() noexcept {
    for (;;) {
      if (step_ == step::idle) {
        if (next_.empty()) return;
        current_.add_all_of(next_);
        begin_locked(step::drain_latecomers);
      }
      if (!drained_locked()) return;
      if (step_ == step::drain_latecomers) {
        phase_.store(1 - phase_.load(kRelaxed), kRelaxed);  // relaxed, both: under lock_; readers need no order
        begin_locked(step::drain_old);
      } else {
        done_.add_all_of(current_);
        begin_locked(step::idle);
      }
    }
  }

  void begin_locked(step next) noexcept {
    step_ = next;
    at_ = 0;
  }

  // Whether the counters of the phase that is not current have been seen at 0, one after the other.  If not, the one
  // that was not is marked.
  bool drained_locked() noexcept {
    const unsigned other = 1 - phase_.load(kRelaxed);  // relaxed: under lock_
    for (; at_ < kShards; ++at_) {
      auto& readers = shards_[at_].readers[other];
      // (U3) acq_rel, with (U1) and (U2): a read-modify-write even though nothing is added.
      if (readers.fetch_add(0, kAcqRel) == 0) continue;
      if (readers.fetch_or(kAwaited, kAcqRel) & ~kAwaited) return false;  // (U3), with (U1) and (U2)
      readers.fetch_and(~kAwaited, kRelaxed);                             // relaxed: the line above has released
    }
    return true;
  }

  shard shards_[kShards];
  typename P::template atomic<unsigned> phase_{0};        // AT: relaxed, written under U
  typename P::template atomic<unsigned> next_shard_{0};   // AT: relaxed, deals out shards
  mutex<P, lock_rank::rcu_lock> lock_;
  rcu_queue next_;               // U: wait for the next grace period
  rcu_queue current_;            // U: wait for the one that is under way
  rcu_queue done_;               // U: are due
  step step_ = step::idle;       // U
  int at_ = 0;                   // U: the shard that is being drained
  bool calling_ = false;         // U: somebody makes the calls that are due
};

}  // namespace cmwq::detail
