// What is posted is called without arguments, and the message says so.
// error: a posted callable must be callable without arguments
#include "cmwq/cmwq.hpp"

void f(cmwq::workqueue& wq) {
#if defined(MISUSE)
  wq.post([](int) {});
#else
  wq.post([] {});
#endif
}
