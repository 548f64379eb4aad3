/* Which mails are receipts: those that return a mail of ours, and none that a citizen wrote. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mails.h"
#include "tests/unit/slack.h"

enum { WORDS_MAX = 2000 };
static const char words_of_need[] = "家里着火了，救命";

/* our: the address that answers to our mail 78 go to, or its Message-ID. */
static const char *our(const char *before)
{
	static char it[200];
	char mark[THREAD_MARK_MAX];
	thread_sign(&mail_secret, "20261122300000011", 78, mark);
	snprintf(it, sizeof it, "%s%s@city.example", before, mark);
	return it;
}

static const struct msg_in *read_one(const char *from, const char *field, const char *subject, const char *words, const char *sender,
	const char *recipient)
{
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_addf(&m, "From: <%s>\r\nSubject: %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n",
		from, subject, field, words);
	const struct msg_in *in = read_mail_as(m.data, m.len, sender, recipient);
	buf_fini(&m);
	return in;
}

static const char *const subjects[] = { "未送达：挂号信还是没有收到", "退信了，地址写错怎么办", "Delivery failed again, nobody came" };
static const char *const machine[] = { "Auto-Submitted: auto-replied\r\n", "Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\n",
	"X-Auto-Response-Suppress: All\r\n", "X-Autoreply: yes\r\n", "List-Id: <l.x>\r\n" };
enum { SUBJECTS = sizeof subjects / sizeof *subjects, MACHINE = sizeof machine / sizeof *machine };

/* As QQ and Outlook write it below an answer. */
static const char *quoting(void)
{
	static char words[WORDS_MAX];
	snprintf(words, sizeof words, "%s\r\n\r\n------------------ 原始邮件 ------------------\r\n发件人: \"我\" <zhang@qq.com>\r\n"
		"收件人: \"12345\" <%s>\r\n主题: Re: x\r\n\r\n谢谢\r\n", words_of_need, our("12345+"));
	return words;
}

static const char *returning(const char *said)
{
	static char words[WORDS_MAX];
	snprintf(words, sizeof words, "%s\r\n\r\n--- returned ---\r\nFrom: 12345@city.example\r\nMessage-ID: <%s>\r\nSubject: x\r\n\r\nours\r\n",
		said, our(""));
	return words;
}

static void his_words_are_there(const struct msg_in *in)
{
	assert_false(letter.is_receipt);
	assert_non_null(strstr(in->text, words_of_need));
}

/* Parcels are returned too. Whatever shows our mark: the address he answers to, his program's quotation, our mail pasted. */
static void a_citizens_answer_is_no_receipt_whatever_its_subject(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUBJECTS; i++) {
		const struct msg_in *in = read_one("zhang@qq.com", "", subjects[i], words_of_need, "zhang@qq.com", our("12345+"));
		his_words_are_there(in);
		assert_int_equal(in->automatic, MSG_SUSPECT);
		assert_string_equal(in->thread_address, "20261122300000011");
		his_words_are_there(read_one("zhang@qq.com", "", subjects[i], quoting(), NULL, NULL));
		his_words_are_there(read_one("zhang@qq.com", "", subjects[i], returning(words_of_need), NULL, NULL));
	}
}

/* Fields that some programs and lists set for people as well, and an address that a person may have. */
static void a_mark_that_any_answer_has_makes_no_receipt(void **state)
{
	(void)state;
	for (size_t i = 0; i < MACHINE; i++) {
		his_words_are_there(read_one("zhang@qq.com", machine[i], subjects[0], words_of_need, "zhang@qq.com", our("12345+")));
		his_words_are_there(read_one("zhang@qq.com", machine[i], subjects[0], quoting(), "zhang@qq.com", NULL));
	}
	his_words_are_there(read_one("postmaster@firm.example", "", "Re: x", quoting(), NULL, NULL));
	for (size_t i = 0; i < SUBJECTS; i++) {
		his_words_are_there(read_one("postmaster@firm.example", "", subjects[i], quoting(), "postmaster@firm.example", NULL));
		his_words_are_there(read_one("boss@firm.example", "", subjects[i], quoting(), "postmaster@firm.example", NULL));
	}
}

/* He forwards what his program wrote, or was asked for it. */
static void a_receipt_of_reading_that_somebody_encloses_is_a_file(void **state)
{
	(void)state;
	static const char *const disposition[] = { "", "Content-Disposition: attachment; filename=receipt.eml\r\n" };
	for (size_t i = 0; i < 2; i++) {
		struct buf m;
		buf_init(&m, MAIL_MAX);
		buf_addf(&m, "From: <zhang@qq.com>\r\nSubject: Re: x\r\nIn-Reply-To: <%s>\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
			"--B\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", our(""), quoting());
		buf_addf(&m, "--B\r\nContent-Type: message/disposition-notification\r\n%s\r\nFinal-Recipient: rfc822;zhang@qq.com\r\n"
			"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--B--\r\n", disposition[i]);
		const struct msg_in *in = read_mail_as(m.data, m.len, "zhang@qq.com", our("12345+"));
		his_words_are_there(in);
		assert_int_equal(in->automatic, MSG_BY_PERSON);
		assert_int_equal(in->attachment_count, 1);
		buf_fini(&m);
	}
}

/* Servers that return it as plain text have no other form than these. */
static void a_machine_that_returns_our_mail_is_believed(void **state)
{
	(void)state;
	static const char *const from[] = { "system@mx.example", "no-reply@mx.example", "bounce@mx.example" };
	static const char failed[] = "<gone@qq.com>: 550 5.1.1 User unknown";
	for (size_t f = 0; f < 3; f++)
		for (size_t i = 0; i <= MACHINE; i++)
			for (size_t k = 0; k < 2; k++) {
				if (f == 0 && i == MACHINE && k == 0)
					continue; /* nothing but its subject: a person looks */
				read_one(from[f], i < MACHINE ? machine[i] : "", "Undelivered Mail Returned to Sender", returning(failed), k ? "" : "x@mx.example",
					NULL);
				assert_true(letter.is_receipt);
				assert_int_equal(letter.receipt.state, OUT_FAILED);
				assert_string_equal(letter.receipt.reason, failed);
				assert_non_null(strstr(letter.receipt.external_id, our("")));
			}
}

static void a_returned_mail_without_our_words_is_known_by_the_address_it_came_to(void **state)
{
	(void)state;
	read_one("MAILER-DAEMON@mx.example", "", "failure notice", "550 gone", "", our("12345+"));
	assert_true(letter.is_receipt);
	read_one("zhang@qq.com", "", "Re: x", "我在休假", "", our("12345+")); /* a vacation notice may come from nobody, too */
	assert_false(letter.is_receipt);
}

/* Neither how many there are nor how long a field is. */
static void reports_of_endless_words_take_no_time(void **state)
{
	(void)state;
	struct buf field, m;
	buf_init(&field, 250 << 10);
	buf_init(&m, 40 << 20);
	buf_adds(&field, "Diagnostic-Code: ");
	while (buf_adds(&field, "=?a?B?x"))
		;
	buf_adds(&m, "From: <mailer-daemon@x.example>\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n");
	for (unsigned i = 0; i < 90; i++) {
		buf_adds(&m, "--B\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n");
		base64_encode(field.data, field.len, 76, &m);
		buf_adds(&m, "\r\n");
	}
	buf_adds(&m, "--B--\r\n");
	assert_false(m.overflow);
	clock_t from = clock();
	(void)read_mail(m.data, m.len);
	assert_true(clock() - from < 5 * CLOCKS_PER_SEC * slack());
	buf_fini(&field);
	buf_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_citizens_answer_is_no_receipt_whatever_its_subject),
		cmocka_unit_test(a_mark_that_any_answer_has_makes_no_receipt),
		cmocka_unit_test(a_receipt_of_reading_that_somebody_encloses_is_a_file),
		cmocka_unit_test(a_machine_that_returns_our_mail_is_believed),
		cmocka_unit_test(a_returned_mail_without_our_words_is_known_by_the_address_it_came_to),
		cmocka_unit_test(reports_of_endless_words_take_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, mails_end);
}
