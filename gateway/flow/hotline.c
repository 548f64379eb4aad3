#include "gateway/flow/hotline.h"

#include <string.h>

#include "gateway/flow/say.h"
#include "gateway/flow/steps.h"
#include "gateway/store/message.h"

static bool valid(const struct hotline *h, int64_t now)
{
	return now >= h->from && (h->to == 0 || now < h->to);
}

static const struct hotline *named(const struct catalog *c, const char *s, size_t n, int64_t now)
{
	const struct hotline *h;
	for (size_t i = 0; (h = catalog_hotline_at(c, i)) != NULL; i++)
		if (strlen(h->number) == n && strncmp(h->number, s, n) == 0 && valid(h, now))
			return h;
	return NULL;
}

const struct hotline *hotline_find(const struct catalog *c, const char *number, int64_t now)
{
	return named(c, number, strlen(number), now);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A run of digits that is the whole number: "12320没人接" names one, a telephone number or a ticket's does not. */
static const struct hotline *in_text(const struct catalog *c, const char *text, int64_t now)
{
	const struct hotline *h = NULL;
	while (*text && h == NULL) {
		size_t n = strspn(text, "0123456789");
		if (n > 0)
			h = named(c, text, n, now);
		text += n;
		while (*text && !is_digit(*text))
			text++;
	}
	return h;
}

const struct hotline *hotline_of(const struct catalog *c, const char *account, const char *text, int64_t now, bool *own)
{
	const struct hotline *h = account ? named(c, account, strcspn(account, "@/"), now) : NULL;
	*own = h != NULL;
	return h ? h : in_text(c, text, now);
}

static int tell_merged(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *conv,
	struct ticket_row *t, const struct hotline *h)
{
	struct message_row m;
	const struct department *d = catalog_department(c, h->department);
	struct render_args args = { .other = h->number,
		.department = d == NULL ? "" : strcmp(conv->language, "en") == 0 && *d->name_en ? d->name_en : d->name };
	return say_to(tx, c, w, conv, t, &(struct say){ .event = "hotline-merged", .args = &args, .from = FROM_SYSTEM }, &m);
}

static int dispatch(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *conv,
	struct ticket_row *t, const struct hotline *h, bool quiet)
{
	struct message_row m;
	struct render_args args = { 0 };
	const struct step_request q = { .step = STEP_DISPATCH, .role = ROLE_SYSTEM, .actor = "system", .department = h->department };
	int rc = step_moved(tx, c, w, &q, t, step_name(q.step), json_pack("{s:s}", "hotline", h->number));
	if (rc < 0 || quiet)
		return rc;
	ticket_args(tx, c, w, conv->language, t, &args);
	return say_to(tx, c, w, conv, t, &(struct say){ .event = "dispatched", .args = &args, .from = FROM_SYSTEM }, &m);
}

int hotline_apply(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *conv,
	struct ticket_row *t, const struct hotline *h, bool own, bool quiet)
{
	int rc = 0;
	bool apart = t->flags & (FLAG_HELD | FLAG_EMERGENCY | FLAG_CARE);
	t->hotline = h->number;
	if (h->mode == HOTLINE_MERGED && !apart && !quiet)
		rc = tell_merged(tx, c, w, conv, t, h);
	else if (h->mode == HOTLINE_SUBCENTRE && own && !apart && !w->remote)
		rc = dispatch(tx, c, w, conv, t, h, quiet);
	return rc < 0 ? rc : ticket_update(tx, t);
}
