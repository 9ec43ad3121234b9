// A steady flow of items allocates nothing.
#include <cstdlib>
#include <new>

#include "cxx_fixture.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  allocations.fetch_add(1);
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

class CxxNoAllocation : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxNoAllocation);

TEST_P(CxxNoAllocation, neither_posting_nor_submitting_nor_looping_allocates_in_the_long_run) {
  workqueue wq(in_domain({.name = "steady"}));
  std::atomic<int> sum{0};
  task_group group(wq);
  const auto round = [&] {
    for (int i = 0; i < 20; ++i) wq.post([&, padding = std::array<char, 100>{}] { sum.fetch_add(1 + padding[0]); });
    for (int i = 0; i < 20; ++i) sum.fetch_add(wq.submit([](int n) { return n; }, 1).get());
    for (int i = 0; i < 20; ++i) group.run([&] { sum.fetch_add(1); });
    group.wait();
    wq.post_n(20, [&](std::size_t) { sum.fetch_add(1); });
    parallel_for(wq, 0, 20, [&](int) { sum.fetch_add(1); }, grain{1});
    wq.wait();
  };
  // Blocks wander to threads that keep some; new threads may come.  In the end a round allocates nothing.
  int rounds = 0;
  long fresh = 1;
  for (; fresh != 0 && rounds < 1000; ++rounds) {
    const long before = allocations.load();
    round();
    fresh = allocations.load() - before;
  }
  EXPECT_EQ(fresh, 0);
  EXPECT_EQ(sum.load(), rounds * 100);
}

TEST_P(CxxNoAllocation, the_counter_counts) {
  const long before = allocations.load();
  void* volatile memory = ::operator new(16);  // volatile: not optimised away
  ::operator delete(memory);
  EXPECT_GE(allocations.load() - before, 1);
}

}  // namespace
}  // namespace cmwq::test
