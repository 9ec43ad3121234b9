// Writeback as a block layer does it: dirty pages become requests, requests are written by a queue that must advance
// even when memory is short (WQ_MEM_RECLAIM), and each request frees itself when it is done.
//
// Written as kernel code is: a static work item starts the flushing, items are embedded in what they work on.
#include <linux/workqueue.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NR_PAGES 64
#define PAGES_PER_REQUEST 8

struct wb_request {
	int first, count;
	struct work_struct work;
};

static struct workqueue_struct *wb_wq;
static int dirty[NR_PAGES];
static int disk[NR_PAGES];

/* Writes its pages and is gone: the last thing that happens to a request happens here. */
static void wb_write(struct work_struct *work)
{
	struct wb_request *rq = container_of(work, struct wb_request, work);
	int i;

	usleep(1000);	/* the disk */
	for (i = rq->first; i < rq->first + rq->count; i++) {
		int page = __atomic_exchange_n(&dirty[i], 0, __ATOMIC_ACQ_REL);

		if (page)
			disk[i] = page;
	}
	free(rq);
}

/* The flusher: cuts what is dirty into requests. */
static void wb_flusher(struct work_struct *work)
{
	int first;

	(void)work;
	for (first = 0; first < NR_PAGES; first += PAGES_PER_REQUEST) {
		struct wb_request *rq = static_cast<struct wb_request *>(malloc(sizeof(*rq)));

		if (!rq)
			return;		/* later, then */
		rq->first = first;
		rq->count = PAGES_PER_REQUEST;
		INIT_WORK(&rq->work, wb_write);
		queue_work(wb_wq, &rq->work);
	}
}

static DECLARE_WORK(wb_flusher_work, wb_flusher);

static int wb_init(void)
{
	wb_wq = alloc_workqueue("writeback-%s", WQ_UNBOUND | WQ_MEM_RECLAIM, 4, "demo");
	return wb_wq ? 0 : -1;
}

static void wb_exit(void)
{
	cancel_work_sync(&wb_flusher_work);
	destroy_workqueue(wb_wq);	/* everything that was queued is written */
}

int main(void)
{
	int i, written = 0;

	if (wb_init())
		return 1;
	for (i = 0; i < NR_PAGES; i++)
		__atomic_store_n(&dirty[i], i + 1, __ATOMIC_RELEASE);
	schedule_work(&wb_flusher_work);
	schedule_work(&wb_flusher_work);	/* asked for twice, it may run once */
	flush_work(&wb_flusher_work);		/* the requests are queued */
	drain_workqueue(wb_wq);			/* and written */

	for (i = 0; i < NR_PAGES; i++)
		written += disk[i] == i + 1;
	wb_exit();
	printf("%d of %d pages written\n", written, NR_PAGES);
	return written == NR_PAGES ? 0 : 1;
}
