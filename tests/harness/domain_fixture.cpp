#include "domain_fixture.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <ostream>

namespace cmwq::test {

void PrintTo(const domain_param& p, std::ostream* out) { *out << p.where.name << " " << p.hook; }

std::vector<domain_param> all_domains() {
  std::vector<domain_param> params;
  for (const machine& where : kMachines)
    for (const char* hook : kHooks) params.push_back({where, hook});
  return params;
}

std::string domain_param_name(const testing::TestParamInfo<domain_param>& info) {
  return std::string(info.param.where.name) + "_" + info.param.hook;
}

hang_alarm::hang_alarm() {
  signal(SIGALRM, [](int) {
    constexpr char text[] = "\nthe test hangs inside a call of the library: aborting\n";
    if (write(2, text, sizeof text - 1) < 0) _exit(2);
    abort();
  });
  alarm(static_cast<unsigned>(environment_number("CMWQ_TEST_HANG_S", 240)));
}

hang_alarm::~hang_alarm() { alarm(0); }

wq_domain* domain_test::domain() {
  if (!domain_) domain_ = alloc_domain(options);
  if (!domain_) {
    std::fprintf(stderr, "no domain: %s\n", log_.text_of_all().c_str());
    abort();
  }
  return domain_;
}

int domain_test::cpus() { return domain_cpus(domain()); }

int domain_test::nodes() { return std::max(1, GetParam().where.nodes); }

bool domain_test::regulated() const { return exact() || std::strcmp(GetParam().hook, "sentinel") == 0; }

bool domain_test::exact() const { return std::strcmp(GetParam().hook, "declared") == 0; }

bool domain_test::disturbed() {
  const hook_snapshot hook = snapshot_hook(domain());
  return !exact() && hook.watchdog_starts + hook.sentinel_starts + hook.found_blocked > 0;
}

workqueue_struct* domain_test::alloc(const char* name, unsigned flags, int max_active) {
  return keep(alloc_workqueue_in(domain(), "%s", flags, max_active, name));
}

workqueue_struct* domain_test::alloc_ordered(const char* name, unsigned flags) {
  return keep(alloc_ordered_workqueue_in(domain(), "%s", flags, name));
}

workqueue_struct* domain_test::keep(workqueue_struct* wq) {
  if (wq) queues_.push_back(wq);
  return wq;
}

void domain_test::destroy(workqueue_struct* wq) {
  queues_.erase(std::remove(queues_.begin(), queues_.end(), wq), queues_.end());
  destroy_workqueue(wq);
}

pool_snapshot domain_test::bound_pool(int cpu, bool highpri) {
  for (const pool_snapshot& pool : snapshot_pools(domain()))
    if (pool.cpu == cpu && !pool.bh && (pool.nice < 0) == highpri) return pool;
  return {};
}

std::vector<pool_snapshot> domain_test::unbound_pools() {
  std::vector<pool_snapshot> pools;
  for (const pool_snapshot& pool : snapshot_pools(domain()))
    if (pool.cpu < 0) pools.push_back(pool);
  return pools;
}

std::vector<int> domain_test::busy_cpus() {
  std::vector<int> busy;
  for (const pool_snapshot& pool : snapshot_pools(domain()))
    if (pool.cpu >= 0 && pool.nr_busy > 0) busy.push_back(pool.cpu);
  return busy;
}

void domain_test::wait_until_none_is_armed(workqueue_struct* wq) {
  wait_until("no timer to be armed", [wq] { return snapshot(wq).nr_armed == 0; });
}

void domain_test::SetUp() {
  gave_up.store(false);
  // An instrumented program is given a thread of its run-time library's when it creates its first one.
  [[maybe_unused]] static const bool has_had_one = (background([] {}), true);
  threads_before_ = threads_of_process();
  options.name = "test";
  options.synthetic = GetParam().where.synthetic;
  options.hook = GetParam().hook;
  options.mayday_initial_ms = 2;
  options.mayday_interval_ms = 5;
  options.create_cooldown_ms = 10;
  options.idle_timeout_ms = 1000;
  options.cpu_intensive_warning_thresh = 0;  // items that spin are what many tests are about
}

void domain_test::TearDown() {
  if (gave_up.load() && domain_) std::fputs(dump_workqueues(domain_).c_str(), stderr);
  while (!queues_.empty()) destroy(queues_.back());
  if (domain_) {
    EXPECT_EQ(check_invariants(domain_), "");
    EXPECT_TRUE(snapshot_workqueues(domain_).empty());
    destroy_domain(domain_);
  }
  // A joined thread may be counted for a moment longer.
  wait_until("the threads of the domain to be gone",
             [this] { return threads_of_process() <= threads_before_; });
  EXPECT_EQ(log_.complaints(), "");
}

}  // namespace cmwq::test
