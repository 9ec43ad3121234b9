// Memory is refused while a queue is created (R3, R28): a null pointer, nothing leaked, and the next one works.
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=posix_memalign,--wrap=aligned_alloc
#include <cerrno>
#include <cstdlib>
#include <new>

#include "../harness/domain_fixture.h"

namespace {

// Of this thread; -1: no limit.  volatile: compilers believe that malloc() changes nothing.
thread_local volatile long allocations_left = -1;

bool refuse_allocation() {
  const long left = allocations_left;
  if (left >= 0) allocations_left = left - 1;
  return left == 0;
}

}  // namespace

extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
int __real_posix_memalign(void**, std::size_t, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);

void* __wrap_malloc(std::size_t size) { return refuse_allocation() ? nullptr : __real_malloc(size); }
void* __wrap_calloc(std::size_t n, std::size_t size) {
  return refuse_allocation() ? nullptr : __real_calloc(n, size);
}
void* __wrap_realloc(void* old, std::size_t size) {
  return refuse_allocation() ? nullptr : __real_realloc(old, size);
}
int __wrap_posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  return refuse_allocation() ? ENOMEM : __real_posix_memalign(result, alignment, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  return refuse_allocation() ? nullptr : __real_aligned_alloc(alignment, size);
}
}

void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace cmwq::test {
namespace {

class NoMemory : public domain_test {};
CMWQ_ON_ALL_DOMAINS(NoMemory);

TEST_P(NoMemory, R3_R28_each_allocation_of_alloc_workqueue_may_fail) {
  ASSERT_NE(domain(), nullptr);
  for (const queue_kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    int refused = 0;
    for (long nth = 0; nth < 500; ++nth) {
      allocations_left = nth;
      workqueue_struct* wq = alloc_workqueue_in(domain(), "%s", kind.flags, 0, kind.name);
      const bool reached = allocations_left < 0;
      allocations_left = -1;
      if (wq == nullptr) {
        ++refused;
        continue;
      }
      probe item;
      EXPECT_TRUE(queue_work(wq, &item));
      flush_work(&item);
      EXPECT_EQ(item.finished(), 1);
      destroy_workqueue(wq);
      if (!reached) break;
    }
    EXPECT_GE(refused, 1);
    EXPECT_EQ(log().discard({kind.name}), refused);
    EXPECT_EQ(check_invariants(domain()), "");
  }
}

TEST_P(NoMemory, C158_each_allocation_of_apply_workqueue_attrs_may_fail_and_then_nothing_has_changed) {
  workqueue_struct* wq = alloc("attrs", WQ_UNBOUND);
  const std::vector<int> before = snapshot(wq).pool_of_cpu;
  workqueue_attrs attrs;
  attrs.affn_scope = WQ_AFFN_CPU;
  attrs.affn_strict = true;
  int refused = 0;
  for (long nth = 0; nth < 500; ++nth) {
    allocations_left = nth;
    const int error = apply_workqueue_attrs(wq, &attrs);
    allocations_left = -1;
    if (error == 0) break;
    ++refused;
    EXPECT_EQ(error, -ENOMEM);
    EXPECT_EQ(snapshot(wq).pool_of_cpu, before);
    probe item;
    EXPECT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(item.finished(), 1);
  }
  EXPECT_GE(refused, 1);
  EXPECT_NE(snapshot(wq).pool_of_cpu, before);
  EXPECT_EQ(check_invariants(domain()), "");
}

}  // namespace
}  // namespace cmwq::test
