/* IMAP's wire (RFC 3501), as far as pulling needs it: answers cut at their true ends, literals counted. A mail's own
 * text can hold anything, so it is never looked at as protocol. Pure; thread: any. */
#ifndef XQ_EMAIL_IMAP_LINE_H
#define XQ_EMAIL_IMAP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { IMAP_LINE_MAX = 512 << 10, IMAP_SMALL_LITERAL = 64 << 10 };

struct imap_sink {
	/* One whole answer without its CRLF; the mail's literal left out. */
	void (*answer)(void *arg, const char *line, size_t n);
	/* A literal of n bytes follows the line so far: true sends it to bytes(), false keeps it in the line. */
	bool (*literal)(void *arg, const char *line, uint64_t n);
	void (*bytes)(void *arg, const void *p, size_t n);
	void *arg;
};
struct imap_reader {
	struct buf line;
	uint64_t literal; /* bytes of it still to come */
	bool streamed;
};
void imap_reader_init(struct imap_reader *r);
void imap_reader_fini(struct imap_reader *r);
/* false: not IMAP, or past the caps. */
bool imap_read(struct imap_reader *r, const char *p, size_t n, const struct imap_sink *sink);

/* "[UIDVALIDITY 7]" in an answer, or 0. */
uint32_t imap_code(const char *line, const char *name);
/* The next number of "* SEARCH 2 3 5" from *at on; 0 at the end. */
uint32_t imap_next_uid(const char **at);
void imap_sort(uint32_t *uid, size_t n);
bool imap_has(const uint32_t *uid, size_t n, uint32_t one); /* sorted */
/* "7-Feb-2026", the day of a time in ms, in UTC. */
enum { IMAP_DATE_MAX = 40, IMAP_WHICH_MAX = 64 };
void imap_date(int64_t at, char out[IMAP_DATE_MAX]);
/* What of a mailbox whose numbers are new to us is searched: of one that was numbered anew what came since, too. */
void imap_look_back(bool renumbered, int64_t since, char out[IMAP_WHICH_MAX]);
/* A mailbox's UTF-8 name as a quoted string in modified UTF-7. false: malformed, or too long. */
bool imap_mailbox(const char *name, struct buf *out);
/* A user-given string as an IMAP quoted string. */
void imap_quote(const char *s, struct buf *out);
/* "imap(s)://host[:port]/MAILBOX", percent-coded UTF-8, INBOX when it names none. false: another kind of URL. Pure. */
bool imap_url_mailbox(const char *url, struct buf *name);

#endif
