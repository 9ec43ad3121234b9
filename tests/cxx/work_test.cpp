// work<F>, delayed<F>, periodic<F>: they own their item.
#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxWork : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxWork);

TEST_P(CxxWork, an_item_is_called_once_for_each_accepted_queueing) {
  workqueue wq(in_domain({.name = "work"}));
  std::atomic<int> calls{0};
  work item(wq, [&] { calls.fetch_add(1); });
  EXPECT_FALSE(item.flush());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(item.queue());
    item.flush();
    EXPECT_EQ(calls.load(), i);
  }
  EXPECT_TRUE(item.queue_on(0));
  wq.wait();
  EXPECT_EQ(calls.load(), 4);
}

TEST_P(CxxWork, pending_items_are_not_queued_twice_and_can_be_taken_back) {
  workqueue wq(in_domain({.name = "pending", .type = queue_type::ordered}));
  gate open;
  wq.post([&] { open.wait(); });
  int calls = 0;
  work item(wq, [&] { ++calls; });
  EXPECT_TRUE(item.queue());
  EXPECT_FALSE(item.queue());
  EXPECT_TRUE(item.pending());
  EXPECT_TRUE(item.try_cancel());
  EXPECT_FALSE(item.disable());
  EXPECT_FALSE(item.queue());
  EXPECT_TRUE(item.enable());
  EXPECT_TRUE(item.queue());
  EXPECT_TRUE(item.cancel());
  open.open();
  wq.wait();
  EXPECT_EQ(calls, 0);
}

TEST_P(CxxWork, the_destructor_takes_back_and_waits_for_a_running_call) {
  workqueue wq(in_domain({.name = "destroy"}));
  counter started, ended;
  {
    work item(wq, [&](std::stop_token stop) {
      started.add();
      wait_until("a stop request", [&] { return stop.stop_requested() && current_stop_token().stop_requested(); });
      ended.add();
    });
    item.queue();
    started.wait_for(1);
  }
  EXPECT_EQ(ended.value(), 1);
}

TEST_P(CxxWork, what_escapes_goes_to_the_handler_of_the_queue) {
  std::atomic<int> caught{0};
  workqueue wq(in_domain({.name = "errors", .on_error = [&](std::exception_ptr) { caught.fetch_add(1); }}));
  work item(wq, [] { throw 1; });
  delayed later(wq, [] { throw 2; });
  item.queue();
  item.flush();
  later.queue_after(std::chrono::milliseconds(0));
  later.flush();
  EXPECT_EQ(caught.load(), 2);
}

TEST_P(CxxWork, delayed_items_wait_and_can_be_hurried_moved_and_taken_back) {
  workqueue wq(in_domain({.name = "delayed"}));
  std::atomic<int> calls{0};
  delayed later(wq, [&] { calls.fetch_add(1); });
  EXPECT_TRUE(later.queue_after(std::chrono::hours(1)));
  EXPECT_FALSE(later.queue_after(std::chrono::hours(1)));
  EXPECT_TRUE(later.pending());
  later.flush();
  EXPECT_EQ(calls.load(), 1);
  EXPECT_FALSE(later.restart(std::chrono::hours(1)));
  EXPECT_TRUE(later.restart(std::chrono::milliseconds(1)));
  wait_until("a delayed item to run", [&] { return calls.load() == 2; });
  EXPECT_TRUE(later.queue_after(std::chrono::hours(1)));
  EXPECT_TRUE(later.cancel());
  EXPECT_TRUE(later.queue_after(std::chrono::hours(1)));  // the destructor's
}

TEST_P(CxxWork, a_periodic_item_is_called_again_and_again_until_it_stops) {
  workqueue wq(in_domain({.name = "periodic"}));
  counter calls;
  std::vector<std::uint64_t> numbers;
  periodic ticker(wq, std::chrono::milliseconds(1), [&](const tick& t) {
    numbers.push_back(t.number);
    calls.add();
  });
  EXPECT_FALSE(ticker.running());
  ticker.start();
  calls.wait_for(4);
  ticker.stop();
  EXPECT_FALSE(ticker.running());
  const int after = calls.value();
  EXPECT_EQ(ticker.counts().calls, static_cast<std::uint64_t>(after));
  ticker.start();
  calls.wait_for(after + 1);
  ticker.stop();
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i);
}

TEST_P(CxxWork, a_fixed_rate_shows_what_it_missed) {
  workqueue wq(in_domain({.name = "rate"}));
  std::atomic<std::uint64_t> missed{0};
  counter calls;
  periodic ticker(wq, std::chrono::milliseconds(1), [&](const tick& t) {
    if (t.number == 0) pause_briefly(5'000'000);  // at least four deadlines pass
    if (t.number == 1) missed.store(t.missed);
    calls.add();
  });
  ticker.start();
  calls.wait_for(2);
  ticker.stop();
  EXPECT_GE(missed.load(), 3u);
  EXPECT_GE(ticker.counts().missed, missed.load());
  EXPECT_GE(ticker.counts().most_late_ns, 1u);
}

TEST_P(CxxWork, a_fixed_delay_misses_nothing) {
  workqueue wq(in_domain({.name = "delay"}));
  counter calls;
  periodic ticker(wq, std::chrono::milliseconds(1), [&] {
    pause_briefly(2'000'000);
    calls.add();
  }, pace::fixed_delay);
  ticker.start();
  calls.wait_for(3);
  ticker.stop();
  EXPECT_EQ(ticker.counts().missed, 0u);
}

TEST_P(CxxWork, a_periodic_item_may_stop_itself_and_stops_at_an_exception) {
  std::atomic<int> caught{0};
  workqueue wq(in_domain({.name = "ends", .on_error = [&](std::exception_ptr) { caught.fetch_add(1); }}));
  counter calls;
  detail::periodic_item* self = nullptr;
  periodic stops(wq, std::chrono::milliseconds(1), [&] {
    calls.add();
    if (calls.value() == 2) self->stop();
  });
  self = &stops;
  stops.start();
  calls.wait_for(2);
  wq.wait();
  EXPECT_FALSE(stops.running());

  periodic fails(wq, std::chrono::milliseconds(1), [] { throw 1; });
  fails.start();
  wait_until("an exception", [&] { return caught.load() == 1; });
  wq.wait();
  EXPECT_FALSE(fails.running());
  EXPECT_EQ(calls.value(), 2);
  EXPECT_THROW(periodic(wq, std::chrono::milliseconds(0), [] {}), error);
}

}  // namespace
}  // namespace cmwq::test
