// Items are queued while what serves their queue is replaced: C25, C109, C157.
// CMWQ_TEST_SCALE=10000 makes it a hundred times as long.
#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class Moving : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Moving);

TEST_P(Moving, C25_C109_C157_nothing_is_lost_while_attributes_change_under_queueing_and_flushing) {
  workqueue_struct* wq = alloc("moving", WQ_UNBOUND, 4);
  std::atomic<bool> stop{false};
  std::atomic<int> missed{0};
  background changer([&] {
    for (int i = 0; !stop.load(); ++i) {
      change_attrs(wq, [i](workqueue_attrs& attrs) {
        attrs.affn_scope = i % 2 ? WQ_AFFN_CPU : WQ_AFFN_SYSTEM;
        attrs.nice = i % 3;
      });
      workqueue_set_max_active(wq, 1 + i % 4);
      pause_briefly(200'000);
    }
  });
  race(4, [&](int thread) {
    probe items[3];
    for (int round = 1; round <= scaled(60); ++round) {
      for (int i = 0; i < 3; ++i) queue_work_on((thread + i + round) % cpus(), wq, &items[i]);
      if (round % 2)
        flush_workqueue(wq);
      else
        for (probe& item : items) flush_work(&item);
      for (probe& item : items) missed += item.finished() != round || item.most_at_once() != 1;
    }
  });
  stop.store(true);
  changer.wait_done();
  EXPECT_EQ(missed.load(), 0);
  const wq_snapshot after = snapshot(wq);
  EXPECT_EQ(after.stats.started, static_cast<std::uint64_t>(4 * 3 * scaled(60)));
  EXPECT_EQ(after.stats.completed, after.stats.started);
  EXPECT_EQ(check_invariants(domain()), "");
  const auto pools_of_queue = static_cast<std::size_t>(nr_pools_of(wq));
  wait_until("the old pools to be gone", [&] { return unbound_pools().size() == pools_of_queue; });
}

}  // namespace
}  // namespace cmwq::test
