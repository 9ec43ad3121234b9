// C65 - C67: items that hog a CPU leave the count, and their functions are reported.
#include "../harness/domain_fixture.h"

#include "cmwq/detail/core/hog_table.h"

namespace cmwq::test {
namespace {

using table = detail::hog_table<detail::std_policy>;

template <int N>
void distinct(work_struct*) {
  static std::atomic<int> number{0};  // so that no two of them are merged
  number.store(N);
}
template <int... N>
std::vector<work_func_t> functions(std::integer_sequence<int, N...>) {
  return {&distinct<N>...};
}

TEST(Hogs, C67_the_fourth_violation_is_reported_and_then_ever_fewer) {
  const auto hogs = std::make_unique<table>();
  hogs->set_warning_thresh(4);
  std::vector<std::uint64_t> reported;
  for (int i = 0; i < 100; ++i)
    if (const std::uint64_t n = hogs->count(&distinct<0>)) reported.push_back(n);
  EXPECT_EQ(reported, (std::vector<std::uint64_t>{4, 5, 7, 11, 19, 35, 67}));
  EXPECT_EQ(hogs->count(&distinct<1>), 0u);  // each function has its own count
  hogs->set_warning_thresh(1);
  EXPECT_EQ(hogs->count(&distinct<2>), 1u);
  hogs->set_warning_thresh(0);
  EXPECT_EQ(hogs->count(&distinct<3>), 0u);
}

TEST(Hogs, C67_at_most_128_functions_are_tracked) {
  const auto hogs = std::make_unique<table>();
  hogs->set_warning_thresh(1);
  const std::vector<work_func_t> many = functions(std::make_integer_sequence<int, 130>());
  int reported = 0;
  for (work_func_t func : many) reported += hogs->count(func) == 1;
  EXPECT_EQ(reported, 128);
  EXPECT_EQ(hogs->count(many[127]), 2u);
  EXPECT_EQ(hogs->count(many[128]), 0u);
}

class HogReport : public domain_test {
 public:
  // Each round an item hogs CPU 0 until the next one may start nevertheless.
  void hog(workqueue_struct* wq, std::uint64_t times) {
    while (snapshot_hook(domain()).hogs < times && !gave_up.load()) {
      spin busy;
      probe next;
      ASSERT_TRUE(queue_work_on(0, wq, &busy));
      busy.wait_running();
      ASSERT_TRUE(queue_work_on(0, wq, &next));
      next.wait_finished();
      busy.release();
      flush_workqueue(wq);
    }
  }
};
CMWQ_ON_ALL_DOMAINS(HogReport);

TEST_P(HogReport, C65_C67_a_function_of_a_per_cpu_queue_that_hogs_is_reported_from_the_fourth_time_on) {
  if (!exact()) return;
  options.cpu_intensive_thresh_us = 1000;
  options.cpu_intensive_warning_thresh = 4;
  workqueue_struct* wq = alloc("hogging", WQ_PERCPU);
  hog(wq, 3);
  EXPECT_EQ(log().complaints(), "");
  // A worker that is found the moment after its item has ended is a hog in the statistic, but there is no function to blame.
  const auto nr_reports = [this] { return log().count({"workqueue hogging: ", "WQ_CPU_INTENSIVE"}); };
  while (nr_reports() < 2 && !gave_up.load()) hog(wq, snapshot_hook(domain()).hogs + 1);
  EXPECT_EQ(log().discard({"more than 1000 us", "4 times"}), 1);
  EXPECT_EQ(log().discard({"more than 1000 us", "5 times"}), 1);
  EXPECT_GE(snapshot(wq).stats.cpu_intensive, 5u);
  set_cpu_intensive_warning_thresh(domain(), 0);
  for (int i = 0; i < 2; ++i) hog(wq, snapshot_hook(domain()).hogs + 1);
}

TEST_P(HogReport, C67_in_an_unbound_queue_long_items_are_what_it_is_for) {
  if (!exact() || cpus() > 1) return;
  options.cpu_intensive_thresh_us = 1000;
  options.cpu_intensive_warning_thresh = 1;
  hog(alloc("computing", WQ_UNBOUND), 1);
}

}  // namespace
}  // namespace cmwq::test
