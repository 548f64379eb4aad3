/* What citizens and machines see without a login: survey page, start page, health, files. */
#include <glob.h>

#include "gateway/base/file.h"
#include "gateway/model/notice.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/console/desk.h"

/* --- the survey as a page --- */

struct asked_survey { const char *number; char token[200]; unsigned state; int rating, solved; char comment[200]; int64_t expires_at; };

static int survey_read_run(struct tx *tx, void *arg, struct err *e)
{
	struct asked_survey *a = arg;
	struct ticket_row t;
	struct survey_row s;
	(void)e;
	int rc = ticket_get_number(tx, a->number, &t);
	if (rc < 0 || (rc = survey_of_ticket(tx, t.id, &s)) < 0)
		return rc;
	(void)snprintf(a->token, sizeof a->token, "/rate/%s", s.token);
	(void)snprintf(a->comment, sizeof a->comment, "%s", s.comment ? s.comment : "");
	a->state = s.state;
	a->rating = s.rating;
	a->solved = s.solved;
	return 0;
}

/* A closed ticket with its survey. */
static struct asked_survey closed(const char *peer, const char *text)
{
	struct asked_survey a = { .number = citizen("web", peer, text) };
	take_step(a.number, STEP_REPLY, NULL, "已处理");
	take_step(a.number, STEP_CLOSE, NULL, NULL);
	write_now(survey_read_run, &a);
	return a;
}

static int rate(const char *path, const char *form)
{
	char head[200];
	(void)snprintf(head, sizeof head, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n", strlen(form));
	raw_open(&raw, &desk.loop, http_port(desk.http));
	(void)raw_say(&raw, "POST "), (void)raw_say(&raw, path);
	(void)raw_say(&raw, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"), (void)raw_say(&raw, head);
	(void)raw_say(&raw, "\r\n"), (void)raw_say(&raw, form);
	int status = raw_answer(&raw);
	raw_close(&raw);
	return status;
}

static int show(const char *path, const char *more)
{
	return ask("GET", path, NULL, NULL, more, NULL);
}

static void fetching_a_survey_records_nothing_and_chooses_nothing(void **state)
{
	struct asked_survey a = closed("rate-get", "路灯坏了");
	char link[300];
	(void)state;
	(void)snprintf(link, sizeof link, "%s?rating=5&solved=yes", a.token);
	assert_int_equal(show(a.token, NULL), 200);
	assert_int_equal(show(link, NULL), 200);
	assert_int_equal(ask("HEAD", a.token, NULL, NULL, NULL, NULL), 200);
	assert_int_equal(show(a.token, NULL), 200);
	assert_non_null(strstr(raw.body, "非常满意"));
	assert_null(strstr(raw.body, " checked"));
	unsigned before = a.state;
	write_now(survey_read_run, &a);
	assert_int_equal(a.state, before);
	assert_int_equal(a.rating, 0);
}

static void sending_the_form_records_once(void **state)
{
	struct asked_survey a = closed("rate-post", "路灯坏了");
	(void)state;
	assert_int_equal(rate(a.token, "rating=4&solved=yes&comment=%E4%BF%AE%E5%BE%97%E5%BF%AB+%26+%E5%A5%BD"), 303);
	assert_true(raw_has(&raw, a.token));
	write_now(survey_read_run, &a);
	assert_int_equal(a.state, SURVEY_ANSWERED);
	assert_int_equal(a.rating, 4);
	assert_int_equal(a.solved, SOLVED_YES);
	assert_string_equal(a.comment, "修得快 & 好");
	assert_int_equal(show(a.token, NULL), 200);
	assert_non_null(strstr(raw.body, "感谢您的评价"));
	assert_null(strstr(raw.body, "<form"));
	assert_int_equal(rate(a.token, "rating=1"), 200);
	write_now(survey_read_run, &a);
	assert_int_equal(a.rating, 4);
}

/* Its time is over. */
static int over_run(struct tx *tx, void *arg, struct err *e)
{
	const struct asked_survey *a = arg;
	struct survey_row s;
	(void)e;
	int rc = survey_find_token(tx, a->token + strlen("/rate/"), &s);
	s.expires_at = tx_now(tx) - 1;
	return rc < 0 ? rc : survey_update(tx, &s, s.state == SURVEY_ANSWERED ? SURVEY_ANSWERED : SURVEY_EXPIRED);
}

/* The newest ticket that is flagged as an emergency. */
static const char *alarmed(void)
{
	static char number[TICKET_NUMBER_MAX];
	assert_int_equal(get_as(&ADMIN, "/api/v1/tickets?limit=50"), 200);
	json_t *items = json_object_get(got, "items"), *one;
	size_t i;
	json_array_foreach(items, i, one) {
		char *flags = json_dumps(json_object_get(one, "flags"), JSON_ENCODE_ANY);
		bool urgent = flags && strstr(flags, "emergency");
		free(flags);
		if (urgent) {
			(void)snprintf(number, sizeof number, "%s", json_string_value(json_object_get(one, "number")));
			return number;
		}
	}
	fail_msg("no ticket is flagged");
	return NULL;
}

#define CRY "%E6%88%91%E4%B8%8D%E6%83%B3%E6%B4%BB%E4%BA%86" /* 我不想活了 */

static void a_cry_for_help_beside_a_rating_alarms_and_the_rating_counts(void **state)
{
	struct asked_survey a = closed("rate-cry", "路灯坏了");
	(void)state;
	for (int i = 0; i < 2; i++) { /* sent twice, it is one message */
		assert_int_equal(rate(a.token, "rating=1&solved=no&comment=" CRY), 200);
		assert_non_null(strstr(raw.body, "请现在就拨打 12356"));
		assert_null(strstr(raw.body, "<form"));
	}
	write_now(survey_read_run, &a);
	assert_int_equal(a.state, SURVEY_ANSWERED);
	assert_int_equal(a.rating, 1);
	assert_string_equal(a.comment, "我不想活了");
	char urgent[TICKET_NUMBER_MAX];
	(void)snprintf(urgent, sizeof urgent, "%s", alarmed());
	assert_string_not_equal(urgent, a.number);
	assert_int_equal(get_as(&ADMIN, path_of(urgent, "")), 200);
	assert_string_equal(word("priority"), "urgent");
	assert_non_null(strstr(raw.body, "\"care\""));
	json_t *said = json_object_get(got, "messages");
	assert_int_equal(json_array_size(said), 2); /* the words, and whom to call */
	assert_non_null(strstr(json_string_value(json_object_get(json_array_get(said, 0), "text")), "我不想活了"));
	assert_non_null(strstr(json_string_value(json_object_get(json_array_get(said, 1), "text")), "12356"));
	assert_int_equal(get_as(&ADMIN, path_of(a.number, "")), 200);
	assert_string_equal(word("state"), "accepted");
	assert_null(strstr(raw.body, "感谢反馈")); /* no thanks to who cries for help */
}

static void a_cry_for_help_is_heard_whatever_else_the_form_lacks(void **state)
{
	struct asked_survey a = closed("rate-cry-alone", "路灯坏了");
	char english[300];
	(void)state;
	(void)snprintf(english, sizeof english, "%s?lang=en", a.token);
	assert_int_equal(rate(english, "comment=" CRY), 200);
	assert_non_null(strstr(raw.body, "Please call 12356 now"));
	write_now(survey_read_run, &a);
	assert_int_not_equal(a.state, SURVEY_ANSWERED);
	assert_int_equal(rate(a.token, "rating=4"), 303); /* the question still stands */
	struct asked_survey late = closed("rate-cry-late", "路灯坏了");
	write_now(over_run, &late);
	assert_int_equal(rate(late.token, "rating=1&comment=" CRY), 200);
	assert_non_null(strstr(raw.body, "请现在就拨打 12356"));
	write_now(survey_read_run, &late);
	assert_int_equal(late.rating, 0);
}

static void words_beside_a_second_or_late_answer_are_kept(void **state)
{
	struct asked_survey a = closed("rate-more", "路灯坏了"), late = closed("rate-more-late", "路灯坏了");
	(void)state;
	assert_int_equal(rate(a.token, "rating=4&comment=abc"), 303);
	assert_int_equal(rate(a.token, "rating=4&comment=abc"), 200); /* pressed twice */
	assert_null(strstr(raw.body, "您补充的话也已收到"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rate(a.token, "rating=5&comment=more-to-say"), 200);
		assert_non_null(strstr(raw.body, "您补充的话也已收到"));
	}
	write_now(survey_read_run, &a);
	assert_int_equal(a.rating, 4);
	assert_string_equal(a.comment, "abc");
	assert_int_equal(get_as(&ADMIN, path_of(a.number, "")), 200);
	json_t *said = json_object_get(got, "messages");
	assert_non_null(strstr(json_string_value(json_object_get(json_array_get(said, json_array_size(said) - 1), "text")), "more-to-say"));
	assert_null(strstr(json_string_value(json_object_get(json_array_get(said, json_array_size(said) - 2), "text")), "more-to-say"));
	write_now(over_run, &late);
	assert_int_equal(rate(late.token, "rating=1&comment=too-late"), 200);
	assert_non_null(strstr(raw.body, "您写的话已收到"));
}

#define BROKEN_AGAIN "%E5%8F%88%E5%9D%8F%E4%BA%86%EF%BC%8C%E8%AF%B7%E5%AE%89%E6%8E%92%E7%BB%B4%E4%BF%AE" /* 又坏了，请安排维修 */

/* As the same words by the channel would: nobody looks into the quarantine for a citizen's complaint. */
static void a_complaint_that_comes_after_the_question_is_over_reopens_the_ticket(void **state)
{
	struct asked_survey a = closed("rate-over", "路灯坏了"), late = closed("rate-over-first", "井盖坏了");
	struct asked_survey *both[] = { &a, &late };
	(void)state;
	assert_int_equal(rate(a.token, "rating=4"), 303);
	for (size_t i = 0; i < 2; i++) {
		write_now(over_run, both[i]);
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(rate(both[i]->token, "rating=1&comment=" BROKEN_AGAIN), 200);
			assert_non_null(strstr(raw.body, "已收到"));
		}
		assert_int_equal(get_as(&ADMIN, path_of(both[i]->number, "")), 200);
		assert_string_equal(word("state"), "accepted");
		json_t *said = json_object_get(got, "messages");
		unsigned times = 0;
		for (size_t k = 0; k < json_array_size(said); k++)
			times += strcmp(json_string_value(json_object_get(json_array_get(said, k), "text")), "又坏了，请安排维修") == 0;
		assert_int_equal(times, 1);
	}
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/quarantine"), 200);
	assert_null(strstr(raw.body, "survey-unknown"));
}

static void late_words_are_about_the_questions_ticket_whatever_else_is_open(void **state)
{
	struct asked_survey a = closed("rate-two", "路灯坏了");
	const char *other = citizen("web", "rate-two", "另外，我要投诉楼下烧烤摊扰民");
	(void)state;
	assert_string_not_equal(other, a.number);
	write_now(over_run, &a);
	assert_int_equal(rate(a.token, "rating=1&comment=more-to-say"), 200);
	assert_int_equal(get_as(&ADMIN, path_of(a.number, "")), 200);
	assert_non_null(strstr(raw.body, "more-to-say"));
	assert_int_equal(get_as(&ADMIN, path_of(other, "")), 200);
	assert_null(strstr(raw.body, "more-to-say"));
}

#define WITHDRAW "%E6%92%A4%E5%9B%9E" /* 撤回 */
#define QUERY "%E6%9F%A5%E8%AF%A2" /* 查询 */

/* The link may have been forwarded: with it nobody speaks as the citizen of anything else. */
static void late_words_order_nothing(void **state)
{
	struct asked_survey a = closed("rate-order", "路灯坏了");
	char other[TICKET_NUMBER_MAX], form[200];
	(void)state;
	(void)snprintf(other, sizeof other, "%s", citizen("web", "rate-order", "另外，我要投诉楼下烧烤摊扰民"));
	assert_int_equal(rate(a.token, "rating=4"), 303);
	const char *const order[] = { WITHDRAW, QUERY };
	for (int over = 0; over < 2; over++) {
		for (size_t i = 0; i < 4; i++) {
			(void)snprintf(form, sizeof form, "rating=5&comment=%s%s", order[i / 2], i % 2 ? other : "");
			assert_int_equal(rate(a.token, form), 200);
			assert_non_null(strstr(raw.body, "已收到"));
		}
		write_now(over_run, &a);
	}
	assert_int_equal(get_as(&ADMIN, path_of(other, "")), 200);
	assert_null(strstr(raw.body, "\"withdrawn\""));
	assert_int_not_equal(strcmp(word("state"), "closed"), 0);
	assert_int_equal(json_array_size(json_object_get(got, "messages")), 2); /* the matter and its receipt, no answer to a query */
	assert_int_equal(get_as(&ADMIN, path_of(a.number, "")), 200);
	assert_non_null(strstr(raw.body, "撤回"));
	assert_null(strstr(raw.body, "\"event\":\"status\""));
	assert_null(strstr(raw.body, "\"withdrawn\""));
}

static int long_ago_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_row t;
	const struct asked_survey *a = arg;
	(void)e;
	int rc = ticket_get_number(tx, a->number, &t);
	t.closed_at -= 31LL * 24 * 3600 * 1000;
	return rc < 0 ? rc : ticket_update(tx, &t);
}

static void words_that_come_when_nobody_hears_on_the_ticket_any_more_open_none_and_are_not_said_to_have_arrived(void **state)
{
	struct asked_survey a = closed("rate-old", "路灯坏了");
	(void)state;
	assert_int_equal(rate(a.token, "rating=4"), 303);
	write_now(over_run, &a);
	write_now(long_ago_run, &a);
	assert_int_equal(get_as(&ADMIN, "/api/v1/tickets?limit=1"), 200);
	const char *newest = json_string_value(json_object_get(json_array_get(json_object_get(got, "items"), 0), "number"));
	char before[TICKET_NUMBER_MAX];
	(void)snprintf(before, sizeof before, "%s", newest);
	assert_int_equal(rate(a.token, "rating=1&comment=" BROKEN_AGAIN), 200);
	assert_non_null(strstr(raw.body, "请再次联系我们"));
	assert_null(strstr(raw.body, "已收到"));
	assert_int_equal(get_as(&ADMIN, "/api/v1/tickets?limit=1"), 200);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(got, "items"), 0), "number")), before);
}

static void not_solved_puts_the_ticket_back_to_work(void **state)
{
	struct asked_survey a = closed("rate-bad", "路灯坏了");
	(void)state;
	assert_int_equal(rate(a.token, "solved=no&rating=1"), 303);
	assert_int_equal(get_as(&ADMIN, path_of(a.number, "")), 200);
	assert_string_equal(word("state"), "accepted");
	assert_non_null(strstr(raw.body, "reopened"));
}

static void an_empty_form_is_asked_again_and_keeps_the_words(void **state)
{
	struct asked_survey a = closed("rate-empty", "路灯坏了");
	(void)state;
	assert_int_equal(rate(a.token, "comment=%3Cb%3Eabc"), 422);
	assert_non_null(strstr(raw.body, "请先选择一项评价"));
	assert_non_null(strstr(raw.body, "&lt;b&gt;abc</textarea>"));
	assert_int_equal(rate(a.token, "rating=6&solved=maybe"), 422);
	write_now(survey_read_run, &a);
	assert_int_equal(a.rating, 0);
}

static int expire_run(struct tx *tx, void *arg, struct err *e)
{
	size_t n;
	(void)arg, (void)e;
	tx_set_now(tx, tx_now(tx) + 80LL * 3600 * 1000);
	return survey_expire(tx, 100, &n);
}

static void a_late_or_unknown_link_is_answered_politely(void **state)
{
	struct asked_survey a = closed("rate-late", "路灯坏了");
	(void)state;
	write_now(expire_run, NULL);
	assert_int_equal(show(a.token, NULL), 200);
	assert_non_null(strstr(raw.body, "评价时间已过"));
	assert_int_equal(rate(a.token, "rating=5"), 200);
	write_now(survey_read_run, &a);
	assert_int_equal(a.rating, 0);
	assert_int_equal(show("/rate/nobody-knows", "Accept-Language: en-GB,en\r\n"), 404);
	assert_non_null(strstr(raw.body, "This link is not valid"));
}

static void a_title_cannot_become_markup(void **state)
{
	struct asked_survey a = closed("rate-html", "<script>alert(1)</script>路灯");
	(void)state;
	assert_int_equal(show(a.token, NULL), 200);
	assert_null(strstr(raw.body, "<script>alert"));
	assert_non_null(strstr(raw.body, "&lt;script&gt;alert"));
}

/* --- health --- */

static void ready_means_store_and_every_channel_that_is_not_off(void **state)
{
	(void)state;
	assert_int_equal(show("/healthz", NULL), 200);
	assert_int_equal(show("/readyz", NULL), 200);
	assert_true(json_is_true(json_object_get(got, "ready")));
	desk.host->state(desk.channel[0], false, "connect: refused");
	assert_int_equal(show("/readyz", NULL), 503);
	assert_false(json_is_true(json_object_get(got, "ready")));
	assert_non_null(strstr(raw.body, "connect: refused"));
	desk.host->state(desk.channel[0], false, "off: no address is configured");
	assert_int_equal(show("/readyz", NULL), 200);
	desk.host->state(desk.channel[0], true, "listening");
	assert_int_equal(show("/metrics", NULL), 200);
	assert_non_null(strstr(raw.body, "xinqiao_store_healthy 1\n"));
	assert_non_null(strstr(raw.body, "xinqiao_channel_up{channel=\"sms\"} 1\n"));
}

/* --- pages --- */

static void the_start_page_speaks_the_visitors_language(void **state)
{
	(void)state;
	assert_int_equal(show("/", "Accept-Language: en-US,en;q=0.9,zh;q=0.1\r\n"), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"en\">"));
	assert_int_equal(show("/", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n"), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"zh-CN\">"));
	assert_non_null(strstr(raw.body, "href=\"/chat\""));
	assert_int_equal(show("/?lang=en", NULL), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"en\">"));
}

static void every_path_below_console_is_the_page_and_no_file_is_outside(void **state)
{
	(void)state;
	assert_int_equal(show("/console/", NULL), 200);
	assert_non_null(strstr(raw.body, "/console/app.js"));
	assert_int_equal(show("/console/in/open/20261122100000011?channel=web", NULL), 200);
	assert_non_null(strstr(raw.body, "/console/app.js"));
	assert_int_equal(show("/console", NULL), 308);
	assert_int_equal(show("/console/i18n/en.json", NULL), 200);
	assert_int_equal(show("/console/nothing.js", NULL), 404);
	assert_int_equal(show("/console/../desk.db", NULL), 404);
	assert_int_equal(show("/console/%2e%2e/desk.db", NULL), 404);
	assert_int_equal(show("/console/css/..%2f..%2fdesk.db", NULL), 404);
	assert_int_equal(show("/console/.hidden.js", NULL), 404);
}

static void the_two_languages_have_the_same_words(void **state)
{
	const char *key;
	json_t *value;
	(void)state;
	json_t *zh = json_load_file("gateway/console/www/i18n/zh-CN.json", JSON_REJECT_DUPLICATES, NULL);
	json_t *en = json_load_file("gateway/console/www/i18n/en.json", JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(zh);
	assert_int_equal(json_object_del(zh, "fault"), 0); /* English is what the loader says itself */
	assert_int_equal(json_object_del(zh, "channel-words"), 0); /* and a channel */
	assert_int_equal(json_object_size(zh), json_object_size(en));
	json_object_foreach(zh, key, value) {
		const char *there = json_string_value(json_object_get(en, key));
		if (there == NULL)
			fail_msg("%s has no English", key);
		for (const char *slot = strchr(json_string_value(value), '{'); slot != NULL; slot = strchr(slot + 1, '{')) {
			char name[40];
			(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(slot, "}") + 1, slot);
			if (strncmp(key, "day.", 4) != 0 && strstr(there, name) == NULL)
				fail_msg("%s: English lacks %s", key, name);
		}
	}
	for (unsigned i = 0; notice_at(i) != NULL; i++) {
		char name[80];
		(void)snprintf(name, sizeof name, "notice-name.%s", notice_at(i)->name);
		if (json_object_get(zh, name) == NULL)
			fail_msg("what citizens get has no name for staff: %s", name);
	}
	json_decref(zh);
	json_decref(en);
}

/* The format of the call of faults_add() that stands here, its pieces joined as the compiler does; what is no literal is none. */
static char *form_at(const char *call)
{
	struct buf b;
	int depth = 0, commas = 0;
	const char *p = strchr(call, '(');
	buf_init(&b, ERR_WORDS_MAX);
	for (; *p && commas < 3; p++) {
		depth += (*p == '(') - (*p == ')');
		commas += *p == ',' && depth == 1;
	}
	for (p += strspn(p, " \t\n"); *p == '"'; p += strspn(p, " \t\n")) {
		for (p++; *p && *p != '"'; p++) {
			p += *p == '\\';
			buf_add(&b, p, 1);
		}
		p++;
	}
	if (*p != ',' && *p != ')')
		buf_clear(&b);
	return buf_take_str(&b);
}

/* Each of its conversions has a place in what is said, and no other: {2}, or {2:col} for its name. */
static void says_all_of(const char *form, const char *said)
{
	char places[10] = "", expected[10] = "";
	for (const char *p = strchr(form, '%'); p != NULL; p = strchr(p + 1, '%'))
		expected[strlen(expected)] = '1';
	for (const char *p = strchr(said, '{'); p != NULL; p = strchr(p + 1, '{'))
		if (p[1] >= '1' && p[1] <= '9' && (p[2] == '}' || p[2] == ':'))
			places[p[1] - '1'] = '1';
	if (strcmp(places, expected) != 0)
		fail_msg("\"%s\" does not say all of \"%s\"", said, form);
}

static void what_the_loader_can_say_in_the_console_has_its_chinese(void **state)
{
	static const char *const from[] = { "gateway/base/csv.c", "gateway/base/file.c", "gateway/flow/*.c", "gateway/console/*.c" };
	const char *key;
	json_t *value, *used = json_object(), *zh = json_load_file("gateway/console/www/i18n/zh-CN.json", JSON_REJECT_DUPLICATES, NULL);
	glob_t sources = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof from / sizeof *from; i++)
		assert_int_equal(glob(from[i], i ? GLOB_APPEND : 0, NULL, &sources), 0);
	for (size_t i = 0; i < sources.gl_pathc; i++) {
		struct buf text;
		buf_init(&text, 1 << 20);
		assert_int_equal(file_read(sources.gl_pathv[i], &text, NULL), 0);
		for (const char *at = buf_str(&text); (at = strstr(at, "faults_add(")) != NULL; at++) {
			char *form = form_at(at);
			const char *said = json_string_value(json_object_get(json_object_get(zh, "fault"), form));
			if (said == NULL)
				fail_msg("%s: a fault has no Chinese, or no form by which to find it: %s%.100s", sources.gl_pathv[i], form, *form ? "" : at);
			says_all_of(form, said);
			json_object_set_new(used, form, json_true());
			free(form);
		}
		buf_fini(&text);
	}
	json_object_foreach(json_object_get(zh, "fault"), key, value)
		if (json_object_get(used, key) == NULL)
			fail_msg("nothing says any more: %s", key);
	globfree(&sources);
	json_decref(used);
	json_decref(zh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetching_a_survey_records_nothing_and_chooses_nothing),
		cmocka_unit_test(sending_the_form_records_once),
		cmocka_unit_test(a_cry_for_help_beside_a_rating_alarms_and_the_rating_counts),
		cmocka_unit_test(a_cry_for_help_is_heard_whatever_else_the_form_lacks),
		cmocka_unit_test(words_beside_a_second_or_late_answer_are_kept),
		cmocka_unit_test(a_complaint_that_comes_after_the_question_is_over_reopens_the_ticket),
		cmocka_unit_test(late_words_are_about_the_questions_ticket_whatever_else_is_open),
		cmocka_unit_test(late_words_order_nothing),
		cmocka_unit_test(words_that_come_when_nobody_hears_on_the_ticket_any_more_open_none_and_are_not_said_to_have_arrived),
		cmocka_unit_test(not_solved_puts_the_ticket_back_to_work),
		cmocka_unit_test(an_empty_form_is_asked_again_and_keeps_the_words),
		cmocka_unit_test(a_late_or_unknown_link_is_answered_politely),
		cmocka_unit_test(a_title_cannot_become_markup),
		cmocka_unit_test(ready_means_store_and_every_channel_that_is_not_off),
		cmocka_unit_test(the_start_page_speaks_the_visitors_language),
		cmocka_unit_test(every_path_below_console_is_the_page_and_no_file_is_outside),
		cmocka_unit_test(the_two_languages_have_the_same_words),
		cmocka_unit_test(what_the_loader_can_say_in_the_console_has_its_chinese),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
