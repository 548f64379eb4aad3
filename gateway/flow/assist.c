#include "gateway/flow/assist.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/say.h"
#include "gateway/model/assist.h"
#include "gateway/store/article.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

enum { ANSWER_CHARS = 400 };

struct assist {
	struct lane *lane;
	struct arena *arena;
	struct catalog *catalog;
	const char *number, *words;
	bool any;               /* there is an article at all */
	struct { uint64_t id; unsigned version; double fit; const char *title, *body; } best; /* id 0: not known */
};

static void assist_free(struct assist *a)
{
	catalog_unref(&a->catalog);
	struct arena *arena = a->arena;
	arena_destroy(&arena);
}

static int look_run(struct tx *tx, void *arg, struct err *e)
{
	struct assist *a = arg;
	struct article_row *row;
	size_t n;
	a->best.id = 0; /* a read whose connection was lost runs again */
	a->best.fit = 0;
	int rc = article_list_public(tx, 0, 1, &row, &n);
	a->any = rc == 0 && n > 0;
	if (rc == 0)
		rc = article_search(tx, a->words, true, &row, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		double fit = assist_fit(a->words, row[i].title, row[i].body);
		if (fit < ASSIST_FIT || fit <= a->best.fit)
			continue;
		struct buf body;
		buf_init(&body, 4096);
		text_cut(row[i].body, ANSWER_CHARS, &body);
		a->best.id = row[i].id;
		a->best.version = row[i].version;
		a->best.fit = fit;
		a->best.title = arena_strdup(a->arena, row[i].title);
		a->best.body = arena_strdup(a->arena, buf_str(&body));
		buf_fini(&body);
	}
	return rc < 0 ? err_set(e, rc, "the knowledge base could not be read") : 0;
}

static int say_run(struct tx *tx, void *arg, struct err *e)
{
	struct assist *a = arg;
	const struct flow_words *w = &a->lane->flow->words;
	struct ticket_row t;
	struct conversation_row conv;
	struct message_row m;
	int rc = ticket_get_number(tx, a->number, &t);
	if (rc < 0 || t.state != TICKET_NEW) /* a person was faster */
		return rc < 0 ? err_set(e, rc, "the ticket could not be read") : 0;
	struct render_args args = { .text = a->best.body, .reason = a->best.title };
	args.url = arena_printf(tx_arena(tx), "%s/kb/%" PRIu64, w->public_url, a->best.id);
	rc = conversation_get(tx, t.conversation, &conv);
	if (rc == 0)
		rc = say_to(tx, a->catalog, w, &conv, &t, &(struct say){ .event = a->best.id ? "answer" : "answer-none", .args = &args,
			.from = FROM_SYSTEM }, &m);
	if (rc == 0)
		rc = tell_event(tx, t.id, "assistant", "system", json_pack("{s:s, s:i, s:f}", "article", tell_id(tx, a->best.id), "version",
			(int)a->best.version, "fit", a->best.fit));
	return rc < 0 ? err_set(e, rc, "the assistant's answer could not be stored") : 0;
}

static void say_done(void *arg, int rc, const struct err *e)
{
	struct assist *a = arg;
	if (rc < 0)
		log_error("assistant", "no answer", "ticket=%s reason=%s", a->number, e->words);
	assist_free(a);
}

/* With nothing in the knowledge base there is nobody to say that it does not know. */
static void look_done(void *arg, int rc, const struct err *e)
{
	struct assist *a = arg;
	if (rc < 0)
		log_error("assistant", "no answer", "ticket=%s reason=%s", a->number, e->words);
	if (rc < 0 || !a->any || a->lane->flow->draining)
		assist_free(a);
	else
		lane_write(a->lane, say_run, say_done, a);
}

void assist_consider(struct lane *l, const char *ticket, const char *text)
{
	struct flow *f = l->flow;
	if (!f->set.assistant || f->draining || text == NULL || !assist_question(text))
		return;
	struct arena *arena = arena_create(2048);
	struct assist *a = arena_alloc(arena, sizeof *a);
	struct buf words;
	buf_init(&words, 4 * ASSIST_TEXT_MAX);
	assist_words(text, &words);
	*a = (struct assist){ .lane = l, .arena = arena, .catalog = catalog_ref(f->catalog), .number = arena_strdup(arena, ticket),
		.words = arena_strdup(arena, buf_str(&words)) };
	buf_fini(&words);
	lane_read(l, look_run, look_done, a);
}
