// The doors compile after the kernel's macros too.
#include <linux/workqueue.h>

#include "cmwq/cxx/blocking_section.hpp"
#include "cmwq/inspect.h"
#include "cmwq/sched_hook.h"
