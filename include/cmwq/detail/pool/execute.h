// process_one_work: claim an item, run its function, account for it.
#pragma once

#include <exception>

#include "cmwq/detail/pool/busy.h"
#include "cmwq/detail/pool/concurrency.h"
#include "cmwq/detail/pool/cpu_time.h"
#include "cmwq/detail/pool/in_flight.h"
#include "cmwq/detail/pool/trace_sites.h"

namespace cmwq::detail {

// Takes @work, which is on the pool's list, for @frame; or hands it to the execution that runs it already.
// Return: whether it is now on frame.scheduled.  Kernel: assign_work().
template <class P>
bool assign_work_locked(worker_pool<P>& pool, basic_work<P>& work, execution<P>& frame) noexcept {
  execution<P>* collision = find_execution_locked(pool, work);
  move_linked_works(work, collision ? collision->scheduled : frame.scheduled);
  pool.held_back.set(!list_empty(pool.worklist));
  return collision == nullptr;
}

// Before the call: @frame becomes the executor of @work.
template <class P>
void claim_work_locked(worker<P>& w, worker_pool<P>& pool, execution<P>& frame, basic_work<P>& work) noexcept {
  const work_bits bits = work.data.read();
  frame.work = &work;
  frame.func = work.func;
  frame.pwq = bits.template pwq<P>();
  frame.color = bits.color();
  frame.barrier = bits.inactive();  // an item that waits for a slot is never executed
  frame.started_at = P::now();
  frame.desc[0] = '\0';
  frame.owner = &w;
  pool.watchdog_ts.store(frame.started_at, kRelaxed);  // relaxed: read again under the lock
  list_add(frame.busy_entry, busy_bucket(pool, work));
  ++pool.nr_busy;
  list_del_init(work.entry);
  if (!frame.barrier) frame.pwq->stats.started++;
  if (w.started_by_hook.load(kRelaxed)) {  // relaxed: statistic
    w.started_by_hook.store(false, kRelaxed);
    frame.pwq->stats.cm_wakeup++;
  }
}

// After the call: the item may be gone, only its address is left.
template <class P>
void unclaim_work_locked(worker_pool<P>& pool, execution<P>& frame) noexcept {
  list_del_init(frame.busy_entry);
  --pool.nr_busy;
  if (!frame.barrier) {
    frame.pwq->stats.completed++;
    if (frame.owner->rescue_wq) frame.pwq->stats.rescued++;
  }
  frame.work = nullptr;
  frame.func = nullptr;
}

// The only place where code of the user is called.
template <class P>
void call_work_function(basic_work<P>& work, typename basic_work<P>::func_type func,
                        const basic_workqueue<P>& wq) noexcept {
  try {
    func(static_cast<typename P::work_type*>(&work));
  } catch (...) {
    log_error("workqueue %s: an exception escaped from work function %s", wq.name, name_of(func).c_str());
    std::terminate();
  }
}

// A function returned inside a blocking section that it began.
template <class P>
void blocking_section_leaked(worker<P>& w, int depth, typename basic_work<P>::func_type func,
                             const basic_workqueue<P>& wq) noexcept {
  log_warning("workqueue %s: work function %s returned with %d blocking section(s) not ended", wq.name,
              name_of(func).c_str(), w.blocking_depth - depth);
  w.blocking_depth = depth;
  if (depth == 0) w.blocking_counted = false;
}

// The worker counts again when its item has ended, whatever became of it meanwhile.
// Return: whether it had been taken out of the count.
template <class P>
bool leave_item_counted(worker<P>& w, worker_pool<P>& pool, const execution<P>& frame) noexcept {
  if (!pool.counted || w.rescue_wq || frame.outer) return false;
  const bool was_out = w.state.read() == run_states::uncounted;
  w.state.rejoin_count(pool.nr_running);
  return was_out;
}

// An item begins at @now: has the system changed our CPUs?  The helper thread is asked to look, if it is time for that.
// An idle domain does not ask.  Holding no lock.
template <class P>
void follow_cpus(domain<P>& dom, std::uint64_t now) noexcept {
  std::uint64_t due = dom.next_look.load(kRelaxed);  // relaxed, both: the exchange decides, the list's lock orders
  if (now < due || !dom.next_look.compare_exchange_strong(due, now + dom.params.follow_interval_ns, kRelaxed)) return;
  dom.jobs.post(*dom.follow_job);
}

// Executes @work, the first of frame.scheduled.  The pool's lock is held, dropped for the call, and held again.
// Kernel: process_one_work().
template <class P>
void process_one_work(worker<P>& w, worker_pool<P>& pool, execution<P>& frame, basic_work<P>& work) noexcept {
  claim_work_locked(w, pool, frame, work);
  pool_workqueue<P>& pwq = *frame.pwq;
  basic_workqueue<P>& wq = *pwq.wq;
  const auto func = frame.func;
  w.top = &frame;

  if (wq.has_flag(WQ_CPU_INTENSIVE)) w.state.leave_count(pool.nr_running);
  {
    wake_batch<P> wakes;
    // Workers that do not count wake the next one here; and if items must wait, the hook is told, on this CPU.
    kick_pool_locked(pool, wakes);
    // After this the item may be queued again, freed, anything.
    work.data.set_pool_and_clear_pending(static_cast<std::uint64_t>(pool.id), pool.bh);
    pool.lock.unlock();
  }

  follow_cpus(*w.dom, frame.started_at);
  // relaxed, all: statistics and hints that hooks read
  w.episode.store(w.episode.load(kRelaxed) + 1, kRelaxed);
  if (!pinned_to_cpu(pool)) w.last_cpu.store(w.dom->machine->logical(P::current_cpu()), kRelaxed);
  w.dom->timers.note_activity(frame.started_at);

  const int depth = w.blocking_depth;
  if (!frame.barrier) trace_execute_start(*w.dom, work, func);
  call_work_function(work, func, wq);
  if (!frame.barrier) trace_execute_end(*w.dom, work, func);
  if (w.blocking_depth != depth) blocking_section_leaked(w, depth, func, wq);
  const std::uint64_t cpu_ns = cpu_time_to_charge(w);

  wake_batch<P> wakes;
  pool.lock.lock();
  pwq.stats.cpu_time_ns += cpu_ns;
  if (leave_item_counted(w, pool, frame) && !wq.has_flag(WQ_CPU_INTENSIVE)) pwq.stats.cpu_intensive++;
  unclaim_work_locked(pool, frame);
  w.top = frame.outer;
  // Last, because it may drop the lock and may end the flush that somebody waits for.
  pwq_dec_nr_in_flight_locked(pwq, frame.color, !frame.barrier, wakes);
  // The worker goes on with the list itself, except when it goes back to an item that waited for this one.
  if (frame.outer) kick_pool_locked(pool, wakes);
  if (wakes.empty()) return;
  pool.lock.unlock();
  wakes.flush();
  pool.lock.lock();
}

// Executes frame.scheduled: an item, the barriers behind it, and what collided with them meanwhile.
template <class P>
void process_scheduled_works(worker<P>& w, worker_pool<P>& pool, execution<P>& frame) noexcept {
  while (auto* work = list_first_or_null<basic_work<P>, &basic_work<P>::entry>(frame.scheduled))
    process_one_work(w, pool, frame, *work);
}

}  // namespace cmwq::detail
