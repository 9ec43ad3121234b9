// Which queues are the system's.
#pragma once

#include "cmwq/workqueue.h"

namespace cmwq {

bool is_system_queue(const workqueue_struct* wq) noexcept;

// @wq, a system queue, is about to be flushed: says once what is wrong with that.
void warn_of_system_flush(workqueue_struct& wq) noexcept;

}  // namespace cmwq
