/* The channels that run: one per [channel NAME] section. Which there are, their names and their ops are fixed after the start
 * and may be read on any thread; all else belongs to the loop. */
#ifndef XQ_FLOW_CHANNELS_H
#define XQ_FLOW_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/adapter.h"

struct channel {
	const char *name;               /* the section's name */
	const struct adapter_ops *ops;
	struct adapter *adapter;
	bool up;
	char words[200];                /* why not, or what it is doing */
	int64_t since;                  /* of the present state */
	bool drained;
};
struct channels;
struct channel *channel_at(struct channels *, size_t i); /* NULL past the last */
struct channel *channel_find(struct channels *, const char *name); /* NULL */
bool channel_off(const struct channel *); /* it has nothing to run by its configuration, and is not missed */

#endif
