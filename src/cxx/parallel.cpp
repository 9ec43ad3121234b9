// One loop: its chunks, its helpers, its end.
#include "cmwq/cxx/parallel.hpp"

#include <algorithm>

#include "cmwq/detail/core/domain.h"
#include "cmwq/detail/core/workqueue_struct.h"

namespace cmwq::detail {
namespace {

// On the stack of who called; helpers are gone before it returns.
class chunk_loop {
 public:
  chunk_loop(queue_ref queue, std::size_t n, std::size_t size, chunk_func chunk, void* context)
      : queue_(queue), n_(n), size_(size), nr_chunks_((n - 1) / size + 1), chunk_(chunk), context_(context) {}

  void run() {
    if (nr_chunks_ > 1) add_helper();
    work();
    while (helper* list = helpers_.exchange(nullptr, kAcqRel)) join(list);  // (CP1) acq_rel, with itself
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  struct helper : work_struct {
    explicit helper(chunk_loop& l) noexcept : work_struct(&helper::help), loop(l) {}
    static void help(work_struct* work) {
      chunk_loop& loop = static_cast<helper*>(work)->loop;
      if (loop.next_.load(kRelaxed) + 1 < loop.nr_chunks_) loop.add_helper();  // relaxed: a hint
      const token_scope scope(&loop.token_);
      loop.work();
    }
    chunk_loop& loop;        // I
    helper* next = nullptr;  // by helpers_
  };

  // Without memory, or with a queue that refuses, the loop goes on with those there are.
  void add_helper() noexcept {
    void* memory;
    try {
      memory = allocate_block(sizeof(helper));
    } catch (...) {
      return;
    }
    auto* h = new (memory) helper(*this);
    // Before it is queued: it may be all over at once.
    helper* head = helpers_.load(kRelaxed);  // relaxed: the exchange decides
    do h->next = head;
    while (!helpers_.compare_exchange_weak(head, h, kAcqRel, kRelaxed));  // (CP1) acq_rel, with itself
    enqueue(WORK_CPU_UNBOUND, queue_.get(), h);
  }

  // Takes helpers back that have not started, and waits for the others; the oldest first: who added a helper is older
  // than it and has queued it, and added all of its own to helpers_, when it is done.
  static void join(helper* newest) noexcept {
    helper* list = nullptr;
    while (newest) {
      helper* h = std::exchange(newest, newest->next);
      h->next = std::exchange(list, h);
    }
    while (list) {
      helper* h = std::exchange(list, list->next);
      cancel_work_sync(h);
      h->~helper();
      release_block(h, sizeof(helper));
    }
  }

  void work() noexcept {
    for (;;) {
      const std::size_t at = next_.fetch_add(1, kRelaxed);  // relaxed: queueing and joining publish the rest
      if (at >= nr_chunks_) return;
      try {
        chunk_(context_, at * size_, std::min(n_, (at + 1) * size_));
      } catch (...) {
        if (!failed_.exchange(true, kRelaxed)) failure_ = std::current_exception();  // relaxed: read after joining
        next_.store(nr_chunks_, kRelaxed);  // relaxed: a hint to stop
      }
    }
  }

  const queue_ref queue_;
  const std::size_t n_, size_, nr_chunks_;
  const chunk_func chunk_;
  void* const context_;
  const std::stop_token token_ = current_stop_token();
  std::atomic<std::size_t> next_{0};        // AT: relaxed, the next chunk
  std::atomic<helper*> helpers_{nullptr};   // AT: CP1
  std::atomic<bool> failed_{false};         // AT: relaxed, who may write failure_
  std::exception_ptr failure_;
};

}  // namespace

std::size_t chunk_size(queue_ref queue, std::size_t n, grain wanted) noexcept {
  if (wanted.size > 0) return wanted.size;
  const auto cpus = static_cast<std::size_t>(queue.get()->dom->machine->nr_cpus());
  return std::max<std::size_t>(1, n / (32 * cpus));
}

void run_chunks(queue_ref queue, std::size_t n, std::size_t size, chunk_func chunk, void* context) {
  if (n > 0) chunk_loop(queue, n, size, chunk, context).run();
}

}  // namespace cmwq::detail
