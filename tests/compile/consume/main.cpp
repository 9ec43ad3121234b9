// Queues one item and waits for it.
#include <cmwq/workqueue.h>

namespace {
bool ran = false;
void run(cmwq::work_struct*) { ran = true; }
}  // namespace

int main() {
  cmwq::workqueue_struct* wq = cmwq::alloc_workqueue("consumer", cmwq::WQ_UNBOUND, 0);
  cmwq::work_struct work(run);
  cmwq::queue_work(wq, &work);
  cmwq::flush_work(&work);
  cmwq::destroy_workqueue(wq);
  return ran ? 0 : 1;
}
