/* Behind a closed ticket a second complaint reopens it; a first one, however like it, is a matter of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/model/ticket.h"

static struct rules rules;

static bool reopens(const char *text)
{
	struct view v = { .now = 1000000000, .conversation = 1, .tickets = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = text };
	struct plan p;
	v.ticket[0] = (struct view_ticket){ .id = 7, .number = "20261122200000015", .state = TICKET_CLOSED, .closed_at = 999000000,
		.last_at = 999000000, .own = true };
	ticket_decide(&rules, &v, &m, &p);
	return p.outcome == OUTCOME_REOPEN;
}

static int count_wrong(const char *const *text, size_t n, bool want)
{
	int wrong = 0;
	for (size_t i = 0; i < n; i++)
		if (reopens(text[i]) != want) {
			print_error("\"%s\" should be %d\n", text[i], want);
			wrong++;
		}
	return wrong;
}

static void who_names_the_answer_may_write_more(void **state)
{
	(void)state;
	static const char *const SECOND[] = {
		"没解决", "路灯还是没有亮",
		"上次反映的路灯问题你们说已经修好了，但是到今天晚上路灯还是没有亮，请你们重新派人来看一下",
		"你们回复说已经处理了，但是我今天去现场看了，垃圾还是堆在那里，根本没有人清理，请重新处理",
		"12345回复说已解决，实际根本没有解决，物业的人连来都没有来过，我不认可这个答复，请你们再派人到现场来看看",
		"对部门的答复不满意，说是月底完工，可是到今天河边的路还没有修好，老人孩子每天都要绕很远的路才能过去",
		"短信说已办结，可是楼道里的灯还没有修，晚上一片漆黑，昨天我家老人在三楼拐角差点踩空，请你们认真对待",
		"You told me that it was repaired, but the lamp at the corner of Ninth Road and Hill Street is still not working at night, please send somebody",
	};
	assert_int_equal(count_wrong(SECOND, sizeof SECOND / sizeof *SECOND, true), 0);
}

static void a_first_complaint_that_asks_for_an_answer_does_not(void **state)
{
	(void)state;
	static const char *const FIRST[] = {
		"南街道中路旁的工地把路面挖开三个月，下雨就积水，老人孩子出门要绕很远，一直没人处理，盼回复",
		"幸福路小学门口每天放学时段车辆乱停，孩子只能走在机动车道上，一直没有解决，望相关部门尽快给予答复",
		"东河经过整治景观好了，但是这阵子又重新散发阵阵恶臭，净化器也没有开启使用，河里的水还是死水",
		"上次反映的路灯已经修好了，谢谢。另外我们小区门口的垃圾桶满了一个星期，还没有人清理，请处理",
		"你们回复说已经处理了，我去看了，确实都处理好了，谢谢你们的工作，以后我会向邻居们多多宣传",
		/* quotes somebody else's answer */
		"楼下下水道堵了三天，污水都漫到楼道里了，找了物业三次，物业回复说没钱，一直没人处理，请帮忙协调一下",
		"邻居家装修把承重墙砸了，整栋楼的人都很害怕，我们找过街道，街道答复说不归他们管，到现在也没有人来处理，请求帮助",
		"快递丢了一个月，快递公司短信说已签收，可是我根本没有收到，打电话也没人处理，损失两千多元，希望有人管一管",
		"家里的热水器坏了，厂家的师傅上次说三天之内来修，打了五次电话，到现在还没有修，老人没法洗澡，请协调厂家",
		"地下车库漏水，找物业报修，说已经修好了，可是一下雨照样漏，一直没有人处理，车子都泡坏了，请你们管一管",
	};
	assert_int_equal(count_wrong(FIRST, sizeof FIRST / sizeof *FIRST, false), 0);
}

static int load(void **state)
{
	(void)state;
	rules_defaults(&rules);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_names_the_answer_may_write_more),
		cmocka_unit_test(a_first_complaint_that_asks_for_an_answer_does_not),
	};
	return cmocka_run_group_tests(tests, load, NULL);
}
