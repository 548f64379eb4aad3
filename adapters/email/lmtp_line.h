/* LMTP's words (RFC 2033, 5321, 3030): one command line taken apart, and DATA undone. Pure; thread: any. */
#ifndef XQ_EMAIL_LMTP_LINE_H
#define XQ_EMAIL_LMTP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LMTP_LINE_MAX = 4096, LMTP_ADDRESS_MAX = 320 };

enum lmtp_verb { LMTP_UNKNOWN, LMTP_LHLO, LMTP_HELO, LMTP_MAIL, LMTP_RCPT, LMTP_VERB_DATA, LMTP_BDAT, LMTP_RSET,
	LMTP_NOOP,
	LMTP_QUIT, LMTP_VRFY, LMTP_STARTTLS };
/* The verb of a line without its end; *rest: what follows it, blanks skipped. */
enum lmtp_verb lmtp_verb(const char *line, const char **rest);

enum lmtp_path_fault { LMTP_PATH_OK, LMTP_PATH_SYNTAX, LMTP_PATH_PARAMETER };
struct lmtp_path {
	char address[LMTP_ADDRESS_MAX]; /* "" for <> */
	uint64_t size;                  /* SIZE=, 0: not said */
	bool utf8;
};
/* "FROM:<a@b> SIZE=1 BODY=8BITMIME SMTPUTF8" (mail) or "TO:<a@b>". Only the parameters we announce. */
enum lmtp_path_fault lmtp_path(const char *rest, bool mail, struct lmtp_path *out);
/* "123 LAST". false: malformed. */
bool lmtp_chunk(const char *rest, uint64_t *n, bool *last);

/* DATA: dots unstuffed; only CRLF . CRLF ends it (a bare LF is content, so nothing can be smuggled). */
enum lmtp_dot { DOT_START, DOT_IN, DOT_CR, DOT_DOT, DOT_DOT_CR, DOT_END };
struct lmtp_data { enum lmtp_dot state; };
/* Takes input up to and including the end; out gets at most n + 1 bytes. Returns how much was taken. */
size_t lmtp_data(struct lmtp_data *d, const char *p, size_t n, char *out, size_t *made);

#endif
