#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/automatic.h"
#include "gateway/base/mem.h"

static const char *says = "";

static enum msg_automatic judge(const char *header, const char *sender, const char *from, const char *subject)
{
	struct arena *a = arena_create(4096);
	struct headers h;
	char mail[4000];
	snprintf(mail, sizeof mail, "From: %s\r\n%s\r\n", from, header);
	headers_read(a, mail, strlen(mail), &h);
	struct automatic_in in = { .headers = &h, .sender = sender, .from = from, .own = "12345@city.example",
		.subject = subject, .text = says };
	const char *why;
	enum msg_automatic m = automatic_judge(&in, &why);
	assert_true((m == MSG_BY_PERSON) == (why == NULL));
	arena_destroy(&a);
	return m;
}

static void people_are_people(void **state)
{
	(void)state;
	assert_int_equal(judge("", "a@qq.com", "a@qq.com", "停水"), MSG_BY_PERSON);
	assert_int_equal(judge("Auto-Submitted: no\r\n", NULL, "a@qq.com", ""), MSG_BY_PERSON);
	assert_int_equal(judge("", NULL, "a@qq.com", "回复: 自动答复: 停水"), MSG_BY_PERSON);
	assert_int_equal(judge("Precedence: first-class\r\n", NULL, "a@qq.com", "Re: 退信问题"), MSG_BY_PERSON);
	assert_int_equal(judge("", NULL, "012345@city.example", ""), MSG_BY_PERSON);
}

static void replies_of_machines_are_known(void **state)
{
	(void)state;
	static const char *const headers[] = { "Auto-Submitted: auto-replied (zimbra; vacation)\r\n",
		"X-QQ-AUTO-REPLY: true\r\n",
		"X-QQ-HolidayReply: true\r\n", "Precedence: auto_reply\r\n", "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n",
		"X-Autoreply: yes\r\n" };
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		assert_int_equal(judge(headers[i], "a@qq.com", "a@qq.com", "x"), MSG_AUTO_REPLY);
	assert_int_equal(judge("", "12+auto_=12345=city.example@qq.com", "a@qq.com", "x"), MSG_AUTO_REPLY);
}

static void returned_mail_is_known(void **state)
{
	(void)state;
	assert_int_equal(judge("Content-Type: multipart/report; report-type=delivery-status\r\nAuto-Submitted: auto-replied\r\n", "",
		"x@y.cn", ""), MSG_BOUNCE);
	assert_int_equal(judge("", NULL, "Postmaster@163.com", "系统退信"), MSG_BOUNCE);
	assert_int_equal(judge("", "", "a@qq.com", "来自qq.com的退信"), MSG_BOUNCE);
	assert_int_equal(judge("", "", "a@qq.com", "x"), MSG_BOUNCE);
}

/* Parcels are returned too, and machines' replies complained of: a person looks. */
static void a_subject_alone_makes_nobody_a_machine(void **state)
{
	(void)state;
	static const char *const subjects[] = { "自动回复:停水", "自动答复: 停水", "自動回覆：x", "Automatic reply: x", "Out of Office: x",
		"来自qq.com的退信", "自动回复没有解决我的问题，煤气泄漏", "未送达的快递显示已签收", "无法送达的EMS包裹", "退信问题：寄给区政府的信被退回",
		"Delivery failed three times: the parcel never came" };
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		assert_int_equal(judge("", "a@qq.com", "a@qq.com", subjects[i]), MSG_SUSPECT);
		assert_int_equal(judge("", NULL, "a@qq.com", subjects[i]), MSG_SUSPECT);
		assert_int_equal(judge("", "", "a@qq.com", subjects[i]), MSG_BOUNCE);
		assert_int_equal(judge("Auto-Submitted: auto-replied\r\n", "a@qq.com", "a@qq.com", subjects[i]), MSG_AUTO_REPLY);
		assert_int_equal(judge("", "a@qq.com", "MAILER-DAEMON@qq.com", subjects[i]), MSG_BOUNCE);
	}
}

static void lists_and_no_reply_addresses_are_known(void **state)
{
	(void)state;
	assert_int_equal(judge("List-Id: <l.x>\r\n", NULL, "a@qq.com", "x"), MSG_LIST);
	assert_int_equal(judge("List-Unsubscribe: <http://x>\r\n", NULL, "a@qq.com", "x"), MSG_LIST);
	assert_int_equal(judge("Precedence: bulk\r\n", NULL, "a@qq.com", "x"), MSG_LIST);
	assert_int_equal(judge("", NULL, "no-reply@shop.cn", "x"), MSG_NO_REPLY);
}

static void our_own_mail_is_never_answered(void **state)
{
	(void)state;
	assert_int_equal(judge("X-Xinqiao-Loop: 12345@city.example\r\n", NULL, "a@qq.com", "x"), MSG_OWN_LOOP);
	assert_int_equal(judge("X-Xinqiao-Loop: 12345@other.example\r\n", NULL, "12345@other.example", "x"), MSG_BY_PERSON);
	assert_int_equal(judge("", NULL, "12345@City.example", "x"), MSG_OWN_LOOP);
	assert_int_equal(judge("", NULL, "12345+x.y@city.example", "x"), MSG_OWN_LOOP);
}

static void a_mail_that_goes_round_is_stopped(void **state)
{
	(void)state;
	char headers[4000] = "";
	for (int i = 0; i < AUTOMATIC_HOPS_MAX; i++)
		strcat(headers, "Received: from a by b\r\n");
	assert_int_equal(judge(headers, NULL, "a@qq.com", "x"), MSG_BY_PERSON);
	strcat(headers, "Received: from a by b\r\n");
	assert_int_equal(judge(headers, NULL, "a@qq.com", "x"), MSG_OWN_LOOP);
}

static void a_vacation_text_is_known_under_any_subject(void **state)
{
	(void)state;
	says = "我正在休假，10月8日回来后回复您。";
	assert_int_equal(judge("In-Reply-To: <a@b>\r\n", NULL, "a@qq.com", "Re: 受理通知"), MSG_AUTO_REPLY);
	assert_int_equal(judge("", NULL, "a@qq.com", "反映问题"), MSG_BY_PERSON);
	says = "关于我正在休假制度的建议，请答复。";
	assert_int_equal(judge("In-Reply-To: <a@b>\r\n", NULL, "a@qq.com", "Re: x"), MSG_BY_PERSON);
	says = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_people),
		cmocka_unit_test(replies_of_machines_are_known),
		cmocka_unit_test(returned_mail_is_known),
		cmocka_unit_test(a_subject_alone_makes_nobody_a_machine),
		cmocka_unit_test(lists_and_no_reply_addresses_are_known),
		cmocka_unit_test(our_own_mail_is_never_answered),
		cmocka_unit_test(a_mail_that_goes_round_is_stopped),
		cmocka_unit_test(a_vacation_text_is_known_under_any_subject),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
