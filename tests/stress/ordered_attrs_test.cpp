// The bar for C40: exact order over 10^6 items while attributes change without pause.
#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class OrderedStress : public domain_test {};
INSTANTIATE_TEST_SUITE_P(on, OrderedStress,
                         testing::Values(domain_param{kMachines[2], "sentinel"}, domain_param{kMachines[3], "none"}),
                         domain_param_name);

// What the items share.  Plain memory: the queue's order is all that protects it.
struct sequence {
  long next = 0;
  long out_of_order = 0;
};

struct numbered : work_struct {
  sequence* all = nullptr;
  long number = 0;

  static void run(work_struct* work) {
    auto* self = static_cast<numbered*>(work);
    if (self->number != self->all->next) ++self->all->out_of_order;
    self->all->next = self->number + 1;
  }
};

TEST_P(OrderedStress, C40_exact_order_over_a_million_items_while_attributes_change_without_pause) {
  const int total = scaled(1'000'000);
  workqueue_struct* wq = alloc_ordered("million");
  sequence all;
  std::vector<numbered> items(static_cast<std::size_t>(total));
  for (int i = 0; i < total; ++i) {
    numbered& item = items[static_cast<std::size_t>(i)];
    INIT_WORK(&item, numbered::run);
    item.all = &all;
    item.number = i;
  }

  std::atomic<bool> done{false};
  int changes = 0;
  background changer([&] {
    const cpumask_t some = cpus_of({0}), every = cpus_up_to(cpus());
    for (; !done.load(); ++changes) {
      change_attrs(wq, [&](workqueue_attrs& attrs) { attrs.nice = changes % 4; });
      if (changes % 8 != 0) continue;
      EXPECT_EQ(workqueue_set_unbound_cpumask_in(domain(), changes % 16 ? &some : &every), 0);
    }
  });
  for (numbered& item : items) ASSERT_TRUE(queue_work(wq, &item));
  flush_workqueue(wq);
  done.store(true);
  changer.join();
  EXPECT_EQ(all.next, total);
  EXPECT_EQ(all.out_of_order, 0);
  EXPECT_GT(changes, 0);
  RecordProperty("changes", changes);
}

}  // namespace
}  // namespace cmwq::test
