// The watchdog of stalls: says which pool does not advance and what it looks like, then gives it a kick.
#include "eyes/stalls.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cmwq/detail/pool/kick.h"
#include "eyes/collect.h"
#include "eyes/show.h"
#include "eyes/thread_proc.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

struct stalled_pool {
  std_pool* pool;
  std::uint64_t stuck_ns;
};

// How long @pool has made no progress that anybody knows of.
std::uint64_t stuck_ns(const std_pool& pool, std::uint64_t now) noexcept {
  const std::uint64_t progress = std::max(pool.watchdog_ts.load(kRelaxed),  // relaxed: asked again under the lock
                                          pool.dom->stalls.last_touch(pool.cpu));
  return now > progress ? now - progress : 0;
}

bool anything_waits(const std_domain& dom) {
  return !dom.pools.visit([](std_pool& pool) { return !pool.held_back.read(); });
}

std::vector<stalled_pool> find_stalled(std_domain& dom, std::uint64_t thresh_ns) {
  std::vector<stalled_pool> found;
  if (!dom.online.load(kAcquire)) return found;  // (O2) acquire, with (O1); nothing is meant to start yet
  dom.pools.visit([&](std_pool& pool) {
    if (!pool.held_back.read() || stuck_ns(pool, P::now()) <= thresh_ns) return true;
    std::uint64_t stuck = 0;
    {
      // The list may have become empty and been filled again between the two looks above.
      lock_guard guard(pool.lock);
      if (!list_empty(pool.worklist)) stuck = stuck_ns(pool, P::now());
    }
    if (stuck > thresh_ns) found.push_back({&pool, stuck});
    return true;
  });
  return found;
}

// What the busy workers of a bound pool are at.  The kernel prints their stacks.
std::string busy_workers_text(std_pool& pool) {
  struct busy_row {
    int tid;
    std_func func;
  };
  const auto rows = collect<busy_row>(pool.lock, [&](auto push) {
    for (list_head& bucket : pool.busy_hash)
      list_for_each<std_execution, &std_execution::busy_entry>(bucket, [&](std_execution& e) {
        push(busy_row{e.owner->tid.load(kRelaxed), e.func});  // relaxed: a snapshot
      });
  });
  std::string text;
  for (const busy_row& row : rows)
    text += fmt::format("pool {}: worker {} in {}: {}\n", number_in_domain(pool), row.tid, name_of(row.func).c_str(),
                        proc_text_of_thread(row.tid));
  return text;
}

// Its busy workers, each in one item since before the last progress, are taken for blocked, so that another one may
// start; and one is started, if that is possible.  Return: whether.
bool heal(std_pool& pool, std::uint64_t thresh_ns) noexcept {
  wake_batch<P> wakes;
  lock_guard guard(pool.lock);
  if (list_empty(pool.worklist) || stuck_ns(pool, P::now()) <= thresh_ns) return false;
  list_for_each<std_worker, &std_worker::pool_entry>(pool.workers, [&](std_worker& w) {
    if (!w.top || !w.state.found_blocked()) return;
    w.newly_blocked.store(true, kRelaxed);  // relaxed: a note
    pool.nr_running.decrement();
    pool.dom->found_blocked.fetch_add(1, kRelaxed);  // relaxed: statistic
  });
  return kick_pool_locked(pool, wakes) || pool.manager_active;  // started, or being created
}

struct handlers {
  stall_handler on_stall;
  void* stall_context;
  stall_handler on_panic;
  void* panic_context;
  bool panic;
};

// This stall is over, as far as the settings are concerned: it was counted.
handlers take_note(stall_settings& settings, std::uint64_t longest_ns) noexcept {
  lock_guard guard(settings.lock);
  const bool by_count = settings.panic_on_stall && ++settings.nr_events >= settings.panic_on_stall;
  const bool by_time = settings.panic_on_stall_ms && longest_ns >= settings.panic_on_stall_ms * kMsNs;
  return {settings.on_stall, settings.stall_context, settings.on_panic, settings.panic_context, by_count || by_time};
}

void report(wq_domain& domain, const std::vector<stalled_pool>& stalled, std::uint64_t thresh_ns) {
  std::string lockups, details = dump_workqueues(&domain);
  std::uint64_t longest = 0;
  for (const stalled_pool& s : stalled) {
    lockups += lockup_text(*s.pool, s.stuck_ns) + '\n';
    if (s.pool->cpu >= 0) details += busy_workers_text(*s.pool);
    longest = std::max(longest, s.stuck_ns);
  }
  domain.core.stalls.nr_stalls.fetch_add(1, kRelaxed);  // relaxed, both: statistic
  for (const stalled_pool& s : stalled)
    if (heal(*s.pool, thresh_ns)) domain.core.stalls.nr_healed.fetch_add(1, kRelaxed);

  lockups.pop_back();
  log_error("%s", lockups.c_str());
  log_info_lines(details.c_str());
  const handlers h = take_note(domain.stalls, longest);
  const stall_report told{&domain, lockups.c_str(), static_cast<long>(longest / kMsNs)};
  if (h.on_stall) h.on_stall(told, h.stall_context);
  if (!h.panic) return;
  if (h.on_panic) return h.on_panic(told, h.panic_context);
  log_error("cmwq: domain %s: panic on workqueue stall", domain.core.name.c_str());
  std::abort();
}

}  // namespace

void detail::stall_timer_fired(timer_node<P>* timer) {
  stall_watch<P>& watch = stall_watch<P>::of_timer(timer);
  std_domain& dom = *field_owner<std_domain>(&watch, &std_domain::stalls);
  const std::uint64_t thresh_ns = watch.thresh_ms() * kMsNs;
  if (thresh_ns == 0) return;  // switched off meanwhile
  try {
    const std::vector<stalled_pool> stalled = find_stalled(dom, thresh_ns);
    if (!stalled.empty()) report(*field_owner<wq_domain>(&dom, &wq_domain::core), stalled, thresh_ns);
  } catch (const std::exception& e) {  // no memory for the report
    log_error("cmwq: domain %s: a workqueue is stalled, and there is no report: %s", dom.name.c_str(), e.what());
  }
  if (anything_waits(dom)) return watch.stay_on_duty(dom.timers);
  watch.go_off_duty();
  if (anything_waits(dom)) watch.go_on_duty(dom.timers);
}

// ---------------------------------------------------------------------------------------------

watchdog_snapshot snapshot_watchdog(wq_domain* domain) {
  const stall_watch<P>& watch = domain->core.stalls;
  watchdog_snapshot s;
  s.thresh_ms = static_cast<long>(watch.thresh_ms());
  s.on_duty = s.thresh_ms && !watch.off_duty();
  s.stalls = watch.nr_stalls.load(kRelaxed);  // relaxed, both: statistic
  s.healed = watch.nr_healed.load(kRelaxed);
  return s;
}

void set_watchdog_thresh_ms(wq_domain* domain, long ms) noexcept {
  domain->core.stalls.set_thresh_ms(ms > 0 ? static_cast<std::uint64_t>(ms) : 0, domain->core.timers);
}

void set_stall_handler(wq_domain* domain, stall_handler handler, void* context) noexcept {
  lock_guard guard(domain->stalls.lock);
  domain->stalls.on_stall = handler;
  domain->stalls.stall_context = context;
}

void set_panic_handler(wq_domain* domain, stall_handler handler, void* context) noexcept {
  lock_guard guard(domain->stalls.lock);
  domain->stalls.on_panic = handler;
  domain->stalls.panic_context = context;
}

void set_panic_on_stall(wq_domain* domain, unsigned nth) noexcept {
  lock_guard guard(domain->stalls.lock);
  domain->stalls.panic_on_stall = nth;
}

void set_panic_on_stall_time_ms(wq_domain* domain, long ms) noexcept {
  lock_guard guard(domain->stalls.lock);
  domain->stalls.panic_on_stall_ms = ms > 0 ? static_cast<std::uint64_t>(ms) : 0;
}

void wq_watchdog_touch(wq_domain* domain, int cpu) noexcept { domain->core.stalls.touch(cpu, P::now()); }

void wq_watchdog_touch(int cpu) noexcept {
  for (int index = 0; index < kMaxDomains; ++index) {
    const domain_pin<P> pin(static_cast<std::uint64_t>(index) << kPoolIndexBits);
    if (pin.dom()) pin.dom()->stalls.touch(cpu, P::now());
  }
}

}  // namespace cmwq
