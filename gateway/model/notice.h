/* The notices a citizen can get, by name, and what each says. The words stand in templates/ (flow/render.h); a channel
 * whose provider keeps the words itself sends a notice's name and fields instead. Pure; any thread. */
#ifndef XQ_MODEL_NOTICE_H
#define XQ_MODEL_NOTICE_H

#include <stddef.h>

#define NOTICE_FIELDS(X) \
	X(hotline) X(number) X(title) X(department) X(text) X(reason) X(call) X(state) X(due) X(time) X(url) X(staff) X(region) X(code) X(other) X(pin) X(phone)
enum notice_field {
#define X(name) NOTICE_##name,
	NOTICE_FIELDS(X)
#undef X
	NOTICE_FIELD_COUNT
};

struct notice {
	const char *name;
	unsigned must, may; /* bits 1 << enum notice_field: what its text has to say, and may say besides */
};

/* The i-th notice, NULL past the last. */
const struct notice *notice_at(unsigned i);
/* Its place by name (n bytes), or -1. */
int notice_find(const char *name, size_t n);
const char *notice_field_name(enum notice_field f);
/* enum notice_field, or -1. */
int notice_field_find(const char *name, size_t n);
/* "{number} {title}" for people; out is cut at cap. */
void notice_field_list(unsigned mask, char *out, size_t cap);

enum { NOTICES = 59 };

#endif
