// std_policy: the calls to Linux behind the seam.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#if __has_include(<sys/rseq.h>) && (defined(__x86_64__) || defined(__aarch64__))
#include <sys/rseq.h>
#define CMWQ_HAVE_RSEQ 1
#endif

#include "cmwq/detail/base/assert.h"
#include "cmwq/detail/core/directory.h"
#include "cmwq/detail/core/workqueue_struct.h"
#include "cmwq/detail/os/log.h"
#include "cmwq/detail/topo/topology.h"

namespace cmwq::detail {
namespace {

thread_local worker<std_policy>* this_worker = nullptr;
thread_local bool must_not_block = false;
thread_local unsigned excused_blocks = 0;

// The thread's number, asked for once.  The thread that forks has another one in the child.
thread_local int this_tid = 0;
[[maybe_unused]] const int forgets_tid_in_child = pthread_atfork(nullptr, nullptr, [] { this_tid = 0; });

long futex(const void* word, int operation, std::uint32_t value, const timespec* timeout) noexcept {
  return syscall(SYS_futex, word, operation, value, timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
}

struct start_block {
  thread_entry entry;
  void* argument;
};

void* thread_main(void* memory) {
  const start_block start = *static_cast<start_block*>(memory);
  std::free(memory);
  prctl(PR_SET_TIMERSLACK, 1UL);  // our own waits with a deadline are to be exact
  start.entry(start.argument);
  return nullptr;
}

// Asynchronous signals belong to the program's own threads.
void block_async_signals(sigset_t* old) noexcept {
  sigset_t mask;
  sigfillset(&mask);
  for (int synchronous : {SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV, SIGSYS, SIGPIPE, SIGPROF})
    sigdelset(&mask, synchronous);
  pthread_sigmask(SIG_BLOCK, &mask, old);
}

std::uint64_t read_clock(clockid_t clock) noexcept {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

void fill(cpu_set_t& set, const cpumask& cpus) noexcept {
  CPU_ZERO(&set);
  for (int cpu = cpus.first(); cpu >= 0; cpu = cpus.next(cpu + 1)) CPU_SET(static_cast<std::size_t>(cpu), &set);
}

}  // namespace

std::uint64_t std_policy::now() noexcept { return read_clock(CLOCK_MONOTONIC); }
std::uint64_t std_policy::now_coarse() noexcept { return read_clock(CLOCK_MONOTONIC_COARSE); }
std::uint64_t std_policy::own_cpu_time() noexcept { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

void std_policy::futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t deadline) noexcept {
  const int saved = errno;
  excuse_block();
  timespec until{};
  if (deadline != kNever) {
    until.tv_sec = static_cast<time_t>(deadline / 1'000'000'000);
    until.tv_nsec = static_cast<long>(deadline % 1'000'000'000);
  }
  // WAIT_BITSET takes an absolute time on the monotonic clock.
  futex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, deadline == kNever ? nullptr : &until);
  errno = saved;
}

void std_policy::futex_wake(atomic<std::uint32_t>& word, int count) noexcept {
  const int saved = errno;
  futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, static_cast<std::uint32_t>(count), nullptr);
  errno = saved;
}

void std_policy::relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void std_policy::yield() noexcept { sched_yield(); }

int std_policy::thread_start(thread_handle& handle, thread_entry entry, void* argument) noexcept {
  auto* start = static_cast<start_block*>(std::malloc(sizeof(start_block)));
  if (!start) return ENOMEM;
  *start = {entry, argument};
  sigset_t old;
  block_async_signals(&old);
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, thread_main, start);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (error)
    std::free(start);
  else
    handle = thread;
  return error;
}

void std_policy::thread_join(thread_handle handle) noexcept { pthread_join(handle, nullptr); }

void* std_policy::allocate(std::size_t size, std::size_t alignment) noexcept {
  if (alignment < sizeof(void*)) alignment = sizeof(void*);
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory) std::memset(memory, 0, size);
  return memory;
}

void std_policy::release(void* memory) noexcept { std::free(memory); }

void std_policy::forbid_blocking() noexcept { must_not_block = true; }
bool std_policy::blocking_forbidden() noexcept { return must_not_block; }
void std_policy::excuse_block() noexcept { ++excused_blocks; }

own_block_counts std_policy::own_blocks() noexcept {
#if defined(CMWQ_SANITIZED)
  return {};
#else
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return {usage.ru_nvcsw, usage.ru_minflt + usage.ru_majflt, excused_blocks};
#endif
}

worker<std_policy>* std_policy::current_worker() noexcept { return this_worker; }
void std_policy::set_current_worker(worker<std_policy>* self) noexcept { this_worker = self; }

domain_directory<std_policy>& std_policy::directory() noexcept {
  static constinit domain_directory<std_policy> table;
  return table;
}

void std_policy::bind_self(const topology& machine, const cpumask& cpus) noexcept { machine.bind_self(cpus); }

void std_policy::place_thread(const topology& machine, int tid, int cpu) noexcept {
  if (tid <= 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(machine.cpu(cpu).real_cpu), &set);
  sched_setaffinity(tid, sizeof set, &set);
}

void std_policy::unplace_thread(int tid, const cpumask& real_cpus) noexcept {
  cpu_set_t set;
  fill(set, real_cpus);
  sched_setaffinity(tid, sizeof set, &set);
}

const std::atomic<std::uint32_t>* std_policy::own_cpu_word() noexcept {
#if defined(CMWQ_HAVE_RSEQ)
  if (__rseq_size == 0) return nullptr;  // switched off, or an old kernel
  auto* area = reinterpret_cast<const struct rseq*>(static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset);
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof area->cpu_id);
  return reinterpret_cast<const std::atomic<std::uint32_t>*>(&area->cpu_id);
#else
  return nullptr;
#endif
}

void std_policy::set_nice(int nice) noexcept {
  // Linux keeps nice per thread.  Refused without the right to raise it: then the pool is merely separate.
  setpriority(PRIO_PROCESS, static_cast<id_t>(thread_id()), nice);
}

void std_policy::set_name(const char* name) noexcept {
  char cut[16];
  std::snprintf(cut, sizeof cut, "%.15s", name);
  pthread_setname_np(pthread_self(), cut);
}

int std_policy::open_thread_stat() noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id());
  return open(path, O_RDONLY | O_CLOEXEC);
}

void std_policy::close_thread_stat(int fd) noexcept { close(fd); }

int std_policy::current_cpu() noexcept { return sched_getcpu(); }

int std_policy::thread_id() noexcept {
  if (this_tid == 0) this_tid = static_cast<int>(syscall(SYS_gettid));
  return this_tid;
}

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  log_error("cmwq: invariant violated: %s (%s:%d)", condition, file, line);
  std::abort();
}

#if defined(CMWQ_PARANOID)
namespace {
thread_local std::uint32_t held_ranks = 0;
std::uint32_t bit(lock_rank rank) noexcept { return 1u << static_cast<std::uint32_t>(rank); }
}  // namespace

void std_policy::lock_order_enter(lock_rank rank) noexcept {
  if (held_ranks >> static_cast<std::uint32_t>(rank)) {
    const std::uint32_t held = held_ranks;
    held_ranks = 0;
    log_error("cmwq: lock order violated: rank %u taken while ranks 0x%x are held", static_cast<unsigned>(rank), held);
    std::abort();
  }
  held_ranks |= bit(rank);
}
void std_policy::lock_order_enter_unordered(lock_rank rank) noexcept { held_ranks |= bit(rank); }
void std_policy::lock_order_leave(lock_rank rank) noexcept { held_ranks &= ~bit(rank); }
#endif

}  // namespace cmwq::detail
