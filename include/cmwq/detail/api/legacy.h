// What the kernel keeps for old callers, or has removed.
#pragma once

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/work.h"

namespace cmwq {

/* Queues as they were made before alloc_workqueue(), in the default domain: with a rescuer, and max_active 1.  May
 * block.  Return: the queue, or nullptr after a message. */
CMWQ_API workqueue_struct* create_workqueue(const char* name) noexcept;              // per CPU
CMWQ_API workqueue_struct* create_freezable_workqueue(const char* name) noexcept;    // unbound and freezable
CMWQ_API workqueue_struct* create_singlethread_workqueue(const char* name) noexcept; // ordered

/* flush_workqueue(system_percpu_wq): waits for everybody's items, and warns. */
CMWQ_API void flush_scheduled_work() noexcept;

/* The warning that flushing a system queue gives; printed once (see rearm_warnings()). */
CMWQ_API void __warn_flushing_systemwide_wq() noexcept;

/* Gives an initialised item another function.  Identity is item and function, so only while it is idle: a pending or
 * running one is left alone, with a message.  Must not race with queueing.  Return: whether it was changed. */
CMWQ_API bool PREPARE_WORK(work_struct* work, work_func_t func) noexcept;
CMWQ_API bool PREPARE_DELAYED_WORK(delayed_work* dwork, work_func_t func) noexcept;

// The item of before 2.6.20, whose function is given a pointer of the caller's instead of the item.
struct data_work : work_struct {
  using data_func_t = void (*)(void*);

  constexpr data_work() noexcept = default;
  constexpr data_work(data_func_t function, void* pointer) noexcept
      : work_struct(&data_work::run), data_func(function), data_pointer(pointer) {}

  data_func_t data_func = nullptr;  // I
  void* data_pointer = nullptr;     // I

 private:
  static void run(work_struct* work) {
    const auto& self = *static_cast<data_work*>(work);
    self.data_func(self.data_pointer);  // the item may be gone afterwards
  }
  friend void INIT_WORK(data_work*, data_func_t, void*) noexcept;
};

/* Initialises @work to call @func(@data).  Kernel: INIT_WORK() with three arguments. */
inline void INIT_WORK(data_work* work, data_work::data_func_t func, void* data) noexcept {
  work->init(&data_work::run);
  work->data_func = func;
  work->data_pointer = data;
}

}  // namespace cmwq
