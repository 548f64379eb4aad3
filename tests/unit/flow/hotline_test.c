/* The 32 numbers that became one (国办发〔2020〕53号): every one of them, by a message to it and by one about it. */
#include "gateway/flow/assign.h"
#include "gateway/flow/hotline.h"
#include "gateway/store/staff.h"
#include "tests/unit/flow/loop.h"

static unsigned serial;

/* From a citizen of its own each time. */
static const char *writes_to(const char *account, const char *text)
{
	const char *peer = arena_printf(office.arena, "+86139%08u", ++serial);
	return keep(take_at(office.sms, &(struct msg_in){ .kind = MSG_TEXT, .external_id = peer, .peer = peer, .account = account,
		.text = text, .received_at = now_, .verified = true }, now_).ticket);
}

static const struct hotline *row(size_t i)
{
	return catalog_hotline_at(flow_catalog(office.flow), i);
}

static void check_merged(const char *n, const struct hotline *h)
{
	const struct seen_message *m = told(n, "hotline-merged");
	if (m == NULL || strstr(m->text, h->number) == NULL)
		fail_msg("%s: no transition notice", h->number);
	assert_non_null(strstr(m->text, catalog_department(flow_catalog(office.flow), h->department)->name));
	assert_int_equal(told_times(n, "hotline-merged"), 1);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
}

static void each_of_the_32_is_taken_as_its_row_says(void **state)
{
	(void)state;
	size_t by_mode[3] = { 0 }, i;
	now_ = at("2023-05-10 10:00"); /* all of them are valid then */
	for (i = 0; row(i) != NULL; i++) {
		const struct hotline *h = row(i);
		const char *to = writes_to(h->number, "想反映一个问题，请帮忙");
		const char *about = writes_to("12345", arena_printf(office.arena, "打%s一直没有人接", h->number));
		assert_string_equal(see(to)->t.hotline, h->number);
		assert_string_equal(see(about)->t.hotline, h->number);
		assert_non_null(told(to, "received"));
		by_mode[h->mode]++;
		if (h->mode == HOTLINE_MERGED) {
			check_merged(to, h);
			check_merged(about, h);
			continue;
		}
		assert_null(told(to, "hotline-merged"));
		assert_int_equal(see(about)->t.state, TICKET_NEW);
		assert_int_equal(see(to)->t.state, h->mode == HOTLINE_SUBCENTRE ? TICKET_DISPATCHED : TICKET_NEW);
		if (h->mode == HOTLINE_SUBCENTRE) {
			assert_string_equal(see(to)->t.department, h->department);
			assert_non_null(told(to, "dispatched"));
			assert_int_equal(events(to, "dispatch system ", arena_printf(office.arena, "\"hotline\":\"%s\"", h->number)), 1);
			assert_int_equal(events(to, "dispatch system ", "\"role\":\"system\",\"to\":\"dispatched\""), 1);
		}
	}
	assert_int_equal(i, 32);
	assert_int_equal(by_mode[HOTLINE_MERGED], 13);
	assert_int_equal(by_mode[HOTLINE_PARALLEL], 14);
	assert_int_equal(by_mode[HOTLINE_SUBCENTRE], 5);
}

static void a_row_counts_from_its_first_day_to_its_last(void **state)
{
	(void)state;
	now_ = at("2024-12-31 23:59");
	assert_non_null(told(writes_to("12356", "计划生育政策咨询"), "hotline-merged"));
	now_ = at("2025-01-01 00:00"); /* the psychological-aid line now */
	const char *n = writes_to("12356", "计划生育政策咨询");
	assert_null(told(n, "hotline-merged"));
	assert_string_equal(see(n)->t.hotline, "");
	now_ = at("2020-12-27 12:00");
	assert_string_equal(see(writes_to("12320", "疫苗咨询"))->t.hotline, "");
}

static void digits_inside_a_longer_number_name_no_hotline(void **state)
{
	(void)state;
	now_ = at("2026-05-11 10:00");
	assert_string_equal(see(writes_to("12345", "我的电话是13812320456，订单123201"))->t.hotline, "");
	assert_string_equal(see(writes_to("12345", "我之前打过12320，没人管"))->t.hotline, "12320");
	assert_string_equal(see(writes_to("12329@fund.example", "公积金怎么提取"))->t.hotline, "12329");
}

static void a_suspect_and_an_emergency_stay_with_the_desk(void **state)
{
	(void)state;
	now_ = at("2026-05-11 10:00");
	const char *n = writes_to("12366", "着火了快来人，大楼里有浓烟");
	assert_true(see(n)->t.flags & FLAG_EMERGENCY);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
	assert_string_equal(see(n)->t.department, "");
}

static void a_sub_centres_answer_comes_back_on_the_citizens_channel(void **state)
{
	(void)state;
	now_ = at("2026-05-11 10:00");
	const char *n = writes_to("12366", "个税退税一直没到账");
	must_step((struct step_request){ .number = n, .step = STEP_HANDLE, AS_UNIT("tax") });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("tax"), .text = "已为您加急办理，三日内到账。" });
	assert_non_null(strstr(told(n, "reply")->text, "三日内到账"));
	assert_int_equal(see(n)->t.state, TICKET_REPLIED);
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	assert_string_equal(see(n)->survey.department, "tax");
}

static int seat_run(struct tx *tx, void *arg, struct err *e)
{
	static const char *const skills[] = { "12348", "", "legal-aid" }, *const name[] = { "lawyer", "li", "chen" };
	const char *const *here = arg;
	unsigned given;
	bool more;
	for (size_t i = 0; i < 3; i++) {
		struct staff_row s = { .name = name[i], .display = name[i], .department = "", .password = "", .role = ROLE_AGENT,
			.skills = skills[i], .capacity = 1, .duty = DUTY_ON, .totp = "" };
		assert_int_equal(staff_put(tx, &s), 0);
	}
	return assign_waiting(tx, here, 3, &given, &more, e);
}

static void a_parallel_number_is_taken_by_its_experts_first(void **state)
{
	(void)state;
	static const char *const here[] = { "li", "chen", "lawyer" };
	now_ = at("2026-05-11 10:00");
	const char *law = writes_to("12348", "想咨询离婚财产怎么分"), *second = writes_to("12348", "公证要带什么材料");
	assert_int_equal(store_now(office.store, true, seat_run, (void *)here, NULL), 0);
	assert_string_equal(see(law)->t.assignee, "lawyer");
	assert_string_equal(see(second)->t.assignee, "li"); /* no expert has room: the shared desk */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_of_the_32_is_taken_as_its_row_says),
		TEST(a_row_counts_from_its_first_day_to_its_last),
		TEST(digits_inside_a_longer_number_name_no_hotline),
		TEST(a_suspect_and_an_emergency_stay_with_the_desk),
		TEST(a_sub_centres_answer_comes_back_on_the_citizens_channel),
		TEST(a_parallel_number_is_taken_by_its_experts_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
