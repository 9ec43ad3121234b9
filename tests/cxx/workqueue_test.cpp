// cmwq::workqueue: posting, limits, waiting, errors.
#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

class CxxWorkqueue : public cxx_test {};
CMWQ_ON_ALL_DOMAINS(CxxWorkqueue);

TEST_P(CxxWorkqueue, the_destructor_executes_what_was_accepted) {
  int ran = 0;
  for (const queue_type type : kTypes) {
    std::atomic<int> done{0};
    {
      workqueue wq(in_domain({.name = "posts", .type = type}));
      for (int i = 0; i < 40; ++i) wq.post([&] { done.fetch_add(1); });
    }
    ran += done.load();
  }
  EXPECT_EQ(ran, 3 * 40);
}

TEST_P(CxxWorkqueue, callables_may_be_move_only_and_of_any_size) {
  workqueue wq(in_domain({.name = "sizes"}));
  std::atomic<int> sum{0};
  struct alignas(128) wide {
    char bytes[3000] = {};
  };
  wq.post([p = std::make_unique<int>(1), &sum] { sum.fetch_add(*p); });
  wq.post([w = wide{}, &sum] { sum.fetch_add(reinterpret_cast<std::uintptr_t>(&w) % 128 == 0 ? 10 : 0); });
  wq.post([a = std::array<char, 700>{}, &sum] { sum.fetch_add(100 + a[5]); });
  wq.wait();
  EXPECT_EQ(sum.load(), 111);
}

TEST_P(CxxWorkqueue, what_a_callable_holds_is_gone_when_its_queue_is) {
  auto held = std::make_shared<int>(3);
  {
    workqueue wq(in_domain({.name = "holds"}));
    for (int i = 0; i < 10; ++i) wq.post([held] {});
    wq.post_n(10, [held](std::size_t) {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(CxxWorkqueue, post_n_calls_with_each_number_once) {
  workqueue wq(in_domain({.name = "bulk"}));
  std::array<std::atomic<int>, 100> calls{};
  wq.post_n(calls.size(), [&](std::size_t i) { calls[i].fetch_add(1); });
  wq.post_n(0, [&](std::size_t) { ADD_FAILURE(); });
  wq.wait();
  for (auto& n : calls) EXPECT_EQ(n.load(), 1);
}

TEST_P(CxxWorkqueue, an_ordered_queue_keeps_the_order_and_runs_one_at_a_time) {
  workqueue wq(in_domain({.name = "strand", .type = queue_type::ordered}));
  std::vector<int> order;  // not locked: that is the point
  for (int i = 0; i < 100; ++i) wq.post([&, i] { order.push_back(i); });
  wq.wait();
  std::vector<int> wanted(100);
  std::iota(wanted.begin(), wanted.end(), 0);
  EXPECT_EQ(order, wanted);
}

TEST_P(CxxWorkqueue, max_active_bounds_the_items_that_are_inside) {
  workqueue wq(in_domain({.name = "limit", .max_active = 2}));
  gate open;
  counter inside;
  crowd inside_at_once;
  for (int i = 0; i < 6; ++i)
    wq.post([&] {
      inside_at_once.enter();
      inside.add();
      open.wait();
      inside_at_once.leave();
    });
  inside.wait_for(2);
  EXPECT_LE(inside_at_once.most(), 2 * nodes());  // each node may have as many as the least limit
  wq.set_max_active(6 * nodes());
  inside.wait_for(6);
  open.open();
  wq.wait();
  EXPECT_EQ(inside_at_once.most(), 6);
}

TEST_P(CxxWorkqueue, post_on_runs_on_that_cpu) {
  workqueue wq(in_domain({.name = "placed", .type = queue_type::per_cpu}));
  for (int cpu = 0; cpu < wq.nr_cpus(); ++cpu) {
    std::vector<int> busy;
    wq.post_on(cpu, [&] { busy = busy_cpus(); });
    wq.wait();
    EXPECT_EQ(busy, std::vector<int>{cpu});
  }
}

TEST_P(CxxWorkqueue, for_each_cpu_calls_once_on_each) {
  workqueue wq(in_domain({.name = "all", .type = queue_type::per_cpu}));
  std::vector<std::atomic<int>> calls(static_cast<std::size_t>(cpus()));
  wq.for_each_cpu([&](int cpu) { calls[static_cast<std::size_t>(cpu)].fetch_add(1); });
  for (auto& n : calls) EXPECT_EQ(n.load(), 1);
  EXPECT_THROW(wq.for_each_cpu([](int cpu) { throw cpu; }), int);

  workqueue unbound(in_domain({.name = "unbound"}));
  EXPECT_THROW(unbound.for_each_cpu([](int) {}), error);
}

TEST_P(CxxWorkqueue, what_escapes_goes_to_the_handler) {
  std::atomic<int> caught{0};
  workqueue wq(in_domain({.name = "errors", .on_error = [&, only_moves = std::make_unique<int>(1)](std::exception_ptr e) {
                            try {
                              std::rethrow_exception(e);
                            } catch (int n) {
                              caught.fetch_add(n + *only_moves);
                            }
                          }}));
  wq.post([] { throw 9; });
  wq.post_n(2, [](std::size_t i) { throw i == 0 ? 99 : 999; });
  wq.wait();
  EXPECT_EQ(caught.load(), 10 + 100 + 1000);
}

TEST_P(CxxWorkqueue, wait_for_ends_in_time_or_with_the_items) {
  workqueue wq(in_domain({.name = "timed"}));
  EXPECT_TRUE(wq.wait_for(std::chrono::hours(1)));
  gate open;
  wq.post([&] { open.wait(); });
  EXPECT_FALSE(wq.wait_for(std::chrono::milliseconds(1)));
  EXPECT_FALSE(wq.wait_for(std::chrono::seconds(-1)));
  open.open();
  EXPECT_TRUE(wq.wait_for(std::chrono::hours(1)));
}

TEST_P(CxxWorkqueue, an_item_that_waits_for_its_own_queue_is_told) {
  workqueue wq(in_domain({.name = "own"}));
  std::atomic<int> told{0};
  wq.post([&] {
    EXPECT_THROW(wq.wait(), error);
    EXPECT_THROW(wq.drain(), error);
    EXPECT_THROW((void)wq.wait_for(std::chrono::hours(1)), error);
    told.fetch_add(1);
  });
  wq.wait();
  EXPECT_EQ(told.load(), 1);
}

TEST_P(CxxWorkqueue, a_draining_queue_refuses_what_comes_from_outside) {
  workqueue wq(in_domain({.name = "drains"}));
  gate open;
  counter inside, chained;
  auto held = std::make_shared<int>(3);
  wq.post([&] {
    inside.add();
    open.wait();
    wq.post([&] { chained.add(); });
  });
  inside.wait_for(1);
  background drainer([&] { wq.drain(); });
  wait_until("the queue to drain", [&] {
    try {
      wq.post([held] {});
      return false;
    } catch (const error&) {
      return true;
    }
  });
  EXPECT_THROW(wq.submit([held] {}), error);
  EXPECT_THROW(wq.post_n(3, [held](std::size_t) {}), error);
  open.open();
  drainer.wait_done();
  EXPECT_EQ(chained.value(), 1);
  wq.wait();
  EXPECT_EQ(held.use_count(), 1);
  log().take({"cannot queue", "drains"});
}

TEST_P(CxxWorkqueue, bad_options_are_an_error_at_once) {
  EXPECT_THROW(workqueue(in_domain({.name = "wrong", .type = queue_type::ordered, .max_active = 2})), error);
  log().take({"wrong", "ordered"});
  EXPECT_THROW(workqueue(in_domain({.name = "scoped", .type = queue_type::per_cpu, .affinity_scope = WQ_AFFN_CPU})), error);
  log().take({"scoped", "unbound"});
}

TEST_P(CxxWorkqueue, an_affinity_scope_is_applied) {
  workqueue wq(in_domain({.name = "scope", .affinity_scope = WQ_AFFN_CPU, .strict_affinity = true}));
  workqueue_attrs attrs;
  ASSERT_EQ(workqueue_get_attrs(wq.get(), &attrs), 0);
  EXPECT_EQ(attrs.affn_scope, WQ_AFFN_CPU);
  EXPECT_TRUE(attrs.affn_strict);
  EXPECT_EQ(wq.submit([] { return 3; }).get(), 3);
}

TEST_P(CxxWorkqueue, a_queue_can_be_moved) {
  std::atomic<int> ran{0};
  workqueue first(in_domain({.name = "first"}));
  first.post([&] { ran.fetch_add(1); });
  workqueue second(std::move(first));
  second.post([&] { ran.fetch_add(1); });
  workqueue third(in_domain({.name = "third"}));
  third = std::move(second);
  third.post([&] { ran.fetch_add(1); });
  third.wait();
  EXPECT_EQ(ran.load(), 3);
}

// Counts what it hands out; the rest is new_delete_resource().
class counting_resource : public std::pmr::memory_resource {
 public:
  std::atomic<int> taken{0}, given{0};

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    taken.fetch_add(1);
    return std::pmr::new_delete_resource()->allocate(size, alignment);
  }
  void do_deallocate(void* at, std::size_t size, std::size_t alignment) override {
    given.fetch_add(1);
    std::pmr::new_delete_resource()->deallocate(at, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST_P(CxxWorkqueue, nodes_come_from_the_memory_resource_of_the_queue) {
  counting_resource memory;
  future<int> outlives;
  {
    workqueue wq(in_domain({.name = "memory", .memory = &memory}));
    for (int i = 0; i < 5; ++i) wq.post([] {});
    wq.post_n(5, [](std::size_t) {});
    outlives = wq.submit([] { return 3; });
  }
  EXPECT_EQ(memory.taken.load(), 7);
  EXPECT_EQ(memory.given.load(), 6);
  EXPECT_EQ(outlives.get(), 3);
  EXPECT_EQ(memory.given.load(), 7);
}

}  // namespace
}  // namespace cmwq::test
