/* Callbacks of web providers: address, query and body as any stranger may send them, and the answers to our requests. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sms_http.h"

enum { FUZZ_MAX = 2048 };

struct heard { size_t entries; };

static void each(void *arg, const struct provider_entry *e)
{
	((struct heard *)arg)->entries++;
	switch (e->kind) {
	case ENTRY_MESSAGE:
		must(e->peer && e->text && e->account && (!e->id || *e->id));
		break;
	case ENTRY_RECEIPT:
		must(e->id && *e->id);
		must(e->state == OUT_ACCEPTED || e->state == OUT_DELIVERED || e->state == OUT_READ || e->state == OUT_FAILED ||
			e->state == OUT_EXPIRED);
		break;
	case ENTRY_BAD:
		must(e->reason && *e->reason && (e->raw || !e->raw_n));
		break;
	}
	must(e->at >= 0);
}

/* What was read is written and read again as the same. */
static void same_again(const struct form *f, struct arena *a)
{
	struct buf b;
	struct form again;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < f->count; i++)
		must(form_add(&b, f->pair[i].name, f->pair[i].value));
	must(form_read(buf_str(&b), b.len, a, &again) == 1 && again.count == f->count);
	for (size_t i = 0; i < f->count; i++)
		must(!strcmp(f->pair[i].name, again.pair[i].name) && !strcmp(f->pair[i].value, again.pair[i].value));
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct sms_http_config config = { .secret = "secret" };
	struct input in = { p, n };
	const struct provider *provider = provider_at(input_byte(&in) % 4);
	char *mark = input_line(&in), *query_text = input_line(&in);
	struct buf body;
	struct form query, form;
	struct heard heard = { 0 };
	struct provider_answer answer;
	struct arena *a = arena_create(4096);
	buf_init(&body, FUZZ_MAX);
	buf_add(&body, in.p, in.n);
	if (form_read(query_text, strlen(query_text), a, &query) < 0)
		query.count = 0;
	if (form_read(buf_str(&body), body.len, a, &form) < 0)
		form.count = 0;
	same_again(&query, a);
	struct provider_call c = { .url = "https://city.example/sms", .signature = mark, .mark = mark, .query = &query, .form = &form,
		.body = buf_str(&body), .n = body.len, .arena = a };
	if (provider->genuine)
		(void)provider->genuine(&config, &c);
	int rc = provider->read(&c, each, &heard);
	must(rc == 1 ? heard.entries <= PROVIDER_ENTRIES_MAX : rc == -1 && !heard.entries);
	provider_judge(provider, 200, buf_str(&body), body.len, &answer);
	must(memchr(answer.reason, 0, sizeof answer.reason) && memchr(answer.id, 0, sizeof answer.id));
	must((answer.verdict == VERDICT_ACCEPTED) == !answer.reason[0]);
	arena_destroy(&a);
	buf_fini(&body);
	free(mark);
	free(query_text);
	return 0;
}
