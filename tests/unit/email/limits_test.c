/* What a mail may look like before GMime sees it. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/limits.h"
#include "gateway/base/buf.h"
#include "mails.h"

#define HEAD "From: a@b.cn\r\nSubject: s\r\n"
#define WITHIN HEAD "Content-Type: message/rfc822\r\n\r\n"
#define DIGEST HEAD "Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\n"

/* The mail "before", `times` times "again", "behind". */
static const char *check(const char *before, const char *again, unsigned times, const char *behind)
{
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, before);
	for (unsigned i = 0; i < times; i++)
		buf_adds(&m, again);
	buf_adds(&m, behind);
	assert_false(m.overflow);
	const char *what = limits_check(buf_str(&m), m.len);
	buf_fini(&m);
	return what;
}

static void groups_are_counted_however_their_field_is_written(void **state)
{
	(void)state;
	static const char *const to[] = { HEAD "To:", HEAD "To :", HEAD "to \t: ", WITHIN "To : ", DIGEST "Bcc\t:", WITHIN "Reply-To : a\r\n b",
		WITHIN "To: \"\r\n \" ", WITHIN "To: (\") ", WITHIN "To: \\" };
	for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
		assert_non_null(check(to[i], "a:", 3000, "\r\n\r\nx"));
		assert_null(check(to[i], "a:", 500, "\r\n\r\nx"));
	}
}

static void a_mail_of_groups_ends_nobody(void **state)
{
	(void)state;
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_adds(&m, WITHIN "To : ");
	for (int i = 0; i < 48000; i++)
		buf_adds(&m, i % 400 ? "a:" : "a:\r\n ");
	buf_adds(&m, "\r\n\r\nbody words");
	const struct msg_in *in = read_mail(m.data, m.len);
	assert_string_equal(in->attachment[0].name, "mail.eml");
	assert_non_null(strstr(in->text, "body words"));
	buf_fini(&m);
}

static void fields_are_counted_wherever_a_header_may_begin(void **state)
{
	(void)state;
	char type[3000], line[6000];
	snprintf(type, sizeof type, HEAD "Content-Type: message/rfc822; x=%01200d\r\n\r\n", 0);
	int n = snprintf(line, sizeof line, HEAD "Content-Type: multipart/mixed; boundary=y\r\n\r\n");
	snprintf(line + n, sizeof line - (size_t)n, "%*s--y\r\n", 4096 - n, ""); /* where GMime's buffer ends, it sees a boundary */
	const char *const headers[] = { HEAD, WITHIN, DIGEST, type, line, HEAD "Content-Type: message\r\n /rfc822\r\n\r\n",
		HEAD "Content-Type: (a) message(b)/(c)rfc822\r\n\r\n", HEAD "Content-Type: (;) message/rfc822\r\n\r\n",
		HEAD "Content-Type: (\r\n ;) message/rfc822\r\n\r\n", HEAD "Content-Type : message/rfc822\r\n\r\n",
		HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" };
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		static const char *const fields[] = { "a:b\r\n", "a :b\r\n", ":b\r\n", "\xE4:b\r\n", "a\r\n :b\r\n",
			"a-name-of-more-than-seventy-six-characters-which-nobody-writes-but-GMime-takes-as-it-is:b\r\n" };
		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
			assert_non_null(check(headers[i], fields[k], 21000, "\r\nx"));
		assert_null(check(headers[i], fields[0], 900, "\r\nx"));
	}
	assert_null(check(HEAD "\r\n", "a:b\r\n", 100000, "")); /* words */
}

static void blank_lines_before_a_mail_are_not_the_end_of_its_header(void **state)
{
	(void)state;
	static const char *const before[] = { "\r\n" HEAD, "\xEF\xBB\xBF\r\n\r\n" HEAD };
	for (size_t i = 0; i < 2; i++) {
		struct buf m;
		buf_init(&m, MAIL_MAX);
		buf_adds(&m, before[i]);
		for (int k = 0; k < 30000; k++)
			buf_adds(&m, "a:b\r\n");
		buf_adds(&m, "\r\nbody words");
		assert_string_equal(read_mail(m.data, m.len)->attachment[0].name, "mail.eml");
		buf_fini(&m);
	}
}

/* GMime makes a few hundred bytes of each, and looks at names that lead to no address again and again. */
static void addresses_and_parameters_are_counted_together(void **state)
{
	(void)state;
	static const char many[] = "To: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z\r\n";
	assert_non_null(check(WITHIN, many, 15000, "\r\nx"));
	assert_null(check(WITHIN, many, 2000, "\r\nx"));
	assert_non_null(check(WITHIN "To: ", "a,", 3000, "\r\n\r\nx"));
	assert_non_null(check(HEAD "Content-Type: text/plain", ";a=b", 5000, "\r\n\r\nx"));
}

static void what_people_write_is_within_the_limits(void **state)
{
	(void)state;
	assert_null(check(HEAD "To: \"Li, Wei: office\" <liwei@city.example>", ",\r\n \"Li, Wei: office\" <liwei@city.example>", 300, "\r\n\r\nx"));
	assert_null(check(HEAD "Content-Type: text/html\r\n\r\n<p>", "a long line: with words, ", 40000, "</p>\r\n"));
	assert_null(check(HEAD "\r\nlog\r\n-----\r\n", "a line without a colon\r\n", 40000, "\r\n"));
	assert_null(check(HEAD "\r\nFrom: the meter\r\n", "\t1,2,3,4,5\r\n", 300, "\r\n"));
	assert_null(check(HEAD "\r\nTo: be read\r\n", "\tat 12:34:56 it said nothing at all\r\n", 3000, "\r\n"));
	assert_null(check(DIGEST, "QmFzZTY0IGhhcyBubyBjb2xvbnMgaW4gaXQsIHNvIGl0IGlzIG5ldmVyIGEgZmllbGQK\r\n", 10000, "\r\n--x--\r\n"));
}

#define PARTS HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
#define LOG_LINE "12:34:56 the meter says nothing\r\n"

/* "message" and "digest" in a file's name, a page all on one line, and thousands of lines with a colon below. */
static void what_people_attach_is_within_the_limits(void **state)
{
	(void)state;
	char page[4000];
	snprintf(page, sizeof page, PARTS "Content-Type: text/html\r\n\r\n<p>%02000d</p>\r\n--x\r\nContent-Type: text/plain; name=log.txt\r\n\r\n", 0);
	assert_null(check(page, LOG_LINE, 21000, "--x--\r\n"));
	assert_null(check(PARTS "Content-Type: text/plain; name=messages.log\r\n\r\n", LOG_LINE, 21000, "--x--\r\n"));
	assert_null(check(PARTS "Content-Type: text/plain;\r\n name=\"digest of messages (1).log\"\r\n\r\n", LOG_LINE, 21000, "--x--\r\n"));
	assert_null(check(PARTS, "Content-Type: image/png; name=\"wechat message 1.png\"\r\n\r\niVBORw0KGgo=\r\n--x\r\n", 150, "\r\nx\r\n--x--\r\n"));
	assert_non_null(check(PARTS, "Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n", 150, "\r\nx\r\n"));
}

#define FILE_OF(type) PARTS "Content-Type: text/plain; name=" type "\r\n\r\n"

/* Lines of dashes and of types, as logs, patches, keys and pages have them, are no boundaries and no headers. */
static void what_looks_like_a_boundary_in_a_file_is_none(void **state)
{
	(void)state;
	static const char *const dashes[] = { "-- MySQL dump\r\n", "--- old\r\n", "-----BEGIN CERTIFICATE-----\r\n", "--\r\n", "---\r\n" };
	char before[6000];
	for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++) {
		snprintf(before, sizeof before, FILE_OF("a.txt") "%s", dashes[i]);
		assert_null(check(before, LOG_LINE, 21000, "--x--\r\n"));
	}
	snprintf(before, sizeof before, PARTS "Content-Type: text/html\r\n\r\n<p>%01100d<!-- x --><b style=\"--c:1\">\r\n--x\r\n"
		"Content-Type: text/plain; name=log.txt\r\n\r\n", 0);
	assert_null(check(before, LOG_LINE, 21000, "--x--\r\n"));
	assert_null(check(FILE_OF("capture.log"), "Content-Type: text/html\n", 3000, "--x--\r\n"));
	assert_null(check(HEAD "Content-Type: multipart/mixed;\r\n\tboundary=\"----=_NextPart_6A1\"\r\n\r\n------=_NextPart_6A1\r\n"
		"Content-Type: text/plain\r\n\r\n---- \r\n", LOG_LINE, 21000, "------=_NextPart_6A1--\r\n"));
}

/* However its boundary is named, what stands below it is a header. */
static void a_boundary_is_one_however_it_is_named(void **state)
{
	(void)state;
	static const char *const named[] = { "boundary=x.y", "Boundary = \"x.y\"", "boundary=\r\n x.y", "boundary*=utf-8''x%2Ey", "boundary*0=x.\r\n ;boundary*1=y",
		"boundary=\"x\\.y\"", "boundary=\"=?utf-8?Q?x.y?=\"", "boundary=\"x.y \"", "boundary(c)=x.y", "boundary=x.y(c)", "boundary=\"x.y",
		"name=boundary; boundary=x.y", "boundary=z; boundary=x.y", "boundary=x.y=z", "boundary=x.y?z" };
	char before[1000];
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		snprintf(before, sizeof before, HEAD "Content-Type: multipart/mixed; %s\r\n\r\n--x.y\r\n", named[i]);
		assert_non_null(check(before, "a:b\r\n", 21000, "\r\nx"));
	}
	struct buf many;
	buf_init(&many, 10000);
	for (unsigned i = 0; i < 50; i++)
		buf_addf(&many, "%sContent-Type: multipart/mixed; boundary=y%02u\r\n\r\n--y%02u\r\n", i ? "" : HEAD, i, i);
	assert_non_null(check(buf_str(&many), "a:b\r\n", 21000, "\r\nx"));
	buf_fini(&many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_are_counted_however_their_field_is_written),
		cmocka_unit_test(fields_are_counted_wherever_a_header_may_begin),
		cmocka_unit_test(blank_lines_before_a_mail_are_not_the_end_of_its_header),
		cmocka_unit_test(addresses_and_parameters_are_counted_together),
		cmocka_unit_test(what_people_write_is_within_the_limits),
		cmocka_unit_test(what_people_attach_is_within_the_limits),
		cmocka_unit_test(what_looks_like_a_boundary_in_a_file_is_none),
		cmocka_unit_test(a_boundary_is_one_however_it_is_named),
		cmocka_unit_test(a_mail_of_groups_ends_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, mails_end);
}
