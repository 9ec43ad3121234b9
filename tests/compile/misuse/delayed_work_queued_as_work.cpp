// A delayed work that is queued as a plain item would lose its timer.
// error: cannot convert|cannot initialize|no matching function
#include "cmwq/workqueue.h"

void f(cmwq::workqueue_struct* wq, cmwq::delayed_work* dwork) {
#if defined(MISUSE)
  cmwq::queue_work(wq, dwork);
#else
  cmwq::queue_delayed_work(wq, dwork, 10);
#endif
}
