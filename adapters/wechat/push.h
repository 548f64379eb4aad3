/* What came in, from either platform, as one plain struct: an Official Account's push (XML) or a WeCom message (JSON, kf.h).
 * Pure. Thread: any. Strings live in the arena they were read into. */
#ifndef XQ_WECHAT_PUSH_H
#define XQ_WECHAT_PUSH_H

#include "adapters/wechat/standing.h"
#include "adapters/wechat/xml.h"
#include "gateway/model/message.h"

enum { PUSH_ID_MAX = 300, PUSH_TEXT_MAX = 64 * 1024, PUSH_MENU_CODES = 8 };

enum push_kind {
	PUSH_MESSAGE,  /* the citizen says something: text, media or both */
	PUSH_RATING,   /* a survey's menu item was tapped */
	PUSH_NOTE,     /* a sign of the citizen that is no message: follow, scan, tap, leave */
	PUSH_RECEIPT,  /* what became of a message of ours */
	PUSH_NOTHING   /* answered and forgotten */
};
enum push_media { MEDIA_NONE, MEDIA_IMAGE, MEDIA_VOICE, MEDIA_VIDEO, MEDIA_FILE };

struct push {
	enum push_kind kind;
	const char *id;            /* known again by this: MsgId, or sender, time and event */
	const char *from, *to;     /* openid or external user id; our own account */
	int64_t at;                /* ms, as the platform says */
	const char *text;          /* what the ticket shows; "" where there are no words */
	enum push_media media;
	const char *media_id;
	bool noted;                /* note says something of the citizen */
	struct standing_note note;
	uint64_t survey;           /* PUSH_RATING: survey_number(), */
	int rating;                /* 1 to 5; 0: */
	enum msg_solved solved;
	const char *receipt;       /* PUSH_RECEIPT: the id given when it was sent */
	enum out_state state;
	const char *reason;
};

/* A decrypted push. 1, or -1: not of the platform's form. What the platform may add later is PUSH_NOTHING. */
int push_read(struct arena *a, const struct xml_fields *f, struct push *out);

/* --- the same words for both platforms --- */

/* The number behind a survey's menu item and back. code 1 to 5: the rating; 6: not solved. false: no item of ours. */
uint64_t push_menu_id(uint64_t survey, int rating, enum msg_solved solved);
bool push_menu_read(const char *id, struct push *out);
/* A place as words and a link to a map: "📍 name\naddress\nhttps://…". */
const char *push_place(struct arena *a, const char *name, const char *address, const char *latitude, const char *longitude);
/* What a message says of which only the kind is known, one the platform has added since: a person looks. "[kind]". */
const char *push_of_kind(struct arena *a, const char *kind);
/* The id of a subscription notice, by which its receipt finds it: the platform gives none when it takes one. */
const char *push_notice_id(struct arena *a, const char *openid, const char *template_id);

#endif
