/* One message as it came: GET /api/v1/messages/ID/raw, its bytes; /page, as its writer laid it out, in a page that may do nothing
 * (call_answer.c says which policy goes with it). */
#include <inttypes.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/raw.h"
#include "gateway/console/shown.h"
#include "gateway/flow/query_code.h"
#include "gateway/model/cover.h"
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

enum { RAW_MOST = 16 << 20, PAGE_MOST = 32 << 20 };

static int read_whole(struct call *c, struct tx *tx, const struct message_row *m, struct buf *b, struct err *e)
{
	int rc = raw_read(c, tx, m->id, m->raw_sha256, b, e);
	return rc == E_RANGE ? err_set(e, rc, "the message is too large to be shown; its text is in the conversation") : rc;
}

/* As shape_message(): what lets somebody speak as the citizen is covered. Digits of a page may be a colour: the code is known. */
static char *page_covered(const struct call *c, const struct ticket_row *t, struct buf *html)
{
	char code[QUERY_CODE_LEN + 1];
	struct buf covered;
	buf_init(&covered, COVER_MAX(buf_str(html)));
	char *page = buf_take_str(cover(COVER_ELSE, NULL, buf_str(html), &covered) ? &covered : html);
	buf_fini(&covered);
	query_code(flow_words(c->console->set.flow)->secret, t->number, code);
	for (char *at = page; (at = strstr(at, code)) != NULL; at += QUERY_CODE_LEN)
		memset(at, '*', QUERY_CODE_LEN);
	return page;
}

/* The message, its raw form's name and its channel, if who may see it. */
static int message_find(struct call *c, struct tx *tx, struct message_row *m, struct ticket_row *t, const struct channel **ch, struct err *e)
{
	struct conversation_row conv;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = message_get(tx, id, m);
	if (rc == 0)
		rc = ticket_get(tx, m->ticket, t);
	if (rc == 0 && !who_sees(&c->who, t))
		rc = E_NOTFOUND;
	if (rc == 0)
		rc = conversation_get(tx, m->conversation, &conv);
	if (rc < 0)
		return err_set(e, rc, "there is no such message");
	*ch = channel_find(flow_channels(c->console->set.flow), conv.channel);
	if (*ch == NULL || (*ch)->ops->rich == NULL || m->raw_sha256 == NULL || *m->raw_sha256 == '\0')
		return err_set(e, E_NOTFOUND, "this message has no other form");
	for (size_t i = 0; rc == 0 && i < m->attachments; i++) /* its pictures are files too */
		rc = file_held(&m->attachment[i], e);
	return rc;
}

int api_message_page(struct call *c, struct tx *tx, struct err *e)
{
	struct message_row m;
	struct ticket_row t;
	const struct channel *ch = NULL;
	struct buf raw, html;
	int rc = message_find(c, tx, &m, &t, &ch, e);
	if (rc < 0)
		return rc;
	buf_init(&raw, RAW_MOST);
	buf_init(&html, PAGE_MOST);
	if ((rc = read_whole(c, tx, &m, &raw, e)) == 0 && !ch->ops->rich(buf_str(&raw), raw.len, &html))
		rc = err_set(e, E_NOTFOUND, "this message has no other form");
	if (rc == 0) {
		c->page.text = page_covered(c, &t, &html);
		c->page.remote = c->query[Q_REMOTE] != NULL;
	}
	if (rc == 0 && c->page.remote)
		log_info("console", "pictures from elsewhere loaded", "staff=%s message=%s", c->who.name, c->param[0]);
	buf_fini(&raw);
	buf_fini(&html);
	return rc;
}

/* The message as it came, address and all: only for who may see those. What it carries is in it, so a held file holds it
 * too; an infected one may be looked at by those who lead. */
static int raw_allowed(const struct call *c, const struct ticket_row *t, const struct message_row *m, struct err *e)
{
	if (!who_sees_citizen(&c->who, t))
		return err_set(e, E_DENIED, "the raw message shows the citizen's address: you may not see it");
	for (size_t i = 0; i < m->attachments; i++) {
		bool leads = !c->who.token && (c->who.role == ROLE_SUPERVISOR || c->who.role == ROLE_ADMIN);
		if (m->attachment[i].scan == SCAN_INFECTED && leads)
			continue;
		int rc = file_held(&m->attachment[i], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A mail is one file that mail programs open; what else a channel brought is octets. */
static int raw_kind(struct call *c, struct tx *tx, const struct ticket_row *t, const struct message_row *m)
{
	struct conversation_row conv;
	int rc = conversation_get(tx, m->conversation, &conv);
	if (rc < 0)
		return rc;
	const struct channel *ch = channel_find(flow_channels(c->console->set.flow), conv.channel);
	bool mail = ch != NULL && ch->ops->rich != NULL;
	c->file.type = mail ? "message/rfc822" : "application/octet-stream";
	c->file.name = arena_printf(c->arena, "%s-%" PRIi64 ".%s", t->number, m->seq, mail ? "eml" : "bin");
	return 0;
}

int api_raw(struct call *c, struct tx *tx, struct err *e)
{
	struct message_row m;
	struct ticket_row t;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = message_get(tx, id, &m);
	if (rc == 0)
		rc = ticket_get(tx, m.ticket, &t);
	if (rc == 0 && (!who_sees(&c->who, &t) || !m.raw_sha256 || !*m.raw_sha256))
		rc = E_NOTFOUND;
	if (rc < 0)
		return err_set(e, rc, "there is no such message");
	if ((rc = raw_allowed(c, &t, &m, e)) < 0 || (rc = raw_kind(c, tx, &t, &m)) < 0 || (rc = raw_file(c, tx, m.id, m.raw_sha256, e)) < 0)
		return rc;
	call_shown(c, "raw", c->file.name);
	return 0;
}
