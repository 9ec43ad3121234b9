// Calling a function on a CPU, on every CPU, or where it may block.  They use system_percpu_wq, so they run in a
// bound worker of the default domain.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/work.h"

namespace cmwq {

struct lock_class_key {};  // nothing here: there is no lockdep; a place for those who name one

/* Runs @fn(@arg) in a worker bound to @cpu (0 .. domain_cpus()-1 of the default domain) and waits for it.  Blocks;
 * callable from workers.  A CPU that does not exist: a warning, runs on the local one.
 * Return: what @fn returned; -EINVAL (with a warning) without a function.  Kernel: work_on_cpu(). */
CMWQ_API long work_on_cpu(int cpu, long (*fn)(void*), void* arg) noexcept;

/* The same; @key is not used. */
inline long work_on_cpu_key(int cpu, long (*fn)(void*), void* arg, lock_class_key* /*key*/) noexcept {
  return work_on_cpu(cpu, fn, arg);
}

/* The same, but runs nothing and returns -ENODEV if @cpu does not exist. */
CMWQ_API long work_on_cpu_safe(int cpu, long (*fn)(void*), void* arg) noexcept;

namespace detail {

// Room for what a call returns: nothing, a reference or a value.
template <class R>
class call_result {
 public:
  template <class F>
  void take_from(F& fn) {
    new (memory_) R(fn());
  }
  R give() {
    R& there = *std::launder(reinterpret_cast<R*>(memory_));
    R result = std::move(there);
    there.~R();
    return result;
  }

 private:
  alignas(R) unsigned char memory_[sizeof(R)];  // S: the call, then the caller
};

template <class R>
class call_result<R&> {
 public:
  template <class F>
  void take_from(F& fn) {
    there_ = &fn();
  }
  R& give() { return *there_; }

 private:
  R* there_ = nullptr;  // S: the call, then the caller
};

template <>
class call_result<void> {
 public:
  template <class F>
  void take_from(F& fn) {
    fn();
  }
  void give() {}
};

}  // namespace detail

/* The same for anything that can be called without arguments, with whatever it returns.  @fn must not throw. */
template <class F>
  requires std::is_invocable_v<F&>
std::invoke_result_t<F&> work_on_cpu(int cpu, F&& fn) {
  struct call {
    std::remove_reference_t<F>& fn;
    detail::call_result<std::invoke_result_t<F&>> result = {};
  } c{fn};
  work_on_cpu(
      cpu,
      [](void* context) -> long {
        auto& self = *static_cast<call*>(context);
        self.result.take_from(self.fn);
        return 0;
      },
      &c);
  return c.result.give();
}

/* Runs @func once on every CPU of the default domain and waits for all of them.  Blocks, allocates, is slow.
 * The item given to @func is the library's.  Return: 0; -ENOMEM, or -EINVAL (with a warning) without a function:
 * then it has run nowhere.  Kernel: schedule_on_each_cpu(). */
CMWQ_API int schedule_on_each_cpu(work_func_t func) noexcept;

struct execute_work {
  work_struct work;
};

/* Calls @func(&@ew->work) at once where one may block, else schedules it.  One may not block on the library's helper
 * threads (where log sinks may be called) nor in an item of a WQ_BH queue.  @ew lives until the function was called.
 * Return: 0 if @func has been called, 1 if it is scheduled.  Kernel: execute_in_process_context(). */
CMWQ_API int execute_in_process_context(work_func_t func, execute_work* ew) noexcept;

}  // namespace cmwq
