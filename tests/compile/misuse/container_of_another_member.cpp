// A pointer to something else than the member would give an object that is not there.
// error: does not point to such a member
#include "cmwq/kernel_names.h"

struct device {
  struct work_struct reset;
  struct delayed_work poll;
};

struct device* f(struct work_struct* work, struct delayed_work* dwork) {
#if defined(MISUSE)
  return container_of(work, struct device, poll);
#else
  return work ? container_of(work, struct device, reset) : container_of(dwork, struct device, poll);
#endif
}
