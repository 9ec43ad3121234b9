#include "cpus/follow.h"

#include <time.h>

#include <cerrno>

#include "cmwq/detail/life/cpus.h"

namespace cmwq::detail {
namespace {

// A process that used less than this part of one CPU since the last look is waiting, not working.
constexpr std::uint64_t kActivePart = 100;

std::uint64_t process_cpu_ns() noexcept {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

// The helper thread: it never binds itself, so its mask is what the system leaves to the process, and new workers inherit
// its control groups.
int unpinned_thread(const std_domain& dom) noexcept {
  int tid;
  while ((tid = dom.helper_tid.load(kRelaxed)) == 0) std_policy::yield();  // relaxed: it was started, only the number counts
  return tid;
}

}  // namespace

void cpu_follower::start(std_domain& dom, const options& wanted) {
  dom_ = &dom;
  fixed_quota_milli_ = wanted.quota_milli;
  if (!dom.machine->synthetic()) reader_ = std::make_unique<limits_reader>();
  dom.quota_milli = read_quota();
  job_.run = job_run;
  timer_.fn.store(timer_fired, kRelaxed);  // relaxed: the wheel's lock orders it
  dom.follow_timer = &timer_;
  follows_ = reader_ && wanted.follow;
  if (follows_) dom.follow_armed.store(false, kRelaxed);  // relaxed: no worker runs yet
}

long cpu_follower::read_quota() const {
  if (fixed_quota_milli_ >= 0) return fixed_quota_milli_;
  return reader_ ? reader_->read(dom_->helper_tid.load(kRelaxed)).quota_milli : 0;  // relaxed: 0 is the caller
}

// The CPUs that may be used now; all of the domain's if the system does not say.
cpumask cpu_follower::read_usable() const {
  cpumask real;
  const int tid = unpinned_thread(*dom_);
  if (!read_affinity(tid, real)) return dom_->machine->all();
  const cpu_limits limits = reader_->read(tid);
  if (limits.cpuset_known && real.intersects(limits.cpuset)) real = real & limits.cpuset;
  cpumask usable;
  for (int cpu = 0; cpu < dom_->machine->nr_cpus(); ++cpu)
    if (real.test(dom_->machine->cpu(cpu).real_cpu)) usable.set(cpu);
  return usable;
}

// Somebody has set the masks of all our threads, or a shorter change has passed between two looks: one pinned worker
// tells.  Under the pool mutex.
bool cpu_follower::pinning_lost() const {
  lock_guard guard(dom_->attach_mutex);
  bool lost = false;
  dom_->all_workers.visit([&](std_worker& w) {
    const std_pool* pool = w.pool.load(kRelaxed);  // relaxed, both: under the mutex
    const int tid = w.tid.load(kRelaxed);
    cpumask real;
    if (!pool || tid <= 0 || w.rescue_wq || !pinned_to_cpu(*pool) || !read_affinity(tid, real)) return true;
    lost = !(real == pool->allowed.real());
    return false;
  });
  return lost;
}

int cpu_follower::look() {
  if (!reader_) return -EOPNOTSUPP;
  const cpumask usable = read_usable();
  const long quota = read_quota();
  bool some_left;
  {
    lock_guard guard(dom_->pool_mutex);
    dom_->system_cpus = usable;
    const bool lost = !cannot_pin_ && pinning_lost();
    some_left = update_online_cpus(*dom_, lost);
    if (lost && some_left) cannot_pin_ = pinning_lost();  // the system refuses it: not again each time
    if (quota != dom_->quota_milli) set_cpu_quota(*dom_, quota);
  }
  looks_.fetch_add(1, kRelaxed);  // relaxed: statistic
  if (!some_left && dom_->first_time(once::no_cpu_left))
    log_warning("cmwq: domain %s: none of its CPUs may be used any more; its threads stay as they are, where the system "
                "lets them run", dom_->name.c_str());
  return 0;
}

// On the timer thread.
void cpu_follower::timer_fired(timer_node<std_policy>* timer) {
  auto& self = *field_owner<cpu_follower>(timer, &cpu_follower::timer_);
  self.dom_->jobs.post(self.job_);
}

// On the helper thread.
void cpu_follower::job_run(job* chore) {
  auto& self = *field_owner<cpu_follower>(chore, &cpu_follower::job_);
  self.dom_->follow_armed.store(false, kRelaxed);  // relaxed: from here on who becomes active arms the timer anew
  try {
    self.look();
  } catch (...) {  // no memory: the next look will do
  }
  if (self.still_active()) follow_cpus_soon(*self.dom_);
}

// A worker that never parks does not arm the timer.
bool cpu_follower::still_active() {
  const std::uint64_t now = std_policy::now(), cpu = process_cpu_ns();
  const bool used = (cpu - last_cpu_ns_) * kActivePart >= now - last_look_ns_;
  last_look_ns_ = now;
  last_cpu_ns_ = cpu;
  if (!used) return false;
  return !dom_->all_workers.visit([](std_worker& w) {
    return w.rescue_wq != nullptr || w.tid.load(kRelaxed) <= 0 ||  // relaxed: a hint
           w.state.read() == run_states::parked;
  });
}

}  // namespace cmwq::detail
