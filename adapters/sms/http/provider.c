#include "adapters/sms/http/provider.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "adapters/sms/receipt.h"
#include "gateway/base/crypto.h"
#include "gateway/base/utf8.h"

enum { HEADERS_MAX = 4096, EXCERPT = 80 };

#define PROVIDER(name) extern const struct provider name##_provider;
#include "adapters/sms/http/providers.def"
#undef PROVIDER

static const struct provider *const providers[] = {
#define PROVIDER(name) &name##_provider,
#include "adapters/sms/http/providers.def"
#undef PROVIDER
};

const struct provider *provider_at(unsigned i)
{
	return i < sizeof providers / sizeof *providers ? providers[i] : NULL;
}

void provider_request_init(struct provider_request *r)
{
	*r = (struct provider_request){ .post = false };
	buf_init(&r->url, PROVIDER_URL_MAX);
	buf_init(&r->body, PROVIDER_BODY_MAX);
	buf_init(&r->headers, HEADERS_MAX);
}

void provider_request_fini(struct provider_request *r)
{
	buf_fini(&r->url);
	buf_fini(&r->body);
	buf_fini(&r->headers);
}

/* --- answers --- */

static const struct provider_code *find_code(const struct provider_code *rows, const char *code)
{
	for (; rows->code; rows++) {
		size_t n = strlen(rows->code);
		bool prefix = n && rows->code[n - 1] == '*';
		if (prefix ? !strncmp(code, rows->code, n - 1) : !strcmp(code, rows->code))
			return rows;
	}
	return NULL;
}

/* Without a word of the provider's own: what the status alone tells. That of a proxy in front of it, which may have
 * passed the request on, tells nothing. */
static enum verdict of_status(long status)
{
	if (status == 429 || status == 503 || status == 408)
		return VERDICT_THROTTLED;
	if (status >= 300 && status < 500)
		return VERDICT_ACCOUNT;
	return VERDICT_UNCLEAR;
}

/* With words that no row knows, which where they are plain text may be a proxy's too. */
static enum verdict of_unknown_words(const struct provider *p, long status)
{
	if (status >= 500)
		return VERDICT_UNCLEAR;
	bool refused = p->refuses ? status == p->refuses : status != 404 && status != 429;
	return refused ? VERDICT_NEVER : of_status(status);
}

static void say(struct provider_answer *out, const char *code, const char *words)
{
	char line[2 * PROVIDER_REASON_MAX];
	int n = snprintf(line, sizeof line, "%s%s%s", code, words[0] ? ": " : "", words);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	len = utf8_cut(line, len, PROVIDER_REASON_MAX - 1);
	memcpy(out->reason, line, len);
	out->reason[len] = '\0';
}

static void judge_strange(const struct provider *p, long status, const char *body, size_t n,
	struct provider_answer *out)
{
	char code[40], words[200];
	size_t keep = utf8_cut(body, n, EXCERPT);
	bool text = utf8_valid(body, keep) && keep;
	snprintf(code, sizeof code, "HTTP status %ld", status);
	snprintf(words, sizeof words, "no answer of %s%s%.*s", p->name, text ? ", but " : "", text ? (int)keep : 0, body);
	out->verdict = of_status(status);
	say(out, code, words);
}

void provider_judge(const struct provider *p, long status, const char *body, size_t n, struct provider_answer *out)
{
	struct arena *a = arena_create(1024);
	const char *code = "", *words = "", *id = "";
	*out = (struct provider_answer){ .verdict = VERDICT_UNCLEAR };
	if (!n || p->answer(body, n, a, &code, &words, &id) == 0) {
		judge_strange(p, status, body, n, out);
	} else {
		const struct provider_code *row = find_code(p->codes, code);
		out->verdict = row ? row->verdict : of_unknown_words(p, status);
		if (out->verdict != VERDICT_ACCEPTED)
			say(out, code, row && row->words ? row->words : words);
		snprintf(out->id, sizeof out->id, "%s", id);
	}
	arena_destroy(&a);
}

/* --- for the files of the providers --- */

const char *provider_host(const char *url, struct arena *a)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	return arena_strndup(a, host, strcspn(host, "/?#"));
}

char *provider_utc(int64_t now, char out[21])
{
	time_t t = (time_t)(now / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

int64_t provider_time(const char *text)
{
	char digits[16];
	size_t n = 0;
	for (; *text && n < sizeof digits - 1; text++)
		if (*text >= '0' && *text <= '9')
			digits[n++] = *text;
	digits[n] = '\0';
	return n == 14 ? receipt_date(digits + 2) : 0;
}

const char *provider_fingerprint(struct arena *a, const char *peer, const char *account, const char *text, int64_t at)
{
	char *all = arena_printf(a, "%s\n%s\n%lld\n%s", peer, account, (long long)at, text);
	uint8_t sum[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_sha256(all, strlen(all), sum);
	return arena_printf(a, "fp-%.32s", crypto_hex(sum, sizeof sum, hex));
}
