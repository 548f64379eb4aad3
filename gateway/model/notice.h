/* The notices a citizen can get, by name, and what each says. The words stand in templates/ (flow/render.h); a channel
 * whose provider keeps the words itself sends a notice's name and fields instead. Pure; any thread. */
#ifndef XQ_MODEL_NOTICE_H
#define XQ_MODEL_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"

#define NOTICE_FIELDS(X) \
	X(hotline) X(number) X(title) X(department) X(text) X(reason) X(call) X(state) X(due) X(time) X(url) X(staff) X(region) X(code) X(other) X(pin) X(phone)
enum notice_field {
#define X(name) NOTICE_##name,
	NOTICE_FIELDS(X)
#undef X
	NOTICE_FIELD_COUNT
};

/* Why one goes out: a person or a clock did something; or a citizen wrote, and nobody here had to do anything. */
enum notice_cause {
	SAID_OF_STEP,
	SAID_AS_ANSWER, /* of a step too, and what became of the matter: that it did not arrive is told to staff */
	SAID_IN_TALK,   /* heard by who asks in certain words, as no machine does; or of a step that the gateway may make */
	SAID_IN_ANSWER, /* a machine that answers each could have them without end */
};

struct notice {
	const char *name;
	unsigned must, may;  /* bits 1 << enum notice_field: what its text has to say, and may say besides */
	enum notice_cause cause;
	const char *instead; /* is said where a folder of templates, or a provider's, lacks this one; NULL: each must have it */
};

/* The i-th notice, NULL past the last. */
const struct notice *notice_at(unsigned i);
/* Its place by name (n bytes), or -1. */
int notice_find(const char *name, size_t n);
/* SAID_AS_ANSWER, by name. */
bool notice_answers(const char *name);
/* "|received|status|…|": those that go out for what a citizen wrote; talk: SAID_IN_TALK as well. */
void notice_automatic(bool talk, struct buf *out);
const char *notice_field_name(enum notice_field f);
/* enum notice_field, or -1. */
int notice_field_find(const char *name, size_t n);
/* "{number} {title}" for people; out is cut at cap. */
void notice_field_list(unsigned mask, char *out, size_t cap);

enum { NOTICES = 61 };

#endif
