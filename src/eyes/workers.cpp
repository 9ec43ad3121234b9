// What the workers do, one by one; what a worker may say about its item.
#include <fmt/format.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "eyes/collect.h"

#include "cmwq/inspect.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

// Fixed-size, so that it can be filled under a pool's lock.
struct worker_row {
  int tid = 0, pool = -1, cpu = -1, nice = 0, id = 0;
  bool rescuer = false, idle = false, executing = false;
  std_func func = nullptr;
  std::uint64_t since = 0;
  char wq[WQ_NAME_LEN] = {};
  char desc[kWorkerDescLength] = {};
};

// The queue of what @w executes, or executed last; nullptr if it is gone.  Under the lock of @w's pool.
const std_queue* queue_of_locked(const std_worker& w, const std_pool& pool) noexcept {
  const std_share* pwq = w.top ? w.top->pwq : w.base.pwq;
  return pwq && pwq->pool.load(kRelaxed) == &pool ? pwq->wq : nullptr;  // relaxed: under the lock
}

void fill_locked(worker_row& row, const std_worker& w, const std_pool& pool) noexcept {
  row.pool = number_in_domain(pool);
  row.cpu = pool.cpu;
  row.nice = pool.attrs.nice;
  row.id = w.id;
  row.idle = w.idle;
  const std_execution& e = w.top ? *w.top : w.base;
  row.executing = e.work != nullptr;
  row.func = e.func;
  row.since = e.started_at;
  std::memcpy(row.desc, e.desc, sizeof row.desc);
  if (const std_queue* wq = queue_of_locked(w, pool)) std::memcpy(row.wq, wq->name, sizeof row.wq);
}

// Under the pool mutex: @w and the queue of a rescuer stay.
worker_row row_of(std_worker& w) noexcept {
  worker_row row;
  row.tid = w.tid.load(kRelaxed);  // relaxed: a snapshot
  if (w.rescue_wq) {
    row.rescuer = true;
    std::memcpy(row.wq, w.rescue_wq->name, sizeof row.wq);
  }
  if (std_pool* pool = w.pool.load(kAcquire)) {  // (W1) acquire, with (W4) in pool/manager.h
    lock_guard guard(pool->lock);
    if (w.pool.load(kRelaxed) == pool) fill_locked(row, w, *pool);  // relaxed: a rescuer may have left it
  }
  return row;
}

// As worker_thread_begin() names it, but not cut to 15 characters.
std::string name_of_worker(const worker_row& row) {
  if (row.rescuer) return fmt::format("cmwq/R-{}", row.wq);
  if (row.cpu < 0) return fmt::format("cmwq/u{}:{}", row.pool, row.id);
  return fmt::format("cmwq/{}:{}{}", row.cpu, row.id, row.nice < 0 ? "H" : "");
}

worker_snapshot to_public(const worker_row& row, std::uint64_t now) {
  worker_snapshot s;
  s.tid = row.tid;
  s.pool = row.pool;
  s.name = name_of_worker(row);
  s.workqueue = row.wq;
  s.desc = row.desc[0] ? row.desc : row.wq;
  s.rescuer = row.rescuer;
  s.idle = row.idle;
  if (!row.executing) return s;
  s.function = name_of(row.func).c_str();
  s.busy_ns = now > row.since ? now - row.since : 0;
  return s;
}

template <class Visit>
void for_each_worker(std_domain& dom, Visit visit) {
  lock_guard guard(dom.pool_mutex);
  dom.all_workers.visit([&](std_worker& w) {
    if (w.tid.load(kAcquire)) visit(w);  // (W9) acquire, with (W8)
    return true;
  });
}

// The worker with thread @tid, of whatever domain.
bool find_worker(int tid, worker_snapshot& found) {
  bool is_worker = false;
  for (int index = 0; index < kMaxDomains && !is_worker; ++index) {
    const domain_pin<P> pin(static_cast<std::uint64_t>(index) << kPoolIndexBits);
    if (!pin.dom()) continue;
    for_each_worker(*pin.dom(), [&](std_worker& w) {
      if (is_worker || w.tid.load(kRelaxed) != tid) return;  // relaxed: a snapshot
      found = to_public(row_of(w), P::now());
      is_worker = true;
    });
  }
  return is_worker;
}

}  // namespace

std::vector<worker_snapshot> snapshot_workers(wq_domain* domain) {
  std::vector<worker_snapshot> all;
  for_each_worker(domain->core, [&](std_worker& w) { all.push_back(to_public(row_of(w), P::now())); });
  return all;
}

void print_worker_info(log_level level, int tid) {
  worker_snapshot w;
  if (!find_worker(tid, w) || w.function.empty()) return;
  std::string text = fmt::format("Workqueue: {} {}", w.workqueue, w.function);
  if (w.desc != w.workqueue) text += fmt::format(" ({})", w.desc);
  const auto tell = level == log_level::info ? log_info : level == log_level::warning ? log_warning : log_error;
  tell("%s", text.c_str());
}

void wq_worker_comm(char* buf, std::size_t size, int tid) noexcept {
  if (size == 0) return;
  buf[0] = '\0';
  try {
    worker_snapshot w;
    if (!find_worker(tid, w)) return;
    std::string text = w.name;
    if (!w.desc.empty()) text += (w.function.empty() ? '-' : '+') + w.desc;
    std::snprintf(buf, size, "%s", text.c_str());
  } catch (...) {  // no memory: the text stays empty
  }
}

void set_worker_desc(const char* fmt, ...) noexcept {
  std_worker* self = P::current_worker();
  if (!self || !self->top) return;
  char desc[kWorkerDescLength];
  va_list args;
  va_start(args, fmt);
  std::vsnprintf(desc, sizeof desc, fmt, args);
  va_end(args);
  lock_guard guard(self->pool.load(kRelaxed)->lock);  // relaxed: its own
  std::memcpy(self->top->desc, desc, sizeof desc);
}

}  // namespace cmwq
