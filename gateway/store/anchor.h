/* Anchors: where each node's chain of events stood at a moment, written outside the database. Who rewrites the chain, or cuts its
 * end and mends the head, does not match them any more (event_verify_anchored).
 *
 * A file of lines, each "TIME NODE NUMBER HASH MAC": MAC is the HMAC-SHA-256 under the gateway's secret of the line and the MAC before
 * it, so that none can be made or left out but at the end without the secret. Copies of the file belong on another machine.
 * A last line whose end is missing was broken off as it was written (no room, no power): it is passed over, and the next append
 * closes it to "… torn MAC", which is no anchor and which none but the secret can make.
 * Thread: any; reading and appending block on the disk. */
#ifndef XQ_STORE_ANCHOR_H
#define XQ_STORE_ANCHOR_H

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/store/store.h"

struct anchor {
	char time[CLOCK_TEXT]; /* RFC 3339 */
	int64_t seq;
	unsigned node;
	uint8_t hash[SHA256_LEN];
	char mac[HEX_SHA256]; /* of its line in the file; "": it has none yet */
};
/* Its line, without the end of it. */
const char *anchor_line(struct arena *, const struct anchor *);
enum { ANCHOR_CLOSE = sizeof " torn " + HEX_SHA256 };
struct anchor_file {
	char mac[HEX_SHA256];     /* of the last anchor; "" at first */
	bool torn;                /* the last line is no anchor */
	char close[ANCHOR_CLOSE]; /* what the last line still wants; "" when it has its end */
	struct anchor *of;    /* owned, in the file's order */
	size_t n;
};
/* Where every chain stands now, by node. */
int anchor_heads(struct tx *, struct anchor **, size_t *n);
/* Lines of the log that tell of anchors are read as well. E_NOTFOUND: there is no such file, and *f is empty; E_CORRUPT with the line that was changed; what stands before it is in *f. */
int anchor_file_read(struct anchor_file *f, const char *path, const struct secret *s, struct err *e) XQ_MUST_CHECK;
/* Appends those that say something new; on disk when it returns 0. */
int anchor_file_append(struct anchor_file *f, const char *path, const struct secret *s, const struct anchor *a, size_t n,
	struct err *e) XQ_MUST_CHECK;
void anchor_file_fini(struct anchor_file *f);

#endif
