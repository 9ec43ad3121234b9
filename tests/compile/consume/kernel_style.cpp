// Compiles if <linux/workqueue.h> is found, and the system's <linux/types.h> beside it.
#include <linux/types.h>
#include <linux/workqueue.h>

static void flash(struct work_struct* work) { (void)work; }
static DECLARE_WORK(flash_work, flash);

bool flash_later(__u32 delay_ms) { return delay_ms == 0 && schedule_work(&flash_work); }
