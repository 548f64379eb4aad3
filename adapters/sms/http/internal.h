/* What the files of the sms-http adapter share. */
#ifndef XQ_SMS_HTTP_INTERNAL_H
#define XQ_SMS_HTTP_INTERNAL_H

#include <sys/queue.h>

#include "adapters/sms/drain.h"
#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/submit.h"
#include "gateway/base/fetch.h"
#include "gateway/base/http.h"
#include "gateway/base/metrics.h"

/* A request under way. */
struct flight {
	LIST_ENTRY(flight) link;
	struct sms_http *owner;
	void *part;            /* for submit_answered(); NULL: a look whether the provider is there */
	CURL *easy;
	struct curl_slist *headers;
	struct provider_request request;
	struct buf answer;
	char id[PROVIDER_ID_MAX];
};

/* A call of the provider whose entries are being kept. */
struct batch {
	LIST_ENTRY(batch) link;
	struct http_req *req;
	const struct provider_reply *ok;
	unsigned open;         /* entries without an answer, and one for the reading itself */
	bool again, malformed;
};

struct sms_http {
	struct adapter base;
	const struct sms_http_config *config;
	const struct adapter_host *host;
	const struct provider *provider;
	struct arena *arena;         /* of the wordings and addresses */
	struct wordings wordings;
	const char *callback;        /* our address for the provider, without a slash at the end */
	struct submit_config submit_config;
	struct submit *submit;
	struct pace hold;            /* of the provider; the pace is submit's */
	struct drain *drain;
	uv_timer_t *wake, *rest;     /* freed when closed */
	LIST_HEAD(, flight) flights;
	LIST_HEAD(, batch) batches;
	unsigned requests, takes;    /* flights with a part; entries without an answer */
	unsigned troubles;           /* in a row, since something was accepted */
	bool resting, ending;        /* nothing may be written; destroy() began */
	struct metric *malformed, *throttled, *denied;
};

/* outbound.c */
extern const struct submit_ops sms_http_submit_ops;
/* Ends every request: what nothing was written of goes back, about the rest submit hears nothing. */
void sms_http_flights_end(struct sms_http *s);
/* Connects to the provider and says to reach.c whether it is there. */
void sms_http_look(struct sms_http *s);

/* inbound.c */
void sms_http_routes(struct sms_http *s);
/* Answers every held call with 503. */
void sms_http_batches_end(struct sms_http *s);

/* reach.c: is the provider there?
 *
 *   looking ──connected──▶ up ──trouble──▶ resting ──time is over──▶ looking
 *      └──────not connected───────────────────^                                 */
void sms_http_reach_start(struct sms_http *s);
/* Nothing is written before the rest is over; what is lent and unwritten goes back. long_rest: only a person can mend
 * it. */
void sms_http_trouble(struct sms_http *s, const char *words, bool long_rest);
void sms_http_looked(struct sms_http *s, bool there, const char *words);

/* sms_http.c */
int64_t sms_http_now(const struct sms_http *s);
/* Something ended: when draining, is it the last? */
void sms_http_maybe_drained(struct sms_http *s);

#endif
