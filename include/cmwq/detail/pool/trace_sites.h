// The trace points: one load and one branch each while nobody listens.
#pragma once

#include "cmwq/detail/core/domain.h"
#include "cmwq/detail/os/probe.h"

namespace cmwq::detail {

template <class P>
const typename P::work_type* traced(const basic_work<P>& work) noexcept {
  return static_cast<const typename P::work_type*>(&work);
}

// Under the pool's lock.  @req_cpu: what was asked for.
template <class P>
void trace_queue_work(const basic_workqueue<P>& wq, const basic_work<P>& work, int req_cpu, int cpu) noexcept {
  CMWQ_PROBE5(workqueue_queue_work, static_cast<const void*>(&work), reinterpret_cast<const void*>(work.func), wq.name,
              req_cpu, cpu);
  if (wq.dom->trace.on()) [[unlikely]]
    wq.dom->trace.tell({trace_event::queue_work, traced(work), work.func, wq.name, req_cpu, cpu});
}

// Under the pool's lock.
template <class P>
void trace_activate_work(domain<P>& dom, const basic_work<P>& work) noexcept {
  CMWQ_PROBE2(workqueue_activate_work, static_cast<const void*>(&work), reinterpret_cast<const void*>(work.func));
  if (dom.trace.on()) [[unlikely]]
    dom.trace.tell({trace_event::activate_work, traced(work), work.func});
}

// By the worker, without locks.  @work may be gone at the end.
template <class P>
void trace_execute_start(domain<P>& dom, const basic_work<P>& work, typename basic_work<P>::func_type func) noexcept {
  CMWQ_PROBE2(workqueue_execute_start, static_cast<const void*>(&work), reinterpret_cast<const void*>(func));
  if (dom.trace.on()) [[unlikely]]
    dom.trace.tell({trace_event::execute_start, traced(work), func});
}
template <class P>
void trace_execute_end(domain<P>& dom, const basic_work<P>& work, typename basic_work<P>::func_type func) noexcept {
  CMWQ_PROBE2(workqueue_execute_end, static_cast<const void*>(&work), reinterpret_cast<const void*>(func));
  if (dom.trace.on()) [[unlikely]]
    dom.trace.tell({trace_event::execute_end, traced(work), func});
}

}  // namespace cmwq::detail
