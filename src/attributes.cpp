// Attributes by their kernel names: what /sys/devices/virtual/workqueue and /sys/module/workqueue/parameters are there.
//
// A queue is visible between workqueue_sysfs_register() and its destruction, which waits for whoever reads or writes an
// attribute: no lock is held meanwhile, so messages may come of it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstring>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/life/apply_attrs.h"
#include "cmwq/inspect.h"
#include "domain.h"
#include "scope_names.h"
#include "sysfs.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;
using queue = basic_workqueue<P>;

// The number that @text is, nothing before or behind it.
bool parse_number(const std::string& text, long& value) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end && !text.empty();
}

bool parse_flag(const std::string& text, bool& value) {
  if (text != "0" && text != "1" && text != "Y" && text != "N" && text != "y" && text != "n") return false;
  value = text == "1" || text == "Y" || text == "y";
  return true;
}

// ---------------------------------------------------------------------------------------------
// Of a queue

struct queue_attribute {
  const char* name;
  bool unbound_only;
  std::string (*read)(workqueue_struct& wq);
  int (*write)(workqueue_struct& wq, const std::string& text);  // nullptr: read-only
};

workqueue_attrs attrs_of(workqueue_struct& wq) {
  workqueue_attrs attrs;
  workqueue_get_attrs(&wq, &attrs);
  return attrs;
}

std::string read_per_cpu(workqueue_struct& wq) { return wq.unbound() ? "0" : "1"; }

std::string read_max_active(workqueue_struct& wq) { return std::to_string(snapshot(&wq).max_active); }
int write_max_active(workqueue_struct& wq, const std::string& text) {
  long value;
  if (wq.ordered() || wq.has_flag(WQ_BH)) return -EACCES;
  if (!parse_number(text, value) || value <= 0 || value > INT_MAX) return -EINVAL;
  workqueue_set_max_active(&wq, static_cast<int>(value));
  return 0;
}

std::string read_nice(workqueue_struct& wq) { return std::to_string(attrs_of(wq).nice); }
int write_nice(workqueue_struct& wq, const std::string& text) {
  workqueue_attrs attrs = attrs_of(wq);
  long nice;
  if (!parse_number(text, nice) || nice < -20 || nice > 19) return -EINVAL;
  attrs.nice = static_cast<int>(nice);
  return apply_workqueue_attrs(&wq, &attrs);
}

std::string read_cpumask(workqueue_struct& wq) {
  return cpumask_text(attrs_of(wq).cpumask, wq.dom->machine->nr_cpus());
}
int write_cpumask(workqueue_struct& wq, const std::string& text) {
  workqueue_attrs attrs = attrs_of(wq);
  if (!parse_cpumask(text.c_str(), attrs.cpumask)) return -EINVAL;
  return apply_workqueue_attrs(&wq, &attrs);
}

std::string read_affinity_scope(workqueue_struct& wq) {
  const wq_affn_scope scope = attrs_of(wq).affn_scope;
  if (scope != WQ_AFFN_DFL) return scope_name(scope);
  lock_guard guard(wq.dom->pool_mutex);
  return fmt::format("default ({})", scope_name(wq.dom->default_scope));
}
int write_affinity_scope(workqueue_struct& wq, const std::string& text) {
  workqueue_attrs attrs = attrs_of(wq);
  attrs.affn_scope = scope_named(text.c_str());
  if (attrs.affn_scope == WQ_AFFN_NR_TYPES) return -EINVAL;
  return apply_workqueue_attrs(&wq, &attrs);
}

std::string read_affinity_strict(workqueue_struct& wq) { return attrs_of(wq).affn_strict ? "1" : "0"; }
int write_affinity_strict(workqueue_struct& wq, const std::string& text) {
  workqueue_attrs attrs = attrs_of(wq);
  if (!parse_flag(text, attrs.affn_strict)) return -EINVAL;
  return apply_workqueue_attrs(&wq, &attrs);
}

constexpr queue_attribute kQueueAttributes[] = {
    {"per_cpu", false, read_per_cpu, nullptr},
    {"max_active", false, read_max_active, write_max_active},
    {"nice", true, read_nice, write_nice},
    {"cpumask", true, read_cpumask, write_cpumask},
    {"affinity_scope", true, read_affinity_scope, write_affinity_scope},
    {"affinity_strict", true, read_affinity_strict, write_affinity_strict},
};

// ---------------------------------------------------------------------------------------------
// Of the domain

struct domain_attribute {
  const char* path;
  std::string (*read)(wq_domain& domain);
  int (*write)(wq_domain& domain, const std::string& text);  // nullptr: read-only
};

std::string mask_text(wq_domain& domain, const cpumask std_domain::*mask) {
  lock_guard guard(domain.core.pool_mutex);
  return cpumask_text(domain.core.*mask, domain.core.machine->nr_cpus());
}

int write_unbound_cpumask(wq_domain& domain, const std::string& text) {
  cpumask_t cpus;
  if (!parse_cpumask(text.c_str(), cpus)) return -EINVAL;
  return workqueue_set_unbound_cpumask_in(&domain, &cpus);
}

std::string read_default_scope(wq_domain& domain) {
  lock_guard guard(domain.core.pool_mutex);
  return scope_name(domain.core.default_scope);
}
int write_default_scope(wq_domain& domain, const std::string& text) {
  return change_default_scope(domain.core, scope_named(text.c_str()));
}

std::string read_force_rr(wq_domain& domain) {
  return domain.core.force_rr_cpu.load(kRelaxed) ? "Y" : "N";  // relaxed: a hint
}
int write_force_rr(wq_domain& domain, const std::string& text) {
  bool value;
  if (!parse_flag(text, value)) return -EINVAL;
  lock_guard guard(domain.core.pool_mutex);
  domain.core.force_rr_cpu.store(value, kRelaxed);  // relaxed: a hint
  publish_choice(domain.core);
  return 0;
}

// A parameter that is a number from 0 to @most; @set(domain, value) changes it.
template <class Set>
int write_parameter(wq_domain& domain, const std::string& text, long most, Set set) {
  long value;
  if (!parse_number(text, value) || value < 0 || value > most) return -EINVAL;
  set(&domain, value);
  return 0;
}

constexpr long kMostSeconds = 1'000'000;
constexpr long kMostUs = 60'000'000;

std::string read_watchdog_thresh(wq_domain& domain) { return std::to_string(snapshot_watchdog(&domain).thresh_ms / 1000); }
int write_watchdog_thresh(wq_domain& domain, const std::string& text) {
  return write_parameter(domain, text, kMostSeconds, [](wq_domain* d, long s) { set_watchdog_thresh_ms(d, s * 1000); });
}

std::string read_panic_on_stall(wq_domain& domain) {
  lock_guard guard(domain.stalls.lock);
  return std::to_string(domain.stalls.panic_on_stall);
}
int write_panic_on_stall(wq_domain& domain, const std::string& text) {
  return write_parameter(domain, text, INT_MAX,
                         [](wq_domain* d, long n) { set_panic_on_stall(d, static_cast<unsigned>(n)); });
}

std::string read_panic_on_stall_time(wq_domain& domain) {
  lock_guard guard(domain.stalls.lock);
  return std::to_string(domain.stalls.panic_on_stall_ms / 1000);
}
int write_panic_on_stall_time(wq_domain& domain, const std::string& text) {
  return write_parameter(domain, text, kMostSeconds,
                         [](wq_domain* d, long s) { set_panic_on_stall_time_ms(d, s * 1000); });
}

std::string read_cpu_intensive_thresh(wq_domain& domain) {
  return std::to_string(domain.core.cpu_intensive_ns.load(kRelaxed) / kUsNs);  // relaxed: a tunable
}
int write_cpu_intensive_thresh(wq_domain& domain, const std::string& text) {
  return write_parameter(domain, text, kMostUs, [](wq_domain* d, long us) {
    d->core.cpu_intensive_ns.store(static_cast<std::uint64_t>(us) * kUsNs, kRelaxed);  // relaxed: a tunable
  });
}

int write_cpu_intensive_warning_thresh(wq_domain& domain, const std::string& text) {
  return write_parameter(domain, text, INT_MAX,
                         [](wq_domain* d, long n) { set_cpu_intensive_warning_thresh(d, static_cast<unsigned>(n)); });
}

constexpr domain_attribute kDomainAttributes[] = {
    {"cpumask", [](wq_domain& d) { return mask_text(d, &std_domain::unbound_cpus); }, write_unbound_cpumask},
    {"cpumask_requested", [](wq_domain& d) { return mask_text(d, &std_domain::requested_unbound_cpus); }, nullptr},
    {"cpumask_isolated", [](wq_domain& d) { return mask_text(d, &std_domain::isolated_cpus); }, nullptr},
    {"parameters/cache_shard_size", [](wq_domain& d) { return std::to_string(d.core.params.cache_shard_size); }, nullptr},
    {"parameters/cpu_intensive_thresh_us", read_cpu_intensive_thresh, write_cpu_intensive_thresh},
    {"parameters/cpu_intensive_warning_thresh",
     [](wq_domain& d) { return std::to_string(d.core.hog_functions.warning_thresh()); },
     write_cpu_intensive_warning_thresh},
    {"parameters/default_affinity_scope", read_default_scope, write_default_scope},
    {"parameters/debug_force_rr_cpu", read_force_rr, write_force_rr},
    {"parameters/power_efficient", [](wq_domain& d) { return std::string(d.core.params.power_efficient ? "Y" : "N"); },
     nullptr},
    {"parameters/panic_on_stall", read_panic_on_stall, write_panic_on_stall},
    {"parameters/panic_on_stall_time", read_panic_on_stall_time, write_panic_on_stall_time},
    {"parameters/watchdog_thresh", read_watchdog_thresh, write_watchdog_thresh},
};

// The visible queue called @name, which stays as long as this object; none if there is no such queue.
class visible_queue {
 public:
  visible_queue(wq_domain& domain, const std::string& name) : domain_(domain) {
    lock_guard guard(domain_.core.pool_mutex);
    list_for_each<queue, &queue::list>(domain_.core.workqueues, [&](queue& wq) {
      if (wq.visible && name == wq.name) found_ = static_cast<workqueue_struct*>(&wq);
    });
    if (found_) ++found_->attribute_users;
  }
  ~visible_queue() {
    if (!found_) return;
    lock_guard guard(domain_.core.pool_mutex);
    --found_->attribute_users;
  }
  visible_queue(const visible_queue&) = delete;
  visible_queue& operator=(const visible_queue&) = delete;

  workqueue_struct* get() const noexcept { return found_; }

 private:
  wq_domain& domain_;
  workqueue_struct* found_ = nullptr;
};

// Calls @of_domain(domain, attribute) or @of_queue(queue, attribute) for what @path names.
template <class OfDomain, class OfQueue>
int find_attribute(wq_domain& domain, const std::string& path, OfDomain of_domain, OfQueue of_queue) {
  for (const domain_attribute& a : kDomainAttributes)
    if (path == a.path) return of_domain(a);
  const std::size_t slash = path.rfind('/');  // a queue's name may contain one
  if (slash == std::string::npos) return -ENOENT;
  const visible_queue found(domain, path.substr(0, slash));
  workqueue_struct* wq = found.get();
  if (!wq) return -ENOENT;
  for (const queue_attribute& a : kQueueAttributes)
    if (path.compare(slash + 1, std::string::npos, a.name) == 0 && (wq->unbound() || !a.unbound_only))
      return of_queue(*wq, a);
  return -ENOENT;
}

}  // namespace

int read_attribute(wq_domain* domain, const std::string& path, std::string& value) {
  return find_attribute(
      *domain, path,
      [&](const domain_attribute& a) { return value = a.read(*domain), 0; },
      [&](workqueue_struct& wq, const queue_attribute& a) { return value = a.read(wq), 0; });
}

int write_attribute(wq_domain* domain, const std::string& path, const std::string& value) {
  std::string text = value;
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return find_attribute(
      *domain, path,
      [&](const domain_attribute& a) { return a.write ? a.write(*domain, text) : -EACCES; },
      [&](workqueue_struct& wq, const queue_attribute& a) { return a.write ? a.write(wq, text) : -EACCES; });
}

std::vector<std::string> attribute_paths(wq_domain* domain) {
  std::vector<std::string> paths;
  for (const domain_attribute& a : kDomainAttributes) paths.emplace_back(a.path);
  lock_guard guard(domain->core.pool_mutex);
  list_for_each<queue, &queue::list>(domain->core.workqueues, [&](queue& wq) {
    if (!wq.visible) return;
    for (const queue_attribute& a : kQueueAttributes)
      if (wq.unbound() || !a.unbound_only) paths.push_back(std::string(wq.name) + '/' + a.name);
  });
  return paths;
}

// ---------------------------------------------------------------------------------------------

int workqueue_sysfs_register(workqueue_struct* wq) noexcept {
  if (!wq) return -EINVAL;
  std_domain& dom = *wq->dom;
  lock_guard guard(dom.pool_mutex);
  if (wq->visible) return 0;
  bool taken = false;
  list_for_each<queue, &queue::list>(dom.workqueues, [&](queue& other) {
    taken = taken || (other.visible && std::strcmp(other.name, wq->name) == 0);
  });
  if (taken) return -EEXIST;
  wq->visible = true;
  return 0;
}

void workqueue_sysfs_unregister(workqueue_struct& wq) noexcept {
  const auto still_used = [&wq] {
    lock_guard guard(wq.dom->pool_mutex);
    wq.visible = false;
    return wq.attribute_users > 0;
  };
  while (still_used()) P::yield();
}

}  // namespace cmwq
