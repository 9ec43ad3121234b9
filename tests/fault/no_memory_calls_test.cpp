// Memory is refused to a call that needs some.
// link: -Wl,--wrap=aligned_alloc
#include <cerrno>
#include <cstdlib>

#include "../harness/domain_fixture.h"

namespace {
thread_local volatile bool refuse = false;
}  // namespace

extern "C" {
void* __real_aligned_alloc(std::size_t, std::size_t);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  return refuse ? nullptr : __real_aligned_alloc(alignment, size);
}
}

namespace cmwq::test {
namespace {

std::atomic<int> runs{0};
void count(work_struct*) { runs.fetch_add(1); }

TEST(NoMemoryCalls, C198_schedule_on_each_cpu_without_memory_runs_nothing) {
  const hang_alarm alarm;
  const int cpus = domain_cpus(default_domain());
  EXPECT_EQ(schedule_on_each_cpu(count), 0);
  EXPECT_EQ(runs.load(), cpus);
  refuse = true;
  const int result = schedule_on_each_cpu(count);
  refuse = false;
  EXPECT_EQ(result, -ENOMEM);
  EXPECT_EQ(runs.load(), cpus);
}

}  // namespace
}  // namespace cmwq::test
