// Taking an item back and keeping it out.
#pragma once

#include "cmwq/detail/queue/flush_work.h"
#include "cmwq/detail/queue/grab.h"
#include "cmwq/detail/queue/may_wait.h"

namespace cmwq::detail {

// Takes the item back; with @disable also raises its depth.  Owns PENDING in between, so that nobody queues the
// item while the depth changes.  Return: whether it was pending.  Kernel: __cancel_work().
template <class P>
bool take_back(basic_work<P>& work, basic_delayed_work<P>* dwork, bool disable) noexcept {
  const bool was_pending = grab_pending(work, dwork);
  const work_bits bits = work.data.read();
  std::uint64_t depth = bits.disable_depth();
  const bool overflow = disable && depth == WORK_DISABLE_MAX;
  if (disable && !overflow) ++depth;
  work.data.set_off_queue(bits, depth, false);
  if (overflow && P::directory().first_time(item_warning::disable_overflow))
    log_warning("workqueue: disable depth of %s would exceed %llu; unchanged", name_of(work.func).c_str(),
                static_cast<unsigned long long>(WORK_DISABLE_MAX));
  return was_pending;
}

// Takes 1 from the depth.  Return: whether it is 0 now.  Kernel: enable_work().
template <class P>
bool lower_disable_depth(basic_work<P>& work, basic_delayed_work<P>* dwork) noexcept {
  grab_pending(work, dwork);
  const work_bits bits = work.data.read();
  std::uint64_t depth = bits.disable_depth();
  const bool unbalanced = depth == 0;
  if (!unbalanced) --depth;
  work.data.set_off_queue(bits, depth, false);
  if (unbalanced && P::directory().first_time(item_warning::enable_unbalanced))
    log_warning("workqueue: enable of %s, which is not disabled", name_of(work.func).c_str());
  return depth == 0;
}

// Takes the item back and waits for a running instance; nobody can queue it meanwhile.  An item that was last queued on
// a BH queue is waited for also where blocking is forbidden.
// Return: whether it was pending.  Kernel: __cancel_work_sync().
template <class P>
bool take_back_and_wait(basic_work<P>& work, basic_delayed_work<P>* dwork, bool disable, const char* what) noexcept {
  if (is_own_item(work, what)) return take_back(work, dwork, disable);
  const bool was_pending = take_back(work, dwork, true);
  if (work.data.read().bh() || !must_not_wait<P>(what)) flush_work_instance(work, true);
  if (!disable) lower_disable_depth(work, dwork);
  return was_pending;
}

}  // namespace cmwq::detail
