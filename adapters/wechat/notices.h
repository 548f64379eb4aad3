/* Subscription notices of which the platform has not said yet what became of them. It gives none an id of its own when it takes it
 * (developers.weixin.qq.com, "send subscription notification"), so what it says later is known by citizen and template alone
 * (push_notice_id), and the next of both waits: else one's failure would be said of the other. Of this gateway's only, and no longer
 * than NOTICES_WAIT_MS. Pure but for memory: time is passed in, monotonic. */
#ifndef XQ_WECHAT_NOTICES_H
#define XQ_WECHAT_NOTICES_H

#include <stdbool.h>
#include <stdint.h>

enum { NOTICES_WAIT_MS = 60 * 1000, NOTICES_ID_MAX = 192 /* longer ids are told apart no further */ };

struct notices;

struct notices *notices_create(void);
void notices_destroy(struct notices **n);
void notices_sent(struct notices *n, const char *id, int64_t now);
bool notices_open(struct notices *n, const char *id, int64_t now);
void notices_told(struct notices *n, const char *id);

#endif
