// #include <linux/workqueue.h> for programs: target cmwq::kernel_compat puts this folder's parent on the include path.
#pragma once
#include "cmwq/kernel_names.h"
