/* How a citizen stands with the platform: until when, and how many more messages they will take from us, whether they follow
 * us, which subscription messages they accept, and by which QR code they came. Kept by the gateway as one short line a citizen (adapter.h, fold); only this file reads
 * it. Pure: time is passed in. Thread: any.
 *
 * Windows (official page "customer-service messages", and WeCom's "send messages"):
 *   a message of the citizen   5 messages within 48 hours
 *   a tap, a follow, a scan    3 messages within a minute                     (Official Account only) */
#ifndef XQ_WECHAT_STANDING_H
#define XQ_WECHAT_STANDING_H

#include "gateway/adapter.h"

enum { STANDING_QUOTA = 5 /* of a message */, STANDING_SCENE_MAX = 64, STANDING_NOTICES_MAX = 6, STANDING_TEMPLATE_MAX = 64, STANDING_LINE_MAX = 520 };

enum standing_event {
	STANDING_MESSAGE,   /* the citizen wrote */
	STANDING_TAP,       /* a menu item was tapped, or a code scanned, or we are followed (again) */
	STANDING_SCENE,     /* a code was scanned or a link followed that opens no window (WeCom) */
	STANDING_GONE,      /* unsubscribed */
	STANDING_SENT,      /* count messages were taken by the platform */
	STANDING_SPENT,     /* the platform says that the window is over or its quota used */
	STANDING_REFUSING,  /* the platform says that this citizen takes no messages */
	STANDING_NOTICES    /* subscription messages were accepted or refused: scene is "+TEMPLATE,-TEMPLATE" */
};
struct standing_note {
	enum standing_event event;
	int64_t at;
	unsigned count;     /* STANDING_SENT */
	const char *scene;  /* STANDING_TAP and _SCENE: what the code says, or NULL; STANDING_NOTICES: which */
};
/* A note as a line for msg_in.note and its like. */
void standing_write(const struct standing_note *note, char out[STANDING_LINE_MAX]);

/* adapter_ops.fold and adapter_ops.reach. Events older than what is known change nothing. */
void standing_fold(const char *state, const char *note, struct buf *next);
void standing_reach(const char *state, int64_t now, struct reach *out);

/* A subscription message of this template: 1 accepted, -1 refused, 0 nothing was heard. */
int standing_notice(const char *state, const char *template_id);
/* Adds one to the scene of STANDING_NOTICES; an id that is none of the platform's is left out. */
void standing_notice_add(char scene[STANDING_LINE_MAX], bool accepted, const char *template_id);

#endif
