// The kernel's names in the global namespace, and its macros, so that source written for the kernel compiles as C++.
//
// Opt-in, and for source files only: macros like `jiffies` reach into everything that follows.  Include it after
// other headers.  With target cmwq::kernel_compat, #include <linux/workqueue.h> is this header.
//
// What is here: everything about workqueues, and the few helpers without which no such code is written
// (container_of(), jiffies and conversions).  What is not: locks, memory, printing; use what the program uses.
// Names that the kernel has removed are here if another call does what they did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cmwq/inspect.h"
#include "cmwq/workqueue.h"

// ---------------------------------------------------------------------------------------------
// Types and constants

using cmwq::cpumask_t;
using cmwq::data_work;
using cmwq::delayed_work;
using cmwq::execute_work;
using cmwq::lock_class_key;
using cmwq::work_func_t;
using cmwq::work_struct;
using cmwq::workqueue_attrs;
using cmwq::workqueue_struct;

using enum cmwq::wq_flags;
using enum cmwq::wq_consts;
using enum cmwq::work_busy_bits;
using enum cmwq::wq_affn_scope;
using cmwq::wq_affn_scope;
using cmwq::TIMER_DEFERRABLE;
using cmwq::WORK_CPU_UNBOUND;

// ---------------------------------------------------------------------------------------------
// Functions

using cmwq::create_freezable_workqueue;
using cmwq::create_singlethread_workqueue;
using cmwq::create_workqueue;
using cmwq::alloc_ordered_workqueue;
using cmwq::alloc_workqueue;
using cmwq::destroy_workqueue;
using cmwq::workqueue_set_max_active;
using cmwq::workqueue_set_min_active;
using cmwq::freeze_workqueues_begin;
using cmwq::freeze_workqueues_busy;
using cmwq::thaw_workqueues;

using cmwq::alloc_workqueue_attrs;
using cmwq::apply_workqueue_attrs;
using cmwq::free_workqueue_attrs;
using cmwq::workqueue_sysfs_register;
using cmwq::workqueue_unbound_housekeeping_update;

using cmwq::INIT_DEFERRABLE_WORK;
using cmwq::INIT_DEFERRABLE_WORK_ONSTACK;
using cmwq::INIT_DELAYED_WORK;
using cmwq::INIT_DELAYED_WORK_ONSTACK;
using cmwq::INIT_WORK;
using cmwq::INIT_WORK_ONSTACK;
using cmwq::INIT_WORK_ONSTACK_KEY;
using cmwq::PREPARE_DELAYED_WORK;
using cmwq::PREPARE_WORK;
using cmwq::destroy_delayed_work_on_stack;
using cmwq::destroy_work_on_stack;
using cmwq::to_delayed_work;

using cmwq::enable_and_queue_work;
using cmwq::execute_in_process_context;
using cmwq::mod_delayed_work;
using cmwq::mod_delayed_work_on;
using cmwq::queue_delayed_work;
using cmwq::queue_delayed_work_on;
using cmwq::queue_work;
using cmwq::queue_work_node;
using cmwq::queue_work_on;
using cmwq::schedule_delayed_work;
using cmwq::schedule_delayed_work_on;
using cmwq::schedule_on_each_cpu;
using cmwq::schedule_work;
using cmwq::schedule_work_on;
using cmwq::work_on_cpu;
using cmwq::work_on_cpu_key;
using cmwq::work_on_cpu_safe;

using cmwq::__warn_flushing_systemwide_wq;
using cmwq::cancel_delayed_work;
using cmwq::cancel_delayed_work_sync;
using cmwq::cancel_work;
using cmwq::cancel_work_sync;
using cmwq::disable_delayed_work;
using cmwq::disable_delayed_work_sync;
using cmwq::disable_work;
using cmwq::disable_work_sync;
using cmwq::drain_workqueue;
using cmwq::enable_delayed_work;
using cmwq::enable_work;
using cmwq::flush_delayed_work;
using cmwq::flush_scheduled_work;
using cmwq::flush_work;
using cmwq::flush_workqueue;

using cmwq::current_is_workqueue_mem_reclaim;
using cmwq::current_is_workqueue_rescuer;
using cmwq::current_work;
using cmwq::delayed_work_pending;
using cmwq::print_worker_info;
using cmwq::set_worker_desc;
using cmwq::show_all_workqueues;
using cmwq::show_freezable_workqueues;
using cmwq::show_one_workqueue;
using cmwq::wq_watchdog_touch;
using cmwq::wq_worker_comm;
using cmwq::work_busy;
using cmwq::work_pending;
using cmwq::workqueue_congested;

// ---------------------------------------------------------------------------------------------
// System queues

using cmwq::system_bh_highpri_wq;
using cmwq::system_bh_wq;
using cmwq::system_dfl_long_wq;
using cmwq::system_dfl_wq;
using cmwq::system_freezable_power_efficient_wq;
using cmwq::system_freezable_wq;
using cmwq::system_highpri_wq;
using cmwq::system_long_wq;
using cmwq::system_percpu_wq;
using cmwq::system_power_efficient_wq;
using cmwq::system_unbound_wq;
using cmwq::system_wq;

// ---------------------------------------------------------------------------------------------
// Readers, and work that waits for them.  #define CMWQ_NO_RCU_NAMES where another RCU has these names (liburcu).

using cmwq::rcu_work;
using cmwq::INIT_RCU_WORK;
using cmwq::INIT_RCU_WORK_ONSTACK;
using cmwq::flush_rcu_work;
using cmwq::queue_rcu_work;
using cmwq::to_rcu_work;

#if !defined(CMWQ_NO_RCU_NAMES)
using cmwq::rcu_head;
using cmwq::rcu_read_lock;
using cmwq::rcu_read_unlock;
using cmwq::synchronize_rcu;
#endif

// ---------------------------------------------------------------------------------------------
// Time

using cmwq::get_jiffies;
using cmwq::jiffies_to_msecs;
using cmwq::msecs_to_jiffies;
using cmwq::secs_to_jiffies;
using cmwq::usecs_to_jiffies;

/* Whether time @a is after @b, and so on, also where jiffies wrap around. */
constexpr bool time_after(unsigned long a, unsigned long b) noexcept { return static_cast<long>(b - a) < 0; }
constexpr bool time_before(unsigned long a, unsigned long b) noexcept { return time_after(b, a); }
constexpr bool time_after_eq(unsigned long a, unsigned long b) noexcept { return !time_before(a, b); }
constexpr bool time_before_eq(unsigned long a, unsigned long b) noexcept { return !time_after(a, b); }

// ---------------------------------------------------------------------------------------------
// Macros

namespace cmwq::kernel_names {

// The object of type Owner whose member at @offset, of type Field, is *@field.
template <class Owner, class Field, class Pointed>
Owner* owner_of_field(Pointed* field, std::size_t offset) noexcept {
  static_assert(std::is_same_v<std::remove_cv_t<Pointed>, std::remove_cvref_t<Field>> || std::is_void_v<Pointed>,
                "container_of(): the pointer does not point to such a member");
  const auto address = reinterpret_cast<std::uintptr_t>(field) - offset;
  return reinterpret_cast<Owner*>(address);
}

// What DECLARE_WORK() declares: with a function, and in old code also with a pointer for it.  Only their types are used.
work_struct item_of(work_func_t function);
data_work item_of(data_work::data_func_t function, void* data);

}  // namespace cmwq::kernel_names

/* The object of type @type around its member @member, to which @ptr points. */
#undef container_of
#define container_of(ptr, type, member)                                                        \
  (::cmwq::kernel_names::owner_of_field<type, decltype(static_cast<type*>(nullptr)->member)>( \
      (ptr), offsetof(type, member)))

/* The same in a work function: struct job *job = from_work(job, work, member); */
#undef from_work
#define from_work(var, callback_work, work_fieldname) \
  container_of(callback_work, std::remove_pointer_t<decltype(var)>, work_fieldname)

#define __WORK_INITIALIZER(n, f) ::cmwq::work_struct(f)
#define __DELAYED_WORK_INITIALIZER(n, f, tflags) ::cmwq::delayed_work((f), (tflags))

/* Items initialised when the program is loaded: static DECLARE_WORK(name, function); with a third argument, for
 * functions of the form before 2.6.20, it is a data_work. */
#define DECLARE_WORK(n, ...) decltype(::cmwq::kernel_names::item_of(__VA_ARGS__)) n(__VA_ARGS__)
#define DECLARE_DELAYED_WORK(n, f) ::cmwq::delayed_work n(f)
#define DECLARE_DEFERRABLE_WORK(n, f) ::cmwq::delayed_work n((f), ::cmwq::TIMER_DEFERRABLE)

/* The monotonic clock in jiffies, and how many of them are a second. */
#undef HZ
#define HZ 1000UL
#undef jiffies
#define jiffies (::cmwq::get_jiffies())

// ---------------------------------------------------------------------------------------------
// Removed from the kernel; what does the same now

#define flush_work_sync(work) flush_work(work)
#define flush_delayed_work_sync(dwork) flush_delayed_work(dwork)
#define __cancel_delayed_work(dwork) cancel_delayed_work(dwork)
#define cancel_rearming_delayed_work(dwork) cancel_delayed_work_sync(dwork)
#define cancel_rearming_delayed_workqueue(wq, dwork) cancel_delayed_work_sync(dwork)
#define create_freezeable_workqueue(name) create_freezable_workqueue(name)
#define DECLARE_DEFERRED_WORK(n, f) DECLARE_DEFERRABLE_WORK(n, f)
#define INIT_DELAYED_WORK_DEFERRABLE(dwork, func) INIT_DEFERRABLE_WORK((dwork), (func))
#define schedule_work_nrt(work) schedule_work(work)
#define schedule_delayed_work_nrt(dwork, delay) schedule_delayed_work((dwork), (delay))
#define WQ_FREEZEABLE WQ_FREEZABLE
#define WQ_NON_REENTRANT 0U  // every queue is
#define system_nrt_wq system_percpu_wq
#define system_nrt_freezable_wq system_freezable_wq
