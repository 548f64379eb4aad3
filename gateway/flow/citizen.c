#include "gateway/flow/citizen.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/flow/say.h"
#include "gateway/store/conversation.h"
#include "gateway/store/merge.h"

int citizen_same(struct tx *tx, const struct ticket_row *a, const struct ticket_row *b, bool *same)
{
	uint64_t x = 0, y = 0;
	*same = a->conversation == b->conversation || (strcmp(a->peer, b->peer) == 0 && strcmp(a->kind, b->kind) == 0);
	if (*same)
		return 0;
	int rc = conversation_citizen(tx, a->conversation, &x);
	if (rc == 0)
		rc = conversation_citizen(tx, b->conversation, &y);
	*same = x != 0 && x == y;
	return rc;
}

int citizen_unite(struct tx *tx, uint64_t a, uint64_t b)
{
	uint64_t x = 0, y = 0;
	int rc = conversation_citizen(tx, a, &x);
	if (rc == 0)
		rc = conversation_citizen(tx, b, &y);
	if (rc < 0 || a == b || (x != 0 && x == y))
		return rc;
	uint64_t one = x ? x : y ? y : a;
	if (x != 0 && y != 0)
		rc = citizen_rename(tx, y, x);
	if (rc == 0)
		rc = conversation_set_citizen(tx, a, one);
	return rc < 0 ? rc : conversation_set_citizen(tx, b, one);
}

int citizen_join(struct tx *tx, const struct ticket_row *a, const struct ticket_row *b, const char *actor, struct err *e)
{
	uint64_t x = 0, y = 0;
	if (a->conversation == b->conversation)
		return err_rule(e, E_CONFLICT, "joined", "they are of one conversation already");
	int rc = conversation_citizen(tx, a->conversation, &x);
	if (rc == 0)
		rc = conversation_citizen(tx, b->conversation, &y);
	if (rc == 0 && x != 0 && x == y)
		return err_rule(e, E_CONFLICT, "joined", "they are known as one citizen already");
	if (rc < 0 || (rc = citizen_unite(tx, a->conversation, b->conversation)) < 0 ||
		(rc = tell_event(tx, a->id, "citizen-joined", actor, json_pack("{s:s}", "other", b->number))) < 0 ||
		(rc = tell_event(tx, b->id, "citizen-joined", actor, json_pack("{s:s}", "other", a->number))) < 0)
		return err_set(e, rc, "the citizens could not be joined");
	return 0;
}

int citizen_leave(struct tx *tx, const struct ticket_row *a, const char *actor, struct err *e)
{
	uint64_t x = 0;
	int rc = conversation_citizen(tx, a->conversation, &x);
	if (rc == 0 && x == 0)
		return err_rule(e, E_CONFLICT, "not-joined", "the citizen was not joined with anybody");
	if (rc < 0 || (rc = conversation_set_citizen(tx, a->conversation, 0)) < 0 || (rc = conversation_phone(tx, a->conversation, "")) < 0 ||
		(rc = tell_event(tx, a->id, "citizen-parted", actor, json_object())) < 0)
		return err_set(e, rc, "the citizens could not be parted");
	return 0;
}

enum { CONVERSATIONS_MAX = 64 };

struct known {
	uint64_t id[CONVERSATIONS_MAX];
	size_t n;
};

static void known_add(struct known *k, uint64_t id)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->id[i] == id)
			return;
	if (k->n < CONVERSATIONS_MAX)
		k->id[k->n++] = id;
}

/* The conversation itself, those joined with it, and the same address on other accounts of the same kind of channel. */
static int known_load(struct tx *tx, const struct flow_words *w, const struct ticket_row *t, struct known *k)
{
	uint64_t citizen = 0, *joined;
	size_t n = 0;
	*k = (struct known){ .id = { t->conversation }, .n = 1 };
	int rc = conversation_citizen(tx, t->conversation, &citizen);
	if (rc == 0 && citizen != 0 && (rc = citizen_conversations(tx, citizen, CONVERSATIONS_MAX, &joined, &n)) == 0)
		for (size_t i = 0; i < n; i++)
			known_add(k, joined[i]);
	for (size_t i = 0; rc == 0 && i < w->traits; i++) {
		struct conversation_row c;
		if (strcmp(w->trait[i].caps.kind, t->kind) != 0)
			continue;
		rc = conversation_find(tx, w->trait[i].name, t->peer, &c);
		if (rc == 0)
			known_add(k, c.id);
		rc = rc == E_NOTFOUND ? 0 : rc;
	}
	return rc;
}

int ticket_newest_first(const void *a, const void *b)
{
	uint64_t x = ((const struct ticket_row *)a)->id, y = ((const struct ticket_row *)b)->id;
	return x < y ? 1 : x > y ? -1 : 0;
}

int citizen_tickets(struct tx *tx, const struct flow_words *w, const struct ticket_row *t, uint64_t after, unsigned limit,
	struct ticket_row **rows, size_t *n)
{
	struct known k;
	int rc = known_load(tx, w, t, &k);
	struct ticket_row *all = arena_alloc(tx_arena(tx), k.n * (limit + 1) * sizeof *all);
	size_t count = 0;
	for (size_t i = 0; rc == 0 && i < k.n; i++) {
		struct ticket_row *some;
		size_t found = 0;
		rc = ticket_list_conversation(tx, k.id[i], after, limit + 1, &some, &found);
		for (size_t j = 0; rc == 0 && j < found; j++)
			if (some[j].id != t->id)
				all[count++] = some[j];
	}
	qsort(all, count, sizeof *all, ticket_newest_first);
	*rows = all;
	*n = count < limit ? count : limit;
	return rc;
}
