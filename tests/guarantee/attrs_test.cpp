// Group O: attributes of unbound queues, and how they change while items run.
#include <sched.h>
#include <sys/resource.h>

#include "../harness/attrs.h"

namespace cmwq::test {
namespace {

class Attrs : public domain_test {};
CMWQ_ON_ALL_DOMAINS(Attrs);

TEST_P(Attrs, new_attributes_are_the_kernels) {
  workqueue_attrs* attrs = alloc_workqueue_attrs();
  ASSERT_NE(attrs, nullptr);
  EXPECT_EQ(attrs->nice, 0);
  EXPECT_TRUE(attrs->cpumask.contains(cpus_up_to(cpus())));
  EXPECT_EQ(attrs->affn_scope, WQ_AFFN_DFL);
  EXPECT_FALSE(attrs->affn_strict);
  EXPECT_FALSE(attrs->ordered);
  free_workqueue_attrs(attrs);
  free_workqueue_attrs(nullptr);
}

TEST_P(Attrs, C155_queues_with_equal_pool_attributes_share_a_pool_and_others_do_not) {
  workqueue_struct* one = alloc("one", WQ_UNBOUND);
  workqueue_struct* two = alloc("two", WQ_UNBOUND);
  EXPECT_EQ(pool_of(one), pool_of(two));

  change_attrs(two, [](workqueue_attrs& attrs) { attrs.nice = 5; });
  EXPECT_NE(pool_of(one), pool_of(two));
  change_attrs(one, [](workqueue_attrs& attrs) { attrs.nice = 5; });
  EXPECT_EQ(pool_of(one), pool_of(two));

  change_attrs(two, [](workqueue_attrs& attrs) { attrs.affn_strict = true; });
  EXPECT_NE(pool_of(one), pool_of(two));
  change_attrs(two, [](workqueue_attrs& attrs) { attrs.affn_strict = false; });
  EXPECT_EQ(pool_of(one), pool_of(two));

  change_attrs(two, [](workqueue_attrs& attrs) { attrs.concurrency_managed = false; });
  EXPECT_NE(pool_of(one), pool_of(two));
}

TEST_P(Attrs, C155_other_scopes_with_the_same_masks_share_too_and_so_do_ordered_queues) {
  workqueue_struct* whole = alloc("whole", WQ_UNBOUND);
  workqueue_struct* ordered = alloc_ordered("ordered");
  set_scope(whole, WQ_AFFN_SYSTEM);
  EXPECT_EQ(nr_pools_of(whole), 1);
  EXPECT_EQ(pool_of(whole), pool_of(ordered));
  if (nodes() > 1) return;
  set_scope(whole, WQ_AFFN_NUMA);  // one node: the same CPUs
  EXPECT_EQ(pool_of(whole), pool_of(ordered));
}

TEST_P(Attrs, C156_the_scope_decides_how_many_pools_serve_a_queue) {
  workqueue_struct* wq = alloc("scoped", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_CPU);
  EXPECT_EQ(nr_pools_of(wq), cpus());
  set_scope(wq, WQ_AFFN_SYSTEM);
  EXPECT_EQ(nr_pools_of(wq), 1);
  if (GetParam().where.nodes == 2) {
    set_scope(wq, WQ_AFFN_NUMA);
    EXPECT_EQ(nr_pools_of(wq), 2);
    set_scope(wq, WQ_AFFN_CACHE);
    EXPECT_EQ(nr_pools_of(wq), 4);
  }
}

TEST_P(Attrs, C157_items_queued_before_finish_where_they_are_and_then_the_old_pool_goes) {
  workqueue_struct* wq = alloc("moving", WQ_UNBOUND, 1);
  const int old_pool = pool_of(wq);
  hold running;
  probe waiting, after;
  ASSERT_TRUE(queue_work_on(0, wq, &running));
  running.wait_running();
  ASSERT_TRUE(queue_work_on(0, wq, &waiting));

  change_attrs(wq, [](workqueue_attrs& attrs) { attrs.nice = 3; });
  const int new_pool = pool_of(wq);
  EXPECT_NE(new_pool, old_pool);
  EXPECT_EQ(pool_with_id(domain(), old_pool).nr_busy, 1);
  ASSERT_TRUE(queue_work_on(0, wq, &after));
  EXPECT_EQ(waiting.started(), 0);

  running.release();
  flush_workqueue(wq);
  EXPECT_EQ(waiting.finished(), 1);
  EXPECT_EQ(after.finished(), 1);
  wait_until("the old pool to be gone", [&] { return !pool_exists(domain(), old_pool); });
  EXPECT_EQ(snapshot(wq).stats.completed, 3u);
}

TEST_P(Attrs, C159_what_cannot_be_applied_is_refused_with_a_message) {
  workqueue_attrs attrs;
  EXPECT_EQ(apply_workqueue_attrs(alloc("bound", WQ_PERCPU), &attrs), -EINVAL);
  EXPECT_EQ(log().take({"bound", "attributes"}), 1);

  workqueue_struct* wq = alloc("unbound", WQ_UNBOUND);
  const int pool = pool_of(wq);
  for (int scope : {-1, static_cast<int>(WQ_AFFN_NR_TYPES), 99}) {
    attrs.affn_scope = static_cast<wq_affn_scope>(scope);
    EXPECT_EQ(apply_workqueue_attrs(wq, &attrs), -EINVAL);
  }
  attrs.affn_scope = WQ_AFFN_DFL;
  for (int nice : {-21, 20}) {
    attrs.nice = nice;
    EXPECT_EQ(apply_workqueue_attrs(wq, &attrs), -EINVAL);
  }
  EXPECT_EQ(log().take({"unbound", "scope"}), 3);
  EXPECT_EQ(log().take({"unbound", "nice"}), 2);
  EXPECT_EQ(pool_of(wq), pool);
  EXPECT_EQ(attrs_of(wq).nice, 0);

  EXPECT_EQ(apply_workqueue_attrs(nullptr, &attrs), -EINVAL);
  EXPECT_EQ(apply_workqueue_attrs(wq, nullptr), -EINVAL);
  EXPECT_EQ(log().take({"null pointer"}), 2);
}

TEST_P(Attrs, C160_without_a_cpu_in_common_the_cpus_of_unbound_work_are_used) {
  if (cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  workqueue_struct* wq = alloc("elsewhere", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_SYSTEM);
  const cpumask_t first = cpus_of({0}), last = cpus_of({cpus() - 1});
  ASSERT_EQ(workqueue_set_unbound_cpumask_in(domain(), &first), 0);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0");
  change_attrs(wq, [&](workqueue_attrs& attrs) { attrs.cpumask = last; });
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0");
  const cpumask_t all = cpus_up_to(cpus());
  ASSERT_EQ(workqueue_set_unbound_cpumask_in(domain(), &all), 0);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, std::to_string(cpus() - 1)) << "what was asked for is remembered";
}

TEST_P(Attrs, C161_cpus_whose_pod_has_none_that_is_wanted_use_the_whole_mask) {
  if (cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  workqueue_struct* wq = alloc("narrow", WQ_UNBOUND);
  change_attrs(wq, [](workqueue_attrs& attrs) {
    attrs.affn_scope = WQ_AFFN_CPU;
    attrs.cpumask = cpus_of({0});
  });
  EXPECT_EQ(nr_pools_of(wq), 1);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq, cpus() - 1)).cpus, "0");
  probe item;
  ASSERT_TRUE(queue_work_on(cpus() - 1, wq, &item));
  flush_work(&item);
  EXPECT_EQ(item.finished(), 1);
}

TEST_P(Attrs, C69_strict_with_one_cpu_per_pod_is_like_per_cpu) {
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  workqueue_struct* wq = alloc("likebound", WQ_UNBOUND);
  change_attrs(wq, [](workqueue_attrs& attrs) {
    attrs.affn_scope = WQ_AFFN_CPU;
    attrs.affn_strict = true;
  });
  EXPECT_EQ(nr_pools_of(wq), cpus());
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    std::vector<int> of_bound, of_ours;
    probe one([&] { of_bound = allowed_cpus(); });
    probe two([&] { of_ours = allowed_cpus(); });
    hold blocked;
    ASSERT_TRUE(queue_work_on(cpu, wq, &blocked));
    ASSERT_TRUE(queue_work_on(cpu, wq, &two));
    ASSERT_TRUE(queue_work_on(cpu, bound, &one));
    two.wait_finished();  // beside a blocked one
    one.wait_finished();
    EXPECT_EQ(of_ours, of_bound) << cpu;
    EXPECT_EQ(blocked.finished(), 0);
  }
}

TEST_P(Attrs, C162_an_ordered_queue_refuses_attributes_that_are_not_ordered) {
  workqueue_struct* wq = alloc_ordered("ordered");
  EXPECT_TRUE(attrs_of(wq).ordered);
  const workqueue_attrs attrs;
  EXPECT_EQ(apply_workqueue_attrs(wq, &attrs), -EINVAL);
  EXPECT_EQ(log().take({"ordered", "stays ordered"}), 1);
  EXPECT_EQ(nr_pools_of(wq), 1);
}

TEST_P(Attrs, C163_workers_of_a_strict_queue_never_leave_their_pod) {
  const std::vector<int> real = allowed_cpus();
  workqueue_struct* wq = alloc("strict", WQ_UNBOUND);
  change_attrs(wq, [](workqueue_attrs& attrs) {
    attrs.affn_scope = WQ_AFFN_CPU;
    attrs.affn_strict = true;
  });
  for (int cpu = 0; cpu < cpus(); ++cpu) {
    std::vector<int> allowed;
    probe item([&] { allowed = allowed_cpus(); });
    ASSERT_TRUE(queue_work_on(cpu, wq, &item));
    flush_work(&item);
    EXPECT_EQ(allowed, std::vector<int>{real[static_cast<std::size_t>(cpu) % real.size()]});
  }
}

TEST_P(Attrs, C163_C164_a_worker_that_drifted_away_is_brought_back_to_start) {
  const std::vector<int> real = allowed_cpus();
  if (GetParam().where.synthetic || real.size() < 2) GTEST_SKIP() << "needs two real CPUs";
  workqueue_struct* wq = alloc("loose", WQ_UNBOUND);
  set_scope(wq, WQ_AFFN_CPU);
  // The second item, if the same worker executes it, finds the worker on the other CPU; then the third starts at home
  // again, free to move.
  std::vector<int> allowed;
  probe drifting([&] { pin_this_thread(real[1]); });
  probe noticed, home([&] { allowed = allowed_cpus(); });
  wait_until("a worker to be brought back", [&] {
    EXPECT_TRUE(queue_work_on(0, wq, &drifting));
    EXPECT_TRUE(queue_work_on(0, wq, &noticed));
    flush_workqueue(wq);
    wait_until("the pool to be idle", [&] { return pool_with_id(domain(), pool_of(wq)).nr_busy == 0; });
    const auto before = snapshot(wq).stats.repatriated;
    EXPECT_TRUE(queue_work_on(0, wq, &home));
    flush_work(&home);
    return snapshot(wq).stats.repatriated > before;
  });
  EXPECT_EQ(allowed, real);
}

TEST_P(Attrs, C165_another_default_scope_concerns_the_queues_that_have_no_scope_of_their_own) {
  if (cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  workqueue_struct* dfl = alloc("default", WQ_UNBOUND);
  workqueue_struct* own = alloc("own", WQ_UNBOUND);
  set_scope(own, WQ_AFFN_SYSTEM);
  const int pool_of_own = pool_of(own);
  ASSERT_EQ(write_attribute(domain(), "parameters/default_affinity_scope", "cpu"), 0);
  EXPECT_EQ(nr_pools_of(dfl), cpus());
  EXPECT_EQ(pool_of(own), pool_of_own);
  EXPECT_EQ(nr_pools_of(alloc("new", WQ_UNBOUND)), cpus());
  for (const char* name : {"default", "nonsense", ""})
    EXPECT_EQ(write_attribute(domain(), "parameters/default_affinity_scope", name), -EINVAL);
  EXPECT_EQ(nr_pools_of(dfl), cpus());
}

TEST_P(Attrs, C166_R20_the_cpus_of_unbound_work_change_for_every_queue_at_once) {
  workqueue_struct* unbound = alloc("unbound", WQ_UNBOUND);
  workqueue_struct* ordered = alloc_ordered("ordered");
  workqueue_struct* bound = alloc("bound", WQ_PERCPU);
  const std::vector<int> bound_before = snapshot(bound).pool_of_cpu;
  const cpumask_t first = cpus_of({0}), none = cpus_of({500}), all = cpus_up_to(cpus());
  ASSERT_EQ(workqueue_set_unbound_cpumask_in(domain(), &first), 0);
  for (workqueue_struct* wq : {unbound, ordered}) {
    EXPECT_EQ(nr_pools_of(wq), 1);
    EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0");
  }
  EXPECT_EQ(snapshot(bound).pool_of_cpu, bound_before);
  EXPECT_EQ(workqueue_set_unbound_cpumask_in(domain(), &none), -EINVAL);
  EXPECT_EQ(pool_with_id(domain(), pool_of(unbound)).cpus, "0");
  ASSERT_EQ(workqueue_set_unbound_cpumask_in(domain(), &all), 0);
  EXPECT_EQ(pool_with_id(domain(), pool_of(ordered)).cpus, cpus() == 1 ? "0" : "0-" + std::to_string(cpus() - 1));
}

TEST_P(Attrs, C166_housekeeping_keeps_unbound_work_off_the_other_cpus_unless_none_would_be_left) {
  if (cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  workqueue_struct* wq = alloc_ordered("kept");
  const cpumask_t last = cpus_of({cpus() - 1}), none;
  ASSERT_EQ(workqueue_unbound_housekeeping_update_in(domain(), &last), 0);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, std::to_string(cpus() - 1));
  ASSERT_EQ(workqueue_unbound_housekeeping_update_in(domain(), &none), 0);
  EXPECT_EQ(pool_with_id(domain(), pool_of(wq)).cpus, "0-" + std::to_string(cpus() - 1));
}

TEST_P(Attrs, C92_C166_idle_rescuers_wait_on_the_cpus_of_unbound_work) {
  const std::vector<int> real = allowed_cpus();
  if (GetParam().where.synthetic || real.size() < 2) GTEST_SKIP() << "needs two real CPUs";
  ASSERT_NE(alloc("rescued", WQ_PERCPU | WQ_MEM_RECLAIM), nullptr);
  const cpumask_t second = cpus_of({1});
  const auto nr_on_second = [&] {
    int n = 0;
    for (int tid : snapshot_threads(domain())) {
      cpu_set_t set;
      if (thread_name(tid).rfind("cmwq/R-", 0) != 0) continue;
      if (sched_getaffinity(tid, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1 &&
          CPU_ISSET(static_cast<std::size_t>(real[1]), &set))
        ++n;
    }
    return n;
  };
  EXPECT_EQ(nr_on_second(), 0);
  // The rescuer may be on its way to its first sleep and bind itself to what was there when it looked.
  wait_until("the rescuer to move", [&] {
    EXPECT_EQ(workqueue_set_unbound_cpumask_in(domain(), &second), 0);
    return nr_on_second() == 1;
  });
}

TEST_P(Attrs, C169_nice_is_that_of_the_pools_workers) {
  if (setpriority(PRIO_PROCESS, static_cast<id_t>(thread_id()), getpriority(PRIO_PROCESS, 0)) != 0)
    GTEST_SKIP() << "may not set priorities";
  workqueue_struct* wq = alloc("nice", WQ_UNBOUND);
  int seen = -100;
  probe item([&] { seen = getpriority(PRIO_PROCESS, static_cast<id_t>(thread_id())); });
  for (int nice : {7, 12}) {
    change_attrs(wq, [nice](workqueue_attrs& attrs) { attrs.nice = nice; });
    ASSERT_TRUE(queue_work(wq, &item));
    flush_work(&item);
    EXPECT_EQ(seen, nice);
  }
}

TEST_P(Attrs, C36_an_item_that_queues_itself_stays_where_it_runs) {
  workqueue_struct* wq = alloc("stays", WQ_UNBOUND);
  const int old_pool = pool_of(wq);
  gate changed("the attributes to change");
  std::vector<int> busy_old, busy_new;
  int new_pool = -1;
  requeuer item(wq, 3, [&](int run) {
    if (run == 1) changed.wait();
    if (run == 2) {
      busy_old.push_back(pool_with_id(domain(), old_pool).nr_busy);
      busy_new.push_back(pool_with_id(domain(), new_pool).nr_busy);
    }
  });
  ASSERT_TRUE(queue_work_on(0, wq, &item));
  item.wait_started();
  change_attrs(wq, [](workqueue_attrs& attrs) { attrs.nice = 4; });
  new_pool = pool_of(wq);
  changed.open();
  item.wait_finished(3);
  EXPECT_EQ(busy_old, std::vector<int>{1});
  EXPECT_EQ(busy_new, std::vector<int>{0});
}

TEST_P(Attrs, C109_a_flush_waits_for_the_items_of_old_and_new_shares) {
  workqueue_struct* wq = alloc("flushed", WQ_UNBOUND);
  hold on_old, on_new;
  ASSERT_TRUE(queue_work_on(0, wq, &on_old));
  on_old.wait_running();
  change_attrs(wq, [](workqueue_attrs& attrs) { attrs.nice = 2; });
  ASSERT_TRUE(queue_work_on(0, wq, &on_new));
  on_new.wait_running();
  background flusher([&] { flush_workqueue(wq); });
  flusher.wait_asleep();
  change_attrs(wq, [](workqueue_attrs& attrs) { attrs.nice = 6; });  // a share that comes during the flush
  hold later;
  ASSERT_TRUE(queue_work_on(0, wq, &later));
  later.wait_running();
  EXPECT_FALSE(flusher.done());
  on_old.release();
  on_old.wait_finished();
  EXPECT_FALSE(flusher.done());
  on_new.release();
  flusher.wait_done();  // though @later still runs
  EXPECT_EQ(later.finished(), 0);
}

TEST_P(Attrs, C50_the_nodes_share_the_limit_by_the_cpus_that_the_queue_may_use) {
  if (nodes() != 2) GTEST_SKIP() << "needs two nodes";
  workqueue_struct* wq = alloc("nodes", WQ_UNBOUND, 6);
  workqueue_set_min_active(wq, 1);
  const auto nr_started = [&](std::vector<std::unique_ptr<hold>>& holds) {
    return std::count_if(holds.begin(), holds.end(), [](auto& h) { return h->started() > 0; });
  };
  std::vector<std::unique_ptr<hold>> holds;
  for (int i = 0; i < 6; ++i) {
    holds.push_back(std::make_unique<hold>());
    ASSERT_TRUE(queue_work_on(0, wq, holds.back().get()));
  }
  wait_until("half of the limit to run", [&] { return nr_started(holds) == 3; });
  EXPECT_EQ(snapshot(wq).nr_active, 3);
  // Node 0 is all there is: it gets the whole limit, and those that wait start at once.  The pool stays, for it has
  // the same CPUs to start on; the workers' mask differs, so it is another one.
  change_attrs(wq, [&](workqueue_attrs& attrs) { attrs.cpumask = cpus_up_to(cpus() / 2); });
  wait_until("the rest to run", [&] { return nr_started(holds) == 6; });
}

TEST_P(Attrs, D6_a_queue_that_is_not_managed_starts_every_item_at_once) {
  workqueue_struct* wq = alloc("unmanaged", WQ_UNBOUND);
  change_attrs(wq, [](workqueue_attrs& attrs) { attrs.concurrency_managed = false; });
  // They wait for each other without blocking: all of them must run at once.
  const int total = 2 * cpus() + 2;
  std::atomic<int> inside{0};
  std::vector<std::unique_ptr<probe>> items;
  for (int i = 0; i < total; ++i)
    items.push_back(std::make_unique<probe>([&] {
      inside.fetch_add(1);
      wait_until("all items to be inside", [&] { return inside.load() >= total; });
    }));
  for (auto& item : items) ASSERT_TRUE(queue_work_on(0, wq, item.get()));
  for (auto& item : items) item->wait_finished();
}

}  // namespace
}  // namespace cmwq::test
