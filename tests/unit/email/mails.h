/* Mails as real programs write them, built by ourselves, and their reading. */
#ifndef XQ_TESTS_MAILS_H
#define XQ_TESTS_MAILS_H

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/email/letter.h"
#include "adapters/email/thread.h"
#include "adapters/email/transfer.h"
#include "gateway/base/buf.h"
#include "gateway/base/mem.h"

enum { MAIL_MAX = 16 << 20 };
static const struct secret mail_secret = { .key = { 1, 2, 3 } };
#define MAIL_OWN "12345@city.example"

/* UTF-8 to another charset; appended. */
static inline void in_charset(const char *charset, const char *text, struct buf *out)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	char piece[65536], *in = (char *)(uintptr_t)text, *to = piece;
	size_t n = strlen(text), room = sizeof piece;
	if (cd == (iconv_t)-1 || iconv(cd, &in, &n, &to, &room) == (size_t)-1)
		abort();
	buf_add(out, piece, (size_t)(to - piece));
	iconv_close(cd);
}

/* "=?charset?B?…?=" of text. */
static inline void b_word(const char *charset, const char *text, struct buf *out)
{
	struct buf bytes;
	buf_init(&bytes, MAIL_MAX);
	in_charset(charset, text, &bytes);
	buf_addf(out, "=?%s?B?", charset);
	base64_encode(bytes.data, bytes.len, 0, out);
	buf_adds(out, "?=");
	buf_fini(&bytes);
}

/* A base64 body of text in a charset. */
static inline void b64_body(const char *charset, const char *text, struct buf *out)
{
	struct buf bytes;
	buf_init(&bytes, MAIL_MAX);
	in_charset(charset, text, &bytes);
	base64_encode(bytes.data, bytes.len, 76, out);
	buf_fini(&bytes);
}

/* --- reading --- */

static struct arena *mail_arena;
static struct letter letter; /* of the last read_mail() */
static unsigned kept;        /* blobs of it */
static const char *mail_auth_server;
static struct mime_limits mail_limits;

static inline int mail_keep(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e)
{
	(void)arg, (void)e;
	uint8_t hash[SHA256_LEN];
	crypto_sha256(p, n, hash);
	crypto_hex(hash, sizeof hash, sha256);
	kept++;
	return 0;
}

static inline const struct msg_in *read_mail_as(const void *p, size_t n, const char *sender, const char *recipient)
{
	mime_init();
	arena_destroy(&mail_arena);
	mail_arena = arena_create(4096);
	kept = 0;
	struct letter_in in = { .raw = p, .n = n, .sender = sender, .recipient = recipient, .own = MAIL_OWN, .auth_server = mail_auth_server,
		.received_at = 1790000000000, .secret = &mail_secret, .keep = { mail_keep, NULL, mail_limits } };
	struct err e;
	if (letter_read(mail_arena, &in, &letter, &e) != 0)
		abort();
	return &letter.msg;
}

static inline const struct msg_in *read_mail(const void *p, size_t n)
{
	return read_mail_as(p, n, NULL, NULL);
}

static inline const struct msg_in *read_text(const char *mail)
{
	return read_mail(mail, strlen(mail));
}

static inline int mails_end(void **state)
{
	(void)state;
	arena_destroy(&mail_arena);
	return 0;
}

/* --- the mails --- */

/* QQ Mail: name and subject in gb18030, the subject's words split in the middle of a character; text and HTML in
 * base64; a picture whose name is an encoded word in quotes. */
static inline void mail_qq(struct buf *m)
{
	static const char subject[] = "小区停水三天无人处理";
	static const char quoted[] = "门口的路灯坏了，请尽快修。\r\n谢谢！\r\n\r\n------------------ 原始邮件 ------------------\r\n"
		"发件人: \"12345\" <12345@city.example>;\r\n发送时间: 2026年7月4日(星期四) 中午11:18\r\n"
		"收件人: \"张三\" <zhangsan@qq.com>;\r\n主题: 受理通知\r\n\r\n您好";
	struct buf bytes;
	buf_init(&bytes, 4096);
	in_charset("GB18030", subject, &bytes);
	buf_adds(m, "Received: from smtp.qq.com by mx\r\nX-QQ-mid: webmail812t1795140000t1\r\nFrom: \"");
	b_word("GB18030", "张三", m);
	buf_adds(m, "\" <ZhangSan@QQ.com>\r\nTo: \"=?gb18030?B?MTIzNDU=?=\" <12345@city.example>\r\nSubject: =?gb18030?B?");
	base64_encode(bytes.data, 7, 0, m);
	buf_adds(m, "?=\r\n =?gb18030?B?");
	base64_encode(bytes.data + 7, bytes.len - 7, 0, m);
	buf_adds(m, "?=\r\nMime-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"----=_NextPart_6A1\"\r\n"
		"Content-Transfer-Encoding: 8Bit\r\nDate: Fri, 20 Nov 2026 10:00:00 +0800\r\nX-Priority: 3\r\n"
		"Message-ID: <tencent_0123ABC@qq.com>\r\nX-QQ-MIME: TCMime 1.0 by Tencent\r\nX-Mailer: QQMail 2.x\r\n\r\n"
		"This is a multi-part message in MIME format.\r\n\r\n------=_NextPart_6A1\r\n"
		"Content-Type: multipart/alternative; boundary=\"----=_NextPart_6A2\"\r\n\r\n------=_NextPart_6A2\r\n"
		"Content-Type: text/plain; charset=\"gb18030\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	b64_body("GB18030", quoted, m);
	buf_adds(m, "\r\n------=_NextPart_6A2\r\nContent-Type: text/html; charset=\"gb18030\"\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n");
	b64_body("GB18030", "<div>门口的路灯坏了，请尽快修。</div>", m);
	buf_adds(m, "\r\n------=_NextPart_6A2--\r\n\r\n------=_NextPart_6A1\r\nContent-Type: application/octet-stream;"
		" charset=\"gb18030\"; name=\"");
	b_word("GB18030", "路灯照片.jpg", m);
	buf_adds(m, "\"\r\nContent-Disposition: attachment; filename=\"");
	b_word("GB18030", "路灯照片.jpg", m);
	buf_adds(m, "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQSkZJRgAB\r\n\r\n------=_NextPart_6A1--\r\n");
	buf_fini(&bytes);
}

/* 163: subject and text in GBK that nothing declares. */
static inline void mail_163(struct buf *m)
{
	buf_adds(m, "From: lisi@163.com\r\nTo: 12345@city.example\r\nSubject: ");
	in_charset("GBK", "医院停水", m);
	buf_adds(m, "\r\nMessage-ID: <5f0.1.18c@Coremail.lisi163.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0800\r\n\r\n");
	in_charset("GBK", "我们医院停水了，谢谢。\r\n\r\n在 2026-10-03 18:28:31，\"12345\" <12345@city.example> 写道：\r\n> 您好\r\n", m);
}

static const char mail_outlook[] =
	"From: =?utf-8?B?546L5LqU?= <wangwu@corp.example>\r\nTo: 12345@city.example\r\n"
	"Subject: =?utf-8?B?5YGc5rC0?= =?utf-8?B?5oqV6K+J?=\r\nMessage-ID: <TY2PR01@corp.example>\r\nMIME-Version: 1.0\r\n"
	"Content-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	"<html><head><style>p{color:red}</style></head><body><p>楼道灯不亮</p><p>请处理&nbsp;一下</p>"
	"<hr><div id=\"divRplyFwdMsg\"><b>发件人:</b> 12345<br><b>发送时间:</b> 2026年<br><b>主题:</b> 您好</div>"
	"<div>旧的内容</div></body></html>\r\n";

static const char mail_apple[] =
	"From: a@icloud.example\r\nSubject: Noise\r\nMessage-Id: <A-1@icloud.example>\r\nMIME-Version: 1.0\r\n"
	"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	"夜里施工噪音太大，已经 \r\n连续三天。\r\n\r\n发自我的 iPhone\r\n\r\n> 在 2016年12月12日，下午8:45，12345 <12345@city.example> 写道： \r\n> \r\n> 您好\r\n";

static const char mail_gmail[] =
	"From: g@gmail.example\r\nSubject: Re: x\r\nMessage-ID: <CA+g@mail.gmail.example>\r\n"
	"References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\nContent-Type: multipart/alternative; boundary=\"0000\"\r\n\r\n"
	"--0000\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\n还没有修好\r\n\r\n12345 <12345@city.example> "
	"于2019年7月2日周二\r\n下午5:36写道：\r\n\r\n> 已经办结\r\n\r\n--0000\r\nContent-Type: text/html; charset=\"UTF-8\"\r\n\r\n"
	"<div dir=\"ltr\">还没有修好</div><div class=\"gmail_quote\">…</div>\r\n\r\n--0000--\r\n";

static const char mail_nested[] =
	"From: n@x.example\r\nSubject: nested\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n"
	"Content-Type: multipart/related; boundary=B\r\n\r\n--B\r\nContent-Type: multipart/alternative; boundary=C\r\n\r\n"
	"--C\r\nContent-Type: text/plain\r\n\r\n \r\n--C\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>有图</p>\r\n--C--\r\n"
	"--B\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <i>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
	"--B--\r\n--A\r\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	"eJ8+IgEA\r\n--A--\r\n";

static const char mail_unterminated[] =
	"From: u@x.example\r\nSubject: cut\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n"
	"Content-Type: text/plain; charset=utf-8\r\n\r\n没有结尾的邮件";

static const char mail_no_boundary[] =
	"From: u@x.example\r\nSubject: odd\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n正文在这里\r\n";

static const char bounce_postfix_head[] =
	"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n"
	"To: 12345@city.example\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"9B4/mx\"\r\n\r\n"
	"--9B4/mx\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you\r\n\r\n"
	"--9B4/mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
	"Final-Recipient: rfc822; gone@qq.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	"Diagnostic-Code: smtp; 550 5.1.1\r\n    User unknown\r\n\r\n--9B4/mx\r\nContent-Type: text/rfc822-headers\r\n\r\n";

/* 163: no group for the message, the mail itself below. */
static const char bounce_163_head[] =
	"From: Postmaster@163.com\r\nSubject: =?gb2312?B?z7XNs83L0MU=?=\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=\"B\"\r\n\r\n--B\r\nContent-Type: text/plain; charset=gb2312\r\n\r\nsorry\r\n\r\n"
	"--B\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;gone@163.com\r\nAction: failed\r\n"
	"Status: 5.0.0\r\nDiagnostic-Code: SMTP; 554 DT:SPM (rejected&nbsp;by&nbsp;system)\r\n\r\n"
	"--B\r\nContent-Type: message/rfc822\r\n\r\n";

/* head, then our mail's header with a signed Message-ID and an older id of ours in References. */
static inline void mail_bounce(struct buf *m, const char *head, const char *ticket, uint64_t id)
{
	char mark[THREAD_MARK_MAX], older[THREAD_MARK_MAX];
	thread_sign(&mail_secret, ticket, id, mark);
	thread_sign(&mail_secret, ticket, id - 1, older);
	buf_addf(m, "%sFrom: 12345@city.example\r\nReferences: <%s@city.example>\r\nMessage-ID: <%s@city.example>\r\n"
		"Subject: x\r\n\r\nour words\r\n--B--\r\n", head, older, mark);
}

#endif
