/* A raw mail, from its first byte to the message the gateway is told. */
#include "tests/fuzz/converters.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "adapters/email/letter.h"
#include "gateway/model/address.h"
#include "gateway/model/text.h"

enum { FUZZ_MAX = 1024 };

static const struct secret key = { .key = { 1, 2, 3 } };

static int keep(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e)
{
	uint8_t hash[SHA256_LEN];
	(void)arg, (void)e;
	crypto_sha256(p, n, hash);
	crypto_hex(hash, sizeof hash, sha256);
	return 0;
}

static bool no_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7F)
			return false;
	return true;
}

static void words_are_clean(const char *s, size_t max)
{
	must(!s || (*s && strlen(s) < max && text_valid(s) && no_control(s)));
}

static void files_are_clean(const struct msg_in *m)
{
	must(m->attachment_count <= MSG_ATTACHMENTS_MAX);
	for (size_t i = 0; i < m->attachment_count; i++) {
		const struct msg_attachment *f = &m->attachment[i];
		words_are_clean(f->name, 256);
		must(*f->name != '.' && !strpbrk(f->name, "/\\") && strchr(f->type, '/') && strlen(f->sha256) == 64);
	}
}

static void check_message(const struct msg_in *m, bool anything)
{
	char peer[MSG_PEER_MAX];
	must(m->kind == MSG_TEXT && m->text && text_valid(m->text) && strlen(m->text) < MSG_TEXT_MAX);
	must(!strchr(m->text, '\r'));
	must(!anything || !text_blank(m->text) || m->attachment_count);
	must(!m->quoted || (text_valid(m->quoted) && *m->quoted));
	must(!strcmp(m->peer, LETTER_UNKNOWN_PEER) || (address_email(m->peer, peer) && !strcmp(peer, m->peer)));
	words_are_clean(m->subject, MSG_SUBJECT_MAX);
	words_are_clean(m->peer_name, MSG_PEER_MAX);
	must(m->external_id && strlen(m->external_id) < MSG_EXTERNAL_ID_MAX && text_valid(m->external_id));
	for (size_t i = 0; i < m->ref_count; i++) {
		size_t n = strlen(m->refs[i]);
		must(n > 2 && m->refs[i][0] == '<' && m->refs[i][n - 1] == '>' && text_valid(m->refs[i]));
	}
	must((m->automatic != MSG_BY_PERSON) == (m->automatic_why != NULL));
	must((!m->thread || text_valid(m->thread)) && (!m->thread_address || text_valid(m->thread_address)));
	must(!(m->verified && m->doubted));
	files_are_clean(m);
}

static void check_receipt(const struct receipt *r)
{
	must(r->external_id && text_valid(r->external_id));
	must(r->state == OUT_FAILED || r->state == OUT_ACCEPTED || r->state == OUT_DELIVERED || r->state == OUT_READ);
	must(!r->complaint || text_valid(r->complaint));
	must(!r->reason || text_valid(r->reason));
	must(!r->peer || text_valid(r->peer));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	converters_keep();
	struct input in = { p, n };
	mime_init();
	char *raw = (char *)input_bytes(&in, n);
	bool anything = false;
	for (size_t i = 0; i < n; i++)
		anything |= isalnum((unsigned char)raw[i]) != 0;
	struct arena *a = arena_create(4096);
	struct letter l;
	struct err e;
	struct letter_in mail = { .raw = raw, .n = n, .recipient = "12345+x@city.example", .auth_server = "mx", .own = "12345@city.example",
		.received_at = 1790000000000, .truncated = n % 4 == 3, .secret = &key, .keep = { .keep = keep } };
	must(letter_read(a, &mail, &l, &e) == 0);
	if (l.is_receipt)
		check_receipt(&l.receipt);
	else
		check_message(&l.msg, anything);
	arena_destroy(&a);
	free(raw);
	return 0;
}
