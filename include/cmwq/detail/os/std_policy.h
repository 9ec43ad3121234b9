// The seam.  Every protocol of the library is a template over one policy, which supplies atomics, the
// futex, threads, the clock and allocation; this is the policy that ships.  Another one (a schedule
// explorer, a fault injector) can stand in for it without a change to the protocols.
//
// The policy costs nothing: its aliases are the std types and its functions are the bare calls.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/os/lock_rank.h"

namespace cmwq {
struct work_struct;
struct workqueue_struct;
}  // namespace cmwq

namespace cmwq::detail {

template <class P>
struct domain;
template <class P>
class domain_directory;
template <class P>
struct worker;

// What a thread is to do, and what joins it.
using thread_entry = void (*)(void* argument);
using thread_handle = unsigned long;

class topology;
class cpumask;

// How often the calling thread has slept; grows.
struct own_block_counts {
  long voluntary = 0;    // I: a copy: gave its CPU away by itself
  long page_faults = 0;  // I: had to get a page, which may put it to sleep
  unsigned excused = 0;  // I: waits for a lock and messages of the library's own
};

struct std_policy {
  template <class T>
  using atomic = std::atomic<T>;
  using work_type = work_struct;
  using workqueue_type = workqueue_struct;

  // Nanoseconds on the monotonic clock; a deadline of kNever waits for ever.
  static constexpr std::uint64_t kNever = ~0ULL;
  static std::uint64_t now() noexcept;
  // The same clock as of the system's last tick: a few milliseconds coarse, and cheaper.
  static std::uint64_t now_coarse() noexcept;
  // CPU time that the calling thread has used, ns.  A system call.
  static std::uint64_t own_cpu_time() noexcept;

  // Sleeps while @word is @expected.  Return: on a wake-up, spuriously, or at @deadline.
  static void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::uint64_t deadline = kNever) noexcept;
  // Wakes up to @count sleepers.  Uses only the address: the word may be gone already.
  static void futex_wake(atomic<std::uint32_t>& word, int count) noexcept;

  static void relax() noexcept;  // inside every spin loop
  static void yield() noexcept;

  // Starts a thread with the signals of asynchronous origin blocked.  Return: 0 or an errno value.
  static int thread_start(thread_handle& handle, thread_entry entry, void* argument) noexcept;
  static void thread_join(thread_handle handle) noexcept;

  // Zeroed memory aligned to @alignment, or nullptr.
  static void* allocate(std::size_t size, std::size_t alignment) noexcept;
  static void release(void* memory) noexcept;

  // Lock order of the calling thread; checked in paranoid builds.
#if defined(CMWQ_PARANOID)
  static void lock_order_enter(lock_rank rank) noexcept;
  static void lock_order_enter_unordered(lock_rank rank) noexcept;
  static void lock_order_leave(lock_rank rank) noexcept;
#else
  static void lock_order_enter(lock_rank) noexcept {}
  static void lock_order_enter_unordered(lock_rank) noexcept {}
  static void lock_order_leave(lock_rank) noexcept {}
#endif

  // The worker that the calling thread is, or nullptr.
  static worker<std_policy>* current_worker() noexcept;
  static void set_current_worker(worker<std_policy>* self) noexcept;
  static domain_directory<std_policy>& directory() noexcept;

  // The calling thread must not be kept from its duty by code of the user's (a log sink); for its life.
  static void forbid_blocking() noexcept;
  static bool blocking_forbidden() noexcept;
  // Instrumented programs sleep in their instrumentation: then the numbers never change.
  static own_block_counts own_blocks() noexcept;
  static void excuse_block() noexcept;

  // Where threads run.  Logical CPUs; on a synthetic machine their real stand-ins.
  static void bind_self(const topology& machine, const cpumask& cpus) noexcept;
  // Moves thread @tid to @cpu.  Allocates nothing, takes no lock.
  static void place_thread(const topology& machine, int tid, int cpu) noexcept;
  // Lets thread @tid (0: the caller) run on @real_cpus again.  The same.
  static void unplace_thread(int tid, const cpumask& real_cpus) noexcept;
  // The word in which the system keeps the real CPU of the calling thread (rseq), or nullptr.  It lives until the thread
  // has been joined.
  static const atomic<std::uint32_t>* own_cpu_word() noexcept;
  static void set_nice(int nice) noexcept;            // of the caller; best effort
  static void set_name(const char* name) noexcept;    // of the caller; the system keeps 15 characters
  static int open_thread_stat() noexcept;             // the caller's /proc state, or -1
  static void close_thread_stat(int fd) noexcept;

  // The real CPU of the caller; a hint.
  static int current_cpu() noexcept;
  static int thread_id() noexcept;
};

}  // namespace cmwq::detail
