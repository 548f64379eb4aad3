/* A mail's own layout: what is kept, and what can never act. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/email/rich.h"

enum { PAGE_MAX = 32 << 20 };
static struct buf page;

static bool rich(const char *html)
{
	char *mail = NULL;
	buf_fini(&page);
	buf_init(&page, PAGE_MAX);
	assert_true(asprintf(&mail, "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n%s", html) > 0);
	bool ok = rich_html(mail, strlen(mail), &page);
	free(mail);
	return ok;
}

static bool holds(const char *word)
{
	return strcasestr(buf_str(&page), word) != NULL;
}

static void what_it_looks_like_is_kept(void **state)
{
	(void)state;
	assert_true(rich("<style><!-- p{color:blue} --></style>x"));
	assert_true(holds("p{color:blue}")); /* as Outlook writes it */
	assert_true(rich("<style>p{color:red}</style><table><tr><td style=\"width:10px\"><b>路灯</b></td></tr></table>"
		"<a href=\"https://city.example/x\">看这里</a>"));
	assert_true(holds("<b>路灯</b>") && holds("<style>p{color:red}</style>") && holds("width:10px"));
	assert_true(holds("href=\"https://city.example/x\"") && holds("title=\"https://city.example/x\""));
}

static void nothing_that_acts_is_left(void **state)
{
	static const char *const bad[] = {
		"<script>hit(1)</script>", "<img src=x onerror=hit(2)>", "<svg/onload=hit(3)><script>hit(3)</script></svg>",
		"<iframe srcdoc='<script>hit(4)</script>'></iframe>", "<a href='java&#09;script:hit(5)'>x</a>", "<a href=' JaVaScRiPt:hit(6)'>x</a>",
		"<form action=https://evil.example><input name=password><button formaction=javascript:hit(7)>x</button></form>",
		"<meta http-equiv=refresh content='0;url=https://evil.example'>", "<base href=https://evil.example>", "<object data=x></object>",
		"<embed src=x>", "<link rel=stylesheet href=https://evil.example/x.css>", "<math><mtext><script>hit(8)</script></mtext></math>",
		"<a href='data:text/html,<script>hit(9)</script>'>x</a>", "<img src='data:image/svg+xml,<svg onload=hit(10)>'>",
		"<body onload=hit(11)>", "<div style=x onmouseover='hit(12)'>x</div>", "<template><script>hit(13)</script></template>",
		"<noscript><p title='</noscript><img src=x onerror=hit(14)>'></noscript>", "<video src=x onerror=hit(15)></video>",
		"<a href='vbscript:hit(16)'>x</a>", "<style><script>hit(18)</script></style>", "<style></style ><img src=x onerror=hit(19)></style>", "<img srcset='https://evil.example/x 1x'>", "<!--[if IE]><script>hit(17)</script><![endif]-->",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)rich(bad[i]);
		static const char *const never[] = { "<script", "onerror", "onload", "onmouseover", "<iframe", "srcdoc", "javascript:", "vbscript:",
			"<form", "<input", "http-equiv", "<base", "<object", "<embed", "<link", "<svg", "data:text", "srcset", "hit(" };
		for (size_t k = 0; k < sizeof never / sizeof *never; k++)
			if (holds(never[k]))
				fail_msg("%s leaves %s in: %s", bad[i], never[k], buf_str(&page));
	}
}

static void pictures_of_the_mail_are_in_the_page_and_those_elsewhere_stay_addresses(void **state)
{
	static const char mail[] = "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
		"Content-Type: text/html; charset=gb2312\n\n<p>\xc2\xb7\xb5\xc6<img src=\"cid:p1@x\"><img src=\"https://evil.example/t.png\"></p>\n--b\n"
		"Content-Type: image/gif\nContent-ID: <p1@x>\nContent-Transfer-Encoding: base64\n\nR0lGODlh\n--b--\n";
	(void)state;
	buf_fini(&page);
	buf_init(&page, PAGE_MAX);
	assert_true(rich_html(mail, sizeof mail - 1, &page));
	assert_true(holds("src=\"data:image/gif;base64,R0lGODlh\"") && holds("https://evil.example/t.png") && holds("路灯"));
	assert_false(holds("cid:"));
}

static void words_that_the_text_has_are_in_the_page(void **state)
{
	static const char *const within[][2] = { { "<svg><text>", "</text></svg>" }, { "<video src=x>", "</video>" }, { "<audio>", "</audio>" },
		{ "<math><mtext>", "</mtext></math>" }, { "<iframe src=x>", "</iframe>" }, { "<applet>", "</applet>" } };
	(void)state;
	for (size_t i = 0; i < sizeof within / sizeof *within; i++) {
		char html[200];
		(void)snprintf(html, sizeof html, "%s路灯坏了%s", within[i][0], within[i][1]);
		assert_true(rich(html));
		if (!holds("路灯坏了"))
			fail_msg("%s: %s", html, buf_str(&page));
	}
}

static bool rich_mail(const char *mail)
{
	buf_fini(&page);
	buf_init(&page, PAGE_MAX);
	return rich_html(mail, strlen(mail), &page);
}

#define PARTS(kind) "From: a@example.org\nContent-Type: multipart/" kind "; boundary=b\n\n--b\n"
#define HTML "Content-Type: text/html; charset=utf-8\n\n<p>one</p>\n--b\n"

static void where_more_is_said_than_the_page_holds_the_text_is_shown(void **state)
{
	(void)state;
	assert_false(rich_mail(PARTS("mixed") HTML "Content-Type: text/plain\n\ntwo\n--b--\n"));
	assert_false(rich_mail(PARTS("mixed") HTML HTML "Content-Type: image/gif\n\nGIF89a\n--b--\n"));
	assert_true(rich_mail(PARTS("mixed") HTML "Content-Type: text/plain\n\n \n--b--\n"));
	assert_true(rich_mail(PARTS("mixed") HTML "Content-Type: text/plain; name=log.txt\n\ntwo\n--b--\n"));
	assert_true(rich_mail(PARTS("alternative") "Content-Type: text/plain\n\none\n--b\n" HTML "\n--b--\n"));
}

static void a_page_of_an_unnamed_alphabet_reads_as_its_text(void **state)
{
	(void)state;
	assert_true(rich_mail("From: a@example.org\nContent-Language: zh-TW\nContent-Type: text/html\n\n<p>\xB8\xF4\xBFO\xC3""a\xA4""F</p>\n"));
	assert_true(holds("路燈壞了"));
}

/* A thousand times the same picture of the mail is not a page of gigabytes. */
static void pictures_in_one_page_have_a_bound(void **state)
{
	struct buf mail;
	(void)state;
	buf_init(&mail, PAGE_MAX);
	buf_adds(&mail, PARTS("related") "Content-Type: text/html\n\n<p>one</p>");
	for (unsigned i = 0; i < 50; i++)
		buf_adds(&mail, "<img src='cid:p' alt='lamp'>");
	buf_adds(&mail, "\n--b\nContent-Type: image/gif\nContent-ID: <p>\n\n");
	for (unsigned i = 0; i < 10000; i++)
		buf_addf(&mail, "%099d\n", i);
	buf_adds(&mail, "\n--b--\n");
	assert_true(rich_mail(buf_str(&mail)));
	assert_true(page.len > 16 << 20 && page.len < 32 << 20);
	buf_fini(&mail);
}

static void a_mail_without_html_has_no_layout(void **state)
{
	static const char mail[] = "From: a@example.org\nContent-Type: text/plain\n\nhello\n";
	(void)state;
	buf_fini(&page);
	buf_init(&page, PAGE_MAX);
	assert_false(rich_html(mail, sizeof mail - 1, &page));
	assert_int_equal(page.len, 0);
	assert_false(rich_html("", 0, &page));
	buf_fini(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_looks_like_is_kept),
		cmocka_unit_test(nothing_that_acts_is_left),
		cmocka_unit_test(pictures_of_the_mail_are_in_the_page_and_those_elsewhere_stay_addresses),
		cmocka_unit_test(words_that_the_text_has_are_in_the_page),
		cmocka_unit_test(where_more_is_said_than_the_page_holds_the_text_is_shown),
		cmocka_unit_test(a_page_of_an_unnamed_alphabet_reads_as_its_text),
		cmocka_unit_test(pictures_in_one_page_have_a_bound),
		cmocka_unit_test(a_mail_without_html_has_no_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
