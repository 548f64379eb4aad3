#include "adapters/email/letter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/authres.h"
#include "adapters/email/automatic.h"
#include "adapters/email/quote.h"
#include "adapters/email/thread.h"
#include "gateway/base/utf8.h"
#include "gateway/model/address.h"

enum { RETURNED_LOOK = 512 << 10 };
static const char TRUNCATED[] = "\n\n[邮件超过大小上限，其余部分未收取 / The mail is larger than the limit; the rest was not taken.]";
static const char LEFT_OUT[] = "\n\n[%u 个附件超过限额，未单独保存，见原始邮件 / %u attachments over the limits are only in the original mail.]";
static const char UNREADABLE[] = "[邮件结构异常，正文见附件 mail.eml / The mail's structure could not be read; see mail.eml.]\n\n";

static const char *return_path(struct arena *a, const struct headers *h)
{
	const char *value = header_get(h, "Return-Path");
	const char *open = value ? strchr(value, '<') : NULL, *close = open ? strchr(open, '>') : NULL;
	return close ? arena_strndup(a, open + 1, (size_t)(close - open) - 1) : NULL;
}

static const char *peer_of(struct arena *a, const struct mime *m, const char *sender)
{
	char peer[MSG_PEER_MAX];
	if (address_email(m->from, peer) || (sender && address_email(sender, peer)))
		return arena_strdup(a, peer);
	return LETTER_UNKNOWN_PEER;
}

static bool in_refs(struct arena *a, const struct letter_in *in, const struct mime *m, struct thread_mark *mark)
{
	const char **refs = arena_alloc(a, THREAD_REFS_MAX * sizeof *refs);
	size_t n = thread_refs(a, &m->headers, refs);
	for (size_t i = 0, at = 0; i < n; i++, at = 0)
		if (thread_find(in->secret, refs[i], strlen(refs[i]), &at, mark))
			return true;
	return false;
}

/* What the report says of our mail, by its fields or else in free words. */
static void report_read(struct arena *a, const struct mime *m, struct receipt *r)
{
	const char *subject = m->subject ? m->subject : "", *why = dsn_reason_in(a, m->text);
	r->peer = m->dsn.recipient;
	r->state = m->dsn.kind ? m->dsn.state : dsn_only_delayed(subject, m->text) ? OUT_ACCEPTED : OUT_FAILED;
	r->reason = m->dsn.kind && *m->dsn.reason ? m->dsn.reason : why ? why : subject;
	r->complaint = m->dsn.kind == DSN_COMPLAINT ? m->dsn.reason : NULL;
}

/* A mark that stands anywhere: any answer to our mail may have one, in the address it came to or in what it quotes. */
static bool names_ours(const struct letter_in *in, const struct mime *m, const char *raw, size_t n, struct thread_mark *mark)
{
	size_t a = 0, b = 0, c = 0;
	return thread_find(in->secret, raw, n, &a, mark) || thread_find(in->secret, m->text, strlen(m->text), &b, mark) ||
		(in->recipient && thread_find(in->secret, in->recipient, strlen(in->recipient), &c, mark));
}

/* A person may write from there, too; a machine that returns a mail does so from nobody. */
static bool perhaps_postmaster(const char *from, const char *sender)
{
	static const char name[] = "postmaster@";
	return (!sender || *sender) && (!strncasecmp(from, name, strlen(name)) || (sender && !strncasecmp(sender, name, strlen(name))));
}

/* Does a machine's report, or what may be one by its subject and another mark of a machine, tell of a mail of ours? Its
 * Message-ID among what was returned says so; a mark elsewhere only where `told`: nobody but a machine says that it was
 * returned. */
static bool returned(struct arena *a, const struct letter_in *in, const struct mime *m, const char *domain, bool told,
	struct letter *l)
{
	struct thread_mark mark;
	size_t look = in->n < RETURNED_LOOK ? in->n : RETURNED_LOOK;
	const char *raw = in->raw + m->headers.body;
	look = look > m->headers.body ? look - m->headers.body : 0;
	if (!thread_find_returned(in->secret, raw, look, &mark) && !thread_find_returned(in->secret, m->text, strlen(m->text), &mark) &&
		!(told && names_ours(in, m, raw, look, &mark)) && !(m->dsn.kind == DSN_READING && in_refs(a, in, m, &mark)))
		return false;
	l->is_receipt = true;
	l->receipt = (struct receipt){ .external_id = arena_printf(a, "<%s@%s>", mark.mark, domain), .at = in->received_at };
	report_read(a, m, &l->receipt);
	return true;
}

static void find_thread(struct arena *a, const struct letter_in *in, const struct mime *m, struct msg_in *msg)
{
	struct thread_mark mark;
	const char **refs = arena_alloc(a, THREAD_REFS_MAX * sizeof *refs);
	msg->ref_count = thread_refs(a, &m->headers, refs);
	msg->refs = refs;
	size_t at = 0;
	for (size_t i = 0; i < msg->ref_count && !msg->thread; i++, at = 0)
		if (thread_find(in->secret, refs[i], strlen(refs[i]), &at, &mark) && *mark.ticket)
			msg->thread = arena_strdup(a, mark.ticket);
	if (in->recipient && thread_find(in->secret, in->recipient, strlen(in->recipient), &at, &mark) && *mark.ticket)
		msg->thread_address = arena_strdup(a, mark.ticket);
}

static const char *whole_text(struct arena *a, const struct letter_in *in, const struct mime *m)
{
	if (!in->truncated && !m->cut && !m->limit && !m->left_out)
		return m->text;
	char left_out[sizeof LEFT_OUT + 24] = "";
	if (m->left_out)
		(void)snprintf(left_out, sizeof left_out, LEFT_OUT, m->left_out, m->left_out);
	size_t room = MSG_TEXT_MAX - sizeof TRUNCATED - sizeof UNREADABLE - sizeof left_out;
	size_t n = utf8_cut(m->text, strlen(m->text), room);
	return arena_printf(a, "%s%.*s%s%s", m->limit ? UNREADABLE : "", (int)n, m->text,
		in->truncated || m->cut ? TRUNCATED : "", left_out);
}

static void part_words(struct arena *a, const char *text, long hint, struct msg_in *msg)
{
	struct quote q = quote_find(text, hint);
	msg->text = q.said == strlen(text) ? text : arena_strndup(a, text, q.said);
	const char *below = text + q.below + strspn(text + q.below, "\n");
	msg->quoted = *below ? below : NULL;
}

/* A small one goes along with its message; a larger one is kept before. */
static int keep_raw(struct arena *a, const struct letter_in *in, struct msg_in *msg, struct err *e)
{
	char *hex = arena_alloc(a, HEX_SHA256);
	uint8_t sum[SHA256_LEN];
	msg->raw_sha256 = hex;
	if (in->n > MSG_RAW_MAX)
		return in->keep.keep(in->keep.arg, in->raw, in->n, hex, e);
	crypto_sha256(in->raw, in->n, sum);
	crypto_hex(sum, sizeof sum, hex);
	msg->raw = in->raw;
	msg->raw_n = in->n;
	return 0;
}

int letter_read(struct arena *a, const struct letter_in *in, struct letter *l, struct err *e)
{
	struct mime m;
	*l = (struct letter){ 0 };
	int rc = mime_read(a, in->raw, in->n, &in->keep, &m, e);
	if (rc < 0)
		return rc;
	const char *domain = strrchr(in->own, '@') ? strrchr(in->own, '@') + 1 : in->own;
	const char *sender = in->sender ? in->sender : return_path(a, &m.headers);
	struct automatic_in judged = { .headers = &m.headers, .sender = sender, .from = m.from, .own = in->own,
		.subject = m.subject ? m.subject : "", .text = m.text };
	const char *why;
	enum msg_automatic automatic = automatic_judge(&judged, &why);
	bool machine = automatic == MSG_BOUNCE || m.dsn.kind == DSN_READING;
	bool perhaps = (automatic == MSG_AUTO_REPLY || automatic == MSG_LIST || automatic == MSG_NO_REPLY) &&
		automatic_bounce_subject(judged.subject);
	bool told = machine && (m.dsn.kind != DSN_NONE ||
		(automatic_bounce_subject(judged.subject) && !perhaps_postmaster(m.from, sender)));
	if ((machine || perhaps) && returned(a, in, &m, domain, told, l))
		return 0;
	enum authres sender_is = authres_judge(&m.headers, in->auth_server, m.from);
	struct msg_in *msg = &l->msg;
	*msg = (struct msg_in){ .kind = MSG_TEXT, .peer = peer_of(a, &m, sender), .peer_name = m.from_name,
		.account = in->own, .subject = m.subject, .sent_at = m.sent_at, .received_at = in->received_at,
		.attachment = m.file, .attachment_count = m.files, .automatic = automatic, .automatic_why = why,
		.verified = sender_is == AUTHRES_PASS, .doubted = sender_is == AUTHRES_FAIL, .cursor_key = in->cursor_key, .cursor_value = in->cursor_value };
	msg->external_id = thread_external_id(a, &m.headers, in->own, sender, in->raw + m.headers.body,
		in->n - m.headers.body);
	find_thread(a, in, &m, msg);
	part_words(a, whole_text(a, in, &m), m.cut || m.limit ? -1 : m.quote_hint, msg);
	return keep_raw(a, in, msg, e);
}
