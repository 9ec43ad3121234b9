// parallel_for, parallel_reduce, parallel_invoke, parallel_sort.
#include <random>
#include <string>

#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxParallel : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxParallel);

TEST_P(CxxParallel, each_index_is_called_once_whatever_the_grain) {
  for (const queue_type type : kTypes) {
    workqueue wq(in_domain({.name = "for", .type = type}));
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      std::vector<std::atomic<int>> calls(333);
      parallel_for(wq, 0, calls.size(), [&](std::size_t i) { calls[i].fetch_add(1); }, grain{size});
      for (auto& n : calls) EXPECT_EQ(n.load(), 1);
    }
    parallel_for(wq, 5, 5, [](int) { ADD_FAILURE(); });
    parallel_for(wq, 5, -5, [](int) { ADD_FAILURE(); });
    std::atomic<int> sum{0};
    parallel_for(wq, -3, 4, [&](int i) { sum.fetch_add(i + 10); });
    EXPECT_EQ(sum.load(), 70);
    std::vector<int> values(10, 1);
    parallel_for_each(wq, values, [](int& v) { v += 1; });
    EXPECT_EQ(values, std::vector<int>(10, 2));
  }
}

TEST_P(CxxParallel, loops_nest_also_where_only_one_item_may_run) {
  workqueue wq(in_domain({.name = "nested", .max_active = 1}));
  std::atomic<int> sum{0};
  const auto nested = [&] {
    parallel_for(wq, 0, 4, [&](int) {
      parallel_for(wq, 0, 4, [&](int) { parallel_for(wq, 0, 4, [&](int) { sum.fetch_add(1); }); });
    });
  };
  nested();
  EXPECT_EQ(sum.load(), 64);
  wq.submit(nested).get();
  EXPECT_EQ(sum.load(), 128);
}

TEST_P(CxxParallel, bodies_that_wait_for_each_other_all_run) {
  workqueue wq(in_domain({.name = "wait"}));
  constexpr std::uint32_t kBodies = 8;
  latch all(kBodies);
  parallel_for(wq, 0u, kBodies, [&](unsigned) { all.arrive_and_wait(); }, grain{1});
  EXPECT_TRUE(all.try_wait());
}

TEST_P(CxxParallel, an_exception_ends_the_loop_and_is_thrown_by_it) {
  workqueue wq(in_domain({.name = "throws"}));
  std::atomic<int> inside{0};
  EXPECT_THROW(parallel_for(wq, 0, 100, [&](int i) {
                 inside.fetch_add(1);
                 if (i == 3) throw std::string("three");
                 inside.fetch_sub(1);
               }, grain{1}), std::string);
  EXPECT_EQ(inside.load(), 1);  // nobody is inside any more but who threw
}

TEST_P(CxxParallel, helpers_see_the_token_of_the_caller) {
  workqueue wq(in_domain({.name = "token"}));
  std::stop_source stop;
  const bool all = wq.submit(stop.get_token(), [&] {
    return parallel_reduce(wq, 0, 64, true, [](int) { return current_stop_token().stop_possible(); },
                           [](bool a, bool b) { return a && b; }, grain{1});
  }).get();
  EXPECT_TRUE(all);
}

TEST_P(CxxParallel, reduce_keeps_the_order_of_operands) {
  workqueue wq(in_domain({.name = "reduce"}));
  const auto text = parallel_reduce(wq, 0, 26, std::string(), [](int i) { return std::string(1, static_cast<char>('a' + i)); },
                                    [](std::string a, const std::string& b) { return a + b; }, grain{3});
  EXPECT_EQ(text, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(parallel_reduce(wq, 0, 0, 7, [](int i) { return i; }, [](int a, int b) { return a + b; }), 7);
  const auto sum = [&] {
    return parallel_reduce(wq, 1, 2000, 0.0, [](int i) { return 1.0 / i; }, [](double a, double b) { return a + b; });
  };
  const double first = sum();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sum(), first);
}

TEST_P(CxxParallel, invoke_calls_all) {
  workqueue wq(in_domain({.name = "invoke"}));
  latch all(3);  // at the same time
  const auto meet = [&] { all.arrive_and_wait(); };
  parallel_invoke(wq, meet, meet, meet);
  EXPECT_TRUE(all.try_wait());
  EXPECT_THROW(parallel_invoke(wq, [] {}, [] { throw 1; }), int);
}

TEST_P(CxxParallel, sort_sorts) {
  workqueue wq(in_domain({.name = "sort"}));
  std::mt19937 random(7);
  for (const std::size_t n : {0u, 1u, 2u, 17u, 500u, 3000u}) {
    for (const unsigned range : {1u, 10u, 1'000'000u}) {
      std::vector<unsigned> values(n), wanted;
      for (auto& v : values) v = static_cast<unsigned>(random()) % range;
      wanted = values;
      std::sort(wanted.begin(), wanted.end());
      parallel_sort(wq, values.begin(), values.end(), detail::less_than(), grain{32});
      EXPECT_EQ(values, wanted);
      parallel_sort(wq, values.begin(), values.end(), std::greater<>(), grain{32});
      std::reverse(wanted.begin(), wanted.end());
      EXPECT_EQ(values, wanted);
    }
  }
}

}  // namespace
}  // namespace cmwq::test
