// BH pools: the items of one CPU, one at a time and in queueing order, on a thread that does nothing else.
//
// Kernel: bh_worker() in softirq context.  Here one thread per CPU and priority plays the softirq: created when the
// pool's first item comes, asleep while there is none, never taken for anything else, never joined by a colleague.
// It works in rounds and gives way between them.  docs/states/bh_pool.md.
#pragma once

#include <cstdio>
#include <cstring>

#include "cmwq/detail/pool/bh_report.h"
#include "cmwq/detail/pool/execute.h"

namespace cmwq::detail {

// Finds items that block although nothing was announced: the system counts how often the thread gave its CPU away by
// itself.  Looked at once per round, which costs two system calls; after a round of several items that had a block in
// it, the next rounds are of one item, so that the culprit can be named.
template <class P>
class bh_watch {
 public:
  int most_items() const noexcept { return suspicious_rounds_ > 0 ? 1 : kBhRoundItems; }

  // Without a lock.
  void begin_round() noexcept { before_ = P::own_blocks(); }

  // The item that is about to be executed, which may be gone afterwards.
  void note_locked(const basic_work<P>& work) noexcept {
    const pool_workqueue<P>* pwq = work.data.read().template pwq<P>();
    func_ = work.func;
    if (pwq) std::memcpy(queue_, pwq->wq->name, sizeof queue_);
  }

  // Without a lock.
  void end_round(domain<P>& dom, int nr_items) noexcept {
    if (suspicious_rounds_ > 0) --suspicious_rounds_;
    const own_block_counts now = P::own_blocks();
    // A page fault may block through no fault of the function's; so may a lock or a message of the library's own.
    if (now.excused != before_.excused || now.voluntary - before_.voluntary <= now.page_faults - before_.page_faults)
      return;
    if (nr_items > 1)
      suspicious_rounds_ = kSuspiciousRounds;
    else if (nr_items == 1 && func_ && is_first_report(dom, func_))
      log_warning("workqueue %s: BH item %s blocked: items of BH queues must not", queue_, name_of(func_).c_str());
  }

 private:
  static constexpr int kSuspiciousRounds = 4 * kBhRoundItems;

  own_block_counts before_;
  int suspicious_rounds_ = 0;
  typename basic_work<P>::func_type func_ = nullptr;
  char queue_[WQ_NAME_LEN] = {};
};

// On the BH thread.  Hooks never look at it.
template <class P>
void bh_thread_begin(worker<P>& w, const worker_pool<P>& pool) noexcept {
  const bool highpri = pool.attrs.nice < 0;
  char name[32];
  std::snprintf(name, sizeof name, "cmwq/bh%d%s", pool.cpu, highpri ? "H" : "");
  P::set_name(name);
  P::set_current_worker(&w);
  P::forbid_blocking();
  P::bind_self(*w.dom->machine, pool.attrs.cpus);
  P::set_nice(highpri ? kHighpriNice : kBhNice);
  w.last_cpu.store(pool.cpu, kRelaxed);  // relaxed: a hint
  w.tid.store(P::thread_id(), kRelaxed);  // relaxed: statistic
}

// Under the pool's lock, dropped for each item.  Return: how many items were executed.
template <class P>
int bh_round_locked(worker<P>& w, worker_pool<P>& pool, bh_watch<P>& watch) noexcept {
  const std::uint64_t end = P::now() + kBhRoundNs;
  int n = 0;
  do {
    auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(pool.worklist);
    if (!work) break;
    watch.note_locked(*work);
    ++n;
    if (assign_work_locked(pool, *work, w.base)) process_scheduled_works(w, pool, w.base);
  } while (n < watch.most_items() && P::now() < end);
  return n;
}

// Under the pool's lock, dropped in between.
template <class P>
void bh_work_until_empty(worker<P>& w, worker_pool<P>& pool, bh_watch<P>& watch) noexcept {
  while (!list_empty(pool.worklist)) {
    pool.lock.unlock();
    watch.begin_round();
    pool.lock.lock();
    const int nr_items = bh_round_locked(w, pool, watch);
    ++pool.nr_bh_rounds;
    const bool more = !list_empty(pool.worklist);
    pool.lock.unlock();
    watch.end_round(*w.dom, nr_items);
    if (more) P::yield();
    pool.lock.lock();
  }
}

}  // namespace cmwq::detail
