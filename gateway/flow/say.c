#include "gateway/flow/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/flow/query_code.h"
#include "gateway/model/text.h"
#include "gateway/store/attachment.h"
#include "gateway/store/event.h"
#include "gateway/store/outbox.h"

enum { OUT_LIFE_HOURS = 72 };

/* Held for the scanner as a citizen's are: what staff send may be infected too. */
static struct attachment_row *files_of(struct tx *tx, const struct flow_words *w, const struct say *say)
{
	struct attachment_row *a = arena_alloc(tx_arena(tx), (say->files + 1) * sizeof *a);
	for (size_t i = 0; i < say->files; i++)
		a[i] = (struct attachment_row){ .name = say->file[i].name, .type = say->file[i].type, .sha256 = say->file[i].sha256,
			.size = say->file[i].size, .scan = w->scans ? SCAN_WAITING : SCAN_NONE };
	return a;
}

static const char *title_of(struct tx *tx, const struct ticket_row *t)
{
	struct buf b;
	buf_init(&b, MSG_SUBJECT_MAX);
	text_unlinked(t->title, &b);
	const char *title = arena_strdup(tx_arena(tx), buf_str(&b));
	buf_fini(&b);
	return title;
}

/* The template's subject, text and arguments become one message row; what the ticket shows last moves with people's
 * words only, so that a receipt of ours does not hide that the citizen waits. */
int say_to(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *conv,
	struct ticket_row *t, const struct say *say, struct message_row *out)
{
	struct buf subject, text;
	buf_init(&subject, MSG_SUBJECT_MAX);
	buf_init(&text, RENDER_MAX);
	struct render_args args = say->args ? *say->args : (struct render_args){ 0 };
	args.hotline = w->hotline;
	if (t != NULL) {
		args.number = t->number;
		args.title = say->untitled ? t->number : title_of(tx, t);
	}
	render(catalog_templates(c), conv->language, say->event, conv->kind, &args, &subject, &text);
	*out = (struct message_row){
		.conversation = conv->id, .ticket = t ? t->id : 0, .from = say->from, .author = say->author ? say->author : "",
		.text = arena_strdup(tx_arena(tx), buf_str(&text)),
		.subject = subject.len ? arena_strdup(tx_arena(tx), buf_str(&subject)) : NULL,
		.event = say->event, .survey = say->survey, .at = tx_now(tx), .out_state = OUT_QUEUED,
		.attachment = files_of(tx, w, say), .attachments = say->files,
	};
	buf_fini(&subject);
	buf_fini(&text);
	const struct channel_trait *trait = flow_trait(w, conv->channel);
	if (trait != NULL && trait->caps.fields) {
		char *fields = render_fields(say->event, &args);
		out->fields = arena_strdup(tx_arena(tx), fields);
		free(fields);
	}
	if (t != NULL && say->from == FROM_STAFF)
		ticket_spoke(tx, t, out->from, ticket_newest(tx_arena(tx), out->text));
	int rc = message_insert(tx, out, t);
	if (rc < 0)
		return rc;
	conv->last_seq = out->seq;
	return outbox_insert(tx, out, conv->channel, tx_now(tx) + (say->life_ms ? say->life_ms : OUT_LIFE_HOURS * 3600LL * 1000));
}

int conversation_begin(struct tx *tx, const struct channel_trait *t, const char *peer, const char *language,
	struct conversation_row *c)
{
	*c = (struct conversation_row){ .channel = t->name, .kind = t->caps.kind, .peer = peer, .peer_name = "", .account = "",
		.language = language, .created_at = tx_now(tx), .last_at = tx_now(tx) };
	int rc = conversation_insert(tx, c);
	return rc == 0 && t->caps.signals ? conversation_here(tx, c->channel, c->peer) : rc;
}

void ticket_args(struct tx *tx, const struct catalog *c, const struct flow_words *w, const char *language,
	const struct ticket_row *t, struct render_args *args)
{
	char *due = arena_alloc(tx_arena(tx), CLOCK_TEXT), *time = arena_alloc(tx_arena(tx), CLOCK_TEXT), key[32];
	const struct department *d = catalog_department(c, t->department);
	bool english = strcmp(language, "en") == 0;
	/* Between two departments a citizen is told that much, and not each bounce. */
	bool between = (t->flags & FLAG_RETURNED) && t->state == TICKET_ACCEPTED && *t->department == '\0';
	(void)snprintf(key, sizeof key, "state.%s", between ? "between" : sm_name(&ticket_machine, t->state));
	args->state = render_words(catalog_templates(c), language, key);
	args->department = d == NULL ? w->hotline : english && *d->name_en ? d->name_en : d->name;
	args->due = clock_people(t->due_at, due);
	char *code = arena_alloc(tx_arena(tx), QUERY_CODE_LEN + 1);
	query_code(w->secret, t->number, code);
	args->pin = code;
	args->time = clock_people(t->updated_at ? t->updated_at : tx_now(tx), time);
}

void ticket_spoke(struct tx *tx, struct ticket_row *t, unsigned from, const char *newest)
{
	t->last_at = tx_now(tx);
	t->last_from = message_from_name((enum message_from)from);
	t->last_text = newest;
}

const char *tell_id(struct tx *tx, uint64_t id)
{
	return id ? arena_printf(tx_arena(tx), "%" PRIu64, id) : "";
}

int tell_event(struct tx *tx, uint64_t ticket, const char *kind, const char *actor, json_t *data)
{
	must(data != NULL);
	char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(data);
	must(text != NULL);
	int rc = event_append(tx, ticket, kind, actor, text);
	free(text);
	return rc;
}
