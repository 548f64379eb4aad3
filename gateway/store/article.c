#include "gateway/store/article.h"

#include "gateway/base/sm.h"
#include "gateway/model/search.h"
#include "gateway/store/tx.h"

_Static_assert(ARTICLE_APPROVED == 2 && ARTICLE_RETIRED == 3, "statements.def knows these numbers");

static void fill_article(struct row *r, void *out)
{
	struct article_row *a = out;
	a->id = row_id(r);
	a->owner = row_words(r);
	a->department = row_words(r);
	a->category = row_words(r);
	a->live = row_uint(r);
	a->newest = row_uint(r);
	a->faults = row_uint(r);
	a->version = row_uint(r);
	a->state = row_uint(r);
	a->title = row_words(r);
	a->body = row_words(r);
	a->language = row_words(r);
	a->author = row_words(r);
	a->approver = row_words(r);
	a->note = row_words(r);
	a->valid_until = row_int(r);
	a->created_at = row_int(r);
	a->changed_at = row_int(r);
}

int article_get(struct tx *tx, uint64_t id, struct article_row *a)
{
	return tx_one(tx, STMT_article_get, PARAMS(v_id(id)), fill_article, a);
}

int article_get_version(struct tx *tx, uint64_t id, unsigned version, struct article_row *a)
{
	return tx_one(tx, STMT_article_get_version, PARAMS(v_id(id), v_int(version)), fill_article, a);
}

int article_versions(struct tx *tx, uint64_t id, struct article_row **rows, size_t *n)
{
	return tx_all(tx, STMT_article_versions, PARAMS(v_id(id)), fill_article, sizeof **rows, rows, n);
}

static int put_text(struct tx *tx, const struct article_row *a)
{
	return tx_exec(tx, STMT_article_text_insert, PARAMS(v_id(a->id), v_int(a->version), v_int(a->state), v_words(a->title),
		v_words(a->body), v_words(a->language), v_words(a->author), v_words(a->approver), v_words(a->note),
		v_int(a->valid_until), v_int(a->created_at), v_int(a->changed_at)), NULL);
}

int article_insert(struct tx *tx, struct article_row *a)
{
	a->id = tx_id(tx);
	a->version = a->newest = 1;
	a->live = 0;
	a->state = ARTICLE_DRAFT;
	a->created_at = a->changed_at = tx->now;
	int rc = tx_exec(tx, STMT_article_insert, PARAMS(v_id(a->id), v_words(a->owner), v_words(a->department),
		v_words(a->category)), NULL);
	return rc < 0 ? rc : put_text(tx, a);
}

static uint64_t below(uint64_t after)
{
	return after && after <= INT64_MAX ? after : INT64_MAX;
}

/* --- the index of what is approved --- */

static int index_write(struct tx *tx, const struct article_row *a, enum stmt stmt)
{
	struct buf title, body;
	buf_init(&title, SEARCH_WORDS_MAX);
	buf_init(&body, SEARCH_WORDS_MAX);
	search_words(a->title, &title);
	search_words(a->body, &body);
	int rc = tx_exec(tx, stmt, PARAMS(v_id(a->id), v_text(buf_str(&title)), v_text(buf_str(&body))), NULL);
	buf_fini(&title);
	buf_fini(&body);
	return rc;
}

int articles_index(struct tx *tx)
{
	enum { SOME = 100 };
	struct article_row *a;
	size_t n = 0;
	int rc = tx_exec(tx, STMT_article_words_clear, NO_PARAMS, NULL);
	uint64_t after = 0;
	do {
		if (rc == 0)
			rc = tx_all(tx, STMT_article_list_public, PARAMS(v_id(below(after)), v_int(SOME), v_int(0)), fill_article, sizeof *a, &a, &n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = index_write(tx, &a[i], STMT_article_index);
			after = a[i].id;
		}
	} while (rc == 0 && n == SOME);
	return rc;
}

/* What is live now leaves: its words go from the index, and a version that takes its place retires it. */
static int live_leave(struct tx *tx, uint64_t id, bool replaced)
{
	struct article_row was;
	int rc = tx_one(tx, STMT_article_live, PARAMS(v_id(id)), fill_article, &was);
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0 || (rc = index_write(tx, &was, STMT_article_unindex)) < 0 || !replaced)
		return rc;
	return tx_exec(tx, STMT_article_move, PARAMS(v_id(id), v_int(was.version), v_int(ARTICLE_RETIRED), v_int(tx->now)), NULL);
}

static int64_t later(const struct tx *tx, int64_t before)
{
	return tx->now > before ? tx->now : before + 1;
}

int article_update(struct tx *tx, struct article_row *a, enum article_state to)
{
	unsigned from = a->state;
	int rc = 0;
	int64_t changed = 0;
	if (from != (unsigned)to && !sm_legal(&article_machine, from, to))
		return tx_refuse(tx, E_CONFLICT, "an article that is %s cannot become %s", sm_name(&article_machine, from),
			sm_name(&article_machine, to));
	if (to == ARTICLE_APPROVED)
		rc = live_leave(tx, a->id, true);
	else if (from == ARTICLE_APPROVED)
		rc = live_leave(tx, a->id, false);
	a->state = to;
	a->changed_at = later(tx, a->changed_at);
	if (rc == 0)
		rc = tx_exec(tx, STMT_article_text_update, PARAMS(v_id(a->id), v_int(a->version), v_int(from), v_int(to),
			v_words(a->title), v_words(a->body), v_words(a->language), v_words(a->author), v_words(a->approver),
			v_words(a->note), v_int(a->valid_until), v_int(a->changed_at)), &changed);
	if (rc == 0 && changed == 0)
		return E_CONFLICT;
	if (to == ARTICLE_APPROVED)
		a->live = a->version;
	else if (from == ARTICLE_APPROVED)
		a->live = 0;
	if (rc == 0)
		rc = tx_exec(tx, STMT_article_update, PARAMS(v_id(a->id), v_words(a->owner), v_words(a->department),
			v_words(a->category), v_int(a->live), v_int(a->newest)), NULL);
	return rc == 0 && to == ARTICLE_APPROVED ? index_write(tx, a, STMT_article_index) : rc;
}

int article_revise(struct tx *tx, struct article_row *a, const char *author)
{
	if (a->version != a->newest)
		return E_CONFLICT;
	a->version = ++a->newest;
	a->state = ARTICLE_DRAFT;
	a->author = author;
	a->approver = a->note = "";
	a->created_at = a->changed_at = later(tx, a->changed_at);
	int rc = put_text(tx, a);
	return rc < 0 ? rc : tx_exec(tx, STMT_article_update, PARAMS(v_id(a->id), v_words(a->owner), v_words(a->department),
		v_words(a->category), v_int(a->live), v_int(a->newest)), NULL);
}

/* --- lists --- */

int article_list(struct tx *tx, int state, const char *department, uint64_t after, unsigned limit, struct article_row **rows,
	size_t *n)
{
	return tx_all(tx, STMT_article_list, PARAMS(v_id(below(after)), v_int(limit), v_int(state), v_words(department),
		v_int(department != NULL)), fill_article, sizeof **rows, rows, n);
}

bool article_public(const struct article_row *a, int64_t now)
{
	return a->state == ARTICLE_APPROVED && (a->valid_until == 0 || a->valid_until > now);
}

int article_list_public(struct tx *tx, uint64_t after, unsigned limit, struct article_row **rows, size_t *n)
{
	return tx_all(tx, STMT_article_list_public, PARAMS(v_id(below(after)), v_int(limit), v_int(tx->now)), fill_article,
		sizeof **rows, rows, n);
}

int article_search(struct tx *tx, const char *words, bool any, struct article_row **rows, size_t *n)
{
	struct search_query q;
	struct buf e;
	int rc = 0;
	bool postgres = strcmp(tx->session->ops->scheme, "sqlite") != 0;
	*n = 0;
	buf_init(&e, 16 * SEARCH_QUERY_MAX);
	if (search_query_read(words, &q) && search_expression_of(&q, postgres ? SEARCH_TSQUERY : SEARCH_FTS5, any, &e))
		rc = tx_all(tx, STMT_article_search, PARAMS(v_text(buf_str(&e)), v_int(tx->now), v_int(ARTICLE_FOUND_MAX)), fill_article,
			sizeof **rows, rows, n);
	buf_fini(&e);
	return rc;
}

/* --- what is wrong --- */

static void fill_fault(struct row *r, void *out)
{
	struct article_fault_row *f = out;
	f->id = row_id(r);
	f->article = row_id(r);
	f->version = row_uint(r);
	f->by = row_words(r);
	f->text = row_words(r);
	f->closer = row_words(r);
	f->note = row_words(r);
	f->at = row_int(r);
	f->closed_at = row_int(r);
}

int article_fault_insert(struct tx *tx, struct article_fault_row *f)
{
	f->id = tx_id(tx);
	f->at = tx->now;
	int rc = tx_exec(tx, STMT_article_fault_insert, PARAMS(v_id(f->id), v_id(f->article), v_int(f->version), v_words(f->by),
		v_words(f->text), v_int(f->at)), NULL);
	return rc < 0 ? rc : tx_exec(tx, STMT_article_fault_count, PARAMS(v_id(f->article)), NULL);
}

int article_fault_list(struct tx *tx, uint64_t article, struct article_fault_row **rows, size_t *n)
{
	return tx_all(tx, STMT_article_fault_list, PARAMS(v_id(article)), fill_fault, sizeof **rows, rows, n);
}

int article_fault_close(struct tx *tx, uint64_t article, uint64_t id, const char *closer, const char *note)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_article_fault_close, PARAMS(v_id(id), v_id(article), v_words(closer), v_words(note), v_int(tx->now)),
		&changed);
	if (rc < 0 || changed == 0)
		return rc < 0 ? rc : E_NOTFOUND;
	return tx_exec(tx, STMT_article_fault_count, PARAMS(v_id(article)), NULL);
}
