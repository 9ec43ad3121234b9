// The dumps: text in the kernel's format.
#include <fmt/format.h>

#include "cmwq/detail/eyes/pool_flags.h"
#include "eyes/collect.h"
#include "eyes/show.h"

#include "cmwq/inspect.h"

namespace cmwq {

using namespace detail;

namespace {

using place = item_row::place;

std::string text_of(const pool_info& pool) {
  std::string text = "cpus=" + pool.cpus;
  if (pool.node >= 0) text += fmt::format(" node={}", pool.node);
  text += fmt::format(" flags=0x{:x}", pool.flags);
  if (pool.flags & POOL_BH) return text + (pool.nice < 0 ? " bh-hi" : " bh");
  return text + fmt::format(" nice={}", pool.nice);
}

// "3*func, BAR(17), other": as runs of the same function.
class run_lengths {
 public:
  void add(const item_row& item) {
    if (!item.waiter && item.func == func_) {
      ++count_;
      return;
    }
    flush();
    if (item.waiter)
      append(fmt::format("BAR({})", item.waiter));
    else
      func_ = item.func, count_ = 1;
  }
  std::string take() {
    flush();
    return std::exchange(text_, {});
  }

 private:
  void flush() {
    if (!func_) return;
    const std::string name = name_of(func_).c_str();
    append(count_ > 1 ? fmt::format("{}*{}", count_, name) : name);
    func_ = nullptr;
  }
  void append(const std::string& word) { text_ += (text_.empty() ? " " : ", ") + word; }

  std_func func_ = nullptr;
  int count_ = 0;
  std::string text_;
};

std::string waiting(const std::vector<item_row>& items, place at) {
  run_lengths runs;
  for (const item_row& item : items)
    if (item.at == at) runs.add(item);
  return runs.take();
}

// " 17:func for 3s, 18(RESCUER):other for 0s BAR(21)": what must run right behind an item follows it.
std::string in_flight(const std::vector<item_row>& items, std::uint64_t now) {
  std::string text;
  run_lengths behind;
  for (const item_row& item : items) {
    if (item.at == place::scheduled) behind.add(item);
    if (item.at != place::in_flight) continue;
    text += behind.take();
    text += fmt::format("{} {}{}:{} for {}s", text.empty() ? "" : ",", item.tid, item.rescuer ? "(RESCUER)" : "",
                        name_of(item.func).c_str(), now > item.since ? (now - item.since) / 1'000'000'000 : 0);
    if (item.desc[0]) text += fmt::format(" \"{}\"", item.desc);
  }
  return text + behind.take();
}

void print_list(std::string& out, const char* title, const std::string& list) {
  if (!list.empty()) out += fmt::format("    {}:{}\n", title, list);
}

void print(std::string& out, const pwq_rows& pwq, std::uint64_t now) {
  out += fmt::format("  pwq {}: {} active={} refcnt={}{}\n", pwq.pool.id, text_of(pwq.pool), pwq.nr_active, pwq.refcnt,
                     pwq.mayday ? " MAYDAY" : "");
  print_list(out, "in-flight", in_flight(pwq.items, now));
  print_list(out, "pending", waiting(pwq.items, place::pending));
  print_list(out, "inactive", waiting(pwq.items, place::inactive));
}

void print(std::string& out, const queue_rows& wq, std::uint64_t now) {
  out += fmt::format("workqueue {}: flags=0x{:x}\n", wq.name, wq.flags);
  for (const pwq_rows& pwq : wq.shares) print(out, pwq, now);
}

void print(std::string& out, const pool_rows& pool) {
  out += fmt::format("pool {}: {} hung={}s workers={}", pool.info.id, text_of(pool.info), pool.hung_ns / 1'000'000'000,
                     pool.nr_workers);
  if (pool.manager_tid) out += fmt::format(" manager: {}", pool.manager_tid);
  if (!pool.idle_tids.empty()) out += " idle:";
  for (int tid : pool.idle_tids) out += fmt::format(" {}", tid);
  out += '\n';
}

}  // namespace

std::string detail::lockup_text(std_pool& pool, std::uint64_t stuck_ns) {
  return fmt::format("BUG: workqueue lockup - pool {} stuck for {}s!", text_of(rows_of(pool).info),
                     stuck_ns / 1'000'000'000);
}

std::string dump_workqueues(wq_domain* domain) {
  const std::vector<queue_rows> queues = busy_queues(*domain, [](const std_queue&) { return true; });
  const std::vector<pool_rows> pools = busy_pools(*domain);
  const std::uint64_t now = std_policy::now();
  std::string out = "Showing busy workqueues and worker pools:\n";
  for (const queue_rows& wq : queues) print(out, wq, now);
  for (const pool_rows& pool : pools) print(out, pool);
  const hook_snapshot hook = snapshot_hook(domain);
  const cpus_snapshot cpus = snapshot_cpus(domain);
  out += fmt::format("domain {}: hook {}{}, cpus {}{}\n", domain->core.name, hook.name,
                     hook.sentinels ? " with sentinels" : "", cpus.online,
                     cpus.quota > 0 ? fmt::format(", quota {}", cpus.quota) : "");
  return out;
}

std::string dump_one_workqueue(workqueue_struct* wq) {
  queue_rows rows;
  {
    lock_guard guard(wq->mutex_);
    rows = rows_of(*wq);
  }
  std::string out;
  if (!rows.shares.empty()) print(out, rows, std_policy::now());
  return out;
}

std::string dump_freezable_workqueues(wq_domain* domain) {
  const std::vector<queue_rows> queues =
      busy_queues(*domain, [](const std_queue& wq) { return wq.has_flag(WQ_FREEZABLE); });
  const std::uint64_t now = std_policy::now();
  std::string out = "Showing busy freezable workqueues:\n";
  for (const queue_rows& wq : queues) print(out, wq, now);
  return out;
}

void show_all_workqueues(wq_domain* domain) { log_info_lines(dump_workqueues(domain).c_str()); }
void show_all_workqueues() { show_all_workqueues(default_domain()); }
void show_one_workqueue(workqueue_struct* wq) { log_info_lines(dump_one_workqueue(wq).c_str()); }
void show_freezable_workqueues(wq_domain* domain) { log_info_lines(dump_freezable_workqueues(domain).c_str()); }
void show_freezable_workqueues() { show_freezable_workqueues(default_domain()); }

}  // namespace cmwq
