// The shared store of blocks for nodes of closures.
//
// Blocks come in a few sizes.  Each thread keeps up to kThreadKeeps of each; what is more goes, a batch at a time, to
// a store of the process, from which threads that have none take a batch.  So a thread that only posts and workers
// that only execute take the store's lock once in kBatch items.  The store keeps at most kStoreKeeps bytes of each size;
// the rest is given back to operator delete.
#include <new>

#include "cmwq/cxx/closure.hpp"
#include "cmwq/detail/os/mutex.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define CMWQ_POISON(at, size) ASAN_POISON_MEMORY_REGION(at, size)
#define CMWQ_UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define CMWQ_POISON(at, size) ((void)0)
#define CMWQ_UNPOISON(at, size) ((void)0)
#endif

namespace cmwq::detail {
namespace {

constexpr std::size_t kSizes[] = {64, 128, 256, 512, 1024};
constexpr int kNrSizes = sizeof kSizes / sizeof kSizes[0];
constexpr int kBatch = 32;
constexpr int kThreadKeeps = 2 * kBatch;
constexpr std::size_t kStoreKeeps = 4u << 20;

// A block that nobody uses.
struct spare {
  spare* next;
  spare* next_batch;  // of the first one of a batch in the store
};

int class_of(std::size_t size) noexcept {
  for (int c = 0; c < kNrSizes; ++c)
    if (size <= kSizes[c]) return c;
  return -1;
}

void* new_block(std::size_t size) { return ::operator new(size, std::align_val_t{kBlockAlignment}); }
void delete_block(void* block) noexcept { ::operator delete(block, std::align_val_t{kBlockAlignment}); }

// One size's batches.
class store {
 public:
  // Return: a batch linked by next, or nullptr.
  spare* take() noexcept {
    lock_guard guard(lock_);
    spare* batch = batches_;
    if (!batch) return nullptr;
    batches_ = batch->next_batch;
    --nr_;
    return batch;
  }
  // Return: false if there are enough.
  bool give(spare* batch, std::size_t batches_to_keep) noexcept {
    lock_guard guard(lock_);
    if (nr_ >= batches_to_keep) return false;
    batch->next_batch = batches_;
    batches_ = batch;
    ++nr_;
    return true;
  }

 private:
  mutex<std_policy, lock_rank::block_store> lock_;
  spare* batches_ = nullptr;  // under lock_
  std::size_t nr_ = 0;        // under lock_
};

// Never destroyed: blocks are given back until the last thread has ended.
constinit store stores[kNrSizes];

struct cache {
  spare* first[kNrSizes];
  int nr[kNrSizes];
  bool closed;  // the thread is ending
};

thread_local cache mine;

void delete_list(spare* list) noexcept {
  while (list) {
    spare* next = list->next;
    delete_block(list);
    list = next;
  }
}

// Gives the first kBatch blocks away.
void give_batch(cache& own, int c) noexcept {
  spare* batch = own.first[c];
  spare* last = batch;
  for (int i = 1; i < kBatch; ++i) last = last->next;
  own.first[c] = last->next;
  own.nr[c] -= kBatch;
  last->next = nullptr;
  if (!stores[c].give(batch, kStoreKeeps / (kBatch * kSizes[c]))) delete_list(batch);
}

// A thread that has used a block gives everything away when it ends.  What its later destructors release is deleted.
struct give_back_at_exit {
  bool used = false;
  ~give_back_at_exit() {
    mine.closed = true;
    for (int c = 0; c < kNrSizes; ++c) {
      while (mine.nr[c] >= kBatch) give_batch(mine, c);
      delete_list(mine.first[c]);
      mine.first[c] = nullptr;
      mine.nr[c] = 0;
    }
  }
};

thread_local give_back_at_exit at_exit;

spare* take_batch(cache& own, int c) noexcept {
  spare* batch = own.closed ? nullptr : stores[c].take();
  at_exit.used = true;  // constructs it
  if (!batch) return nullptr;
  own.first[c] = batch->next;
  own.nr[c] = kBatch - 1;
  return batch;
}

}  // namespace

void* allocate_block(std::size_t size) {
  const int c = class_of(size);
  if (c < 0) return new_block(size);
  cache& own = mine;
  spare* block = own.first[c];
  if (block) {
    own.first[c] = block->next;
    --own.nr[c];
  } else if (block = take_batch(own, c); !block) {
    return new_block(kSizes[c]);
  }
  CMWQ_UNPOISON(block, kSizes[c]);
  return block;
}

void release_block(void* memory, std::size_t size) noexcept {
  const int c = class_of(size);
  cache& own = mine;
  if (c < 0 || own.closed) return delete_block(memory);
  at_exit.used = true;
  auto* block = new (memory) spare{own.first[c], nullptr};
  CMWQ_POISON(static_cast<char*>(memory) + sizeof(spare), kSizes[c] - sizeof(spare));
  own.first[c] = block;
  if (++own.nr[c] >= kThreadKeeps) give_batch(own, c);
}

}  // namespace cmwq::detail
