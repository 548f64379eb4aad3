/* What a call to the platform came to. Pure. Thread: any. */
#ifndef XQ_WECHAT_ERRORS_H
#define XQ_WECHAT_ERRORS_H

#include <stdbool.h>

enum fate {
	FATE_OK,
	FATE_TAKEN,     /* it was taken before, under the same id */
	FATE_UNREACHED, /* nothing was written: again later */
	FATE_LOST,      /* written, and no answer that can be read */
	FATE_BUSY,      /* not taken: again soon */
	FATE_DEFER,     /* a quota of ours: again much later */
	FATE_TOKEN,     /* a new token, and once more */
	FATE_CLOSED,    /* the citizen's window is over */
	FATE_GONE,      /* this citizen takes nothing from us */
	FATE_REFUSED,   /* nor this kind of notice */
	FATE_ALARM,     /* never, and an operator must do something */
	FATE_NEVER      /* this message never */
};
enum fate error_fate(int code, bool wecom);    /* 0: FATE_OK */
const char *error_words(int code, bool wecom); /* for people; NULL: only the platform's own words are known */

#endif
