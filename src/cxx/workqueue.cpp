// cmwq::workqueue: from options to a queue of the kernel layer, and what that layer does not have.
#include "cmwq/cxx/workqueue.hpp"

#include <memory>
#include <vector>

#include "cmwq/detail/os/log.h"
#include "cmwq/detail/core/attrs.h"
#include "cmwq/detail/core/pool_workqueue.h"
#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/pool/busy.h"

namespace cmwq {
namespace {

using detail::queue_core;
using P = detail::std_policy;

unsigned flags_of(const workqueue_options& o) noexcept {
  return (o.type == queue_type::per_cpu ? WQ_PERCPU : 0u) | (o.type == queue_type::unbound ? WQ_UNBOUND : 0u) |
         (o.high_priority ? WQ_HIGHPRI : 0u) | (o.reclaim ? WQ_MEM_RECLAIM : 0u) |
         (o.cpu_intensive ? WQ_CPU_INTENSIVE : 0u);
}

workqueue_struct* alloc(wq_domain* domain, const workqueue_options& o) noexcept {
  if (o.type == queue_type::ordered) return alloc_ordered_workqueue_in(domain, "%s", flags_of(o), o.name);
  return alloc_workqueue_in(domain, "%s", flags_of(o), o.max_active, o.name);
}

// Return: false after a message.
bool apply_affinity(workqueue_struct* wq, const workqueue_options& o) noexcept {
  if (o.affinity_scope == WQ_AFFN_DFL && !o.strict_affinity) return true;
  workqueue_attrs attrs;
  if (workqueue_get_attrs(wq, &attrs) != 0) {
    detail::log_error("workqueue %s: an affinity scope is for unbound queues only", wq->name);
    return false;
  }
  attrs.affn_scope = o.affinity_scope;
  attrs.affn_strict = o.strict_affinity;
  return apply_workqueue_attrs(wq, &attrs) == 0;
}

bool in_own_item(const workqueue_struct* wq) noexcept {
  return detail::executes_item_of<P>(P::current_worker(), *wq);
}

// A flush in a worker of another queue, so that its caller need not wait for the end.
struct timed_flush : work_struct {
  explicit timed_flush(workqueue_struct* q) noexcept : work_struct(&timed_flush::run), wq(q) {}

  static void run(work_struct* work) {
    auto* self = static_cast<timed_flush*>(work);
    flush_workqueue(self->wq);
    self->ended.complete();
    self->drop();
  }
  void drop() noexcept {
    if (refs.fetch_sub(1, detail::kAcqRel) == 1) delete this;  // (CW1) acq_rel, with itself
  }

  workqueue_struct* wq;
  detail::event ended;
  std::atomic<int> refs{2};
};

}  // namespace

// With the queue in which timed flushes wait, made by the first one.
struct owned_core : queue_core {
  std::atomic<workqueue_struct*> waiters{nullptr};  // AT: CW2

  workqueue_struct* waiting_queue() {
    if (workqueue_struct* made = waiters.load(detail::kAcquire)) return made;  // (CW2) acquire, with itself
    workqueue_struct* fresh = alloc_workqueue_in(domain, "%s", WQ_UNBOUND, 0, "timed_flush");
    if (!fresh) throw error("cmwq: no memory for a wait with a time limit");
    workqueue_struct* made = nullptr;
    if (waiters.compare_exchange_strong(made, fresh, detail::kAcqRel, detail::kAcquire)) return fresh;  // (CW2), with itself
    destroy_workqueue(fresh);
    return made;
  }
};

workqueue::workqueue(workqueue_options options) {
  if (options.type == queue_type::ordered && options.max_active > 1) {
    detail::log_error("workqueue %s: an ordered queue with max_active %d", options.name, options.max_active);
    throw error("cmwq: an ordered queue has one active item; leave max_active away");
  }
  auto core = std::make_unique<owned_core>();
  core->domain = options.domain ? options.domain : default_domain();
  core->memory = options.memory;
  core->wq = alloc(core->domain, options);
  if (core->wq && !apply_affinity(core->wq, options)) destroy_workqueue(std::exchange(core->wq, nullptr));
  if (!core->wq) throw error("cmwq: the workqueue cannot be created; the log says why");
  core->on_error = std::move(options.on_error);
  wq_ = core->wq;
  core_ = core.release();
}

workqueue& workqueue::operator=(workqueue&& other) noexcept {
  if (this == &other) return *this;
  destroy();
  static_cast<queue_ref&>(*this) = std::exchange(static_cast<queue_ref&>(other), queue_ref{nullptr});
  return *this;
}

workqueue::~workqueue() { destroy(); }

void workqueue::destroy() noexcept {
  if (!core_) return;
  if (in_own_item(wq_)) {
    detail::log_error("workqueue %s: destroyed in one of its own items, which it would wait for", wq_->name);
    std::terminate();
  }
  auto* core = static_cast<owned_core*>(core_);
  if (workqueue_struct* waiters = core->waiters.load(detail::kAcquire)) destroy_workqueue(waiters);  // (CW2), with itself
  destroy_workqueue(wq_);
  delete core;
}

void workqueue::refuse_own_item(const char* text) const {
  if (in_own_item(wq_)) throw error(text);
}

void workqueue::wait() const {
  refuse_own_item("cmwq: an item waits for all items of its own queue");
  flush_workqueue(wq_);
}

void workqueue::drain() const {
  refuse_own_item("cmwq: an item drains its own queue");
  drain_workqueue(wq_);
}

bool workqueue::wait_until(std::uint64_t deadline) const {
  refuse_own_item("cmwq: an item waits for all items of its own queue");
  workqueue_struct* waiters = static_cast<owned_core*>(core_)->waiting_queue();
  auto* flush = new timed_flush(wq_);
  queue_work(waiters, flush);
  const bool ended = flush->ended.wait(deadline);
  flush->drop();
  return ended;
}

int workqueue::nr_cpus() const noexcept { return domain_cpus(core_->domain); }

void workqueue::each_cpu(void (*call)(void* context, int cpu), void* context) const {
  if (wq_->unbound()) throw error("cmwq: for_each_cpu() needs a queue of type per_cpu");
  std::vector<future<void>> calls;
  calls.reserve(static_cast<std::size_t>(nr_cpus()));
  std::exception_ptr first;
  try {
    for (int cpu = 0; cpu < nr_cpus(); ++cpu) calls.push_back(submit_on(cpu, [=] { call(context, cpu); }));
  } catch (...) {
    first = std::current_exception();
  }
  for (const future<void>& one : calls) one.wait();  // all of them: they use the caller's callable
  for (future<void>& one : calls) {
    try {
      one.get();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace cmwq
