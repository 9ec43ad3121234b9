// What the system says about a worker's thread.
#pragma once

#include <cstdint>

#include "sched/hooks.h"

namespace cmwq::detail {

enum class thread_run : int { runnable, blocked, unknown };

struct thread_look {
  thread_run run = thread_run::unknown;
  int real_cpu = -1;  // where it runs, ran last or is queued
};

/* Reads /proc/self/task/TID/stat through the worker's open file if it has one: state letter and CPU.  No lock, no memory. */
thread_look look_at_thread(std_worker& w) noexcept;

/* The real CPU on which the worker's thread was in user mode last; negative if the system does not say.  No system
 * call. */
int last_real_cpu(std_worker& w) noexcept;

/* CPU time the worker's thread has used, ns; 0 if it has none. */
std::uint64_t thread_cpu_ns(const std_worker& w) noexcept;

/* Whether the states of our own threads can be read here. */
bool proc_is_readable() noexcept;

}  // namespace cmwq::detail
