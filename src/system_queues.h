// Which queues are the system's.
#pragma once

#include "cmwq/workqueue.h"

namespace cmwq {

bool is_system_queue(const workqueue_struct* wq) noexcept;

}  // namespace cmwq
