// C190 - C193: what dumps, tables and statistics say, and that they may be asked for at any time.
#include "../harness/domain_fixture.h"

#include <regex>

#include "cmwq/detail/os/log.h"

namespace cmwq::test {
namespace {

// A body shared by several items, so that they have one function.
gate* dump_gate = nullptr;
void dump_waits(work_struct*) { dump_gate->wait(); }
void dump_other(work_struct*) {}

std::string name(work_func_t func) { return detail::name_of(func).c_str(); }

class Dump : public domain_test {
 public:
  static std::string escaped(const std::string& text) {
    return std::regex_replace(text, std::regex(R"([.^$|()\[\]{}*+?\\])"), R"(\$&)");
  }
  static bool has(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex(pattern));
  }
  const char* node() { return nodes() > 1 || GetParam().where.nodes == 1 ? " node=0" : "( node=[0-9]+)?"; }
};
CMWQ_ON_ALL_DOMAINS(Dump);

TEST_P(Dump, C190_C191_it_has_the_format_of_the_kernels) {
  workqueue_struct* busy = alloc("busybee", WQ_PERCPU, 1);
  ASSERT_NE(alloc("sleepyhead", WQ_PERCPU, 1), nullptr);
  gate go;
  dump_gate = &go;
  work_struct items[5] = {work_struct(&dump_waits), work_struct(&dump_waits), work_struct(&dump_waits),
                          work_struct(&dump_waits), work_struct(&dump_other)};
  for (work_struct& item : items) ASSERT_TRUE(queue_work_on(0, busy, &item));
  wait_until("the first item to run", [&] { return work_busy(&items[0]) == WORK_BUSY_RUNNING; });
  std::atomic<int> flusher{0};
  background flush([&] {
    flusher.store(thread_id());
    flush_work(&items[0]);
  });
  wait_until("the barrier", [&] { return has(dump_workqueues(domain()), R"(BAR\()"); });

  const std::string dump = dump_workqueues(domain());
  const std::string waits = escaped(name(&dump_waits)), other = escaped(name(&dump_other));
  EXPECT_EQ(dump.find("Showing busy workqueues and worker pools:\nworkqueue busybee: flags=0x100\n  pwq "), 0u) << dump;
  EXPECT_TRUE(has(dump, "\n  pwq [0-9]+: cpus=0" + std::string(node()) + " flags=0x[02] nice=0 active=1 refcnt=7\n"))
      << dump;
  EXPECT_TRUE(has(dump, "\n    in-flight: [0-9]+:" + waits + " for [0-9]+s BAR\\(" + std::to_string(flusher.load()) + "\\)\n"))
      << dump;
  EXPECT_TRUE(has(dump, "\n    inactive: 3\\*" + waits + ", " + other + "\n")) << dump;
  EXPECT_FALSE(has(dump, "pending")) << dump;
  EXPECT_FALSE(has(dump, "sleepyhead")) << dump;
  EXPECT_TRUE(has(dump, "\npool [0-9]+: cpus=0" + std::string(node()) +
                            " flags=0x[02] nice=0 hung=0s workers=[0-9]+( manager: [0-9]+)?( idle:( [0-9]+)+)?\n"))
      << dump;
  // One queue alone, and its line in the dump, are the same.
  const std::string one = dump_one_workqueue(busy);
  EXPECT_EQ(one.find("workqueue busybee: flags=0x100\n  pwq "), 0u) << one;
  EXPECT_FALSE(has(one, "\npool ")) << one;
  go.open();
  flush_workqueue(busy);
  EXPECT_EQ(dump_one_workqueue(busy), "");
}

TEST_P(Dump, C190_what_may_not_start_is_pending) {
  if (!exact()) return;
  options.cpu_intensive_thresh_us = 0;
  workqueue_struct* wq = alloc("held", WQ_PERCPU);
  spin first;
  work_struct behind(&dump_other);
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &behind));
  EXPECT_TRUE(has(dump_workqueues(domain()), "\n    pending: " + escaped(name(&dump_other)) + "\n"));
  EXPECT_EQ(bound_pool(0).nr_queued, 1);
  first.release();
  flush_workqueue(wq);
}

TEST_P(Dump, C190_idle_queues_and_pools_print_nothing) {
  workqueue_struct* wq = alloc("idle", WQ_PERCPU);
  probe item;
  ASSERT_TRUE(queue_work(wq, &item));
  flush_workqueue(wq);
  wait_until("idle pools", [this] {
    const std::string dump = dump_workqueues(domain());
    return std::count(dump.begin(), dump.end(), '\n') == 2;
  });
  EXPECT_EQ(dump_one_workqueue(wq), "");
  show_one_workqueue(wq);
  EXPECT_EQ(log().count({}), 0);
}

TEST_P(Dump, C191_an_unbound_pool_is_disassociated) {
  workqueue_struct* wq = alloc("roaming", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  EXPECT_TRUE(has(dump_one_workqueue(wq), R"(\n  pwq [0-9]+: cpus=[0-9,-]+( node=[0-9]+)? flags=0x[46] nice=0 active=1 )"));
  for (const pool_snapshot& pool : unbound_pools()) EXPECT_EQ(pool.flags & ~2u, 4u);
}

TEST_P(Dump, C190_only_freezable_queues_are_shown_when_asked_for) {
  workqueue_struct* wq = alloc("warm", WQ_UNBOUND);
  hold item;
  ASSERT_TRUE(queue_work(wq, &item));
  item.wait_running();
  EXPECT_EQ(dump_freezable_workqueues(domain()), "Showing busy freezable workqueues:\n");
}

TEST_P(Dump, C190_it_goes_to_the_log_line_by_line) {
  workqueue_struct* wq = alloc("spoken", WQ_PERCPU, 1);
  hold item;
  std::vector<std::unique_ptr<probe>> waiting;
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<probe>());
    ASSERT_TRUE(queue_work_on(0, wq, waiting.back().get()));
  }
  item.wait_running();
  show_all_workqueues(domain());
  EXPECT_EQ(log().count({"Showing busy workqueues and worker pools:"}), 1);
  EXPECT_EQ(log().count({"workqueue spoken:"}), 1);
  EXPECT_EQ(log().count({"    inactive: 20*"}), 1);
  show_one_workqueue(wq);
  EXPECT_EQ(log().count({"workqueue spoken:"}), 2);
  item.release();
  flush_workqueue(wq);
}

struct queueing_sink {
  workqueue_struct* wq;
  probe* item;
  std::atomic<int> lines{0};
  static void receive(log_level, const char*, void* context) {
    auto* self = static_cast<queueing_sink*>(context);
    self->lines.fetch_add(1);
    queue_work_on(0, self->wq, self->item);
  }
};

TEST_P(Dump, R27_C192_a_log_sink_may_queue_to_the_queue_that_is_shown) {
  on_each_kind(2, [this](workqueue_struct* wq) {
    hold blocked;
    probe item;
    queueing_sink sink{wq, &item, {}};
    ASSERT_TRUE(queue_work_on(0, wq, &blocked));
    blocked.wait_running();
    set_log_sink(&queueing_sink::receive, &sink);
    show_all_workqueues(domain());
    show_one_workqueue(wq);
    log().listen();
    EXPECT_GE(sink.lines.load(), 4);
    item.wait_finished();
    blocked.release();
    flush_workqueue(wq);
  });
}

TEST_P(Dump, C193_cpu_time_is_charged_to_the_queue_that_used_it) {
  workqueue_struct* busy = alloc("busy", WQ_UNBOUND);
  workqueue_struct* lazy = alloc("lazy", WQ_UNBOUND);
  std::atomic<std::uint64_t> used_us{0};
  probe item([&] {
    const std::int64_t begin = thread_cpu_ns();
    burn_us(12'000);  // some ticks
    used_us.store(static_cast<std::uint64_t>(thread_cpu_ns() - begin) / 1000);
  });
  hold sleeper;
  ASSERT_TRUE(queue_work(lazy, &sleeper));
  ASSERT_TRUE(queue_work(busy, &item));
  item.wait_finished();
  sleeper.release();
  flush_workqueue(busy);
  flush_workqueue(lazy);
  EXPECT_GE(snapshot(busy).stats.cpu_time_us, used_us.load());
  EXPECT_LT(snapshot(lazy).stats.cpu_time_us, used_us.load());
}

TEST_P(Dump, C193_the_monitor_shows_what_the_statistics_say) {
  workqueue_struct* plain = alloc("plain\"quoted", WQ_PERCPU);
  ASSERT_NE(alloc("saved", WQ_UNBOUND | WQ_MEM_RECLAIM), nullptr);
  hold item;
  probe done;
  ASSERT_TRUE(queue_work_on(0, plain, &done));
  flush_workqueue(plain);
  ASSERT_TRUE(queue_work_on(0, plain, &item));
  item.wait_running();
  const std::string table = wq_monitor(domain());
  EXPECT_TRUE(has(table, "^ +total +infl +CPUtime +CPUhog +CMW +RPR +mayday +rescued\n")) << table;
  EXPECT_TRUE(has(table, "\nplain\"quoted +2 +1 +[0-9.]+ +[0-9]+ +[0-9]+ +- +- +-\n")) << table;
  EXPECT_TRUE(has(table, "\nsaved +0 +0 +0.0 +0 +0 +0 +0 +0\n")) << table;
  const std::string json = wq_monitor_json(domain());
  EXPECT_TRUE(has(json, R"(^\{"time_ns": [0-9]+, "domain": "test", "workqueues": \[)")) << json;
  EXPECT_TRUE(has(json, R"re(\{"name": "plain\\"quoted", "flags": 256, .*"started": 2, "completed": 1, "infl": 1,)re")) << json;
}

TEST_P(Dump, the_layout_names_every_pool_scope_queue_and_rescuer) {
  ASSERT_NE(alloc("layed", WQ_UNBOUND), nullptr);
  ASSERT_NE(alloc_ordered("in_line", WQ_MEM_RECLAIM), nullptr);
  ASSERT_NE(alloc("local", WQ_PERCPU), nullptr);
  const std::string layout = wq_dump(domain());
  for (const char* scope : {"CPU", "SMT", "CACHE", "CACHE_SHARD", "NUMA", "SYSTEM"})
    EXPECT_TRUE(has(layout, "\n" + std::string(scope) + "\n  nr_pods  [0-9]+\n  pod_cpus \\[0\\]=")) << layout;
  for (const pool_snapshot& pool : snapshot_pools(domain()))
    EXPECT_TRUE(has(layout, "\npool\\[0*" + std::to_string(pool.id) + "\\] flags=0x")) << layout;
  EXPECT_TRUE(has(layout, "\nlayed +unbound( +[0-9]+){" + std::to_string(cpus()) + "}")) << layout;
  EXPECT_TRUE(has(layout, "\nin_line +ordered ")) << layout;
  EXPECT_TRUE(has(layout, "\nlocal +percpu( +[0-9]+){" + std::to_string(cpus()) + "}\n")) << layout;
  EXPECT_TRUE(has(layout, "Rescuers\n========\nin_line +tid=[0-9]+ ")) << layout;
  EXPECT_TRUE(has(layout, "\nlayed( +[0-9]+/ *[0-9]+)+\n")) << layout;
}

}  // namespace
}  // namespace cmwq::test
