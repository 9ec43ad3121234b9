// C15: queueing, taking back and keeping out never allocate.
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=posix_memalign,--wrap=aligned_alloc
#include <cstdlib>
#include <new>

#include "../harness/domain_fixture.h"

namespace {
thread_local volatile long allocations = 0;  // volatile: compilers believe that malloc() changes nothing
}  // namespace

extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
int __real_posix_memalign(void**, std::size_t, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);

void* __wrap_malloc(std::size_t size) {
  allocations = allocations + 1;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t n, std::size_t size) {
  allocations = allocations + 1;
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* old, std::size_t size) {
  allocations = allocations + 1;
  return __real_realloc(old, size);
}
int __wrap_posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  allocations = allocations + 1;
  return __real_posix_memalign(result, alignment, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  allocations = allocations + 1;
  return __real_aligned_alloc(alignment, size);
}
}

void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace cmwq::test {
namespace {

class NoAllocation : public domain_test {};
CMWQ_ON_ALL_DOMAINS(NoAllocation);

// Everything that may be called where nothing may be allocated.
long allocations_of_all_calls(workqueue_struct* wq, work_struct* work, delayed_work* dwork, int cpus) {
  static rcu_work idle([](work_struct*) {});
  const long before = allocations;
  for (int i = 0; i < 20; ++i) {
    queue_work(wq, work);
    queue_work_on(i % cpus, wq, work);
    cancel_work(work);
    queue_work(wq, work);
    work_busy(work);
    disable_work(work);
    enable_work(work);
    queue_delayed_work(wq, dwork, 3'600'000);
    mod_delayed_work(wq, dwork, 7'200'000);
    mod_delayed_work_on(i % cpus, wq, dwork, 0);
    cancel_delayed_work(dwork);
    rcu_read_lock();
    queue_rcu_work(wq, &idle);
    rcu_read_unlock();
  }
  return allocations - before;
}

TEST_P(NoAllocation, C15_queueing_does_not_allocate_in_any_thread) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    probe item;
    delayed_probe later;
    long inside = -1;
    EXPECT_EQ(allocations_of_all_calls(wq, &item, &later, cpus()), 0);

    probe caller([&] { inside = allocations_of_all_calls(wq, &item, &later, cpus()); });
    ASSERT_TRUE(queue_work(wq, &caller));
    flush_work(&caller);
    EXPECT_EQ(inside, 0);
  });
}

TEST_P(NoAllocation, C15_nor_while_items_wait_and_workers_are_missing) {
  workqueue_struct* wq = alloc("full", WQ_PERCPU, 2);
  hold one, two;
  probe item;
  delayed_probe later;
  ASSERT_TRUE(queue_work_on(0, wq, &one));
  ASSERT_TRUE(queue_work_on(0, wq, &two));
  EXPECT_EQ(allocations_of_all_calls(wq, &item, &later, cpus()), 0);
}

TEST_P(NoAllocation, the_counter_counts) {
  const long before = allocations;
  void* volatile memory = ::operator new(16);  // volatile: not optimised away
  ::operator delete(memory);
  memory = std::malloc(16);
  std::free(memory);
  EXPECT_EQ(allocations - before, 2);
}

}  // namespace
}  // namespace cmwq::test
