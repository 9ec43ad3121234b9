// A callable that cannot be called with the arguments it is submitted with is one readable error.
// error: the submitted callable cannot be called with these arguments
#include "cmwq/cmwq.hpp"

int half(int n) { return n / 2; }

int f(cmwq::workqueue& wq) {
#if defined(MISUSE)
  auto result = wq.submit(half, "three");
  result.get();
  return 0;
#else
  return wq.submit(half, 3).get();
#endif
}
