// How pools are born, found and buried.  Births and lookups under the domain's pool mutex; burials on the helper
// thread.
#pragma once

#include <new>

#include "cmwq/detail/life/pool_cpus.h"
#include "cmwq/detail/pool/manager.h"

namespace cmwq::detail {

// Gives @pool a number.  Kernel: worker_pool_assign_id().
template <class P>
bool assign_pool_id(domain<P>& dom, worker_pool<P>& pool) noexcept {
  if (dom.free_pool_indexes.empty()) {
    if (dom.nr_pool_indexes == 1 << kPoolIndexBits) return false;
    if (!dom.add_pool_index()) return false;
  }
  const int at = dom.free_pool_indexes.back();
  auto& chunk = dom.pool_chunks[at / domain<P>::kPoolChunk];
  if (!chunk.load(kRelaxed)) {  // relaxed: written under the pool mutex
    using slot = typename P::template atomic<worker_pool<P>*>;
    void* memory = dom.allocate_stable(sizeof(slot) * domain<P>::kPoolChunk, alignof(slot));
    if (!memory) return false;
    auto* slots = static_cast<slot*>(memory);
    for (int i = 0; i < domain<P>::kPoolChunk; ++i) new (slots + i) slot(nullptr);
    chunk.store(slots, kRelease);  // (D6) release, with (D5)
  }
  dom.free_pool_indexes.pop_back();
  pool.id = dom.index << kPoolIndexBits | at;
  chunk.load(kRelaxed)[at % domain<P>::kPoolChunk].store(&pool, kRelease);  // (D8) release, with (D7); relaxed: ours
  return true;
}

template <class P>
void release_pool_id(domain<P>& dom, worker_pool<P>& pool) noexcept {
  const int at = pool.id & ((1 << kPoolIndexBits) - 1);
  auto* chunk = dom.pool_chunks[at / domain<P>::kPoolChunk].load(kRelaxed);  // relaxed: under the pool mutex
  chunk[at % domain<P>::kPoolChunk].store(nullptr, kRelease);               // (D8), with (D7)
  dom.free_pool_indexes.push_back(at);
}

template <class P>
void release_job_run(job* chore);

template <class P>
void init_pool(domain<P>& dom, worker_pool<P>& pool, const pool_attrs& attrs, int cpu) noexcept {
  pool.dom = &dom;
  pool.cpu = cpu;
  pool.node = dom.machine->node_of(attrs.pod_cpus);
  pool.attrs = attrs;
  pool.real_pod_cpus = dom.machine->real_cpus(attrs.pod_cpus);
  pool.roams = !(pool.real_pod_cpus == dom.machine->real_cpus(attrs.cpus));
  pool.counted = dom.counted && attrs.counted;
  pool.standby.init(attrs.pod_cpus.count());
  pool.create_job.run = create_job_run<P>;
  pool.cull_job.run = cull_job_run<P>;
  pool.release_job.run = release_job_run<P>;
  pool.idle_timer.fn.store(idle_timer_fired<P>, kRelaxed);  // relaxed: the wheel's lock orders it
  pool.retry_timer.fn.store(retry_timer_fired<P>, kRelaxed);
  pool.mayday_timer.fn.store(mayday_timer_fired<P>, kRelaxed);
}

// The memory of a buried pool that was just like the one wanted, or nullptr.  Only such: a hook may still look at it,
// and what it reads of attributes must not change.
template <class P>
worker_pool<P>* reusable_pool(domain<P>& dom, const pool_attrs& attrs, int cpu, bool bh) noexcept {
  for (list_head* at = dom.free_pools.next; at != &dom.free_pools; at = at->next) {
    auto* pool = list_owner<worker_pool<P>, &worker_pool<P>::stable_entry>(at);
    if (pool->cpu != cpu || pool->bh != bh || !(pool->attrs == attrs)) continue;
    list_del_init(pool->stable_entry);
    return pool;
  }
  return nullptr;
}

// A pool without workers, or nullptr.  Kernel: init_worker_pool().
template <class P>
worker_pool<P>* alloc_pool(domain<P>& dom, const pool_attrs& attrs, int cpu, bool bh = false) noexcept {
  worker_pool<P>* pool = reusable_pool(dom, attrs, cpu, bh);
  if (!pool) {
    pool = dom.template make_stable<worker_pool<P>>();
    if (!pool) return nullptr;
    init_pool(dom, *pool, attrs, cpu);
    pool->bh = bh;
    if (bh) pool->counted = true;  // with or without a hook: one at a time
  }
  {
    lock_guard guard(pool->lock);  // a late look by item number may hold it
    pool->dying = false;
    pool->manager_active = false;
    pool->next_worker_id = 0;
  }
  pool->refcnt = 0;
  pool->boost.store(0, kRelaxed);  // relaxed, both: hints
  pool->surplus.store(0, kRelaxed);
  settle_pool(dom, *pool);
  if (!assign_pool_id(dom, *pool)) {
    list_add(pool->stable_entry, dom.free_pools);
    return nullptr;
  }
  if (!dom.pools.add(pool)) {
    release_pool_id(dom, *pool);
    list_add(pool->stable_entry, dom.free_pools);
    return nullptr;
  }
  if (!bh) dom.hook->pool_added(*pool);
  return pool;
}

// The manager creates the pool's first worker, so that it is there when the first item comes.  The thread of a BH pool
// comes with its first item: there would be two more for each CPU, most of them for nothing.
template <class P>
void staff_pool(worker_pool<P>& pool) noexcept {
  wake_batch<P> wakes;
  lock_guard guard(pool.lock);
  if (pool.nr_workers == 0 && !(pool.bh && list_empty(pool.worklist))) request_worker_locked(pool, wakes);
}

// Which of a CPU's pools serve @wq.
template <class P>
bound_kind bound_kind_of(const basic_workqueue<P>& wq) noexcept {
  const bool highpri = wq.has_flag(WQ_HIGHPRI);
  if (wq.has_flag(WQ_BH)) return highpri ? bound_kind::bh_highpri : bound_kind::bh;
  return highpri ? bound_kind::highpri : bound_kind::normal;
}

// The pool of @cpu for items of this kind; made when the first queue asks for it.
template <class P>
worker_pool<P>* bound_pool(domain<P>& dom, int cpu, bound_kind kind) noexcept {
  worker_pool<P>*& slot = dom.bound_pools[static_cast<int>(kind)][static_cast<std::size_t>(cpu)];
  const bool highpri = kind == bound_kind::highpri || kind == bound_kind::bh_highpri;
  const bool bh = kind == bound_kind::bh || kind == bound_kind::bh_highpri;
  if (!slot) {
    pool_attrs attrs;
    attrs.nice = highpri ? kHighpriNice : 0;
    attrs.cpus.set(cpu);
    attrs.pod_cpus = attrs.cpus;
    attrs.affn_strict = true;
    slot = alloc_pool(dom, attrs, cpu, bh);
    if (slot) slot->refcnt = 1;  // the domain's own: bound pools stay
  }
  if (slot) ++slot->refcnt;
  return slot;
}

// The pool with these attributes; made if there is none.  Kernel: get_unbound_pool().
template <class P>
worker_pool<P>* unbound_pool(domain<P>& dom, const pool_attrs& attrs) noexcept {
  list_head& bucket = dom.unbound_pools[attrs.hash() % kPoolHashBuckets];
  for (list_head* at = bucket.next; at != &bucket; at = at->next) {
    auto* pool = list_owner<worker_pool<P>, &worker_pool<P>::hash_entry>(at);
    if (pool->attrs == attrs) {
      ++pool->refcnt;
      return pool;
    }
  }
  worker_pool<P>* pool = alloc_pool(dom, attrs, -1);
  if (!pool) return nullptr;
  pool->refcnt = 1;
  list_add(pool->hash_entry, bucket);
  return pool;
}

// Gives a reference back; the last one begins the pool's end.  Under the pool mutex.  Kernel: put_unbound_pool().
template <class P>
void put_pool(worker_pool<P>& pool) noexcept {
  if (--pool.refcnt > 0) return;
  domain<P>& dom = *pool.dom;
  if (pool.cpu < 0) list_del_init(pool.hash_entry);
  if (!pool.bh) dom.hook->pool_removed(pool);
  dom.pools.remove(&pool);
  dom.jobs.post(pool.release_job);
}

// Sends the idle workers home; those that a sentinel has just taken, or that come back from an item, leave by
// themselves when they see that the pool is dying.  Return: whether no worker is left.
template <class P>
bool dismiss_workers(worker_pool<P>& pool) noexcept {
  wake_batch<P> wakes;
  lock_guard guard(pool.lock);
  pool.dying = true;
  while (worker<P>* w = take_idle_worker_locked(pool)) {
    w->sleep.give();
    wakes.ring(*w);
  }
  return pool.nr_workers == 0;
}

template <class P>
void join_dead_workers(worker_pool<P>& pool) noexcept {
  for (;;) {
    worker<P>* dead;
    {
      lock_guard guard(pool.lock);
      dead = list_first_or_null<worker<P>, &worker<P>::pool_entry>(pool.dead_workers);
      if (dead) list_del_init(dead->pool_entry);
    }
    if (!dead) return;
    free_worker(*dead);
  }
}

// On the helper thread: once when the last reference is gone, and again when the last worker has left.
template <class P>
void release_pool(worker_pool<P>& pool) noexcept {
  domain<P>& dom = *pool.dom;
  if (!dismiss_workers(pool)) return;
  join_dead_workers(pool);
  timer_wheel<P>::cancel(pool.idle_timer);
  timer_wheel<P>::cancel(pool.retry_timer);
  timer_wheel<P>::cancel(pool.mayday_timer);
  lock_guard guard(dom.pool_mutex);
  { lock_guard timer_callbacks_are_over(pool.lock); }
  dom.jobs.withdraw(pool.create_job);
  dom.jobs.withdraw(pool.cull_job);
  dom.jobs.withdraw(pool.release_job);
  if (pool.id < 0) return;  // buried already
  release_pool_id(dom, pool);
  pool.id = -1;
  list_add(pool.stable_entry, dom.free_pools);
}

template <class P>
void release_job_run(job* chore) {
  release_pool(*field_owner<worker_pool<P>>(chore, &worker_pool<P>::release_job));
}

}  // namespace cmwq::detail
