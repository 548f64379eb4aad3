#include "gateway/store/drafts.h"

#include <jansson.h>
#include <stdlib.h>

#include "gateway/store/tx.h"

_Static_assert(DRAFT_FILES == 2, "statements.def knows this number");

static void fill_draft(struct row *r, void *out)
{
	struct draft_row *d = out;
	d->staff = row_words(r);
	d->ticket = row_id(r);
	d->mode = row_uint(r);
	d->text = row_words(r);
	d->rev = row_int(r);
	d->at = row_int(r);
	d->number = row_words(r);
}

int draft_get(struct tx *tx, const char *staff, uint64_t ticket, unsigned mode, struct draft_row *d)
{
	return tx_one(tx, STMT_draft_get, PARAMS(v_text(staff), v_id(ticket), v_int(mode)), fill_draft, d);
}

int draft_put(struct tx *tx, const struct draft_row *d)
{
	return tx_exec(tx, STMT_draft_put, PARAMS(v_text(d->staff), v_id(d->ticket), v_int(d->mode), v_words(d->text), v_int(d->rev),
		v_int(tx->now)), NULL);
}

int draft_drop(struct tx *tx, const char *staff, uint64_t ticket, unsigned mode)
{
	return tx_exec(tx, STMT_draft_drop, PARAMS(v_text(staff), v_id(ticket), v_int(mode)), NULL);
}

int draft_list(struct tx *tx, const char *staff, unsigned limit, struct draft_row **rows, size_t *n)
{
	return tx_all(tx, STMT_draft_list, PARAMS(v_text(staff), v_int(limit)), fill_draft, sizeof **rows, rows, n);
}

int draft_drop_before(struct tx *tx, int64_t before)
{
	return tx_exec(tx, STMT_draft_drop_before, PARAMS(v_int(before)), NULL);
}

/* --- held replies --- */

static void fill_held(struct row *r, void *out)
{
	struct held_row *h = out;
	h->id = row_id(r);
	h->ticket = row_id(r);
	h->staff = row_words(r);
	h->body = row_words(r);
	h->send_at = row_int(r);
	h->number = row_words(r);
}

int held_insert(struct tx *tx, struct held_row *h)
{
	h->id = tx_id(tx);
	return tx_exec(tx, STMT_held_insert, PARAMS(v_id(h->id), v_id(h->ticket), v_text(h->staff), v_words(h->body),
		v_int(h->send_at)), NULL);
}

int held_get(struct tx *tx, uint64_t id, struct held_row *h)
{
	return tx_one(tx, STMT_held_get, PARAMS(v_id(id)), fill_held, h);
}

int held_list(struct tx *tx, uint64_t ticket, struct held_row **rows, size_t *n)
{
	return tx_all(tx, STMT_held_list, PARAMS(v_id(ticket)), fill_held, sizeof **rows, rows, n);
}

int held_due(struct tx *tx, int64_t until, unsigned limit, struct held_row **rows, size_t *n)
{
	return tx_all(tx, STMT_held_due, PARAMS(v_int(until), v_int(limit)), fill_held, sizeof **rows, rows, n);
}

int held_clock_back(struct tx *tx, int64_t ms)
{
	return tx_exec(tx, STMT_held_back, PARAMS(v_int(ms), v_int(tx->now + HELD_SECONDS_MAX * 1000LL)), NULL);
}

int held_take(struct tx *tx, uint64_t id)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_held_drop, PARAMS(v_id(id)), &changed);
	return rc < 0 ? rc : changed > 0;
}

const char *held_text(struct tx *tx, const struct held_row *h)
{
	json_t *body = json_loads(h->body, 0, NULL);
	const char *text = json_string_value(json_object_get(body, "text"));
	text = arena_strdup(tx->arena, text ? text : "");
	json_decref(body);
	return text;
}

const char *held_files(struct tx *tx, const struct held_row *h)
{
	json_t *body = json_loads(h->body, 0, NULL), *list = json_object_get(body, "files");
	char *text = json_array_size(list) > 0 ? json_dumps(list, JSON_COMPACT) : NULL;
	const char *files = arena_strdup(tx->arena, text ? text : "");
	free(text);
	json_decref(body);
	return files;
}

/* Two lists as one; "" for none. */
static const char *files_both(struct tx *tx, const char *first, const char *then)
{
	if (*first == '\0' || *then == '\0')
		return *first ? first : then;
	json_t *list = json_loads(first, 0, NULL), *more = json_loads(then, 0, NULL);
	(void)json_array_extend(list, more); /* a draft is what its page wrote: perhaps no list */
	char *text = json_dumps(list, JSON_COMPACT);
	must(text != NULL);
	const char *both = arena_strdup(tx->arena, text);
	free(text);
	json_decref(list);
	json_decref(more);
	return both;
}

int held_back(struct tx *tx, const struct held_row *h, const char **text, const char **files, int64_t *rev)
{
	struct draft_row d = { .text = "" }, chosen = { .text = "" };
	int rc = draft_get(tx, h->staff, h->ticket, DRAFT_REPLY, &d);
	if (rc == 0 || rc == E_NOTFOUND)
		rc = draft_get(tx, h->staff, h->ticket, DRAFT_FILES, &chosen);
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	*text = held_text(tx, h);
	*files = files_both(tx, held_files(tx, h), chosen.text);
	if (*d.text)
		*text = arena_printf(tx->arena, "%s\n%s", *text, d.text);
	*rev = (d.rev > chosen.rev ? d.rev : chosen.rev) + 1;
	struct draft_row back = { .staff = h->staff, .ticket = h->ticket, .mode = DRAFT_REPLY, .text = *text, .rev = *rev };
	if ((rc = draft_put(tx, &back)) < 0 || **files == '\0')
		return rc;
	back.mode = DRAFT_FILES;
	back.text = *files;
	return draft_put(tx, &back);
}
