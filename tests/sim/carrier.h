/* A carrier as the web side sees it: whoever speaks a protocol to the gateway brings one.
 * Thread: the loop. */
#ifndef XQ_SIM_CARRIER_H
#define XQ_SIM_CARRIER_H

#include <jansson.h>

#include "tests/sim/phones.h"

struct carrier {
	const char *name; /* "cmpp": in {"text":…,"via":"cmpp"} and in /api/stats */
	void *arg;
	unsigned (*links)(void *arg);
	struct note *(*send)(void *arg, struct phone *, const char *text); /* the phone sends a text to the hotline */
	void (*cut)(void *arg);                                            /* ends every link now */
	json_t *(*stats)(void *arg);
};

#endif
