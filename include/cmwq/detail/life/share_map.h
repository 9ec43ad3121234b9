// Which share of a queue is to serve which CPU: prepared aside, then put in place at once or dropped.
//
// A share whose pool stays right stays itself.  A replaced share loses the queue's reference and goes when its last
// item has ended; until then it is flushed, drained and counted like the others.  Of an ordered queue a new share
// is plugged while older ones exist: its items wait, so the order is exact.
//
// Everything under the domain's pool mutex.  Kernel: struct apply_wqattrs_ctx.
#pragma once

#include <algorithm>
#include <new>
#include <vector>

#include "cmwq/detail/life/max_active.h"
#include "cmwq/detail/life/pod_attrs.h"

namespace cmwq::detail {

template <class P>
class share_map {
 public:
  explicit share_map(basic_workqueue<P>& wq) noexcept : wq_(&wq) {}
  share_map(share_map&& other) noexcept
      : wq_(other.wq_), wanted_(other.wanted_), effective_(other.effective_), by_cpu_(std::move(other.by_cpu_)),
        fresh_(std::move(other.fresh_)) {
    other.fresh_.clear();
  }
  ~share_map() {
    for (pool_workqueue<P>* pwq : fresh_) discard_pwq(*pwq);
  }

  // Return: false if no memory is left; then nothing has changed.
  [[nodiscard]] bool prepare_percpu() noexcept {
    try {
      reserve();
      for (int cpu = 0; cpu < nr_cpus(); ++cpu)
        if (!add(cpu, make(bound_pool(dom(), cpu, bound_kind_of(*wq_))))) return false;
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // The same, for the shares of an unbound queue with the attributes @wanted.
  [[nodiscard]] bool prepare_unbound(const workqueue_attrs& wanted) noexcept {
    try {
      reserve();
      wanted_ = wanted;
      wanted_.cpumask = wanted.cpumask & dom().machine->all();
      effective_ = effective_attrs(dom(), wanted_);
      const pod_table& table = pods_of(dom(), effective_);
      std::vector<pool_workqueue<P>*> of_pod(table.pods.size());
      for (int cpu = 0; cpu < nr_cpus(); ++cpu) {
        const auto pod = static_cast<std::size_t>(table.cpu_pod[static_cast<std::size_t>(cpu)]);
        if (!of_pod[pod]) of_pod[pod] = share_for(cpu, attrs_of_pod(dom(), effective_, table.pods[pod]));
        if (!add(cpu, of_pod[pod])) return false;
      }
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // Puts what was prepared in place; takes the queue's mutex.  Kernel: apply_wqattrs_commit().
  void commit(wake_batch<P>& wakes) noexcept {
    lock_guard guard(wq_->mutex_);
    if (wq_->unbound()) {
      wq_->attrs = wanted_;
      wq_->effective_cpus = effective_.cpumask & dom().online_cpus;
    }
    const bool plug = wq_->ordered() && !list_empty(wq_->pwqs);
    for (pool_workqueue<P>* pwq : fresh_) link_pwq(*pwq, plug);
    fresh_.clear();
    for (int cpu = 0; cpu < nr_cpus(); ++cpu)
      wq_->cpu_pwq[cpu].store(by_cpu_[static_cast<std::size_t>(cpu)], kRelease);  // (F6) release, with (F2)
    list_for_each<pool_workqueue<P>, &pool_workqueue<P>::pwqs_entry>(wq_->pwqs, [&](pool_workqueue<P>& pwq) {
      if (pwq.installed && std::find(by_cpu_.begin(), by_cpu_.end(), &pwq) == by_cpu_.end()) uninstall_pwq(pwq, wakes);
    });
    // The nodes' parts of the limit follow the CPUs.
    adjust_max_active(*wq_);
  }

 private:
  domain<P>& dom() const noexcept { return *wq_->dom; }
  int nr_cpus() const noexcept { return dom().machine->nr_cpus(); }

  void reserve() {
    by_cpu_.resize(static_cast<std::size_t>(nr_cpus()));
    fresh_.reserve(by_cpu_.size());
  }

  bool add(int cpu, pool_workqueue<P>* pwq) noexcept {
    by_cpu_[static_cast<std::size_t>(cpu)] = pwq;
    return pwq != nullptr;
  }

  // Takes the reference to @pool over.
  pool_workqueue<P>* make(worker_pool<P>* pool) noexcept {
    pool_workqueue<P>* pwq = alloc_pwq(*wq_, pool);
    if (pwq) fresh_.push_back(pwq);
    return pwq;
  }

  static bool serves(const pool_workqueue<P>* pwq, const pool_attrs& attrs) noexcept {
    return pwq && pwq->pool.load(kRelaxed)->attrs == attrs;  // relaxed: constant while the pwq lives
  }

  // The share for a pool with @attrs: the one that serves @cpu now, another one of the queue, or a new one.
  pool_workqueue<P>* share_for(int cpu, const pool_attrs& attrs) noexcept {
    pool_workqueue<P>* now = wq_->cpu_pwq[cpu].load(kRelaxed);  // relaxed: under the pool mutex
    if (serves(now, attrs)) return now;
    for (int other = 0; other < nr_cpus(); ++other) {
      const auto at = static_cast<std::size_t>(other);
      if (serves(by_cpu_[at], attrs)) return by_cpu_[at];
      now = wq_->cpu_pwq[other].load(kRelaxed);  // relaxed: under the pool mutex
      if (serves(now, attrs)) return now;
    }
    return make(unbound_pool(dom(), attrs));
  }

  basic_workqueue<P>* wq_;                    // I
  workqueue_attrs wanted_;                    // what the queue will say it asked for
  workqueue_attrs effective_;                 // and what it gets
  std::vector<pool_workqueue<P>*> by_cpu_;
  std::vector<pool_workqueue<P>*> fresh_;     // made for this map, not yet in place
};

}  // namespace cmwq::detail
