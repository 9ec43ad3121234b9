// Lists, the state word's layout, slot tables.
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "cmwq/detail/core/slot_table.h"
#include "cmwq/workqueue.h"
#include "fake_policy.h"

namespace cmwq {
namespace {

using namespace detail;

struct entry {
  int value = 0;
  list_head link;
};

std::vector<int> values(list_head& head) {
  std::vector<int> all;
  list_for_each<entry, &entry::link>(head, [&](entry& e) { all.push_back(e.value); });
  return all;
}

TEST(List, keeps_order_and_knows_its_owner) {
  list_head head;
  entry a{1, {}}, b{2, {}}, c{3, {}};
  EXPECT_TRUE(list_empty(head));
  list_add_tail(a.link, head);
  list_add_tail(b.link, head);
  list_add(c.link, head);
  EXPECT_EQ(values(head), (std::vector<int>{3, 1, 2}));
  list_del_init(a.link);
  EXPECT_TRUE(list_empty(a.link));
  list_head other;
  list_splice_tail_init(head, other);
  EXPECT_TRUE(list_empty(head));
  EXPECT_EQ(values(other), (std::vector<int>{3, 2}));
  EXPECT_EQ(list_count(other), 2u);
}

TEST(WorkWord, the_layout_is_the_kernels) {
  EXPECT_EQ(WORK_DATA_INIT, 0x000F'FFFF'FFE0'0000ULL);
  EXPECT_EQ(sizeof(work_struct), 32u);
  work_word<std_policy> word;
  EXPECT_EQ(word.read().pool_id(), WORK_OFFQ_POOL_NONE);
  EXPECT_EQ(word.read().disable_depth(), 0u);
  EXPECT_TRUE(word.try_set_pending());
  EXPECT_FALSE(word.try_set_pending());
  word.set_off_queue({work_pool_field::pack(7)}, 65535, false);
  EXPECT_EQ(word.read().pool_id(), 7u);
  EXPECT_EQ(word.read().disable_depth(), 65535u);
  EXPECT_FALSE(word.pending());
}

TEST(WorkWord, R36_all_flags_are_distinct) {
  unsigned seen = 0;
  for (unsigned flag : {WQ_BH, WQ_UNBOUND, WQ_FREEZABLE, WQ_MEM_RECLAIM, WQ_HIGHPRI, WQ_CPU_INTENSIVE, WQ_SYSFS,
                        WQ_POWER_EFFICIENT, WQ_PERCPU, __WQ_DESTROYING, __WQ_DRAINING, __WQ_ORDERED, __WQ_LEGACY}) {
    EXPECT_EQ(seen & flag, 0u);
    seen |= flag;
  }
}

TEST(SlotTable, grows_reuses_and_says_when_memory_is_out) {
  using test::fake_policy;
  slot_table<fake_policy, int> table;
  std::vector<int> items(100);
  for (int& item : items) ASSERT_TRUE(table.add(&item));
  table.remove(&items[50]);
  int seen = 0;
  table.visit([&](int& item) {
    EXPECT_NE(&item, &items[50]);
    return ++seen, true;
  });
  EXPECT_EQ(seen, 99);
  EXPECT_FALSE(table.visit([](int&) { return false; }));
  ASSERT_TRUE(table.add(&items[50]));  // the free slot
  fake_policy::fail_allocations = true;
  std::vector<int> more(20);
  int added = 0;
  for (int& item : more) added += table.add(&item);
  EXPECT_LT(added, 20);
  fake_policy::fail_allocations = false;
}

TEST(Jiffies, durations_round_up_and_never_below_zero) {
  using tenth_ms = std::chrono::duration<long, std::ratio<1, 10'000>>;
  EXPECT_EQ(to_jiffies(tenth_ms{0}), 0u);
  EXPECT_EQ(to_jiffies(tenth_ms{1}), 1u);
  EXPECT_EQ(to_jiffies(tenth_ms{10}), 1u);
  EXPECT_EQ(to_jiffies(tenth_ms{11}), 2u);
  EXPECT_EQ(to_jiffies(tenth_ms{-5}), 0u);
}

}  // namespace
}  // namespace cmwq
