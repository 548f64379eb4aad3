#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/compose.h"
#include "adapters/email/header.h"
#include "adapters/email/quote.h"
#include "mails.h"

static struct buf out;
static char id[COMPOSE_ID_MAX], sender[MSG_PEER_MAX];
static const struct msg_out plain = { .id = 0xabc, .kind = OUT_TEXT, .peer = "zhang@qq.com", .author = "李工",
	.text = "您好：\n.\n水已恢复 <b>。\r\n详见https://city.example/a?b=1&c=2。", .language = "zh-CN",
	.ticket = "20261122300000011", .answers = "<tencent_1@qq.com>#abcdef", .thread_subject = "小区停水" };

static bool compose(const struct msg_out *m, bool token)
{
	struct compose c = { .msg = m, .own = MAIL_OWN, .hotline = "示范市12345", .language = "zh-CN", .secret = &mail_secret,
		.now = 1795140000000, .reply_token = token };
	buf_fini(&out);
	buf_init(&out, COMPOSE_MAX);
	return compose_mail(&c, &out, id, sender);
}

static const char *field(const char *name)
{
	struct headers h;
	arena_destroy(&mail_arena);
	mail_arena = arena_create(4096);
	headers_read(mail_arena, buf_str(&out), out.len, &h);
	return header_get(&h, name);
}

static int end(void **state)
{
	buf_fini(&out);
	return mails_end(state);
}

static void it_comes_back_as_it_was_written(void **state)
{
	(void)state;
	assert_true(compose(&plain, false));
	const struct msg_in *in = read_mail(out.data, out.len);
	assert_string_equal(in->subject, "Re: 小区停水 [工单 20261122300000011]");
	assert_string_equal(in->peer_name, "示范市12345");
	assert_int_equal(in->sent_at, 1795140000000);
	assert_non_null(strstr(in->text, "您好：\n.\n水已恢复 <b>。\n详见https://city.example/a?b=1&c=2。\n\n李工"));
	assert_string_equal(in->thread ? in->thread : "", "");
	assert_string_equal(field("In-Reply-To"), "<tencent_1@qq.com>");
	assert_string_equal(field("References"), "<tencent_1@qq.com>");
	assert_string_equal(field("Message-ID"), id);
	assert_null(field("Auto-Submitted"));
	assert_null(field("Reply-To"));
	assert_string_equal(sender, MAIL_OWN);
}

static void every_line_ends_with_crlf_and_is_short_ascii(void **state)
{
	(void)state;
	assert_true(compose(&plain, true));
	size_t line = 0;
	for (size_t i = 0; i < out.len; i++) {
		assert_true(out.data[i] < 0x7F);
		if (out.data[i] == '\n') {
			assert_true(i > 0 && out.data[i - 1] == '\r');
			assert_false(line == 2 && out.data[i - 2] == '.');
			line = 0;
		} else {
			assert_true(out.data[i] != '\r' || out.data[i + 1] == '\n');
			assert_true(++line <= 200);
		}
	}
}

static void an_answer_to_it_finds_its_ticket(void **state)
{
	(void)state;
	char mail[1000];
	assert_true(compose(&plain, true));
	snprintf(mail, sizeof mail, "From: zhang@qq.com\r\nIn-Reply-To: %s\r\n\r\n还没来水", id);
	assert_string_equal(read_mail(mail, strlen(mail))->thread, "20261122300000011");
	assert_string_equal(field("Reply-To") ? "yes" : "no", "yes");
	assert_string_equal(read_mail_as("From: a@b.cn\r\n\r\nx", 17, "a@b.cn", sender)->thread_address, "20261122300000011");
	assert_true(strcspn(sender, "@") <= 64);
}

static void nothing_in_the_texts_forges_a_field(void **state)
{
	(void)state;
	struct msg_out m = plain;
	m.thread_subject = "x\r\nBcc: evil@x.cn\r\n\r\nbody";
	m.author = "a\r\nb";
	m.answers = "<a b@c>#x";
	assert_true(compose(&m, false));
	assert_null(field("Bcc"));
	assert_null(field("In-Reply-To"));
	m.peer = "a@b.cn>\r\nRCPT TO:<evil@x.cn";
	assert_false(compose(&m, false));
	m.peer = LETTER_UNKNOWN_PEER;
	assert_false(compose(&m, false));
}

static void what_the_gateway_writes_says_so(void **state)
{
	(void)state;
	struct msg_out m = plain;
	m.automatic = true;
	assert_true(compose(&m, false));
	assert_string_equal(field("Auto-Submitted"), "auto-replied");
	assert_string_equal(field("X-Auto-Response-Suppress"), "All");
	assert_non_null(field("X-Xinqiao-Loop"));
	assert_int_equal(read_mail(out.data, out.len)->automatic, MSG_OWN_LOOP);
	m.answers = NULL;
	assert_true(compose(&m, false));
	assert_string_equal(field("Auto-Submitted"), "auto-generated");
}

static void a_survey_has_five_links_and_its_address_in_both_texts(void **state)
{
	(void)state;
	struct msg_out m = plain;
	m.kind = OUT_SURVEY;
	m.survey = "tok";
	m.survey_url = "https://city.example/rate/tok";
	assert_true(compose(&m, false));
	struct buf html;
	struct base64 b = { 0 };
	buf_init(&html, COMPOSE_MAX);
	const char *body = strstr(strstr(buf_str(&out), "text/html"), "\r\n\r\n");
	base64_decode(&b, body, (size_t)(strstr(body, "\r\n--=_") - body), &html);
	size_t links = 0;
	for (const char *p = buf_str(&html); (p = strstr(p, "href=\"https://city.example/rate/tok?rating=")); p++)
		links++;
	assert_int_equal(links, 5);
	assert_string_equal(field("List-Unsubscribe"), "<https://city.example/rate/tok?stop=1>");
	assert_string_equal(field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
	assert_non_null(strstr(buf_str(&html), "<a href=\"https://city.example/a?b=1&amp;c=2\">"));
	assert_non_null(strstr(buf_str(&html), "水已恢复 &lt;b&gt;"));
	assert_non_null(strstr(read_mail(out.data, out.len)->text, m.survey_url));
	buf_fini(&html);
}

static void the_language_of_the_message_is_used(void **state)
{
	(void)state;
	struct msg_out m = plain;
	m.language = "en";
	m.thread_subject = "Re: water";
	assert_true(compose(&m, false));
	const struct msg_in *in = read_mail(out.data, out.len);
	assert_string_equal(in->subject, "Re: water [Ticket 20261122300000011]");
	assert_non_null(strstr(in->text, QUOTE_MARK_EN));
}

static void files_come_back_with_their_names_and_bytes(void **state)
{
	(void)state;
	enum { N = 3 };
	const struct msg_attachment a[N] = { { "关于“供水”的说明 (终稿).pdf", "application/pdf", "", 0 }, { "photo 1.png", "image/png", "", 0 },
		{ "a\"b\\c.txt", "text/plain", "", 0 } };
	struct buf file[N];
	struct msg_out m = plain;
	m.attachment = a;
	m.attachment_count = N;
	for (size_t i = 0; i < N; i++)
		buf_init(&file[i], 4096);
	buf_adds(&file[0], "%PDF-1.4 words");
	for (int i = 0; i < 1000; i++)
		buf_addc(&file[1], (char)i);
	buf_adds(&file[2], ".\r\n..\r\n");
	struct compose c = { .msg = &m, .own = MAIL_OWN, .hotline = "示范市12345", .language = "zh-CN", .secret = &mail_secret,
		.now = 1795140000000, .file = file };
	buf_fini(&out);
	buf_init(&out, COMPOSE_MAX);
	assert_true(compose_mail(&c, &out, id, sender));
	const struct msg_in *in = read_mail(out.data, out.len);
	assert_non_null(strstr(in->text, "水已恢复 <b>。"));
	assert_int_equal(in->attachment_count, N);
	assert_string_equal(in->attachment[0].name, a[0].name);
	assert_string_equal(in->attachment[1].name, a[1].name);
	assert_string_equal(in->attachment[2].name, "c.txt");
	for (size_t i = 0; i < N; i++) {
		uint8_t hash[SHA256_LEN];
		char hex[HEX_SHA256];
		crypto_sha256(file[i].data, file[i].len, hash);
		assert_string_equal(in->attachment[i].sha256, crypto_hex(hash, sizeof hash, hex));
		buf_fini(&file[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back_as_it_was_written),
		cmocka_unit_test(every_line_ends_with_crlf_and_is_short_ascii),
		cmocka_unit_test(an_answer_to_it_finds_its_ticket),
		cmocka_unit_test(nothing_in_the_texts_forges_a_field),
		cmocka_unit_test(what_the_gateway_writes_says_so),
		cmocka_unit_test(a_survey_has_five_links_and_its_address_in_both_texts),
		cmocka_unit_test(the_language_of_the_message_is_used),
		cmocka_unit_test(files_come_back_with_their_names_and_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
