/* Our own mails, with a stranger's words in them: no text may forge a field, and what we write is read again. Input
 * lines: name and subjects, id answered, peer, author, URL; then the text. */
#include "tests/fuzz/converters.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

#include "adapters/email/compose.h"
#include "adapters/email/letter.h"
#include "gateway/model/address.h"

enum { FUZZ_MAX = 512 };

static const struct secret key = { .key = { 1, 2, 3 } };

static int keep(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e)
{
	(void)arg, (void)p, (void)n, (void)e;
	memset(sha256, 'a', HEX_SHA256 - 1);
	sha256[HEX_SHA256 - 1] = '\0';
	return 0;
}

static void lines_are_legal(const struct buf *mail, bool ascii)
{
	size_t line = 0;
	for (size_t i = 0; i < mail->len; i++) {
		uint8_t c = mail->data[i];
		must(c && (c < 0x80 || !ascii));
		if (c == '\n') {
			must(i && mail->data[i - 1] == '\r' && line <= 998);
			line = 0;
		} else {
			must(c != '\r' || mail->data[i + 1] == '\n');
			line += c != '\r';
		}
	}
	must(line == 0);
}

/* Each field once, and none but ours. */
static void fields_are_ours(struct arena *a, const struct buf *mail)
{
	static const char *const ours[] = { "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References",
		"Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Xinqiao-Loop", "List-Unsubscribe",
		"List-Unsubscribe-Post", "MIME-Version", "Content-Type",
		NULL };
	struct headers h;
	headers_read(a, (const char *)mail->data, mail->len, &h);
	for (size_t i = 0; i < h.count; i++) {
		size_t k = 0;
		while (ours[k] && strcasecmp(ours[k], h.field[i].name))
			k++;
		must(ours[k]);
		for (size_t j = 0; j < i; j++)
			must(strcasecmp(h.field[i].name, h.field[j].name));
	}
}

static void comes_back_to_us(struct arena *a, const struct buf *mail)
{
	struct letter l;
	struct err e;
	struct letter_in in = { .raw = (const char *)mail->data, .n = mail->len, .own = "12345@city.example",
		.secret = &key, .keep = { .keep = keep } };
	must(letter_read(a, &in, &l, &e) == 0);
	must(!l.is_receipt && l.msg.automatic == MSG_OWN_LOOP);
	must(!strcmp(l.msg.peer, "12345@city.example") && !l.msg.attachment_count && *l.msg.text);
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	converters_keep();
	struct input in = { p, n };
	unsigned choice = input_byte(&in);
	char *line[6];
	mime_init();
	for (size_t i = 0; i < 6; i++)
		line[i] = input_line(&in);
	char *text = input_rest(&in), peer[MSG_PEER_MAX] = "";
	if (choice & 2 && !address_email(line[3], peer)) /* a citizen's address has passed this on its way in */
		peer[0] = '\0';
	struct msg_out m = { .id = choice, .kind = choice & 1 ? OUT_SURVEY : OUT_TEXT, .peer = choice & 2 ? peer : "a@b.cn",
		.author = line[4], .automatic = choice & 4, .subject = choice & 8 ? line[0] : NULL,
		.thread_subject = choice & 16 ? line[1] : NULL, .answers = choice & 32 ? line[2] : NULL, .text = text,
		.language = choice & 64 ? "en" : "zh-CN", .survey = choice & 1 ? "t" : NULL,
		.survey_url = choice & 1 ? line[5] : NULL, .ticket = "20261122300000011", .account = "12345@city.example" };
	struct compose c = { .msg = &m, .own = "12345@city.example", .hotline = "心桥市 12345", .language = "zh-CN",
		.secret = &key, .now = 1790000000000, .reply_token = choice & 128 };
	struct buf mail;
	struct arena *a = arena_create(4096);
	char id[COMPOSE_ID_MAX], sender[MSG_PEER_MAX];
	buf_init(&mail, COMPOSE_MAX);
	if (compose_mail(&c, &mail, id, sender)) {
		must(strlen(id) < sizeof id && strlen(sender) < sizeof sender);
		lines_are_legal(&mail, choice & 2 ? is_ascii(peer) : true);
		fields_are_ours(a, &mail);
		if (n % 4 == 0) /* reading is most of the work, and letter_fuzz.c's subject */
			comes_back_to_us(a, &mail);
	} else {
		must(choice & 2);
	}
	buf_fini(&mail);
	arena_destroy(&a);
	for (size_t i = 0; i < 6; i++)
		free(line[i]);
	free(text);
	return 0;
}
