// Regressions around one item: R24, R25, R33, R36, R37, R44, R45, R48.
#include "../harness/domain_fixture.h"

namespace cmwq::test {
namespace {

class Items : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Items);

// R36: two internal flags shared a bit.
constexpr bool all_flags_differ() {
  const unsigned flags[] = {WQ_BH,    WQ_UNBOUND,         WQ_FREEZABLE, WQ_MEM_RECLAIM,  WQ_HIGHPRI,   WQ_CPU_INTENSIVE,
                            WQ_SYSFS, WQ_POWER_EFFICIENT, WQ_PERCPU,    __WQ_DESTROYING, __WQ_DRAINING, __WQ_ORDERED,
                            __WQ_LEGACY};
  unsigned seen = 0;
  for (unsigned flag : flags) {
    if (flag == 0 || (flag & (flag - 1)) != 0 || (seen & flag) != 0) return false;
    seen |= flag;
  }
  return true;
}
static_assert(all_flags_differ());

// R24: a failed test of PENDING did not publish; R25: clearing PENDING did not acquire.  Either way the last
// event was seen by nobody.
TEST_P(Items, R24_R25_no_event_of_several_producers_is_lost_when_queueing_is_refused) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    workqueue_struct* wq = alloc(kind.name, kind.flags);
    constexpr int kProducers = 3;
    std::atomic<int> posted[kProducers] = {};
    int seen[kProducers] = {};
    probe consumer([&] {
      for (int i = 0; i < kProducers; ++i) seen[i] = posted[i].load(std::memory_order_relaxed);
    });
    for (int round = 0; round < scaled(100); ++round) {
      race(kProducers, [&](int i) {
        for (int n = 0; n < 5; ++n) {
          posted[i].fetch_add(1, std::memory_order_relaxed);
          queue_work_on((i + n) % cpus(), wq, &consumer);
        }
      });
      flush_work(&consumer);
      for (int i = 0; i < kProducers; ++i) ASSERT_EQ(seen[i], 5 * (round + 1));
    }
  }
}

// R33: flushing an item that was never initialised.
TEST_P(Items, R33_a_zeroed_item_is_reported_by_every_call_and_does_no_harm) {
  workqueue_struct* wq = alloc("zeroed", WQ_UNBOUND);
  work_struct zeroed;
  std::memset(static_cast<void*>(&zeroed), 0, sizeof zeroed);
  EXPECT_FALSE(flush_work(&zeroed));
  EXPECT_FALSE(cancel_work_sync(&zeroed));
  EXPECT_FALSE(queue_work(wq, &zeroed));
  EXPECT_GE(log().take({"func"}), 1);
  EXPECT_EQ(work_busy(&zeroed), 0u);
}

// R37: asked for the current worker, an interrupt on top of a worker got the interrupted one.
TEST_P(Items, R37_a_thread_started_by_a_function_has_no_current_item) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU);
  work_struct* elsewhere = nullptr;
  probe item([&] {
    elsewhere = current_work();
    std::thread([&] { elsewhere = current_work(); }).join();
  });
  ASSERT_TRUE(queue_work(wq, &item));
  flush_work(&item);
  EXPECT_EQ(elsewhere, nullptr);
}

// R44: memory freed in a function and used for another item was taken for the running one, which waited for
// it: a false dependency, and a deadlock.
struct recycled : work_struct {
  gate second_ran;

  static void first(work_struct* work) {
    auto* self = static_cast<recycled*>(work);
    INIT_WORK(self, &recycled::second);  // as if freed and allocated again
    EXPECT_TRUE(queue_work_on(0, self->wq, self));
    self->second_ran.wait();
  }
  static void second(work_struct* work) { static_cast<recycled*>(work)->second_ran.open(); }
  workqueue_struct* wq = nullptr;
};

TEST_P(Items, R44_a_recycled_address_with_another_function_does_not_wait_for_the_old_item) {
  for (const queue_kind& kind : {kPerCpu, kUnbound}) {
    SCOPED_TRACE(kind.name);
    recycled item;
    item.wq = alloc(kind.name, kind.flags);
    INIT_WORK(&item, &recycled::first);
    ASSERT_TRUE(queue_work_on(0, item.wq, &item));
    item.second_ran.wait();
    flush_workqueue(item.wq);
  }
}

// R45: mod_delayed_work() with delay 0 armed a timer instead of queueing.
TEST_P(Items, R45_mod_delayed_work_with_delay_0_queues_at_once) {
  workqueue_struct* wq = alloc("percpu", WQ_PERCPU, 1);
  hold first;
  ASSERT_TRUE(queue_work_on(0, wq, &first));
  first.wait_running();
  delayed_probe item;
  EXPECT_FALSE(mod_delayed_work_on(0, wq, &item, 0));
  EXPECT_TRUE(delayed_work_pending(&item));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  EXPECT_TRUE(mod_delayed_work_on(0, wq, &item, 0));
  EXPECT_EQ(snapshot(wq).nr_armed, 0);
  EXPECT_EQ(snapshot(wq).nr_inactive, 1);
  first.release();
  flush_work(&item.work);
  EXPECT_EQ(item.finished(), 1);
}

// R48: a cancelled item still pointed to its old queue; after that was destroyed, the next call crashed.
TEST_P(Items, R48_a_cancelled_item_forgets_its_queue) {
  probe item;
  delayed_probe later;
  for (int round = 0; round < 3; ++round) {
    workqueue_struct* wq = alloc("shortlived", round % 2 ? WQ_PERCPU : WQ_UNBOUND, 1);
    hold first;
    ASSERT_TRUE(queue_work_on(0, wq, &first));
    first.wait_running();
    ASSERT_TRUE(queue_work_on(0, wq, &item));
    ASSERT_TRUE(queue_delayed_work_on(0, wq, &later, 3'600'000));
    EXPECT_TRUE(cancel_work_sync(&item));
    EXPECT_TRUE(cancel_delayed_work_sync(&later));
    first.release();
    flush_work(&first);
    destroy(wq);
    EXPECT_FALSE(cancel_work_sync(&item));
    EXPECT_FALSE(cancel_delayed_work_sync(&later));
    EXPECT_FALSE(flush_work(&item));
    EXPECT_FALSE(flush_delayed_work(&later));
    EXPECT_EQ(work_busy(&item), 0u);
  }
  workqueue_struct* last = alloc("last", WQ_UNBOUND);
  ASSERT_TRUE(queue_work(last, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

}  // namespace
}  // namespace cmwq::test
