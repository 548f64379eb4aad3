/* What differs between the web providers of text messages: one struct provider each, in a small file of its own, and a
 * line in providers.def. Everything here is pure: time, randomness and the configuration are passed in. */
#ifndef XQ_SMS_HTTP_PROVIDER_H
#define XQ_SMS_HTTP_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/http/form.h"
#include "adapters/sms/http/wording.h"
#include "gateway/base/buf.h"
#include "gateway/base/mem.h"
#include "gateway/model/message.h"

struct sms_http_config;

enum {
	PROVIDER_ID_MAX = 80,      /* of one part, ours or the provider's */
	PROVIDER_REASON_MAX = 240,
	PROVIDER_URL_MAX = 16384,
	PROVIDER_BODY_MAX = 1 << 20,
	PROVIDER_ENTRIES_MAX = 5000, /* of one callback */
	PROVIDER_NONCE = 33
};

/* --- out --- */

/* One part of a message on its way: the whole of it, unless the provider leaves the cutting to us. */
struct provider_part {
	const struct msg_out *msg;
	const char *from;            /* our own number */
	const char *text;            /* UTF-8 */
	const struct filled *filled; /* the provider's template and its values instead of text; NULL: none */
	bool wide;                   /* the text needs UCS-2 */
	unsigned index, total;       /* from 1 */
	uint8_t ref;                 /* what the parts of a long message share */
	const char *id;              /* ours, of this part in this try */
	const char *callback;        /* where the provider may tell what becomes of it */
	const char *nonce;           /* 32 hex digits, never used before */
	int64_t now;
};

struct provider_request {
	bool post;           /* else GET */
	bool basic;          /* account and secret as HTTP Basic */
	struct buf url, body;
	struct buf headers;  /* "Name: value\n" each */
};
void provider_request_init(struct provider_request *r);
void provider_request_fini(struct provider_request *r);

enum verdict {
	VERDICT_ACCEPTED,
	VERDICT_THROTTLED, /* too fast, or busy: hold everything */
	VERDICT_LATER,     /* not now, for a reason of this message */
	VERDICT_NEVER,
	VERDICT_ACCOUNT,   /* key, balance, signature, address: nothing can go before a person mends it, and nothing is lost */
	VERDICT_UNCLEAR    /* it may have been taken */
};
struct provider_answer {
	enum verdict verdict;
	char id[PROVIDER_ID_MAX];         /* the provider's own; "": ours is the one its receipts name */
	char reason[PROVIDER_REASON_MAX]; /* for people */
};

/* One row of what a provider may answer. A '*' at the end of code stands for anything. */
struct provider_code { const char *code; enum verdict verdict; const char *words; };

/* --- in --- */

struct provider_call {
	const char *url;         /* as the provider called it: public address and query */
	const char *signature;   /* the header's, or "" */
	const char *mark;        /* our id of the part it is about, as the URL says it, or "" */
	const struct form *query, *form; /* of the address; of the body, empty when that is no form */
	const char *body;        /* NUL-terminated behind n */
	size_t n;
	struct arena *arena;
};

/* One message, receipt or unreadable thing of a callback; borrowed for the call of each(). */
struct provider_entry {
	enum { ENTRY_MESSAGE, ENTRY_RECEIPT, ENTRY_BAD } kind;
	const char *id;       /* of a message: NULL when it has none that is its own; of a receipt: which part */
	const char *peer;     /* as written */
	bool international;   /* peer carries its country code without a plus */
	const char *account, *text, *quoted; /* account may be "" and quoted NULL */
	int64_t at;           /* 0: not said */
	enum out_state state;
	const char *reason;   /* of a receipt; of ENTRY_BAD: its code in the quarantine */
	const char *raw;      /* ENTRY_BAD */
	size_t raw_n;
};
typedef void provider_each_f(void *arg, const struct provider_entry *);

struct provider_reply { int status; const char *type, *body; };

struct provider {
	const char *name;
	const char *url;              /* where it is reached; NULL: the operator must say */
	const char *const *needs;     /* keys it cannot do without, NULL at the end */
	enum { WORDS_TEXT, WORDS_EITHER, WORDS_TEMPLATE } words; /* free text, either, or its own templates only */
	enum { VALUES_NONE, VALUES_NAMED, VALUES_IN_ORDER } values;
	bool cuts_not;                /* leaves cutting long texts to us */
	bool gets;                    /* may call back by GET too */
	bool plain;                   /* may be reached without TLS outside this machine */
	int refuses;                  /* the one status of its refusals in words no row knows; 0: any, and they are not plain text */
	const char *signature;        /* header with the signature of callbacks; NULL: none, so their URL holds a secret */
	const struct provider_code *codes;
	struct provider_reply message_ok, receipt_ok;
	/* 1, or -1 and words in reason: it can never be sent. */
	int (*request)(const struct sms_http_config *, const struct provider_part *, struct provider_request *,
		char reason[PROVIDER_REASON_MAX]);
	/* 1: understood; 0: these are not this provider's words. code (of codes, or unknown to them) and words for people
	 * point into the arena; id may be "". */
	int (*answer)(const char *body, size_t n, struct arena *a, const char **code, const char **words, const char **id);
	bool (*genuine)(const struct sms_http_config *, const struct provider_call *); /* with signature only */
	/* 1: each() was called for all of it; -1: malformed as a whole, and nothing was called. */
	int (*read)(const struct provider_call *, provider_each_f *each, void *arg);
};

/* The i-th, NULL past the last; in the order of the key `profile`. */
const struct provider *provider_at(unsigned i);

/* What an answer of this status means, in the provider's own words where it used them. */
void provider_judge(const struct provider *p, long status, const char *body, size_t n, struct provider_answer *out);

/* --- for the files of the providers --- */

/* "host" or "host:port" of a URL. */
const char *provider_host(const char *url, struct arena *a);
/* "2017-07-12T02:42:19Z" */
char *provider_utc(int64_t now, char out[21]);
/* "2017-09-01 00:00:00" in Beijing, or 0. */
int64_t provider_time(const char *text);
/* An id for what has none: the same things make the same id. */
const char *provider_fingerprint(struct arena *a, const char *peer, const char *account, const char *text, int64_t at);

#endif
