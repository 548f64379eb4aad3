#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "adapters/email/picture.h"
#include "gateway/model/text.h"
#include "mails.h"
#include "tests/unit/slack.h"

static void qq_mail_is_read_whole(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	mail_qq(&m);
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_string_equal(in->peer, "zhangsan@qq.com");
	assert_string_equal(in->peer_name, "张三");
	assert_string_equal(in->subject, "小区停水三天无人处理");
	assert_string_equal(in->text, "门口的路灯坏了，请尽快修。\n谢谢！");
	assert_true(strstr(in->quoted, "原始邮件") && strstr(in->quoted, "您好"));
	assert_int_equal(in->attachment_count, 1);
	assert_string_equal(in->attachment[0].name, "路灯照片.jpg");
	assert_string_equal(in->attachment[0].type, "image/jpeg");
	assert_int_equal(in->attachment[0].size, 12);
	assert_int_equal(in->sent_at, 1795140000000);
	assert_int_equal(in->automatic, MSG_BY_PERSON);
	assert_string_equal(in->account, MAIL_OWN);
	assert_int_equal(kept, 1); /* the picture */
	assert_int_equal(in->raw_n, m.len);
	assert_memory_equal(in->raw, m.data, m.len);
	buf_fini(&m);
}

static void a_large_one_is_kept_as_a_file(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	mail_163(&m);
	while (m.len <= MSG_RAW_MAX)
		buf_adds(&m, "and so on, and so on\r\n");
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_int_equal(kept, 1);
	assert_null(in->raw);
	assert_int_equal(strlen(in->raw_sha256), HEX_SHA256 - 1);
	buf_fini(&m);
}

static void undeclared_gbk_of_163_is_read(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	mail_163(&m);
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_string_equal(in->subject, "医院停水");
	assert_string_equal(in->text, "我们医院停水了，谢谢。");
	assert_true(in->quoted && strstr(in->quoted, "写道"));
	buf_fini(&m);
}

static void outlook_html_is_readable_and_its_quotation_parted(void **state)
{
	(void)state;
	const struct msg_in *in = read_text(mail_outlook);
	assert_string_equal(in->peer_name, "王五");
	assert_string_equal(in->subject, "停水投诉");
	assert_true(strstr(in->text, "楼道灯不亮\n\n请处理 一下") == in->text);
	assert_null(strstr(in->text, "旧的内容"));
	assert_null(strstr(in->text, "color"));
	assert_true(strstr(in->quoted, "旧的内容") != NULL);
}

static void flowed_chinese_gets_no_blank_at_its_breaks(void **state)
{
	(void)state;
	assert_string_equal(read_text(mail_apple)->text, "夜里施工噪音太大，已经连续三天。");
}

static void gmail_answer_is_parted_and_its_references_are_nearest_first(void **state)
{
	(void)state;
	const struct msg_in *in = read_text(mail_gmail);
	assert_string_equal(in->text, "还没有修好");
	assert_int_equal(in->ref_count, 2);
	assert_string_equal(in->refs[0], "<b@x>");
	assert_string_equal(in->refs[1], "<a@x>");
}

static void html_counts_where_the_plain_alternative_is_blank(void **state)
{
	(void)state;
	const struct msg_in *in = read_text(mail_nested);
	assert_string_equal(in->text, "有图");
	assert_int_equal(in->attachment_count, 2);
	assert_string_equal(in->attachment[0].type, "image/png");
	assert_string_equal(in->attachment[1].name, "winmail.dat");
	assert_string_equal(in->attachment[1].type, "application/ms-tnef");
}

static void broken_structure_still_gives_the_words(void **state)
{
	(void)state;
	assert_string_equal(read_text(mail_unterminated)->text, "没有结尾的邮件");
	assert_string_equal(read_text(mail_no_boundary)->text, "正文在这里");
	assert_string_equal(read_text("没有信头的一封信，请处理")->text, "没有信头的一封信，请处理");
	assert_string_equal(read_text("\n\r\nFrom: a@b.cn\nSubject: s\n\nbody")->text, "body");
	assert_string_equal(read_text("From: a@b.cn\rSubject: s\r\rbody")->text, "body");
	assert_string_equal(read_text("From: a@b.cn\r\nSubject: 只有主题\r\n\r\n")->text, "只有主题");
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: image/png; name=x.png\r\n\r\nabc")->text, "[x.png]");
	assert_string_equal(read_text("")->text, "");
}

static void nul_bytes_cut_nothing(void **state)
{
	(void)state;
	static const char mail[] = "From: a@b.cn\r\nSubject: a\0b\r\n\r\nfirst\0second";
	const struct msg_in *in = read_mail(mail, sizeof mail - 1);
	assert_string_equal(in->subject, "a b");
	assert_string_equal(in->text, "first\xEF\xBF\xBDsecond");
}

/* Or mails of strangers would belong together. */
static void an_id_of_what_cannot_be_seen_is_none(void **state)
{
	(void)state;
	const struct msg_in *in = read_text("From: a@b.cn\r\nMessage-ID: <\x0C\x01>\r\nReferences: <\x01> <a@b>\r\n\r\nwords");
	assert_int_equal(in->ref_count, 1);
	assert_string_equal(in->refs[0], "<a@b>");
	assert_memory_not_equal(in->external_id, "<>", 2);
}

static void what_nobody_can_see_says_nothing(void **state)
{
	(void)state;
	assert_string_equal(read_text("From: a@b.cn\r\nSubject: 停水\r\n\r\n\xC2\x80\xC2\x81\r\n")->text, "停水");
	assert_non_null(strstr(read_text("From: a@b.cn\r\nSubject: \xC2\x80\r\n\r\n\xE2\x80\x8B\r\n")->text, "From: a@b.cn"));
}

static void base64_that_was_joined_is_read_to_its_end(void **state)
{
	(void)state;
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
		"\r\n5YGc5rC0YQ==\r\n5oqV6K+J\r\n")->text, "停水a投诉");
}

static void a_forwarded_mail_is_a_file_and_its_words_are_said(void **state)
{
	(void)state;
	const struct msg_in *in = read_text("From: a@b.cn\r\nSubject: fwd\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n"
		"Content-Type: message/rfc822\r\n\r\nFrom: c@d.cn\r\nSubject: inner\r\n\r\ninner words\r\n--A--\r\n");
	assert_string_equal(in->text, "inner words");
	assert_int_equal(in->attachment_count, 1);
	assert_string_equal(in->attachment[0].name, "inner.eml");
	assert_string_equal(in->attachment[0].type, "message/rfc822");
}

static void hostile_names_and_types_are_made_harmless(void **state)
{
	(void)state;
	const struct msg_in *in = read_text("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n"
		"Content-Type: image/png; name=\"../../etc/passwd\"\r\n\r\n<html><script>x</script>\r\n--A\r\n"
		"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=\"..\\\\..\\\\a\xE2\x80\xAEgpj.exe\"\r\n\r\nx\r\n--A--\r\n");
	assert_int_equal(in->attachment_count, 2);
	assert_string_equal(in->attachment[0].name, "passwd");
	assert_string_equal(in->attachment[0].type, "text/html");
	assert_string_equal(in->attachment[1].name, "agpj.exe");
}

static void a_mail_past_the_limits_keeps_header_and_source(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, "From: a@b.cn\r\nSubject: groups\r\nTo: ");
	for (int i = 0; i < 20000; i++)
		buf_adds(&m, "g:");
	buf_adds(&m, "\r\n\r\nbody words");
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_string_equal(in->subject, "groups");
	assert_true(strstr(in->text, "body words") != NULL);
	assert_string_equal(in->attachment[0].name, "mail.eml");
	buf_clear(&m);
	buf_adds(&m, "From: a@b.cn\r\nSubject: deep\r\n");
	for (int i = 0; i < 900; i++)
		buf_addf(&m, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	for (int i = 0; i < 100000; i++)
		buf_adds(&m, "--\r\n");
	assert_string_equal(read_mail(m.data, m.len)->subject, "deep");
	buf_fini(&m);
}

static void a_huge_field_and_two_froms_are_borne(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, "From: a@b.cn\r\nFrom: \"c@d.cn\" <e@f.cn>\r\nX-Long: ");
	for (int i = 0; i < 90000; i++)
		buf_addc(&m, 'x');
	buf_adds(&m, "\r\nSubject: s\r\n\r\nwords");
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_string_equal(in->peer, "a@b.cn");
	assert_string_equal(in->text, "words");
	assert_string_equal(read_text("From: \"evil@x.cn\" <real@qq.com>\r\n\r\nx")->peer, "real@qq.com");
	assert_string_equal(read_mail_as("Subject: s\r\n\r\nx", 16, "Env@QQ.com", NULL)->peer, "env@qq.com");
	assert_string_equal(read_text("Subject: s\r\n\r\nx")->peer, LETTER_UNKNOWN_PEER);
	buf_fini(&m);
}

static void a_text_past_the_cap_is_cut_and_says_so(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, "From: a@b.cn\r\nSubject: long\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	for (int i = 0; i < 200000; i++)
		buf_adds(&m, "停水三天");
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_true(strlen(in->text) <= MSG_TEXT_MAX && strlen(in->text) > MSG_TEXT_MAX - 1000);
	assert_non_null(strstr(in->text, "邮件超过大小上限"));
	buf_fini(&m);
}

static void html_keeps_lists_tables_and_links(void **state)
{
	(void)state;
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
		"<p>诉求：</p><ol><li>停水<li>停电</ol><table><tr><th>户号</th><th>天数</th></tr><tr><td>1</td><td>3</td></tr></table>"
		"<p>见<a href='https://x.cn/a'>这里</a>，<a href='http://y.cn'>y.cn</a><br>完<img alt='照片'></p><script>alert(1)</script>")->text,
		"诉求：\n\n1. 停水\n2. 停电\n\n户号 | 天数\n1 | 3\n\n见这里 <https://x.cn/a>，y.cn\n完[照片]");
}

static void no_line_of_html_is_ended_by_a_reference(void **state)
{
	(void)state;
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: text/html\r\n\r\n<pre>a&#13;&#10;b&#13;c\r\nd</pre>")->text,
		"a\nb\nc\nd");
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: text/html\r\n\r\nsee <img alt='a&#13;b&#10;> c'>"
		"<a href='http://x.cn/&#10;> d'>e</a>")->text, "see [a b > c]e <http://x.cn/ > d>");
}

static void html_charset_comes_from_meta(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, "From: a@b.cn\r\nContent-Type: text/html\r\n\r\n<meta http-equiv=Content-Type content=\"text/html; charset=big5\"><p>");
	in_charset("BIG5", "路燈壞了", &m);
	assert_string_equal(read_mail(m.data, m.len)->text, "路燈壞了");
	buf_fini(&m);
}

/* --- threads --- */

static void a_signed_id_in_an_answer_names_the_ticket(void **state)
{
	(void)state;
	char mark[THREAD_MARK_MAX], mail[1000];
	assert_true(thread_sign(&mail_secret, "20261122300000011", 77, mark));
	snprintf(mail, sizeof mail, "From: a@b.cn\r\nIn-Reply-To: <qq-changed@qq.com>\r\nReferences: <x@y> <%s@city.example>\r\n\r\nx", mark);
	assert_string_equal(read_text(mail)->thread, "20261122300000011");
	for (char *p = strstr(mail, "x.2026"); *p != '@'; p++)
		*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	assert_string_equal(read_text(mail)->thread, "20261122300000011"); /* some systems fold case */
	strstr(mail, "2026112230")[5] = '9';
	assert_null(read_text(mail)->thread);
}

static void a_subaddress_with_our_mark_names_the_ticket(void **state)
{
	(void)state;
	char mark[THREAD_MARK_MAX], rcpt[300];
	assert_true(thread_sign(&mail_secret, "20261122300000011", 77, mark));
	snprintf(rcpt, sizeof rcpt, "12345+%s@city.example", mark);
	const struct msg_in *in = read_mail_as("From: a@b.cn\r\n\r\nx", 17, "a@b.cn", rcpt);
	assert_string_equal(in->thread_address, "20261122300000011");
	assert_null(in->thread); /* what it answers counts before where it was sent */
	assert_null(read_mail_as("From: a@b.cn\r\n\r\nx", 17, "a@b.cn",
		"12345+x.2026.1.aaaaaaaaaaaaaaaa@city.example")->thread_address);
}

static char *id_of(const char *mail)
{
	static char ids[8][400];
	static unsigned at;
	char *id = ids[at++ % 8];
	snprintf(id, 400, "%s", read_text(mail)->external_id);
	return id;
}

static void one_mail_has_one_id_by_every_way_in(void **state)
{
	(void)state;
	const char *a = id_of("Received: 1\r\nFrom: a@b.cn\r\nMessage-ID: <1@b>\r\nSubject: s\r\n\r\nbody\r\n");
	assert_true(!strncmp(a, "<1@b>#", 6));
	assert_string_equal(a, id_of("Return-Path: <a@b.cn>\r\nDelivered-To: x\r\nReceived: 2\r\nReceived: 1\r\nFrom: a@b.cn\r\n"
		"Message-ID: <1@b>\r\nSubject: s\r\n\r\nbody\r\n\r\n"));
	assert_string_equal(a, id_of("From: a@b.cn\nMessage-ID: <1@b>\nSubject: s\n\nbody\n"));
	assert_string_not_equal(a, id_of("From: a@b.cn\r\nMessage-ID: <1@b>\r\nSubject: s\r\n\r\nother\r\n"));
	assert_string_not_equal(a, id_of("From: a@b.cn\r\nMessage-ID: <1@b>\r\nSubject: t\r\n\r\nbody\r\n"));
	assert_string_equal(thread_id_of_external(mail_arena, "<1@b>#abc"), "<1@b>");
}

static void a_mail_without_an_id_is_known_by_its_way(void **state)
{
	(void)state;
	const char *a = id_of("Received: queue 1\r\nFrom: a@b.cn\r\n\r\nbody");
	assert_int_equal(a[0], '#');
	assert_string_equal(a, id_of("Received: queue 1\r\nFrom: a@b.cn\r\n\r\nbody"));
	assert_string_not_equal(a, id_of("Received: queue 2\r\nFrom: a@b.cn\r\n\r\nbody"));
	assert_string_not_equal(a, id_of("Received: queue 1\r\nFrom: a@b.cn\r\nX-Form: 2\r\n\r\nbody"));
	a = id_of("Return-Path: <a@b.cn>\r\nSubject: s\r\n\r\nbody"); /* nobody's name in it: the envelope tells them apart */
	assert_string_not_equal(a, id_of("Return-Path: <c@d.cn>\r\nSubject: s\r\n\r\nbody"));
}

/* --- bounces --- */

static void a_bounce_of_ours_is_a_receipt(void **state)
{
	(void)state;
	static const char *const heads[] = { bounce_postfix_head, bounce_163_head };
	static const char *const reasons[] = { "5.1.1 smtp; 550 5.1.1 User unknown",
		"5.0.0 SMTP; 554 DT:SPM (rejected by system)" };
	static const char *const peers[] = { "gone@qq.com", "gone@163.com" };
	for (size_t i = 0; i < 2; i++) {
		struct buf m;
		char mark[THREAD_MARK_MAX], want[200];
		buf_init(&m, MAIL_MAX);
		mail_bounce(&m, heads[i], "20261122300000011", 78);
		read_mail(m.data, m.len);
		assert_true(letter.is_receipt);
		thread_sign(&mail_secret, "20261122300000011", 78, mark);
		snprintf(want, sizeof want, "<%s@city.example>", mark);
		assert_string_equal(letter.receipt.external_id, want); /* not the older id in References */
		assert_int_equal(letter.receipt.state, OUT_FAILED);
		assert_string_equal(letter.receipt.reason, reasons[i]);
		assert_string_equal(letter.receipt.peer, peers[i]);
		buf_fini(&m);
	}
}

static void a_delay_is_no_failure(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	mail_bounce(&m, bounce_postfix_head, NULL, 78);
	char *action = strstr((char *)m.data, "failed\r\nStatus: 5");
	memcpy(action, "delaye\r\nStatus: 4", 17);
	read_mail(m.data, m.len);
	assert_true(letter.is_receipt);
	assert_int_equal(letter.receipt.state, OUT_ACCEPTED);
	buf_fini(&m);
}

static void a_forged_bounce_is_a_machine_mail_and_no_receipt(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	mail_bounce(&m, bounce_postfix_head, NULL, 78);
	for (char *p = (char *)m.data; (p = strstr(p, "x.0."));)
		*++p = '_';
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_false(letter.is_receipt);
	assert_int_equal(in->automatic, MSG_BOUNCE);
	buf_fini(&m);
}

/* A mail of a type of report, about our mail 78. */
static const char *report_of(const char *type, const char *subtype, const char *fields, const char *rest)
{
	static char mail[3000];
	char mark[THREAD_MARK_MAX];
	thread_sign(&mail_secret, "20261122300000011", 78, mark);
	snprintf(mail, sizeof mail, "From: <someone@qq.com>\r\nSubject: x\r\nContent-Type: multipart/report; report-type=%s;"
		" boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nwords\r\n--B\r\nContent-Type: message/%s\r\n\r\n%s\r\n"
		"--B\r\nContent-Type: text/rfc822-headers\r\n\r\n%sMessage-ID: <%s@city.example>\r\n\r\n--B--\r\n", type, subtype,
		fields, rest, mark);
	return mail;
}

static void a_disposition_notification_is_a_read_receipt(void **state)
{
	(void)state;
	read_text(report_of("disposition-notification", "disposition-notification", "Final-Recipient: rfc822; zhang@qq.com\r\n"
		"Disposition: manual-action/MDN-sent-manually; displayed\r\n", ""));
	assert_true(letter.is_receipt);
	assert_int_equal(letter.receipt.state, OUT_READ);
	assert_string_equal(letter.receipt.peer, "zhang@qq.com");
	read_text(report_of("disposition-notification", "disposition-notification", "Final-Recipient: rfc822; zhang@qq.com\r\n"
		"Disposition: automatic-action/MDN-sent-automatically; deleted\r\n", ""));
	assert_true(letter.is_receipt);
	assert_int_equal(letter.receipt.state, OUT_ACCEPTED);
}

static void a_complaint_is_noted_on_our_mail(void **state)
{
	(void)state;
	read_text(report_of("feedback-report", "feedback-report", "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
		"Original-Rcpt-To: <zhang@qq.com>\r\n", ""));
	assert_true(letter.is_receipt);
	assert_string_equal(letter.receipt.complaint, "abuse");
	assert_string_equal(letter.receipt.peer, "zhang@qq.com");
}

static void a_bounce_in_free_words_is_a_receipt_with_its_reason(void **state)
{
	(void)state;
	char mark[THREAD_MARK_MAX], mail[2000];
	thread_sign(&mail_secret, "20261122300000011", 78, mark);
	snprintf(mail, sizeof mail, "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program.\r\n"
		"<gone@qq.com>:\r\n1.2.3.4 does not like recipient.\r\nRemote host said: 550 Mailbox not found\r\n\r\n"
		"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <%s@city.example>\r\n", mark);
	read_text(mail);
	assert_true(letter.is_receipt);
	assert_int_equal(letter.receipt.state, OUT_FAILED);
	assert_string_equal(letter.receipt.reason, "Remote host said: 550 Mailbox not found");
	snprintf(mail, sizeof mail, "From: MAILER-DAEMON@mx.example\r\nSubject: Warning: message delayed 24 hours\r\n\r\nstill trying\r\n"
		"Message-ID: <%s@city.example>\r\n", mark);
	read_text(mail);
	assert_int_equal(letter.receipt.state, OUT_ACCEPTED);
}

static const struct msg_in *authenticated(const char *results, const char *from)
{
	char mail[1000];
	snprintf(mail, sizeof mail, "%sFrom: %s\r\nSubject: x\r\n\r\nwords", results, from);
	return read_text(mail);
}

static void our_servers_word_on_the_sender_is_believed(void **state)
{
	(void)state;
	const struct msg_in *in = authenticated("Authentication-Results: mx.city.example; dmarc=pass\r\n", "a@qq.com");
	assert_false(in->verified || in->doubted); /* no server configured */
	mail_auth_server = "mx.city.example";
	assert_true(authenticated("Authentication-Results: mx.city.example 1;\r\n dkim=pass (2048-bit key) header.d=qq.com"
		" header.i=@qq.com;\r\n dmarc=pass (p=none dis=none) header.from=qq.com\r\n", "a@qq.com")->verified);
	assert_true(authenticated("Authentication-Results: mx.city.example; spf=pass smtp.mailfrom=x@mail.qq.com\r\n",
		"a@qq.com")->verified);
	assert_true(authenticated("Authentication-Results: mx.city.example; spf=pass smtp.mailfrom=evil.example\r\n",
		"a@qq.com")->doubted);
	assert_true(authenticated("Authentication-Results: mx.city.example; dkim=pass header.d=com\r\n", "a@qq.com")->doubted);
	assert_true(authenticated("Authentication-Results: mx.city.example; dkim=pass header.d=qq.com; dmarc=fail\r\n",
		"a@qq.com")->doubted);
	assert_true(authenticated("Authentication-Results: mx.evil.example; dmarc=pass\r\n", "a@qq.com")->doubted);
	assert_true(authenticated("Received: by mx\r\nReceived: by evil\r\nAuthentication-Results: mx.city.example; dmarc=pass\r\n",
		"a@qq.com")->doubted);
	assert_true(authenticated("", "a@qq.com")->doubted);
	mail_auth_server = NULL;
}

static void a_picture_in_the_text_stands_at_its_place(void **state)
{
	(void)state;
	const struct msg_in *in = read_text("From: a@b.cn\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\n"
		"Content-Type: text/html; charset=utf-8\r\n\r\n<p>坑在这里<img src=\"cid:p1@x\">，还有<img src='cid:none'></p>"
		"<div class=gmail_quote>旧的</div>\r\n--B\r\nContent-Type: image/png; name=\"坑.png\"\r\nContent-ID: <p1@x>\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--B--\r\n");
	assert_string_equal(in->text, "坑在这里[坑.png]，还有[图片]");
	assert_string_equal(in->quoted, "旧的");
	assert_string_equal(in->attachment[0].name, "坑.png");
}

/* Each begins, and none ends. */
static void marks_without_an_end_take_no_time(void **state)
{
	(void)state;
	struct buf text;
	long at = -1;
	buf_init(&text, MSG_TEXT_MAX);
	while (buf_adds(&text, PICTURE_MARK))
		;
	size_t n = text.len;
	clock_t from = clock();
	pictures_place(NULL, 0, &text, &at);
	assert_true(clock() - from < CLOCKS_PER_SEC / 4 * slack());
	assert_int_equal(text.len, n);
	buf_fini(&text);
}

static void files_over_the_limits_are_named_in_the_text_and_kept_in_the_raw_mail(void **state)
{
	(void)state;
	static const char mail[] = "From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nwords\r\n"
		"--B\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n--B\r\nContent-Type: application/pdf; name=b.pdf\r\n\r\n"
		"%PDF-1.4 long\r\n--B\r\nContent-Type: application/pdf; name=c.pdf\r\n\r\n%PDF-1.5\r\n--B--\r\n";
	mail_limits = (struct mime_limits){ .file = 10, .total = 12 };
	const struct msg_in *in = read_text(mail);
	assert_int_equal(in->attachment_count, 1);
	assert_string_equal(in->attachment[0].name, "a.pdf");
	assert_non_null(strstr(in->text, "2 个附件超过限额"));
	mail_limits = (struct mime_limits){ .files = 2 };
	assert_int_equal(read_text(mail)->attachment_count, 2);
	mail_limits = (struct mime_limits){ 0 };
	assert_int_equal(read_text(mail)->attachment_count, 3);
}

static void a_letter_with_a_name_is_still_read(void **state)
{
	(void)state;
	assert_string_equal(read_text("From: a@b.cn\r\nContent-Type: text/plain; charset=utf-8; name=\"letter.txt\"\r\n\r\n停水")->text,
		"停水");
	assert_string_equal(read_text("From: a@b.cn (张三)\r\n\r\nx")->peer, "a@b.cn");
}

/* --- everything, cut --- */

static void check_cut(const void *p, size_t n)
{
	char *copy = mem_dup(p, n ? n : 1); /* its own block, so that ASan sees a step beyond */
	const struct msg_in *in = read_mail(copy, n);
	if (!letter.is_receipt && n > 0)
		assert_false(text_blank(in->text) && in->attachment_count == 0 && !in->subject);
	free(copy);
}

static void a_mail_cut_anywhere_is_never_empty(void **state)
{
	(void)state;
	struct buf m[4];
	for (int i = 0; i < 4; i++)
		buf_init(&m[i], MAIL_MAX);
	mail_qq(&m[0]);
	mail_163(&m[1]);
	mail_bounce(&m[2], bounce_postfix_head, NULL, 5);
	mail_bounce(&m[3], bounce_163_head, NULL, 5);
	static const char *const texts[] = { mail_outlook, mail_apple, mail_gmail, mail_nested, mail_unterminated,
		mail_no_boundary };
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= m[i].len; n += 64)
			check_cut(m[i].data, n);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t n = 0; n <= strlen(texts[i]); n += 64)
			check_cut(texts[i], n);
	for (int i = 0; i < 4; i++)
		buf_fini(&m[i]);
}

static void ids_of_any_bytes_are_clean_and_answers_still_find_them(void **state)
{
	(void)state;
	char own[MSG_EXTERNAL_ID_MAX];
	strcpy(own, read_text("From: a@b.cn\r\nMessage-ID: <a\xff\x01@b>\r\n\r\nfirst")->external_id);
	assert_memory_equal(own, "<a\xEF\xBF\xBD@b>#", 9);
	const struct msg_in *in = read_text("From: a@b.cn\r\nReferences: <a\xff\x01@b>\r\n\r\nsecond");
	assert_int_equal(in->ref_count, 1);
	assert_memory_equal(in->refs[0], own, strlen(in->refs[0]));
}

static void a_name_is_cut_to_one_that_any_system_takes(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, "From: a@b.cn\r\nContent-Type: image/png; name=\"");
	for (int i = 0; i < 199; i++)
		buf_addc(&m, 'a');
	buf_adds(&m, ". and more without an end\"\r\n\r\nx");
	const char *name = read_mail(m.data, m.len)->attachment[0].name;
	assert_int_equal(strlen(name), 199);
	assert_int_equal(name[198], 'a');
	buf_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qq_mail_is_read_whole),
		cmocka_unit_test(a_large_one_is_kept_as_a_file),
		cmocka_unit_test(undeclared_gbk_of_163_is_read),
		cmocka_unit_test(outlook_html_is_readable_and_its_quotation_parted),
		cmocka_unit_test(flowed_chinese_gets_no_blank_at_its_breaks),
		cmocka_unit_test(gmail_answer_is_parted_and_its_references_are_nearest_first),
		cmocka_unit_test(html_counts_where_the_plain_alternative_is_blank),
		cmocka_unit_test(broken_structure_still_gives_the_words),
		cmocka_unit_test(nul_bytes_cut_nothing),
		cmocka_unit_test(what_nobody_can_see_says_nothing),
		cmocka_unit_test(an_id_of_what_cannot_be_seen_is_none),
		cmocka_unit_test(base64_that_was_joined_is_read_to_its_end),
		cmocka_unit_test(a_forwarded_mail_is_a_file_and_its_words_are_said),
		cmocka_unit_test(hostile_names_and_types_are_made_harmless),
		cmocka_unit_test(a_mail_past_the_limits_keeps_header_and_source),
		cmocka_unit_test(a_huge_field_and_two_froms_are_borne),
		cmocka_unit_test(a_text_past_the_cap_is_cut_and_says_so),
		cmocka_unit_test(html_keeps_lists_tables_and_links),
		cmocka_unit_test(no_line_of_html_is_ended_by_a_reference),
		cmocka_unit_test(html_charset_comes_from_meta),
		cmocka_unit_test(a_signed_id_in_an_answer_names_the_ticket),
		cmocka_unit_test(a_subaddress_with_our_mark_names_the_ticket),
		cmocka_unit_test(one_mail_has_one_id_by_every_way_in),
		cmocka_unit_test(a_mail_without_an_id_is_known_by_its_way),
		cmocka_unit_test(a_bounce_of_ours_is_a_receipt),
		cmocka_unit_test(a_delay_is_no_failure),
		cmocka_unit_test(a_forged_bounce_is_a_machine_mail_and_no_receipt),
		cmocka_unit_test(a_disposition_notification_is_a_read_receipt),
		cmocka_unit_test(a_complaint_is_noted_on_our_mail),
		cmocka_unit_test(a_bounce_in_free_words_is_a_receipt_with_its_reason),
		cmocka_unit_test(our_servers_word_on_the_sender_is_believed),
		cmocka_unit_test(a_picture_in_the_text_stands_at_its_place),
		cmocka_unit_test(marks_without_an_end_take_no_time),
		cmocka_unit_test(files_over_the_limits_are_named_in_the_text_and_kept_in_the_raw_mail),
		cmocka_unit_test(a_letter_with_a_name_is_still_read),
		cmocka_unit_test(a_mail_cut_anywhere_is_never_empty),
		cmocka_unit_test(ids_of_any_bytes_are_clean_and_answers_still_find_them),
		cmocka_unit_test(a_name_is_cut_to_one_that_any_system_takes),
	};
	return cmocka_run_group_tests(tests, NULL, mails_end);
}
