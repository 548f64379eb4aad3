/* The knowledge base's rows. Conventions as in store.h. */
#ifndef XQ_STORE_ARTICLE_H
#define XQ_STORE_ARTICLE_H

#include "gateway/model/article.h"
#include "gateway/store/store.h"

struct article_row { /* an article as one of its versions */
	uint64_t id;
	const char *owner, *department, *category; /* department "": the hotline's own */
	unsigned live;       /* the approved version, or 0 */
	unsigned newest;
	unsigned faults;     /* open reports of a mistake */
	unsigned version, state;
	const char *title, *body, *language, *author, *approver, *note;
	int64_t valid_until; /* 0: no end is known */
	int64_t created_at, changed_at; /* of the version; each change of an article has a later one than the one before */
};
int article_insert(struct tx *, struct article_row *); /* sets id and version 1, a draft */
int article_get(struct tx *, uint64_t id, struct article_row *); /* the newest version */
int article_get_version(struct tx *, uint64_t id, unsigned version, struct article_row *);
int article_versions(struct tx *, uint64_t id, struct article_row **, size_t *n); /* newest first */
/* The version's words, people, note, validity and state; `to` is its state already or a move of article_machine. Approved, it
 * becomes the live one, what was live is retired, and the index follows. E_CONFLICT: somebody moved it. */
int article_update(struct tx *, struct article_row *, enum article_state to);
/* The next version, a draft of `author` with the same words; *a becomes it. E_CONFLICT: there is a draft already. */
int article_revise(struct tx *, struct article_row *a, const char *author);
/* Newest versions, newest article first, below the id `after`; state -1: any; department NULL: any. */
int article_list(struct tx *, int state, const char *department, uint64_t after, unsigned limit, struct article_row **, size_t *n);
/* What citizens may read: approved and valid now. */
bool article_public(const struct article_row *, int64_t now);
int article_list_public(struct tx *, uint64_t after, unsigned limit, struct article_row **, size_t *n);
/* The best fits for words, best first: any: an article that has some of them; else one that has all. */
enum { ARTICLE_FOUND_MAX = 20 };
int article_search(struct tx *, const char *words, bool any, struct article_row **, size_t *n);

struct article_fault_row { uint64_t id, article; unsigned version; const char *by, *text, *closer, *note; int64_t at, closed_at; };
int article_fault_insert(struct tx *, struct article_fault_row *); /* sets id; by: "citizen" or a name of staff */
int article_fault_list(struct tx *, uint64_t article, struct article_fault_row **, size_t *n);
int article_fault_close(struct tx *, uint64_t article, uint64_t id, const char *closer, const char *note); /* E_NOTFOUND */

/* The words of everything that is approved, anew: after a move from another backend. */
int articles_index(struct tx *tx);

#endif
