// Queueing for the C++ layer, and where its exceptions go.
#include "cmwq/cxx/closure.hpp"

#include "cmwq/detail/queue/queue_work.h"

namespace cmwq::detail {

bool enqueue(int cpu, workqueue_struct* wq, work_struct* item) noexcept {
  using P = std_policy;
  basic_work<P>& work = *item;
  // Whoever takes the item back at this moment holds it for a few instructions only.
  while (!work.data.try_set_pending()) P::relax();
  return may_be_queued<P>(wq, work) && queue_owned_work<P>(cpu, *wq, work);
}

void throw_refused() { throw error("cmwq: the queue is being drained or destroyed and refuses the item"); }

void report_exception(const queue_core* core) {
  if (!core || !core->on_error) throw;  // out of the work function
  core->on_error(std::current_exception());
}

}  // namespace cmwq::detail
