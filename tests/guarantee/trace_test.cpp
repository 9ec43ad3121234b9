// C194: the trace points, and the order in which an item's events are told.
#include "../harness/domain_fixture.h"

#include <fstream>
#include <iterator>
#include <map>

namespace cmwq::test {
namespace {

constexpr trace_event kQueued = trace_event::queue_work, kActivated = trace_event::activate_work,
                      kStarted = trace_event::execute_start, kEnded = trace_event::execute_end;

// Writes events down without a lock.
class tape {
 public:
  struct event {
    trace_event what;
    const work_struct* work;
    work_func_t function;
    std::string_view workqueue;
    int req_cpu, cpu;
  };

  explicit tape(std::size_t room = 4096) : events_(room) {}

  static void record(const trace_record& r, void* context) {
    auto* self = static_cast<tape*>(context);
    const std::size_t at = self->end_.fetch_add(1);
    if (at < self->events_.size())
      self->events_[at] = {r.what, r.work, r.function, r.workqueue ? r.workqueue : "", r.req_cpu, r.cpu};
  }

  // Nobody writes any more.
  std::vector<event> all() const {
    EXPECT_LE(end_.load(), events_.size()) << "the tape was too short";
    return {events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(std::min(end_.load(), events_.size()))};
  }
  std::vector<trace_event> of(const work_struct* work) const {
    std::vector<trace_event> found;
    for (const event& e : all())
      if (e.work == work) found.push_back(e.what);
    return found;
  }

 private:
  std::vector<event> events_;
  std::atomic<std::size_t> end_{0};
};

class Trace : public domain_test {
 public:
  void listen(tape& to) { set_trace_sink(domain(), &tape::record, &to); }
  void stop() { set_trace_sink(domain(), nullptr, nullptr); }
};
CMWQ_ON_ALL_DOMAINS(Trace);

TEST_P(Trace, C194_an_item_is_queued_activated_started_and_ended_in_this_order) {
  on_each_kind(0, [this](workqueue_struct* wq) {
    tape told;
    probe item;
    listen(told);
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    flush_workqueue(wq);
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    stop();
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(told.of(&item), (std::vector{kQueued, kActivated, kStarted, kEnded, kQueued, kActivated, kStarted, kEnded}));
    const std::vector<tape::event> all = told.all();
    ASSERT_EQ(all.size(), 8u);  // the barrier of flush_work() is not an item
    const bool bound = !(snapshot(wq).flags & WQ_UNBOUND);
    EXPECT_EQ(all[0].workqueue, snapshot(wq).name);
    EXPECT_EQ(all[0].req_cpu, 0);
    EXPECT_EQ(all[0].cpu, bound ? 0 : -1);
    EXPECT_EQ(all[4].req_cpu, WORK_CPU_UNBOUND);
    for (const tape::event& e : all) EXPECT_EQ(e.function, item.func);
  });
}

TEST_P(Trace, C194_an_item_that_waits_for_a_slot_is_activated_when_it_gets_one) {
  on_each_kind(1, [this](workqueue_struct* wq) {
    tape told;
    hold first;
    probe second;
    listen(told);
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &second));
    first.release();
    flush_workqueue(wq);
    stop();
    std::vector<std::pair<const work_struct*, trace_event>> order;
    for (const tape::event& e : told.all()) order.emplace_back(e.work, e.what);
    const std::vector<std::pair<const work_struct*, trace_event>> expected = {
        {&first, kQueued}, {&first, kActivated},  {&first, kStarted},  {&second, kQueued},
        {&first, kEnded},  {&second, kActivated}, {&second, kStarted}, {&second, kEnded}};
    EXPECT_EQ(order, expected);
  });
}

TEST_P(Trace, C194_a_cancelled_item_has_no_execute_events) {
  workqueue_struct* wq = alloc("cancelled", WQ_PERCPU, 1);
  tape told;
  hold first;
  probe second;
  delayed_probe later;
  listen(told);
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &second));
  ASSERT_TRUE(queue_delayed_work(wq, &later, 1'000'000));
  EXPECT_TRUE(cancel_work(&second));
  EXPECT_TRUE(cancel_delayed_work(&later));
  first.release();
  flush_workqueue(wq);
  stop();
  EXPECT_EQ(told.of(&second), (std::vector{kQueued}));
  EXPECT_TRUE(told.of(&later.work).empty());
}

TEST_P(Trace, C194_delayed_work_is_queued_when_its_timer_fires) {
  workqueue_struct* wq = alloc("later", WQ_UNBOUND);
  tape told;
  delayed_probe item;
  listen(told);
  ASSERT_TRUE(queue_delayed_work(wq, &item, 1));
  item.wait_finished();
  flush_workqueue(wq);
  stop();
  EXPECT_EQ(told.of(&item.work), (std::vector{kQueued, kActivated, kStarted, kEnded}));
}

TEST_P(Trace, C194_the_order_holds_for_every_item_under_load) {
  workqueue_struct* queues[] = {alloc("percpu", WQ_PERCPU, 2), alloc("unbound", WQ_UNBOUND, 3)};
  tape told(1 << 15);
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < 24; ++i) items.push_back(std::make_unique<probe>());
  listen(told);
  race(3, [&](int thread) {
    for (int i = 0; i < scaled(300); ++i) {
      probe& item = *items[static_cast<std::size_t>(i * 3 + thread) % items.size()];
      queue_work_on(i % cpus(), queues[(i + thread) % 2], &item);
      if (i % 7 == 0) cancel_work(&item);
    }
  });
  for (workqueue_struct* wq : queues) flush_workqueue(wq);
  stop();
  std::map<const work_struct*, int> queued, activated, started, ended;
  for (const tape::event& e : told.all()) {
    switch (e.what) {
      case kQueued:
        ++queued[e.work];
        break;
      case kActivated:
        EXPECT_LE(++activated[e.work], queued[e.work]);
        break;
      case kStarted:
        EXPECT_LE(++started[e.work], activated[e.work]);
        break;
      case kEnded:
        EXPECT_LE(++ended[e.work], started[e.work]);
        break;
    }
  }
  for (const auto& item : items) {
    EXPECT_EQ(started[item.get()], item->started());
    EXPECT_EQ(ended[item.get()], item->finished());
  }
}

TEST_P(Trace, C194_a_listener_that_was_taken_away_is_not_called_any_more) {
  workqueue_struct* wq = alloc("changing", WQ_UNBOUND);
  std::atomic<bool> end{false};
  background load([&] {
    probe items[4];
    for (int i = 0; !end.load(); ++i) cmwq::queue_work(wq, &items[i % 4]);
  });
  for (int i = 0; i < scaled(30); ++i) {
    auto told = std::make_unique<tape>(1 << 10);
    listen(*told);
    stop();
  }
  end.store(true);
}

#if defined(CMWQ_USDT)
TEST(Probes, C194_the_trace_points_are_static_probes_too) {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  const std::string program{std::istreambuf_iterator<char>(self), {}};
  for (const char* name : {"workqueue_queue_work", "workqueue_activate_work", "workqueue_execute_start",
                           "workqueue_execute_end"}) {
    // A note of the section .note.stapsdt: provider, name, arguments.
    const std::string note = std::string("cmwq") + '\0' + name + '\0';
    EXPECT_NE(program.find(note), std::string::npos) << name;
  }
}
#endif

}  // namespace
}  // namespace cmwq::test
