// A network-like device whose hardware can hang: whoever notices asks for a reset, one work item does it.
//
// Written as kernel code is: the item sits in the device, any number of requests become one reset, and the teardown
// ends it with cancel_work_sync() before the device is freed.
#include <linux/workqueue.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct nic {
	int id;
	int hung;
	int resets;
	struct work_struct reset_task;
	struct delayed_work watchdog;
	struct workqueue_struct *wq;
};

static void nic_reset_task(struct work_struct *work)
{
	struct nic *nic = from_work(nic, work, reset_task);

	usleep(2000);		/* the hardware takes its time; other items run meanwhile */
	__atomic_store_n(&nic->hung, 0, __ATOMIC_RELEASE);
	nic->resets++;
	printf("nic%d: reset %d done\n", nic->id, nic->resets);
}

/* From transmit, from an interrupt, from the watchdog: however many ask, one reset follows. */
static void nic_request_reset(struct nic *nic)
{
	queue_work(nic->wq, &nic->reset_task);
}

/* Looks at the hardware ten times a second, and arms itself again. */
static void nic_watchdog(struct work_struct *work)
{
	struct nic *nic = from_work(nic, work, watchdog.work);

	if (__atomic_load_n(&nic->hung, __ATOMIC_ACQUIRE))
		nic_request_reset(nic);
	queue_delayed_work(nic->wq, &nic->watchdog, HZ / 10);
}

static struct nic *nic_probe(int id, struct workqueue_struct *wq)
{
	struct nic *nic = static_cast<struct nic *>(calloc(1, sizeof(*nic)));

	if (!nic)
		return NULL;
	nic->id = id;
	nic->wq = wq;
	INIT_WORK(&nic->reset_task, nic_reset_task);
	INIT_DELAYED_WORK(&nic->watchdog, nic_watchdog);
	queue_delayed_work(wq, &nic->watchdog, 0);
	return nic;
}

static int nic_remove(struct nic *nic)
{
	int resets;

	/* First what asks for resets, then the reset itself; afterwards nothing touches @nic any more. */
	cancel_delayed_work_sync(&nic->watchdog);
	cancel_work_sync(&nic->reset_task);
	resets = nic->resets;
	free(nic);
	return resets;
}

int main(void)
{
	struct workqueue_struct *wq = alloc_workqueue("nic-reset", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	struct nic *nics[4];
	int i, resets = 0;

	if (!wq)
		return 1;
	for (i = 0; i < 4; i++) {
		nics[i] = nic_probe(i, wq);
		if (!nics[i])
			return 1;
	}

	for (i = 0; i < 100; i++) {	/* a storm of complaints */
		__atomic_store_n(&nics[i % 4]->hung, 1, __ATOMIC_RELEASE);
		nic_request_reset(nics[i % 4]);
	}
	for (i = 0; i < 4; i++)
		flush_work(&nics[i]->reset_task);

	nic_request_reset(nics[0]);	/* one more, which the removal takes back or waits for */
	for (i = 0; i < 4; i++)
		resets += nic_remove(nics[i]);
	destroy_workqueue(wq);

	printf("%d resets for 100 requests\n", resets);
	return resets >= 4 ? 0 : 1;
}
