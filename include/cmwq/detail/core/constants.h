// The numbers of the API; values are the kernel's.
#pragma once

namespace cmwq {

// WQ_BH: the items of all BH queues of one CPU (and priority) are executed one at a time, in queueing order, on a thread
// of that CPU which does nothing else; those of different CPUs in parallel.  They are to be short and must not block:
// flush_work(), flush_workqueue(), drain_workqueue() and destroy_workqueue() are refused in them with a message, and
// so is the waiting of cancel_work_sync() and disable_work_sync() for an item of another kind of queue; one that blocks
// all the same holds up its CPU's others and is reported, once per function.  max_active must be 0 (there is no limit),
// and only WQ_HIGHPRI and WQ_PERCPU may be given beside it: otherwise there is a message and no queue.
enum wq_flags : unsigned {
  WQ_BH = 1u << 0,               // items run one at a time per CPU and must not block; see above
  WQ_UNBOUND = 1u << 1,          // not tied to a CPU: served by pools shared by equal attributes
  WQ_FREEZABLE = 1u << 2,        // its items do not start between freeze_workqueues_begin() and the thaw
  WQ_MEM_RECLAIM = 1u << 3,      // has a rescuer: advances even when no thread can be created
  WQ_HIGHPRI = 1u << 4,          // served by the nice -20 pools (nice where permitted)
  WQ_CPU_INTENSIVE = 1u << 5,    // its running items do not hold back others of a per-CPU pool
  WQ_SYSFS = 1u << 6,            // its attributes can be read and written by name
  WQ_POWER_EFFICIENT = 1u << 7,  // per-CPU, but unbound in a domain with the option power_efficient
  WQ_PERCPU = 1u << 8,           // explicitly per-CPU; the opposite of WQ_UNBOUND

  __WQ_DESTROYING = 1u << 15,  // internal
  __WQ_DRAINING = 1u << 16,    // internal
  __WQ_ORDERED = 1u << 17,     // internal: made by alloc_ordered_workqueue()
  __WQ_LEGACY = 1u << 18,      // internal: exempt from the MEM_RECLAIM flush warning

  __WQ_BH_ALLOWS = WQ_BH | WQ_HIGHPRI | WQ_PERCPU,  // what a BH queue may have
};

// Each has a bit of its own.
static_assert((WQ_BH | WQ_UNBOUND | WQ_FREEZABLE | WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_CPU_INTENSIVE | WQ_SYSFS |
               WQ_POWER_EFFICIENT | WQ_PERCPU | __WQ_DESTROYING | __WQ_DRAINING | __WQ_ORDERED | __WQ_LEGACY) ==
              WQ_BH + WQ_UNBOUND + WQ_FREEZABLE + WQ_MEM_RECLAIM + WQ_HIGHPRI + WQ_CPU_INTENSIVE + WQ_SYSFS +
                  WQ_POWER_EFFICIENT + WQ_PERCPU + __WQ_DESTROYING + __WQ_DRAINING + __WQ_ORDERED + __WQ_LEGACY);

enum wq_consts {
  WQ_MAX_ACTIVE = 2048,
  WQ_UNBOUND_MAX_ACTIVE = WQ_MAX_ACTIVE,
  WQ_DFL_ACTIVE = WQ_MAX_ACTIVE / 2,
  WQ_DFL_MIN_ACTIVE = 8,
  WQ_NAME_LEN = 32,
};

enum work_busy_bits : unsigned { WORK_BUSY_PENDING = 1u << 0, WORK_BUSY_RUNNING = 1u << 1 };

// "No particular CPU, the local one preferred."
inline constexpr int WORK_CPU_UNBOUND = -1;

enum wq_affn_scope {
  WQ_AFFN_DFL,
  WQ_AFFN_CPU,
  WQ_AFFN_SMT,
  WQ_AFFN_CACHE,
  WQ_AFFN_CACHE_SHARD,
  WQ_AFFN_NUMA,
  WQ_AFFN_SYSTEM,
  WQ_AFFN_NR_TYPES,
};

}  // namespace cmwq
