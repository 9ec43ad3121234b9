// The C++ layer: owns where the kernel layer borrows.  docs/cxx.md tells how to use it.
#pragma once

#include "cmwq/cxx/blocking_section.hpp"
#include "cmwq/cxx/error.hpp"
#include "cmwq/cxx/event.hpp"
#include "cmwq/cxx/future.hpp"
#include "cmwq/cxx/parallel.hpp"
#include "cmwq/cxx/parallel_sort.hpp"
#include "cmwq/cxx/periodic.hpp"
#include "cmwq/cxx/queue_ref.hpp"
#include "cmwq/cxx/schedule.hpp"
#include "cmwq/cxx/stop.hpp"
#include "cmwq/cxx/task.hpp"
#include "cmwq/cxx/task_group.hpp"
#include "cmwq/cxx/work.hpp"
#include "cmwq/cxx/workqueue.hpp"
