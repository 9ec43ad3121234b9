// Attributes of unbound queues, live.
#pragma once

#include "cmwq/detail/base/config.h"
#include "cmwq/detail/core/attrs.h"

namespace cmwq {

struct workqueue_struct;
struct wq_domain;

// Attributes of unbound queues (struct workqueue_attrs is in core/attrs.h).  All of these may block, and may be
// called from workers.

/* New attributes: nice 0, all CPUs, the default scope, not strict.  Return: nullptr if no memory is left. */
CMWQ_API workqueue_attrs* alloc_workqueue_attrs() noexcept;

/* Frees what alloc_workqueue_attrs() returned, or nullptr. */
CMWQ_API void free_workqueue_attrs(workqueue_attrs* attrs) noexcept;

/* Items queued on @wq from now on run under @attrs; those queued before finish where they are, and an item that queues
 * itself stays where it runs.  An ordered queue keeps its exact order throughout.
 * Return: 0; -EINVAL after a warning (a per-CPU queue, a scope or nice out of range, an ordered queue without
 * attrs->ordered, a queue that is being destroyed); -ENOMEM.  On an error nothing has changed. */
CMWQ_API int apply_workqueue_attrs(workqueue_struct* wq, const workqueue_attrs* attrs) noexcept;

/* Copies the attributes that were applied last.  Not of the kernel.  Return: 0, or -EINVAL for a per-CPU queue. */
CMWQ_API int workqueue_get_attrs(workqueue_struct* wq, workqueue_attrs* attrs) noexcept;

/* The CPUs that unbound queues may use: each queue runs on those of its own that are among them, or on all of them if
 * there is none.  Return: 0; -EINVAL if none of @cpus exists; -ENOMEM.  On an error nothing has changed.  The first
 * form is of the default domain.  Kernel: workqueue_set_unbound_cpumask(). */
CMWQ_API int workqueue_set_unbound_cpumask(const cpumask_t* cpus) noexcept;
CMWQ_API int workqueue_set_unbound_cpumask_in(wq_domain* domain, const cpumask_t* cpus) noexcept;

/* Keeps unbound work off all CPUs but @housekeeping, unless none of those asked for would be left.
 * Return: 0 or -ENOMEM.  Kernel: workqueue_unbound_housekeeping_update(). */
CMWQ_API int workqueue_unbound_housekeeping_update(const cpumask_t* housekeeping) noexcept;
CMWQ_API int workqueue_unbound_housekeeping_update_in(wq_domain* domain, const cpumask_t* housekeeping) noexcept;

/* Makes @wq's attributes readable and writable by name (read_attribute() in inspect.h); alloc_workqueue() does it for
 * WQ_SYSFS.  Return: 0; -EEXIST if a visible queue of the domain has the same name. */
CMWQ_API int workqueue_sysfs_register(workqueue_struct* wq) noexcept;

}  // namespace cmwq
