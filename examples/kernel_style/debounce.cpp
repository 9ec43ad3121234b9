// A push button as a driver sees it: edges bounce, so the state is read only when the line has been quiet.
//
// Written as kernel code is: mod_delayed_work() moves the reading back at each edge, the item sits in the device.
#include <linux/workqueue.h>

#include <stdio.h>
#include <unistd.h>

#define DEBOUNCE_MS 50

struct button {
	const char *name;
	int line;		/* what the hardware says now; bounces */
	int pressed;		/* what we believe */
	int presses;
	struct delayed_work settle;
};

static void button_settled(struct work_struct *work)
{
	struct button *btn = container_of(to_delayed_work(work), struct button, settle);
	int level = __atomic_load_n(&btn->line, __ATOMIC_RELAXED);

	if (level == btn->pressed)
		return;
	btn->pressed = level;
	if (level)
		btn->presses++;
	printf("%s: %s\n", btn->name, level ? "pressed" : "released");
}

/* The interrupt handler: may come at any time, must not wait. */
static void button_edge(struct button *btn, int level)
{
	__atomic_store_n(&btn->line, level, __ATOMIC_RELAXED);
	mod_delayed_work(system_percpu_wq, &btn->settle, msecs_to_jiffies(DEBOUNCE_MS));
}

/* Contacts that bounce seven times before they rest at @level. */
static void button_bounce(struct button *btn, int level)
{
	int i;

	for (i = 0; i < 7; i++)
		button_edge(btn, i % 2 ? !level : level);
}

static void button_probe(struct button *btn, const char *name)
{
	btn->name = name;
	btn->line = 0;
	btn->pressed = 0;
	btn->presses = 0;
	INIT_DELAYED_WORK(&btn->settle, button_settled);
}

/* True if a reading was still to come; afterwards nothing touches @btn any more. */
static bool button_remove(struct button *btn)
{
	return cancel_delayed_work_sync(&btn->settle);
}

int main(void)
{
	struct button power;
	int i, expected = 3;

	button_probe(&power, "power");
	for (i = 0; i < 3; i++) {
		button_bounce(&power, 1);
		flush_delayed_work(&power.settle);	/* reads the line now */
		button_bounce(&power, 0);
		usleep(2 * DEBOUNCE_MS * 1000);		/* or by itself, when it is quiet */
		flush_delayed_work(&power.settle);
	}
	button_bounce(&power, 1);
	if (!button_remove(&power))			/* normally before it settled: not counted */
		expected++;

	printf("%d presses\n", power.presses);
	return power.presses == expected ? 0 : 1;
}
