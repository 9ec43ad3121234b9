// The name of a queue is printf-style, and its arguments are checked like those of printf.
// error: format .*expects argument of type|format specifies type
#include "cmwq/workqueue.h"

cmwq::workqueue_struct* f(int number) {
#if defined(MISUSE)
  return cmwq::alloc_workqueue("reader-%s", cmwq::WQ_UNBOUND, 0, number);
#else
  return cmwq::alloc_workqueue("reader-%d", cmwq::WQ_UNBOUND, 0, number);
#endif
}
