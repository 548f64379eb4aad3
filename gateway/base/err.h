/* Faults: how a function says what went wrong.
 *
 * A bug in this program       -> must(), never compiled out: the process stops where the bug is.
 * A fault of the world        -> a negative E_* code, with words in the caller's struct err.
 * Memory that cannot be had   -> the process stops (mem.h); nothing acknowledged is lost by stopping.
 *
 * Thread: any; a struct err belongs to its caller. */
#ifndef XQ_BASE_ERR_H
#define XQ_BASE_ERR_H

#include <stddef.h>

#define XQ_MUST_CHECK __attribute__((warn_unused_result))
#define XQ_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum {
	E_OK = 0,
	E_AGAIN = -1,     /* full or busy now: ask again later; nothing was taken */
	E_IO = -2,        /* disk or socket */
	E_MALFORMED = -3, /* input that breaks its own format */
	E_RANGE = -4,     /* well-formed, but outside a limit */
	E_NOTFOUND = -5,
	E_EXISTS = -6,
	E_CONFLICT = -7,  /* legal in itself, not in the present state */
	E_DENIED = -8,    /* not allowed, or credentials are wrong */
	E_CONFIG = -9,
	E_TIMEOUT = -10,
	E_CLOSED = -11,   /* the peer is gone, or we are stopping */
	E_CORRUPT = -12,  /* stored data that cannot be as it is */
	E_UNSUPPORTED = -13
};

const char *err_name(int code);

enum { ERR_WORDS_MAX = 400 };

struct err {
	int code;                  /* an E_* value; 0 when nothing was said */
	const char *rule;          /* of a refusal: its name, a literal such as "return-late", by which a page says it in its reader's language; else NULL */
	char words[ERR_WORDS_MAX]; /* for people; no line break; cut at the limit on a UTF-8 border */
};

/* Writes code and words into *e (which may be NULL) and returns code, so that callers can `return err_set(...)`. */
int err_set(struct err *e, int code, const char *fmt, ...) XQ_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* it reads one file at a time, and would take a fault for a success */
#define err_set(e, code, ...) ((void)(err_set)(e, code, __VA_ARGS__), (code))
#endif
/* The same, by a rule that has a name. */
int err_rule(struct err *e, int code, const char *rule, const char *fmt, ...) XQ_PRINTF(4, 5);
#ifdef __clang_analyzer__
#define err_rule(e, code, rule, ...) ((void)(err_rule)(e, code, rule, __VA_ARGS__), (code))
#endif
/* Puts "context: " before the words that are there. Returns e's code. */
int err_wrap(struct err *e, const char *fmt, ...) XQ_PRINTF(2, 3);

/* What a fault's line was made of. */
struct fault {
	const char *form;   /* the literal behind its words, "code '%s' is given twice": by it a page finds them in its reader's language */
	unsigned line;      /* 0: of the file as a whole */
	size_t file, words; /* bytes of the file's name, and where the words begin */
};

/* A list of faults found in files that people edit: `check` prints every one, `serve` refuses to start on any. */
struct faults {
	char **line;      /* owned; "file:line: what is wrong; what would be right" */
	struct fault *of; /* owned; one each */
	size_t count;
	char **warning;   /* owned, of the same form: what may stay as it is, and should be known */
	size_t warnings;
};
/* fmt is kept: a literal. */
void faults_add(struct faults *f, const char *file, unsigned line, const char *fmt, ...) XQ_PRINTF(4, 5);
void faults_warn(struct faults *f, const char *file, unsigned line, const char *fmt, ...) XQ_PRINTF(4, 5);
void faults_fini(struct faults *f);

/* Stops the process with file, line and the expression when a thing that must hold does not. */
#define must(expr) ((expr) ? (void)0 : must_fail(#expr, __FILE__, __LINE__))
void must_fail(const char *expr, const char *file, int line) __attribute__((noreturn, cold));
/* Stops it with a line of n bytes, 4096 at most, on stderr. If nobody reads there it stops all the same, a fifth of a second later and
 * without. Nothing is allocated. */
void err_stop(const char *line, size_t n) __attribute__((noreturn, cold));

#endif
