// The end of a queue's visibility; its beginning, workqueue_sysfs_register(), is a door.
#pragma once

#include "cmwq/workqueue.h"

namespace cmwq {

/* Hides @wq, after whoever reads or writes one of its attributes.  Does nothing if it is not visible. */
void workqueue_sysfs_unregister(workqueue_struct& wq) noexcept;

}  // namespace cmwq
