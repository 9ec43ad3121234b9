// Memory is refused while a queue is created (R3, R28): a null pointer, nothing leaked, and the next one works.
#include <cstdlib>
#include <new>

#include "../harness/domain_fixture.h"

namespace {
thread_local long allocations_left = -1;  // of this thread; -1: no limit

bool refuse_allocation() { return allocations_left >= 0 && allocations_left-- == 0; }
}  // namespace

void* operator new(std::size_t size) {
  void* memory = refuse_allocation() ? nullptr : std::malloc(size);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return refuse_allocation() ? nullptr : std::malloc(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  void* memory = refuse_allocation() ? nullptr : std::aligned_alloc(align, (size + align - 1) / align * align);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  const auto align = static_cast<std::size_t>(alignment);
  return refuse_allocation() ? nullptr : std::aligned_alloc(align, (size + align - 1) / align * align);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

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

}  // namespace
}  // namespace cmwq::test
