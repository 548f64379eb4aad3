/* Kannel's sendsms interface, its post-url, which the operator writes into its configuration, and its dlr-url:
 *
 * post-url = "https://…/sms/SECRET?from=%p&to=%P&coding=%c&id=%I&time=%T"
 *
 * The body is the text: UTF-8 for coding 0, UTF-16BE for 2, as Kannel 1.4.5 leaves it. In a get-url the octets of
 * UTF-16 would have to pass as a parameter, NULs and all. Long texts are cut here and go with a user data header
 * each: Kannel 1.4.5 cuts surrogate pairs in two. A 202 without a body is the one answer that sends nothing to the
 * citizen whatever the service's omit-empty and max-messages say. A sender's + is Kannel's own: it takes 00 away and
 * writes + before every number whose carrier gives it the type "international".
 * Source: Kannel's user guide 1.4.5, "SMS gateway", "Using the HTTP interface to send SMS messages" and "Delivery
 * reports". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/coding.h"
#include "adapters/sms/segment.h"
#include "gateway/base/crypto.h"
#include "gateway/base/utf8.h"

enum { DLR_DELIVERED = 1, DLR_FAILED = 2, DLR_BUFFERED = 4, DLR_SMSC = 8, DLR_REJECTED = 16, DLR_ALL = 31,
	CODING_7BIT = 0, CODING_8BIT = 1, CODING_16BIT = 2 };

static const struct provider_code codes[] = {
	{ "0: *", VERDICT_ACCEPTED, NULL },
	{ "3: *", VERDICT_ACCEPTED, NULL },
	{ "Sent.*", VERDICT_ACCEPTED, NULL },
	{ "Temporal failure*", VERDICT_THROTTLED, NULL },
	{ "Authorization failed*", VERDICT_ACCOUNT, NULL },
	{ "Sender missing*", VERDICT_ACCOUNT, NULL },
	{ "Not routable*", VERDICT_ACCOUNT, NULL },
	{ 0 }
};

/* --- out --- */

static void add_number(struct buf *url, const char *name, int n)
{
	char text[12];
	snprintf(text, sizeof text, "%d", n);
	form_add(url, name, text);
}

/* %XX of raw bytes; Kannel reads the header so. */
static void add_header(struct buf *url, const struct provider_part *part)
{
	uint8_t udh[SEGMENT_UDH_LEN];
	segment_udh(udh, part->ref, part->total, part->index);
	buf_adds(url, "&udh=");
	for (size_t i = 0; i < sizeof udh; i++)
		buf_addf(url, "%%%02X", udh[i]);
}

static int request(const struct sms_http_config *c, const struct provider_part *part, struct provider_request *r,
	char reason[PROVIDER_REASON_MAX])
{
	struct buf report;
	buf_init(&report, PROVIDER_URL_MAX);
	buf_addf(&report, "%s?dlr=%%d&answer=%%A", part->callback);
	buf_adds(&r->url, sms_http_url(c));
	buf_addc(&r->url, strchr(buf_str(&r->url), '?') ? '&' : '?');
	form_add(&r->url, "username", c->account);
	form_add(&r->url, "password", c->secret);
	form_add(&r->url, "from", part->from);
	form_add(&r->url, "to", part->msg->peer);
	form_add(&r->url, "charset", "UTF-8");
	add_number(&r->url, "coding", part->wide ? CODING_16BIT : CODING_7BIT);
	if (part->total > 1)
		add_header(&r->url, part);
	form_add(&r->url, "text", part->text);
	add_number(&r->url, "dlr-mask", DLR_ALL);
	form_add(&r->url, "dlr-url", buf_str(&report));
	bool fits = !r->url.overflow && !report.overflow;
	buf_fini(&report);
	if (!fits)
		snprintf(reason, PROVIDER_REASON_MAX, "the request is too long");
	return fits ? 1 : -1;
}

/* A line of text: "0: Accepted for delivery". What begins as a page does is of somebody else. */
static int answer(const char *body, size_t n, struct arena *a, const char **code, const char **words, const char **id)
{
	(void)words, (void)id;
	const char *line = arena_strndup(a, body, n);
	line += strspn(line, " \t\r\n");
	size_t len = strcspn(line, "\r\n");
	if (!len || len > 200 || *line == '<' || *line == '{' || !utf8_valid(line, len))
		return 0;
	*code = arena_strndup(a, line, len);
	return 1;
}

/* --- in --- */

static void report(const struct provider_call *c, const char *dlr, struct provider_entry *e)
{
	const char *said = form_get(c->query, "answer");
	long state = strtol(dlr, NULL, 10);
	e->id = c->mark;
	e->reason = "receipt-without-id";
	if (!c->mark[0])
		return;
	e->reason = "receipt-without-state";
	if (state <= 0 || state > DLR_ALL)
		return;
	e->kind = ENTRY_RECEIPT;
	e->state = state & DLR_DELIVERED ? OUT_DELIVERED : state & (DLR_FAILED | DLR_REJECTED) ? OUT_FAILED : OUT_ACCEPTED;
	e->reason = NULL;
	if (e->state == OUT_FAILED)
		e->reason = arena_printf(c->arena, "%s %.100s", state & DLR_REJECTED ? "rejected by the carrier" : "not delivered",
			said ? said : "");
}

/* The text as UTF-8; NULL: it is none. */
static const char *text_of(const struct provider_call *c)
{
	const char *coding = form_get(c->query, "coding");
	int bits = coding ? atoi(coding) : CODING_7BIT;
	struct buf text;
	if (bits != CODING_7BIT && bits != CODING_16BIT)
		return NULL;
	buf_init(&text, 3 * PROVIDER_BODY_MAX);
	if (bits == CODING_16BIT)
		coding_decode(CODING_UCS2, (const uint8_t *)c->body, c->n, &text);
	else
		utf8_mend(&text, c->body, strlen(c->body));
	const char *utf8 = arena_strdup(c->arena, buf_str(&text));
	buf_fini(&text);
	return utf8;
}

static void message(const struct provider_call *c, struct provider_entry *e)
{
	const char *account = form_get(c->query, "to"), *id = form_get(c->query, "id"), *at = form_get(c->query, "time");
	unsigned long long seconds = at ? strtoull(at, NULL, 10) : 0;
	const char *from = form_get(c->query, "from");
	e->international = from && *from == '+';
	e->peer = from ? from + e->international : NULL;
	e->account = account ? account : "";
	e->at = seconds <= UINT32_MAX ? (int64_t)seconds * 1000 : 0;
	e->id = id;
	e->reason = "message-without-sender";
	if (!e->peer || !id || !*id)
		return;
	e->text = text_of(c);
	e->reason = "not-text";
	if (e->text)
		e->kind = ENTRY_MESSAGE;
}

static int read_call(const struct provider_call *c, provider_each_f *each, void *arg)
{
	const char *dlr = form_get(c->query, "dlr");
	struct provider_entry e = { .kind = ENTRY_BAD, .raw = c->body, .raw_n = c->n };
	if (!c->query->count)
		return -1;
	if (dlr)
		report(c, dlr, &e);
	else
		message(c, &e);
	each(arg, &e);
	return 1;
}

static const char *const needs[] = { NULL };

extern const struct provider kannel_provider;
const struct provider kannel_provider = {
	.name = "kannel", .needs = needs, .words = WORDS_TEXT, .values = VALUES_NONE, .cuts_not = true, .gets = true,
	.plain = true, .refuses = 400, .codes = codes, .message_ok = { 202, "text/plain", "" }, .receipt_ok = { 202, "text/plain", "" },
	.request = request, .answer = answer, .read = read_call
};
