// A copy of an item would hang in the lists of the original.
// error: use of deleted function|call to implicitly-deleted copy constructor
#include "cmwq/workqueue.h"

void f(cmwq::work_struct& work) {
#if defined(MISUSE)
  cmwq::work_struct other = work;
#else
  cmwq::work_struct& other = work;
#endif
  cmwq::flush_work(&other);
}
