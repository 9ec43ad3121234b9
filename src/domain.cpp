// How a domain starts and ends.
//
// Stage one makes the structures: queues can be created, items queued.  Stage two, go_online(), lets workers be
// created and executes what was queued.
#include "domain.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "cmwq/detail/base/cpu_text.h"
#include "cmwq/detail/life/apply_attrs.h"
#include "cmwq/detail/queue/may_wait.h"
#include "rcu.h"
#include "scope_names.h"

namespace cmwq {

using namespace detail;

namespace {

const char* option_or_env(const char* option, const char* variable) {
  if (option) return option;
  const char* value = secure_getenv(variable);
  return value && *value ? value : nullptr;
}

// The number in @variable if it is one and in range, else @fallback; says so if it is not.
long env_number(const char* variable, long fallback, long least, long most) {
  const char* text = secure_getenv(variable);
  if (!text || !*text) return fallback;
  char* end;
  const long value = std::strtol(text, &end, 10);
  if (*end == '\0' && value >= least && value <= most) return value;
  log_warning("cmwq: %s=\"%s\" is not a number from %ld to %ld; ignored", variable, text, least, most);
  return fallback;
}

// The kernel's ways to write a boolean parameter.
bool env_bool(const char* variable, bool fallback) {
  const char* text = secure_getenv(variable);
  if (!text || !*text) return fallback;
  for (const char* yes : {"1", "y", "Y", "on"})
    if (std::strcmp(text, yes) == 0) return true;
  for (const char* no : {"0", "n", "N", "off"})
    if (std::strcmp(text, no) == 0) return false;
  log_warning("cmwq: %s=\"%s\" is neither 1, y, on nor 0, n, off; ignored", variable, text);
  return fallback;
}

// The scope in @variable; cache_shard if it is not set, or is none (a warning).
wq_affn_scope env_scope(const char* variable) {
  const char* name = secure_getenv(variable);
  if (!name || !*name) return WQ_AFFN_CACHE_SHARD;
  const wq_affn_scope scope = scope_named(name);
  if (scope > WQ_AFFN_DFL && scope < WQ_AFFN_NR_TYPES) return scope;
  log_warning("cmwq: %s=\"%s\" is not an affinity scope (cpu, smt, cache, cache_shard, numa, system); ignored", variable,
              name);
  return WQ_AFFN_CACHE_SHARD;
}

// A number of CPUs, like 1.5; negative if there is none.
double env_cpus(const char* variable) {
  const char* text = secure_getenv(variable);
  if (!text || !*text) return -1;
  char* end;
  const double value = std::strtod(text, &end);
  if (*end == '\0' && value >= 0) return value;
  log_warning("cmwq: %s=\"%s\" is not a number of CPUs; ignored", variable, text);
  return -1;
}

// Workers keep a file open so that hooks can look at them quickly; the program's limit must not be eaten up by that.
int stat_fd_budget() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur / 8, 1024));
}

void timer_thread_main(void* argument) {
  auto& dom = *static_cast<std_domain*>(argument);
  std_policy::set_name("cmwq/timer");
  std_policy::forbid_blocking();
  dom.timer_tid.store(std_policy::thread_id(), kRelaxed);  // relaxed: statistic
  dom.timers.run();
}

void helper_thread_main(void* argument) {
  auto& dom = *static_cast<std_domain*>(argument);
  std_policy::set_name("cmwq/manager");
  std_policy::forbid_blocking();
  dom.helper_tid.store(std_policy::thread_id(), kRelaxed);  // relaxed: statistic
  dom.jobs.run();
}

}  // namespace

bool wq_domain::read_machine(const domain_options& options) {
  topology::request wanted;
  if (const char* text = option_or_env(options.synthetic, "HWLOC_SYNTHETIC")) wanted.synthetic = text;
  if (const char* text = option_or_env(options.cpus, "CMWQ_CPUS")) wanted.cpus = text;
  wanted.cache_shard_size = options.cache_shard_size >= 0
                                ? options.cache_shard_size
                                : static_cast<int>(env_number("CMWQ_CACHE_SHARD_SIZE", 8, 0, kMaxCpus));
  if (wanted.cache_shard_size == 0) {
    log_warning("cmwq: domain %s: cache_shard_size must be above 0, 1 is used", core.name.c_str());
    wanted.cache_shard_size = 1;
  }
  core.params.cache_shard_size = wanted.cache_shard_size;
  std::string error;
  core.machine = topology::load(wanted, error);
  if (!core.machine) log_error("cmwq: domain %s: %s", core.name.c_str(), error.c_str());
  return core.machine != nullptr;
}

void wq_domain::set_cpus(const domain_options& options) {
  core.online_cpus = core.system_cpus = core.machine->all();
  core.online_now.publish(core.online_cpus);
  cpumask requested = core.machine->all();
  if (const char* text = option_or_env(options.unbound_cpus, "CMWQ_UNBOUND_CPUS")) {
    cpumask asked;
    if (!parse_cpulist(text, asked))
      log_warning("cmwq: domain %s: unbound_cpus \"%s\" is not a CPU list; ignored", core.name.c_str(), text);
    else if (!asked.intersects(requested))
      log_warning("cmwq: domain %s: unbound_cpus \"%s\" leaves no CPU; ignored", core.name.c_str(), text);
    else
      requested = requested & asked;
  }
  set_unbound_cpus(core, requested, {});
  publish_choice(core);
}

void wq_domain::follow_cpus(const domain_options& options) {
  cpu_follower::options wanted;
  wanted.follow = options.follow_cpus >= 0 ? options.follow_cpus != 0 : env_bool("CMWQ_FOLLOW_CPUS", true);
  const double quota = options.cpu_quota >= 0 ? options.cpu_quota : env_cpus("CMWQ_CPU_QUOTA");
  if (quota >= 0) wanted.quota_milli = std::max(quota > 0 ? 1L : 0L, static_cast<long>(std::min(quota, 1e6) * 1000));
  follower.start(core, wanted);
}

bool wq_domain::choose_hook(const domain_options& options) {
  if (options.custom_hook) {
    core.hook = options.custom_hook;
  } else {
    const char* name = option_or_env(options.hook, "CMWQ_HOOK");
    own_hook = make_hook(name ? name : "sentinel");
    if (!own_hook) {
      log_error("cmwq: domain %s: there is no hook \"%s\" (sentinel, declared, none)", core.name.c_str(), name);
      return false;
    }
    core.hook = own_hook.get();
  }
  if (const int error = core.hook->start(core, events)) {
    log_warning("cmwq: domain %s: hook %s does not start (error %d); running without one", core.name.c_str(),
                core.hook->name(), error);
    own_hook = make_none_hook();
    core.hook = own_hook.get();
  }
  core.counted = core.hook->counts_workers();
  return true;
}

void wq_domain::set_up_watch(const domain_options& options) {
  const auto option_or_env_s = [](long ms, const char* variable, long seconds) {
    return static_cast<std::uint64_t>(ms >= 0 ? ms : 1000 * env_number(variable, seconds, 0, 1'000'000));
  };
  core.stalls.init(stall_timer_fired, option_or_env_s(options.watchdog_thresh_ms, "CMWQ_WATCHDOG_THRESH", 30),
                   core.machine->nr_cpus());
  stalls.panic_on_stall = static_cast<unsigned>(
      options.panic_on_stall >= 0 ? options.panic_on_stall : env_number("CMWQ_PANIC_ON_STALL", 0, 0, 1'000'000));
  core.hog_functions.set_warning_thresh(static_cast<unsigned>(
      options.cpu_intensive_warning_thresh >= 0
          ? options.cpu_intensive_warning_thresh
          : env_number("CMWQ_CPU_INTENSIVE_WARNING_THRESH", 4, 0, 1'000'000)));
  stalls.panic_on_stall_ms = option_or_env_s(options.panic_on_stall_time_ms, "CMWQ_PANIC_ON_STALL_TIME", 0);
}

void wq_domain::set_params(const domain_options& options) {
  const auto ticks = [](long ms) { return static_cast<std::uint64_t>(ms > 0 ? ms : 1); };
  const long thresh = options.cpu_intensive_thresh_us >= 0
                          ? options.cpu_intensive_thresh_us
                          : env_number("CMWQ_CPU_INTENSIVE_THRESH_US", 10'000, 0, 60'000'000);
  core.cpu_intensive_ns.store(static_cast<std::uint64_t>(thresh) * kUsNs, kRelaxed);  // relaxed: not shared yet
  core.params.idle_timeout_ticks = ticks(options.idle_timeout_ms);
  core.params.mayday_initial_ticks = ticks(options.mayday_initial_ms);
  core.params.mayday_interval_ticks = ticks(options.mayday_interval_ms);
  core.params.create_cooldown_ticks = ticks(options.create_cooldown_ms);
  core.params.power_efficient =
      options.power_efficient >= 0 ? options.power_efficient != 0 : env_bool("CMWQ_POWER_EFFICIENT", false);
  core.params.follow_interval_ns = ticks(options.follow_interval_ms) * kMsNs;
  core.stat_fds_left.store(stat_fd_budget(), kRelaxed);  // relaxed: no worker runs yet
  core.default_scope =
      options.affinity_scope != WQ_AFFN_DFL ? options.affinity_scope : env_scope("CMWQ_DEFAULT_AFFINITY_SCOPE");
  const bool force_rr = options.debug_force_rr_cpu >= 0 ? options.debug_force_rr_cpu != 0
                                                        : env_bool("CMWQ_DEBUG_FORCE_RR_CPU", false);
  core.force_rr_cpu.store(force_rr, kRelaxed);  // relaxed: not shared yet
}

bool wq_domain::start_threads() {
  int error = std_policy::thread_start(core.timer_thread, timer_thread_main, &core);
  if (!error) {
    error = std_policy::thread_start(core.helper_thread, helper_thread_main, &core);
    if (error) {
      core.timers.stop();
      std_policy::thread_join(core.timer_thread);
    }
  }
  if (error) log_error("cmwq: domain %s: cannot create its helper threads (error %d)", core.name.c_str(), error);
  threads_started = error == 0;
  return threads_started;
}

bool wq_domain::start(const domain_options& options) {
  core.name = options.name ? options.name : "domain";
  set_params(options);
  core.rcu = options.rcu ? options.rcu : &own_rcu_flavor;
  if (!read_machine(options)) return false;
  set_cpus(options);
  set_up_watch(options);
  core.index = std_policy::directory().add(&core);
  if (core.index < 0) {
    log_error("cmwq: domain %s: too many domains", core.name.c_str());
    return false;
  }
  for (auto& pools : core.bound_pools) pools.resize(static_cast<std::size_t>(core.machine->nr_cpus()));
  follow_cpus(options);
  if (!start_threads() || !choose_hook(options)) return false;
  if (options.start_workers) go_online();
  return true;
}

void wq_domain::go_online() noexcept {
  lock_guard guard(core.pool_mutex);
  if (core.online.load(kRelaxed)) return;  // relaxed: under the mutex
  core.online.store(true, kRelease);       // (O1) release, with (O2)
  core.pools.visit([](std_pool& pool) {
    staff_pool(pool);
    return true;
  });
}

void wq_domain::release_bound_pools() noexcept {
  lock_guard guard(core.pool_mutex);
  for (auto& pools : core.bound_pools)
    for (std_pool*& pool : pools)
      if (std_pool* mine = std::exchange(pool, nullptr)) put_pool(*mine);
}

wq_domain::~wq_domain() {
  if (core.index >= 0) std_policy::directory().remove(core.index);
  if (threads_started) {
    release_bound_pools();
    // Pools bury themselves when their last worker has left; their numbers come back then.
    const auto buried = [this] {
      lock_guard guard(core.pool_mutex);
      return static_cast<int>(core.free_pool_indexes.size()) == core.nr_pool_indexes;
    };
    while (!buried()) std_policy::yield();
    core.jobs.stop();
    std_policy::thread_join(core.helper_thread);
    core.timers.stop();
    std_policy::thread_join(core.timer_thread);
  }
  if (core.hook) core.hook->stop();
  list_for_each<std_worker, &std_worker::stable_entry>(core.lingering_workers,
                                                       [](std_worker& w) { join_unless_looked_at(w); });
  for (void* block : core.memory) std_policy::release(block);
}

// ---------------------------------------------------------------------------------------------

wq_domain* alloc_domain(const domain_options& options) noexcept {
  try {
    auto domain = std::make_unique<wq_domain>();
    if (!domain->start(options)) return nullptr;
    return domain.release();
  } catch (const std::exception& e) {
    log_error("cmwq: domain %s: %s", options.name ? options.name : "domain", e.what());
    return nullptr;
  }
}

void start_domain(wq_domain* domain) noexcept {
  if (domain) domain->go_online();
}

namespace {

workqueue_struct* any_queue_of(wq_domain& domain) noexcept {
  lock_guard guard(domain.core.pool_mutex);
  using queue = basic_workqueue<std_policy>;
  return static_cast<workqueue_struct*>(list_first_or_null<queue, &queue::list>(domain.core.workqueues));
}

}  // namespace

void destroy_domain(wq_domain* domain) noexcept {
  if (!domain) return;
  const char* name = domain->core.name.c_str();
  if (domain->core.is_default) return log_error("cmwq: the default domain cannot be destroyed");
  const std_worker* self = std_policy::current_worker();
  if (self && self->dom == &domain->core)
    return log_error("cmwq: domain %s: destroy_domain() from one of its own workers; refused", name);
  if (must_not_wait<std_policy>("destroy_domain()")) return;
  // What was queued before workers existed is still to be executed.
  domain->go_online();
  thaw_workqueues_in(domain);
  while (workqueue_struct* wq = any_queue_of(*domain)) {
    log_warning("cmwq: domain %s: workqueue %s was not destroyed before its domain; destroyed now", name, wq->name);
    destroy_workqueue(wq);
  }
  delete domain;
}

wq_domain* default_domain() noexcept {
  static wq_domain* const domain = [] {
    domain_options options;
    options.name = "default";
    wq_domain* made = alloc_domain(options);
    if (!made) {
      log_error("cmwq: the default domain cannot start");
      std::abort();
    }
    made->core.is_default = true;
    return made;
  }();
  return domain;
}

int domain_cpus(const wq_domain* domain) noexcept { return domain->core.machine->nr_cpus(); }
int domain_nodes(const wq_domain* domain) noexcept { return domain->core.machine->nr_nodes(); }

}  // namespace cmwq
