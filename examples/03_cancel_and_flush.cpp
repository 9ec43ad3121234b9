// Who waits for whom: flush waits for an item, cancel takes it back, disable keeps it out.
#include <cmwq/workqueue.h>

#include <chrono>
#include <cstdio>
#include <thread>

using namespace cmwq;
using namespace std::chrono_literals;

struct save : work_struct {
  int version = 0;  // written by whoever queues, read by the item
  int saved = 0;
};

void write_to_disk(work_struct* work) {
  auto* const self = static_cast<save*>(work);
  std::this_thread::sleep_for(30ms);
  self->saved = self->version;
}

int main() {
  workqueue_struct* wq = alloc_ordered_workqueue("save", 0);
  if (wq == nullptr) return 1;
  save document, settings;
  INIT_WORK(&document, write_to_disk);
  INIT_WORK(&settings, write_to_disk);

  // Flush: what was written before queue_work() is saved when flush_work() returns.
  document.version = 1;
  queue_work(wq, &document);
  flush_work(&document);
  std::printf("document: version %d saved\n", document.saved);

  // Queueing twice is one execution: the second call says so.
  queue_work(wq, &document);  // keeps the only slot busy for 30 ms
  const bool first = queue_work(wq, &settings), second = queue_work(wq, &settings);
  std::printf("settings: accepted %d, then %d\n", first, second);

  // Cancel: true if it was still waiting.  Afterwards the item neither waits nor runs.
  std::printf("settings: taken back %d, saved %d\n", cancel_work_sync(&settings), settings.saved);

  // Disable: nobody can queue it until it is enabled as often as it was disabled.
  disable_work_sync(&document);
  std::printf("document: accepted while disabled %d\n", queue_work(wq, &document));
  enable_and_queue_work(wq, &document);

  destroy_workqueue(wq);  // waits for that last save
  std::printf("document: saved again: version %d\n", document.saved);
}
