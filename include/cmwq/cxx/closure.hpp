// What the C++ layer queues: a work item with its callable behind it, in memory that is used again.
//
// A node comes from the memory resource of its queue, or, if the queue has none, from a store of blocks that the
// process shares: each thread keeps some, so that a steady flow of items allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <utility>

#include "cmwq/cxx/error.hpp"
#include "cmwq/cxx/unique_function.hpp"
#include "cmwq/workqueue.h"

namespace cmwq::detail {

// What a cmwq::workqueue knows beyond the kernel's queue.  Lives as long as the queue executes.
struct queue_core {
  workqueue_struct* wq = nullptr;                       // I
  std::pmr::memory_resource* memory = nullptr;          // I: null: the shared store
  unique_function<void(std::exception_ptr)> on_error;   // I: empty: an escaped exception ends the program
  wq_domain* domain = nullptr;                          // I: null: the default one
};

// What all nodes begin with.
struct closure : work_struct {
  closure(work_func_t run, queue_core* q) noexcept : work_struct(run), owner(q) {}

  queue_core* owner;                           // I: null: a queue of the kernel layer
  std::pmr::memory_resource* memory = nullptr; // I: where the node came from, by make_node()
};

inline constexpr std::size_t kBlockAlignment = 64;

/* Memory for @size bytes, aligned to kBlockAlignment; throws std::bad_alloc.  Any thread. */
CMWQ_API void* allocate_block(std::size_t size);
CMWQ_API void release_block(void* block, std::size_t size) noexcept;

template <class Node>
void release_node_memory(std::pmr::memory_resource* memory, void* at, std::size_t size = sizeof(Node)) noexcept {
  if (memory)
    memory->deallocate(at, size, alignof(Node));
  else if constexpr (alignof(Node) > kBlockAlignment)
    ::operator delete(at, std::align_val_t{alignof(Node)});
  else
    release_block(at, size);
}

template <class Node>
void* allocate_node_memory(std::pmr::memory_resource* memory, std::size_t size = sizeof(Node)) {
  if (memory) return memory->allocate(size, alignof(Node));
  if constexpr (alignof(Node) > kBlockAlignment) return ::operator new(size, std::align_val_t{alignof(Node)});
  return allocate_block(size);
}

/* A Node, whose constructor gets @core first. */
template <class Node, class... Args>
Node* make_node(queue_core* core, Args&&... args) {
  std::pmr::memory_resource* memory = core ? core->memory : nullptr;
  void* at = allocate_node_memory<Node>(memory);
  try {
    Node* node = new (at) Node(core, std::forward<Args>(args)...);
    node->memory = memory;
    return node;
  } catch (...) {
    release_node_memory<Node>(memory, at);
    throw;
  }
}

template <class Node>
void destroy_node(Node* node) noexcept {
  std::pmr::memory_resource* memory = node->memory;
  node->~Node();
  release_node_memory<Node>(memory, node);
}

/* Queues @item, which is the caller's alone, on @cpu or with WORK_CPU_UNBOUND anywhere.
 * Return: false if the queue refuses it because it is being drained or destroyed (after a warning). */
CMWQ_API bool enqueue(int cpu, workqueue_struct* wq, work_struct* item) noexcept;

/* Throws what says that enqueue() returned false. */
[[noreturn]] CMWQ_API void throw_refused();

/* The current exception escaped from an item of @core's queue: to the queue's handler.  Without one it goes on its
 * way and ends the program, with the name of the queue and of the function in the message. */
CMWQ_API void report_exception(const queue_core* core);

// A posted callable: called once, then gone.
template <class F>
struct posted_closure : closure {
  template <class G>
  posted_closure(queue_core* q, G&& g) : closure(&posted_closure::run, q), f(std::forward<G>(g)) {}

  static void run(work_struct* work) {
    auto* self = static_cast<posted_closure*>(work);
    struct destroy_at_end {
      posted_closure* node;
      ~destroy_at_end() { destroy_node(node); }
    } const end{self};
    try {
      self->f();
    } catch (...) {
      report_exception(self->owner);
    }
  }

  F f;
};

// Calls of one callable with the numbers 0 .. n-1, each an item; all in one piece of memory.
template <class F>
class bulk_closure {
 public:
  /* Queues the items; @n > 0.  Calls may overlap: they share @g. */
  template <class G>
  static void post(queue_core* core, workqueue_struct* wq, std::size_t n, G&& g) {
    std::pmr::memory_resource* memory = core ? core->memory : nullptr;
    const std::size_t size = items_at() + n * sizeof(item);
    void* at = allocate_node_memory<bulk_closure>(memory, size);
    bulk_closure* bulk;
    try {
      bulk = new (at) bulk_closure(core, memory, size, n, std::forward<G>(g));
    } catch (...) {
      release_node_memory<bulk_closure>(memory, at, size);
      throw;
    }
    item* items = reinterpret_cast<item*>(static_cast<std::byte*>(at) + items_at());
    for (std::size_t i = 0; i < n; ++i) new (items + i) item(bulk, i);
    for (std::size_t i = 0; i < n; ++i) {
      if (enqueue(WORK_CPU_UNBOUND, wq, items + i)) continue;
      bulk->drop(n - i);
      throw_refused();
    }
  }

 private:
  static constexpr std::size_t items_at() {
    return (sizeof(bulk_closure) + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  }

  struct item : work_struct {
    item(bulk_closure* b, std::size_t i) noexcept : work_struct(&bulk_closure::run), bulk(b), index(i) {}
    bulk_closure* bulk;  // I
    std::size_t index;   // I
  };

  template <class G>
  bulk_closure(queue_core* core, std::pmr::memory_resource* memory, std::size_t size, std::size_t n, G&& g)
      : f_(std::forward<G>(g)), core_(core), memory_(memory), size_(size), left_(n) {}

  static void run(work_struct* work) {
    bulk_closure* bulk = static_cast<item*>(work)->bulk;
    struct drop_at_end {
      bulk_closure* bulk;
      ~drop_at_end() { bulk->drop(1); }
    } const end{bulk};
    try {
      bulk->f_(static_cast<item*>(work)->index);
    } catch (...) {
      report_exception(bulk->core_);
    }
  }

  void drop(std::size_t n) noexcept {
    if (left_.fetch_sub(n, std::memory_order_acq_rel) != n) return;  // (CB1) acq_rel, with itself: all have ended
    std::pmr::memory_resource* memory = memory_;
    const std::size_t size = size_;
    this->~bulk_closure();
    release_node_memory<bulk_closure>(memory, this, size);
  }

  F f_;
  queue_core* core_;                   // I
  std::pmr::memory_resource* memory_;  // I
  std::size_t size_;                   // I
  std::atomic<std::size_t> left_;      // AT: CB1, items that have not ended
};

}  // namespace cmwq::detail
