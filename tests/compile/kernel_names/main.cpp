// Every name and macro of kernel_names.h, used as kernel source uses them.  Returns 0 if all did what they say.
#include <linux/types.h>  // the system's own, not ours
#include <stdio.h>
#include <sys/param.h>  // has a macro HZ

#include <linux/workqueue.h>

struct gadget {
	int id;
	struct work_struct work;
	struct delayed_work dwork;
	struct work_struct several[2];
	struct rcu_work rwork;
};

static int calls;
static int last_id;

static void count_call(struct work_struct *work)
{
	(void)work;
	++calls;
}

static void work_of_gadget(struct work_struct *work)
{
	struct gadget *g = from_work(g, work, work);

	last_id = g->id;
	++calls;
}

static void dwork_of_gadget(struct work_struct *work)
{
	struct delayed_work *dwork = to_delayed_work(work);
	struct gadget *g = container_of(dwork, struct gadget, dwork);
	struct gadget *same = from_work(same, work, dwork.work);

	if (g == same)
		last_id = g->id;
	++calls;
}

static void old_form(void *data)
{
	last_id = *static_cast<int *>(data);
	++calls;
}

static void rwork_of_gadget(struct work_struct *work)
{
	struct rcu_work *rwork = to_rcu_work(work);
	struct gadget *g = container_of(rwork, struct gadget, rwork);

	last_id = g->id + 100;
	++calls;
}

static int seven = 7;

static DECLARE_WORK(static_work, count_call);
static DECLARE_WORK(static_old_work, old_form, &seven);
static DECLARE_DELAYED_WORK(static_dwork, count_call);
static DECLARE_DEFERRABLE_WORK(static_deferrable, count_call);
static DECLARE_DEFERRED_WORK(static_deferred, count_call);
static struct work_struct static_initialised = __WORK_INITIALIZER(static_initialised, count_call);
static struct gadget static_gadget = {
	.id = 3,
	.work = __WORK_INITIALIZER(static_gadget.work, work_of_gadget),
	.dwork = __DELAYED_WORK_INITIALIZER(static_gadget.dwork, dwork_of_gadget, TIMER_DEFERRABLE),
	.several = {},
	.rwork = {},
};

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			return __LINE__; \
	} while (0)

static int check_items(struct workqueue_struct *wq)
{
	struct gadget g;

	g.id = 1;
	INIT_WORK(&g.work, work_of_gadget);
	INIT_DELAYED_WORK(&g.dwork, dwork_of_gadget);
	CHECK(container_of(&g.several[1], struct gadget, several[1]) == &g);
	CHECK(queue_work(wq, &g.work));
	CHECK(flush_work(&g.work) || !work_busy(&g.work));
	CHECK(calls == 1 && last_id == 1);

	CHECK(queue_delayed_work(wq, &g.dwork, HZ * 3600));
	CHECK(!queue_delayed_work_on(0, wq, &g.dwork, 0));
	CHECK(delayed_work_pending(&g.dwork) && work_pending(&g.dwork.work));
	CHECK(mod_delayed_work(wq, &g.dwork, msecs_to_jiffies(1)));
	flush_delayed_work(&g.dwork);
	CHECK(calls == 2);
	CHECK(!mod_delayed_work_on(0, wq, &g.dwork, HZ * 3600));
	CHECK(cancel_delayed_work_sync(&g.dwork) && !cancel_delayed_work(&g.dwork));
	INIT_DEFERRABLE_WORK(&g.dwork, dwork_of_gadget);
	CHECK(!disable_delayed_work(&g.dwork) && !disable_delayed_work_sync(&g.dwork));
	CHECK(!enable_delayed_work(&g.dwork) && enable_delayed_work(&g.dwork));
	CHECK(!disable_work(&g.work) && !disable_work_sync(&g.work));
	CHECK(!enable_work(&g.work) && enable_and_queue_work(wq, &g.work));
	flush_workqueue(wq);
	CHECK(calls == 3 && !cancel_work(&g.work) && !cancel_work_sync(&g.work));

	INIT_RCU_WORK(&g.rwork, rwork_of_gadget);
	rcu_read_lock();
	CHECK(queue_rcu_work(wq, &g.rwork) && !queue_rcu_work(wq, &g.rwork));
	rcu_read_unlock();
	synchronize_rcu();
	flush_rcu_work(&g.rwork);
	CHECK(calls-- == 4 && last_id == 101);

	CHECK(queue_work(wq, &static_gadget.work));
	drain_workqueue(wq);
	CHECK(calls == 4 && last_id == 3);
	return 0;
}

static int check_static_items(void)
{
	calls = 0;
	CHECK(schedule_work(&static_work) && schedule_work_on(0, &static_old_work));
	CHECK(queue_work_node(0, system_dfl_wq, &static_initialised));
	CHECK(schedule_delayed_work(&static_dwork, 0) && schedule_delayed_work_on(0, &static_deferrable, 0));
	CHECK(schedule_delayed_work_nrt(&static_deferred, 0));
	flush_work_sync(&static_work);
	flush_work(&static_old_work);
	CHECK(last_id == 7);
	flush_work(&static_initialised);
	flush_delayed_work(&static_dwork);
	flush_delayed_work_sync(&static_deferrable);
	flush_delayed_work(&static_deferred);
	cancel_rearming_delayed_work(&static_dwork);
	cancel_rearming_delayed_workqueue(system_wq, &static_dwork);
	CHECK(!__cancel_delayed_work(&static_dwork));
	CHECK(PREPARE_WORK(&static_work, count_call) && PREPARE_DELAYED_WORK(&static_dwork, count_call));
	return 0;
}

static int check_queues(void)
{
	struct workqueue_struct *all[] = {
		system_wq, system_percpu_wq, system_highpri_wq, system_long_wq,
		system_unbound_wq, system_dfl_wq, system_dfl_long_wq, system_nrt_wq,
		system_power_efficient_wq,
		alloc_workqueue("plain-%d", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_NON_REENTRANT, WQ_MAX_ACTIVE, 1),
		alloc_ordered_workqueue("ordered-%s", 0, "x"),
		create_workqueue("legacy"),
		create_singlethread_workqueue("single"),
	};

	for (struct workqueue_struct *wq : all)
		CHECK(wq != nullptr && !workqueue_congested(0, wq));
	struct workqueue_struct *plain = all[9];
	struct workqueue_attrs *attrs = alloc_workqueue_attrs();

	workqueue_set_max_active(plain, WQ_DFL_ACTIVE);
	workqueue_set_min_active(plain, WQ_DFL_MIN_ACTIVE);
	attrs->affn_scope = WQ_AFFN_CPU;
	CHECK(apply_workqueue_attrs(plain, attrs) == 0);
	free_workqueue_attrs(attrs);
	for (int i = 9; i < 13; i++)
		destroy_workqueue(all[i]);
	return 0;
}

static long answer(void *arg)
{
	return *static_cast<int *>(arg) * 6L;
}

static int check_calls(void)
{
	struct execute_work ew;
	struct lock_class_key key;
	struct work_struct on_stack;

	CHECK(execute_in_process_context(count_call, &ew) == 0);
	CHECK(work_on_cpu(0, answer, &seven) == 42 && work_on_cpu_key(0, answer, &seven, &key) == 42);
	CHECK(work_on_cpu_safe(0, answer, &seven) == 42);
	CHECK(schedule_on_each_cpu(count_call) == 0);
	CHECK(current_work() == nullptr && !current_is_workqueue_rescuer() && !current_is_workqueue_mem_reclaim());
	INIT_WORK_ONSTACK(&on_stack, count_call);
	INIT_WORK_ONSTACK_KEY(&on_stack, count_call, &key);
	destroy_work_on_stack(&on_stack);
	return 0;
}

static int check_time(void)
{
	const unsigned long timeout = jiffies + HZ / 500;

	CHECK(time_before(timeout - HZ, timeout) && time_after_eq(timeout, timeout) && time_before_eq(timeout, timeout));
	while (time_before(jiffies, timeout))
		;
	CHECK(!time_after(timeout, jiffies));
	CHECK(time_after(1UL, ~0UL));  /* across the wrap */
	CHECK(usecs_to_jiffies(1) == 1 && secs_to_jiffies(2) == 2 * HZ && jiffies_to_msecs(HZ) == 1000);
	return 0;
}

int main()
{
	struct workqueue_struct *wq = alloc_workqueue("%s", WQ_UNBOUND, 1, "kernel_names");
	int line = check_items(wq);

	if (!line)
		line = check_static_items();
	if (!line)
		line = check_queues();
	if (!line)
		line = check_calls();
	if (!line)
		line = check_time();
	destroy_workqueue(wq);
	if (line)
		fprintf(stderr, "the check in line %d failed\n", line);
	return line != 0;
}
