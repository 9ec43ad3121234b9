// The owning workqueue.
#pragma once

#include "cmwq/cxx/queue_ref.hpp"

namespace cmwq {

enum class queue_type {
  unbound,  // items run on any CPU, near the one that queued them: the default choice
  per_cpu,  // items run on the CPU that queued them, or on that of post_on()
  ordered,  // one item at a time, in the order of queueing, over all CPUs: a strand
};

// By name: workqueue io({.name = "io", .max_active = 8}).
struct workqueue_options {
  // At most 31 characters.
  const char* name = "workqueue";

  queue_type type = queue_type::unbound;

  // Items that may be active at once: per CPU (per_cpu) or in all (unbound); 0: 1024.  Ordered queues have 1.
  int max_active = 0;

  // Executed by workers of nice -20, where that is permitted, apart from all others.
  bool high_priority = false;

  // How far from the CPU that queues it an item may be started, and whether it is kept within; unbound queues only.
  wq_affn_scope affinity_scope = WQ_AFFN_DFL;
  bool strict_affinity = false;

  // Has a rescuer: advances, one item at a time, even when no thread can be created.
  bool reclaim = false;

  // Its items use the CPU for long; they do not hold back those of other queues.
  bool cpu_intensive = false;

  // Null: the default domain.
  wq_domain* domain = nullptr;

  // Where nodes of items come from; thread-safe, outlives the queue and its futures.  Null: a store that the process
  // shares and in which a steady flow of items allocates nothing.
  std::pmr::memory_resource* memory = nullptr;

  // Gets what escapes from posted items and periodic ones, in their worker.  Empty: such an exception ends the
  // program with the names of queue and function, as one that escapes from a std::thread does.
  unique_function<void(std::exception_ptr)> on_error = {};
};

/* Owns a queue.  post(), submit() and what else queues: see queue_ref. */
class CMWQ_API workqueue : public queue_ref {
 public:
  /* Throws error after a message in the log: bad options, no memory, or no thread for a rescuer.  May block. */
  explicit workqueue(workqueue_options options = workqueue_options());
  explicit workqueue(const char* name) : workqueue(workqueue_options{.name = name}) {}

  workqueue(workqueue&& other) noexcept
      : queue_ref(std::exchange(static_cast<queue_ref&>(other), queue_ref{nullptr})) {}
  workqueue& operator=(workqueue&& other) noexcept;

  /* Executes what was accepted, then destroys the queue: destroy_workqueue().  Blocks.  Inside an item of the queue
   * itself it would wait for itself: the program is ended after a message. */
  ~workqueue();

  /* Waits for what was queued before the call: flush_workqueue().  In an item of the queue itself: throws error. */
  void wait() const;

  /* The same for at most @time.  Return: whether all of it has ended. */
  template <duration_like D>
  bool wait_for(const D& time) const {
    return wait_until(detail::deadline_after(time));
  }

  /* Waits until the queue is empty; meanwhile only its own items may queue on it.  From one of those: throws error. */
  void drain() const;

  /* Sets the limit of active items, 1 .. 2048, while the queue is in use.  Not for ordered queues (warning). */
  void set_max_active(int max_active) const noexcept { workqueue_set_max_active(wq_, max_active); }

  /* How many CPUs the queue's domain uses: 0 .. n-1 in post_on(). */
  int nr_cpus() const noexcept;

  /* Calls @f(cpu) once on each CPU, all at once, and waits for them.  Throws the first exception in the order of
   * CPUs, when all have ended; throws error if the queue is not per_cpu. */
  template <class F>
  void for_each_cpu(F&& f) const {
    constexpr bool callable = std::is_invocable_v<F&, int>;
    static_assert(callable, "cmwq: for_each_cpu() needs a callable that takes the number of a CPU");
    if constexpr (callable) {
      each_cpu([](void* context, int cpu) { (*static_cast<std::remove_reference_t<F>*>(context))(cpu); },
               const_cast<void*>(static_cast<const void*>(&f)));
    }
  }

 private:
  bool wait_until(std::uint64_t deadline) const;
  void each_cpu(void (*call)(void* context, int cpu), void* context) const;
  void refuse_own_item(const char* text) const;
  void destroy() noexcept;
};

}  // namespace cmwq
