/* The handsets: their numbers, the messages on their screens, and long messages that are not whole yet.
 * Thread: the loop. */
#ifndef XQ_SIM_PHONES_H
#define XQ_SIM_PHONES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PHONE_NUMBER_MAX = 24, PHONE_NOTES_MAX = 2000, PHONES_MAX = 100000 };

enum note_state {
	NOTE_WAITING,  /* from the phone: not yet on a link, or sent and not answered */
	NOTE_TAKEN,    /* from the phone: the gateway has answered every part with "ok" */
	NOTE_REFUSED,  /* from the phone: the gateway has refused a part for good */
	NOTE_RECEIVED  /* to the phone */
};

/* One message on the screen. */
struct note {
	unsigned id; /* over all phones, rising */
	bool from_phone;
	char *text;
	char other[PHONE_NUMBER_MAX]; /* the number at the other end */
	int64_t at;
	enum note_state state;
	unsigned parts, parts_done;
	uint32_t status; /* NOTE_REFUSED: command_status */
};

struct phone;
struct phones;
struct phones *phones_create(void);
void phones_destroy(struct phones **p);
/* "+86 138…", "86138…", "138…": one phone. NULL: no number, or too many phones. Makes it when it is new. */
struct phone *phones_get(struct phones *p, const char *number);
struct phone *phones_at(struct phones *p, size_t i); /* in order of making; NULL past the last */
const char *phone_number(const struct phone *p);
struct note *phone_add(struct phones *all, struct phone *p, bool from_phone, const char *other, const char *text,
	unsigned parts);
struct note *phone_note(struct phone *p, unsigned id);
json_t *note_json(const struct note *n);
/* {"number","messages":[…]} with the messages whose id is above after. */
json_t *phone_json(const struct phone *p, unsigned after);

/* A part for this phone. true: the message is whole; *text is then the caller's. */
bool phone_part(struct phone *p, const char *from, unsigned ref, unsigned total, unsigned index, uint8_t dcs,
	const uint8_t *bytes, size_t n, char **text);

/* A short message for this phone, with a header before its text or not: onto the screen when it is whole. NULL: parts
 * are missing, or the header is broken. */
struct note *phone_receive(struct phones *all, struct phone *p, const char *from, bool header, uint8_t dcs,
	const uint8_t *bytes, size_t n);

#endif
