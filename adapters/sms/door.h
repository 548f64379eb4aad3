/* Where a carrier connects to us. Of several gateways over one store the address may belong to whoever has it: a floating one
 * that moves when a machine dies, or one port of one machine. A gateway that cannot have it tries again each DOOR_AGAIN_MS, so
 * that it listens within a second of the other's end; the system gives an address to one process at a time.
 *
 *   closed ──listening──▶ open          closed ──somebody else's──▶ waiting ──a second──▶ open or waiting
 *
 * Thread: the loop. */
#ifndef XQ_SMS_DOOR_H
#define XQ_SMS_DOOR_H

#include <stdbool.h>
#include <uv.h>

#include "gateway/base/err.h"

enum { DOOR_AGAIN_MS = 1000 };

struct stream;
struct door;
struct door_config {
	const char *host;  /* borrowed for as long as the door lives */
	int port;
	unsigned most;     /* connections at once */
	size_t frame_max;
	const char *name, *channel; /* for the log; borrowed likewise */
	bool patient;      /* wait for an address that another process or machine has, rather than fail */
	void (*on_accept)(struct stream *, void *arg); /* as stream_listen's */
	void (*on_open)(void *arg);                    /* not inside door_open */
	void *arg;
};
/* NULL and words: it cannot be listened on, or, if not patient, not now. */
struct door *door_open(uv_loop_t *loop, const struct door_config *c, struct err *e);
bool door_is_open(const struct door *d);
int door_port(const struct door *d); /* open only */
/* Who is connected stays. */
void door_close(struct door **d);

#endif
