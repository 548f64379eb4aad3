/* 联络员: whom a text message tells of waiting tickets, when, and how seldom. */
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "tests/unit/flow/loop.h"

static const char OFFICER[] = "+8613900001111";

static void officer_of(const char *department, const char *number)
{
	char text[8192], out[8192], path[300];
	(void)snprintf(path, sizeof path, "%s/departments.csv", office.tables);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	(void)fclose(f);
	size_t used = 0;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		bool its = strncmp(line, department, strlen(department)) == 0 && line[strlen(department)] == ',';
		used += (size_t)snprintf(out + used, sizeof out - used, "%s%s\n", line, its ? number : "");
	}
	put_file("config/departments.csv", out);
	flow_reload(office.flow, catalog_now());
}

static const char *dispatched(const char *peer, const char *category)
{
	const char *n = keep(citizen_says(office.sms, peer, "路灯坏了，三号路整条街都是黑的"));
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "urban", .category = category });
	return n;
}

struct reading { const char *holds; size_t n; };

static int reading_run(struct tx *tx, void *arg, struct err *e)
{
	struct reading *r = arg;
	struct conversation_row conv;
	struct message_row *m;
	const char **number;
	size_t n = 0;
	(void)e;
	int rc = conversation_find(tx, "sms", OFFICER, &conv);
	if (rc == 0)
		rc = message_list_conversation(tx, conv.id, 0, 200, &m, &number, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		r->n += strstr(m[i].text, r->holds) != NULL;
	return rc == E_NOTFOUND ? 0 : rc;
}

/* How many texts to the officer hold this. */
static size_t texts(const char *holds)
{
	struct reading r = { .holds = holds };
	assert_int_equal(store_now(office.store, false, reading_run, &r, NULL), 0);
	return r.n;
}

static void an_officer_is_told_of_what_waits_in_working_hours_and_not_of_each(void **state)
{
	(void)state;
	officer_of("urban", "13900001111");
	now_ = at("2027-03-01 10:00"); /* a Monday */
	(void)dispatched("+8613800000001", "street-light");
	(void)dispatched("+8613800000002", "street-light");
	(void)clock_looks();
	assert_int_equal(texts("待签收"), 1);
	assert_int_equal(texts("现有2件"), 1);
	time_goes_to("2027-03-01 12:00");
	assert_int_equal(texts("待签收"), 1);
	now_ += 1000;
	(void)dispatched("+8613800000003", "street-light");
	time_goes_to("2027-03-01 13:00");
	assert_int_equal(texts("待签收"), 2);
	assert_int_equal(texts("三号路"), 0); /* nothing of the matter */
}

static void at_night_it_waits_for_the_morning_and_an_urgent_one_does_not(void **state)
{
	(void)state;
	officer_of("urban", "139 0000 1111");
	now_ = at("2027-03-01 20:00");
	(void)dispatched("+8613800000001", "street-light");
	time_goes_to("2027-03-02 08:50");
	assert_int_equal(texts("联络员"), 0);
	time_goes_to("2027-03-02 09:10");
	assert_int_equal(texts("待签收"), 1);
	now_ = at("2027-03-02 23:00");
	(void)dispatched("+8613800000002", "manhole"); /* priority urgent */
	(void)clock_looks();
	assert_int_equal(texts("紧急"), 1);
}

static void what_was_signed_for_meanwhile_is_not_told(void **state)
{
	(void)state;
	officer_of("urban", "13900001111");
	now_ = at("2027-03-01 20:00");
	const char *n = dispatched("+8613800000001", "street-light");
	must_step((struct step_request){ .number = n, .step = STEP_HANDLE, AS_UNIT("urban") });
	time_goes_to("2027-03-02 12:00");
	assert_int_equal(texts("联络员"), 0);
}

static void an_overdue_ticket_and_a_supervised_one_are_told(void **state)
{
	(void)state;
	officer_of("urban", "13900001111");
	now_ = at("2027-03-01 10:00");
	const char *n = dispatched("+8613800000001", "street-light");
	must_step((struct step_request){ .number = n, .step = STEP_HANDLE, AS_UNIT("urban") });
	time_goes_to("2027-03-03 10:00");
	must_step((struct step_request){ .number = n, .step = STEP_SUPERVISE, AS_LEAD, .note = "请尽快" });
	(void)clock_looks();
	assert_int_equal(texts("督办"), 1);
	time_goes_to("2027-03-09 12:00");
	assert_int_equal(texts("超期"), 1);
	assert_int_equal(events(n, "liaison", "overdue"), 1);
}

static void a_department_without_an_officer_is_left_alone(void **state)
{
	(void)state;
	now_ = at("2027-03-01 10:00");
	const char *n = dispatched("+8613800000001", "street-light");
	time_goes_to("2027-03-02 12:00");
	assert_int_equal(texts("联络员"), 0);
	assert_int_equal(events(n, "liaison", ""), 0);
}

static int fail_run(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row conv;
	struct message_row *m;
	const char **number;
	size_t n = 0;
	(void)e;
	tx_set_now(tx, now_);
	int rc = conversation_find(tx, "sms", OFFICER, &conv);
	if (rc == 0)
		rc = message_list_conversation(tx, conv.id, 0, 200, &m, &number, &n);
	return rc < 0 ? rc : outbox_set(tx, m[n - 1].id, *(enum out_state *)arg, 0, "no such number");
}

/* What became of the newest text to the officer. */
static void last_becomes(enum out_state state)
{
	assert_int_equal(store_now(office.store, true, fail_run, &state, NULL), 0);
}

static void that_a_text_did_not_reach_the_officer_stands_on_its_ticket(void **state)
{
	(void)state;
	officer_of("urban", "13900001111");
	now_ = at("2027-03-01 23:00");
	const char *urgent = dispatched("+8613800000001", "manhole");
	(void)clock_looks();
	assert_int_equal(texts("紧急"), 1);
	unsigned version = (unsigned)see(urgent)->t.version;
	last_becomes(OUT_FAILED);
	assert_int_equal(events(urgent, "liaison-undelivered system ", "\"department\":\"urban\""), 1);
	assert_int_equal(events(urgent, "liaison-undelivered system ", "\"state\":\"failed\""), 1);
	assert_int_equal(events(urgent, "undelivered", ""), 0); /* nothing was said to the citizen */
	assert_int_equal(see(urgent)->t.version, version + 1);
}

static void a_text_that_did_not_arrive_does_not_stand_for_what_waits(void **state)
{
	(void)state;
	officer_of("urban", "13900001111");
	now_ = at("2027-03-01 10:00");
	(void)dispatched("+8613800000001", "street-light");
	(void)clock_looks();
	now_ += 60000;
	(void)dispatched("+8613800000002", "street-light"); /* would wait for liaison_minutes */
	last_becomes(OUT_EXPIRED);
	(void)clock_looks();
	assert_int_equal(texts("待签收"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_officer_is_told_of_what_waits_in_working_hours_and_not_of_each),
		TEST(at_night_it_waits_for_the_morning_and_an_urgent_one_does_not),
		TEST(what_was_signed_for_meanwhile_is_not_told),
		TEST(an_overdue_ticket_and_a_supervised_one_are_told),
		TEST(that_a_text_did_not_reach_the_officer_stands_on_its_ticket),
		TEST(a_text_that_did_not_arrive_does_not_stand_for_what_waits),
		TEST(a_department_without_an_officer_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
