/* What every flow is given beside its transaction and the catalog: what texts may name, what the channels can. Fixed for the
 * process, borrowed. */
#ifndef XQ_FLOW_WORDS_H
#define XQ_FLOW_WORDS_H

#include "gateway/adapter.h"
#include "gateway/flow/catalog.h"
#include "gateway/store/store.h"

struct channel_trait { /* what a channel's capabilities mean for texts and surveys */
	const char *name;       /* the section's name */
	struct capabilities caps;
	bool (*join)(const struct msg_part *, size_t, struct buf *); /* adapter_ops.join */
	const void *config;     /* the adapter's */
	unsigned (*parts)(const void *config, const char *text); /* adapter_ops.parts */
	unsigned parts_max;                  /* 0: no limit */
	void (*fold)(const char *, const char *, struct buf *);       /* adapter_ops.fold; NULL */
	void (*reach)(const char *, int64_t, struct reach *);         /* adapter_ops.reach; NULL */
};
struct flow_words { /* fixed for the process: what every text may name */
	const char *hotline;    /* [gateway] name */
	const char *public_url;
	const struct secret *secret;
	const struct channel_trait *trait;
	size_t traits;
	bool scans;             /* files are held until a scanner has answered */
	bool guide;             /* guided self-service is on */
	bool remote;            /* steps are made by the city's core system, through the API */
	const char *phone_channel; /* sends codes to mobile numbers; or NULL */
	const char *liaison;    /* the channel by which departments' officers are told (liaison.h); NULL: none */
};
/* NULL when no channel of that name is configured (any more). */
const struct channel_trait *flow_trait(const struct flow_words *, const char *channel);

#endif
