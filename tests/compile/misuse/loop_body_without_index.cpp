// The body of a loop takes the index.
// error: the body of a parallel_for\(\) must be callable with an index
#include "cmwq/cmwq.hpp"

void f(cmwq::workqueue& wq) {
#if defined(MISUSE)
  cmwq::parallel_for(wq, 0, 10, [] {});
#else
  cmwq::parallel_for(wq, 0, 10, [](int) {});
#endif
}
