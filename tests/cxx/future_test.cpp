// submit(), async() and what a future promises.
#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxFuture : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxFuture);

int add(int a, int b) { return a + b; }

TEST_P(CxxFuture, results_of_every_kind_arrive) {
  workqueue wq(in_domain({.name = "results"}));
  int here = 1;
  EXPECT_EQ(wq.submit(add, 2, 3).get(), 5);
  EXPECT_EQ(*wq.submit([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(4)).get(), 4);
  EXPECT_EQ(&wq.submit([&]() -> int& { return here; }).get(), &here);
  wq.submit([](int& n) { n = 7; }, std::ref(here)).get();
  EXPECT_EQ(here, 7);
  EXPECT_EQ(async(wq, add, 3, 4).get(), 7);
  EXPECT_EQ(async(wq.get(), &std::vector<int>::size, std::vector<int>(3)).get(), 3u);
}

TEST_P(CxxFuture, it_throws_what_the_item_threw) {
  workqueue wq(in_domain({.name = "throws"}));
  future<int> failed = wq.submit([]() -> int { throw 42; });
  EXPECT_THROW(failed.get(), int);
  EXPECT_FALSE(failed.valid());
}

TEST_P(CxxFuture, its_destructor_does_not_wait_and_the_item_runs_all_the_same) {
  workqueue wq(in_domain({.name = "forgotten"}));
  gate open;
  counter ran;
  {
    auto forgotten = wq.submit([&] {
      open.wait();
      ran.add();
    });
  }
  EXPECT_EQ(ran.value(), 0);
  open.open();
  wq.wait();
  EXPECT_EQ(ran.value(), 1);
}

TEST_P(CxxFuture, it_outlives_its_queue) {
  future<int> result;
  {
    workqueue wq(in_domain({.name = "short"}));
    result = wq.submit(add, 1, 2);
  }
  EXPECT_TRUE(result.ready());
  EXPECT_EQ(result.get(), 3);
}

TEST_P(CxxFuture, what_the_callable_holds_is_released_before_the_result_is_fetched) {
  workqueue wq(in_domain({.name = "holds"}));
  auto held = std::make_shared<int>(3);
  auto result = wq.submit([held] { return *held; });
  result.wait();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(result.get(), 3);
}

TEST_P(CxxFuture, waits_have_limits) {
  workqueue wq(in_domain({.name = "limits"}));
  gate open;
  auto result = wq.submit([&] { open.wait(); });
  EXPECT_FALSE(result.wait_for(std::chrono::milliseconds(1)));
  EXPECT_FALSE(result.ready());
  open.open();
  EXPECT_TRUE(result.wait_for(std::chrono::hours(1)));
  result.get();
}

TEST_P(CxxFuture, an_item_that_has_not_started_can_be_taken_back) {
  workqueue wq(in_domain({.name = "cancel", .type = queue_type::ordered}));
  gate open;
  wq.post([&] { open.wait(); });
  bool ran = false;
  auto taken = wq.submit([&] { ran = true; });
  EXPECT_TRUE(taken.cancel());
  EXPECT_FALSE(taken.cancel());
  EXPECT_THROW(taken.get(), canceled);
  open.open();
  auto ended = wq.submit([] { return 1; });
  ended.wait();
  EXPECT_FALSE(ended.cancel());
  EXPECT_EQ(ended.get(), 1);
  EXPECT_FALSE(ran);
}

TEST_P(CxxFuture, a_stop_request_takes_back_what_has_not_started) {
  workqueue wq(in_domain({.name = "stop", .type = queue_type::ordered}));
  gate open;
  wq.post([&] { open.wait(); });
  std::stop_source stop;
  bool ran = false;
  auto before = wq.submit(stop.get_token(), [&] { ran = true; });
  stop.request_stop();
  EXPECT_THROW(before.get(), canceled);  // although the queue is busy
  open.open();
  auto after = wq.submit(stop.get_token(), [&] { ran = true; });
  EXPECT_THROW(after.get(), canceled);
  EXPECT_FALSE(ran);
}

TEST_P(CxxFuture, an_item_that_has_started_sees_the_request) {
  workqueue wq(in_domain({.name = "sees"}));
  EXPECT_FALSE(current_stop_token().stop_possible());
  EXPECT_FALSE(wq.submit([] { return current_stop_token().stop_possible(); }).get());

  std::stop_source stop;
  counter started;
  auto seen = wq.submit(stop.get_token(), [&](int n) {
    started.add();
    wait_until("a stop request", [] { return current_stop_token().stop_requested(); });
    return n;
  }, 3);
  started.wait_for(1);
  stop.request_stop();
  EXPECT_EQ(seen.get(), 3);
}

TEST_P(CxxFuture, an_item_in_place_does_not_see_the_token_of_the_one_below) {
  workqueue wq(in_domain({.name = "nested"}));
  std::stop_source stop;
  const bool inner = wq.submit(stop.get_token(), [&] {
    const bool other = wq.submit([] { return current_stop_token().stop_possible(); }).get();
    EXPECT_TRUE(current_stop_token().stop_possible());
    return other;
  }).get();
  EXPECT_FALSE(inner);
}

TEST_P(CxxFuture, stop_requests_and_items_race_without_loss) {
  workqueue wq(in_domain({.name = "race"}));
  for (int round = 0; round < scaled(50); ++round) {
    std::stop_source stop;
    std::atomic<bool> go{false};
    background requester([&] {
      while (!go.load()) std::this_thread::yield();
      stop.request_stop();
    });
    std::vector<future<int>> all;
    go.store(true);
    for (int i = 0; i < 8; ++i) all.push_back(wq.submit(stop.get_token(), add, i, 1));
    requester.wait_done();
    for (int i = 0; i < 8; ++i) {
      try {
        EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i + 1);
      } catch (const canceled&) {
      }
    }
  }
}

TEST_P(CxxFuture, waiting_for_oneself_is_an_error) {
  workqueue wq(in_domain({.name = "self"}));
  future<int> self;
  gate ready;
  self = wq.submit([&] {
    ready.wait();
    EXPECT_THROW(self.wait(), error);
    return 1;
  });
  ready.open();
  EXPECT_EQ(self.get(), 1);
}

TEST_P(CxxFuture, many_threads_may_submit_and_wait) {
  workqueue wq(in_domain({.name = "many"}));
  std::atomic<int> sum{0};
  {
    std::vector<std::unique_ptr<background>> clients;
    for (int c = 0; c < 4; ++c)
      clients.push_back(std::make_unique<background>([&] {
        for (int i = 0; i < 50; ++i) sum.fetch_add(wq.submit(add, i, 1).get());
      }));
    for (auto& client : clients) client->wait_done();
  }
  EXPECT_EQ(sum.load(), 4 * (50 * 49 / 2 + 50));
}

}  // namespace
}  // namespace cmwq::test
