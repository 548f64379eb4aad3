#include "adapters/email/compose.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "adapters/email/automatic.h"
#include "adapters/email/enclose.h"
#include "adapters/email/quote.h"
#include "adapters/email/transfer.h"
#include "adapters/email/words.h"
#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

enum { BODY_LINE = 76, LOCAL_MAX = 64, REFS_MAX = 500, LINK_MAX = 900 };

static bool english(const struct compose *c)
{
	const char *l = c->msg->language ? c->msg->language : c->language;
	return l && !strncasecmp(l, "en", 2);
}

/* --- header --- */

static void date(int64_t now, struct buf *out)
{
	static const char *const day[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	time_t t = (time_t)((now + CLOCK_ZONE_MS) / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0800\r\n", day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
		tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const char *const reply_marks[] = { "Re:", "Re：", "回复:", "回复：", "答复:", "答复：", "回覆:", "回覆：", NULL };

static bool is_reply(const char *subject)
{
	for (size_t i = 0; reply_marks[i]; i++)
		if (!strncasecmp(subject, reply_marks[i], strlen(reply_marks[i])))
			return true;
	return false;
}

/* "Re: <the citizen's subject> [工单 NUMBER]": the number is one more way for an answer to find its ticket. */
static void subject(const struct compose *c, struct buf *out)
{
	const struct msg_out *m = c->msg;
	struct buf text;
	buf_init(&text, 8 * MSG_SUBJECT_MAX);
	const char *given = m->subject && *m->subject ? m->subject : NULL;
	const char *thread = m->thread_subject && *m->thread_subject ? m->thread_subject : NULL;
	if (!given && thread && !is_reply(thread))
		buf_adds(&text, "Re: ");
	const char *words = given ? given : thread ? thread : c->hotline;
	words_clean(words, utf8_cut(words, strlen(words), MSG_SUBJECT_MAX), &text);
	if (m->ticket && !strstr(buf_str(&text), m->ticket))
		buf_addf(&text, english(c) ? " [Ticket %s]" : " [工单 %s]", m->ticket);
	buf_adds(out, "Subject: ");
	words_encode(buf_str(&text), strlen("Subject: "), out);
	buf_adds(out, "\r\n");
	buf_fini(&text);
}

/* A display name: always as encoded words or in quotes, so that nothing in it is syntax. */
static void from(const struct compose *c, struct buf *out)
{
	struct buf name;
	buf_init(&name, 1024);
	words_clean(c->hotline, utf8_cut(c->hotline, strlen(c->hotline), 200), &name);
	bool plain = true;
	for (const char *p = buf_str(&name); *p; p++)
		plain &= *p >= 0x20 && *p < 0x7F && *p != '"' && *p != '\\';
	buf_adds(out, "From: ");
	if (plain)
		buf_addf(out, "\"%s\"", buf_str(&name));
	else
		words_encode(buf_str(&name), strlen("From: "), out);
	buf_addf(out, "\r\n <%s>\r\n", c->own);
	buf_fini(&name);
}

static void answers(const struct compose *c, struct buf *out)
{
	struct arena *a = arena_create(1024);
	const char *id = thread_id_of_external(a, c->msg->answers);
	bool safe = *id != '\0' && strlen(id) < REFS_MAX;
	for (const char *p = id; *p; p++)
		safe &= *p > ' ' && *p < 0x7F;
	if (safe)
		buf_addf(out, "In-Reply-To: %s\r\nReferences: %s\r\n", id, id);
	arena_destroy(&a);
}

/* --- bodies --- */

static void crlf(const char *text, struct buf *out)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\r' && p[1] == '\n')
			continue;
		if (*p == '\n' || *p == '\r')
			buf_adds(out, "\r\n");
		else
			buf_addc(out, *p);
	}
}

static void escaped(const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *entity = p[i] == '<' ? "&lt;" : p[i] == '>' ? "&gt;" : p[i] == '&' ? "&amp;" :
			p[i] == '"' ? "&quot;" : NULL;
		(void)(entity ? buf_adds(out, entity) : buf_addc(out, p[i]));
	}
}

static size_t link_len(const char *p)
{
	if (strncmp(p, "http://", 7) && strncmp(p, "https://", 8))
		return 0;
	size_t n = 0; /* ASCII only: Chinese punctuation often follows without a blank */
	while (p[n] > ' ' && p[n] < 0x7F && !strchr("<>\"'()[]{}|\\^`", p[n]))
		n++;
	while (n > 0 && strchr(".,;:!?", p[n - 1]))
		n--;
	return n;
}

static void html_text(const char *text, struct buf *out)
{
	for (const char *p = text; *p;) {
		size_t n = link_len(p);
		if (n > 0) {
			buf_adds(out, "<a href=\"");
			escaped(p, n, out);
			buf_adds(out, "\">");
			escaped(p, n, out);
			buf_adds(out, "</a>");
		} else if (*p == '\n' || *p == '\r') {
			n = *p == '\r' && p[1] == '\n' ? 2 : 1;
			buf_adds(out, "<br>\r\n");
		} else {
			n = 1;
			escaped(p, 1, out);
		}
		p += n;
	}
}

/* Each of the five opens the survey's page with its answer chosen. Only the button pressed there records it, since
 * scanners follow every link. */
static void html_buttons(const struct compose *c, struct buf *out)
{
	static const char *const zh[] = { "非常满意", "满意", "基本满意", "不满意", "非常不满意" };
	static const char *const en[] = { "Very satisfied", "Satisfied", "Fairly satisfied", "Dissatisfied",
		"Very dissatisfied" };
	buf_adds(out, "<p>");
	for (int i = 0; i < 5; i++) {
		buf_adds(out, "<a style=\"display:inline-block;margin:4px 8px 4px 0;padding:8px 14px;border:1px solid #1f5fa8;"
			"border-radius:4px;color:#1f5fa8;text-decoration:none\" href=\"");
		escaped(c->msg->survey_url, strlen(c->msg->survey_url), out);
		buf_addf(out, "?rating=%d%s\">%d %s</a>\r\n", 5 - i, english(c) ? "&amp;lang=en" : "", 5 - i,
			english(c) ? en[i] : zh[i]);
	}
	buf_adds(out, "</p>");
}

static const char *mark_line(const struct compose *c)
{
	return english(c) ? "=== " QUOTE_MARK_EN " ===" : "=== " QUOTE_MARK_ZH " ===";
}

/* The writer, where the text does not name them itself: a template of mails ends with the writer's name. */
static bool unsigned_by(const struct compose *c)
{
	const char *author = c->msg->author;
	return author != NULL && *author && (c->msg->text == NULL || strstr(c->msg->text, author) == NULL);
}

static bool has_survey(const struct compose *c)
{
	return c->msg->kind == OUT_SURVEY && c->msg->survey_url && *c->msg->survey_url;
}

static void plain_body(const struct compose *c, struct buf *out)
{
	buf_addf(out, "%s\r\n\r\n", mark_line(c));
	crlf(c->msg->text, out);
	if (has_survey(c) && !strstr(c->msg->text, c->msg->survey_url))
		buf_addf(out, "\r\n\r\n%s", c->msg->survey_url);
	if (unsigned_by(c)) {
		buf_adds(out, "\r\n\r\n");
		words_clean(c->msg->author, strlen(c->msg->author), out);
	}
	buf_adds(out, "\r\n");
}

static void html_body(const struct compose *c, struct buf *out)
{
	buf_addf(out, "<!DOCTYPE html>\r\n<html lang=\"%s\"><head><meta charset=\"utf-8\"></head><body>\r\n"
		"<p style=\"color:#767676;font-size:12px\">%s</p>\r\n<p style=\"font-size:16px;line-height:1.6\">",
		english(c) ? "en" : "zh-CN", mark_line(c));
	html_text(c->msg->text, out);
	buf_adds(out, "</p>\r\n");
	if (has_survey(c))
		html_buttons(c, out);
	if (unsigned_by(c)) {
		buf_adds(out, "<p>");
		escaped(c->msg->author, strlen(c->msg->author), out);
		buf_adds(out, "</p>");
	}
	buf_adds(out, "</body></html>\r\n");
}

static void part(const struct compose *c, const char *boundary, const char *type,
	void (*write)(const struct compose *, struct buf *), struct buf *out)
{
	struct buf body;
	buf_init(&body, COMPOSE_MAX);
	write(c, &body);
	buf_addf(out, "--%s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		boundary, type);
	base64_encode(buf_str(&body), body.len, BODY_LINE, out);
	buf_fini(&body);
}

static void bodies(const struct compose *c, const char *boundary, struct buf *out)
{
	buf_addf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
	part(c, boundary, "plain", plain_body, out);
	part(c, boundary, "html", html_body, out);
	buf_addf(out, "--%s--\r\n", boundary);
}

/* An address that can stand in a field and an envelope: no blank, control or bracket in it. */
static bool safe_address(const char *a)
{
	const char *domain = strrchr(a, '@');
	for (const char *p = a; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7F || strchr("<>,;:\"\\()[]", *p))
			return false;
	return domain && domain > a && domain[1] && strcasecmp(domain, "@invalid") != 0;
}

static void return_address(const struct compose *c, const char *mark, char out[MSG_PEER_MAX])
{
	size_t local = strcspn(c->own, "@");
	if (c->reply_token && local + 1 + strlen(mark) <= LOCAL_MAX)
		snprintf(out, MSG_PEER_MAX, "%.*s+%s%s", (int)local, c->own, mark, c->own + local);
	else
		snprintf(out, MSG_PEER_MAX, "%s", c->own);
}

/* RFC 8058: the provider's own button. Its POST stops invitations; a GET only shows a page. */
static void unsubscribe(const struct compose *c, struct buf *out)
{
	const char *url = c->msg->survey_url;
	if (!has_survey(c) || strlen(url) > LINK_MAX || link_len(url) != strlen(url))
		return;
	buf_addf(out, "List-Unsubscribe:\r\n <%s?stop=1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", url);
}

bool compose_mail(const struct compose *c, struct buf *out, char id[COMPOSE_ID_MAX], char sender[MSG_PEER_MAX])
{
	const struct msg_out *m = c->msg;
	char mark[THREAD_MARK_MAX], boundary[THREAD_MARK_MAX + 8], mixed[THREAD_MARK_MAX + 12];
	const char *domain = strrchr(c->own, '@') + 1;
	if (!safe_address(m->peer) || !thread_sign(c->secret, m->ticket, m->id, mark))
		return false;
	snprintf(id, COMPOSE_ID_MAX, "<%s@%.250s>", mark, domain);
	snprintf(boundary, sizeof boundary, "=_%s", mark);
	snprintf(mixed, sizeof mixed, "%s-m", boundary);
	return_address(c, mark, sender);
	from(c, out);
	buf_addf(out, "To: <%s>\r\n", m->peer);
	subject(c, out);
	date(c->now, out);
	buf_addf(out, "Message-ID: %s\r\n", id);
	answers(c, out);
	if (strcmp(sender, c->own))
		buf_addf(out, "Reply-To: <%s>\r\n", sender);
	if (m->automatic)
		buf_addf(out, "Auto-Submitted: auto-%s\r\nX-Auto-Response-Suppress: All\r\n", m->answers ? "replied" : "generated");
	unsubscribe(c, out);
	buf_addf(out, AUTOMATIC_LOOP_FIELD ": %s\r\nMIME-Version: 1.0\r\n", c->own);
	if (m->attachment_count)
		buf_addf(out, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", mixed, mixed);
	bodies(c, boundary, out);
	for (size_t i = 0; i < m->attachment_count; i++)
		enclose(&m->attachment[i], &c->file[i], mixed, out);
	if (m->attachment_count)
		buf_addf(out, "--%s--\r\n", mixed);
	return !out->overflow;
}
