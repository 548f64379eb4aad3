/* A message out: in the conversation's order, again when the channel says so, never twice where nobody knows. */
#include "gateway/store/outbox.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000", WANG[] = "+8613900139000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";
enum { FIRST_MS = 2000, MOST_MS = 15 * 60 * 1000, TRIES = 400, LIFE_MS = 72 * 3600 * 1000 };

/* A ticket whose receipt is on its way already; the line does as it says from then on. */
static const char *ticket_on(struct line *l, const char *peer)
{
	size_t before = got(l, peer, "");
	struct took *t = write_in(l, peer, LAMP);
	UNTIL(got(l, peer, "") > before);
	uint64_t id = told(t->ticket, "received")->id;
	UNTIL(state_of(t->ticket, id) == OUT_ACCEPTED);
	if (l->mode == LINE_ACCEPT)
		idle(l);
	return t->ticket;
}

static uint64_t reply(const char *number, const char *text)
{
	return step(number, STEP_REPLY, text).message;
}

static const struct seen_message *message_of(const char *number, uint64_t id)
{
	const struct seen *s = see(number);
	for (size_t i = 0; i < s->n; i++)
		if (s->m[i].id == id)
			return &s->m[i];
	fail_msg("no such message");
	return NULL;
}

/* --- order --- */

static void a_conversation_is_sent_in_order_and_does_not_hold_up_others(void **state)
{
	(void)state;
	const char *zhang = ticket_on(office.sms, ZHANG), *wang = ticket_on(office.sms, WANG);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	reply(zhang, "第一");
	reply(zhang, "第二");
	UNTIL(office.sms->count == at + 1);
	reply(wang, "别人的");
	UNTIL(office.sms->count == at + 2);
	assert_int_equal(got(office.sms, ZHANG, "第一"), 1);
	assert_int_equal(got(office.sms, ZHANG, "第二"), 0);
	assert_int_equal(got(office.sms, WANG, "别人的"), 1);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(got(office.sms, ZHANG, "第二") == 1);
}

static void what_waits_for_a_retry_holds_up_what_was_said_later(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_RETRY;
	office.sms->retry_ms = 3600 * 1000;
	uint64_t first = reply(number, "第一");
	UNTIL(state_of(number, first) == OUT_RETRY);
	office.sms->mode = LINE_ACCEPT;
	uint64_t second = reply(number, "第二");
	const char *other = ticket_on(office.sms, WANG);
	(void)other;
	assert_int_equal(state_of(number, second), OUT_QUEUED);
	assert_int_equal(got(office.sms, ZHANG, "第二"), 0);
}

/* --- again --- */

/* As if `tries` sendings had failed before: claimed and put off by somebody else, each at its time. */
struct aging { uint64_t message; unsigned tries; const char *channel; };

static int aging_run(struct tx *tx, void *arg, struct err *e)
{
	struct aging *a = arg;
	struct outbox_claim *c;
	size_t n;
	int64_t now = tx_now(tx);
	(void)e;
	for (unsigned i = 0; i < a->tries; i++) {
		int rc = outbox_claim(tx, a->channel, 0, 10, &c, &n);
		if (rc < 0 || n != 1 || c[0].row.message != a->message)
			return rc < 0 ? rc : E_CORRUPT;
		if ((rc = outbox_set(tx, a->message, OUT_RETRY, now, "not now")) < 0)
			return rc;
	}
	return 0;
}

static const struct seen_message *retried_after(unsigned failed_before, unsigned retry_ms, const char *number)
{
	channel_at(flow_channels(office.flow), 0)->up = false; /* nothing is claimed meanwhile */
	office.sms->mode = LINE_RETRY;
	office.sms->retry_ms = retry_ms;
	uint64_t id = reply(number, "答复");
	struct aging a = { id, failed_before, "sms" };
	assert_int_equal(store_now(office.store, true, aging_run, &a, NULL), 0);
	size_t at = office.sms->count;
	office.sms->host->state(&office.sms->base, true, "back");
	UNTIL(office.sms->count == at + 1);
	assert_int_equal(office.sms->said[at].attempt, failed_before + 1);
	UNTIL(state_of(number, id) != OUT_SENDING);
	return message_of(number, id);
}

static void between(const struct seen_message *m, int64_t least, int64_t most)
{
	assert_int_equal(m->state, OUT_RETRY);
	if (m->next_at - m->updated_at < least || m->next_at - m->updated_at > most)
		fail_msg("again after %lld ms, not %lld to %lld", (long long)(m->next_at - m->updated_at), (long long)least,
			(long long)most);
}

static void the_first_retry_comes_within_seconds(void **state)
{
	(void)state;
	between(retried_after(0, 0, ticket_on(office.sms, ZHANG)), FIRST_MS / 2, FIRST_MS);
}

static void each_retry_waits_twice_as_long(void **state)
{
	(void)state;
	between(retried_after(4, 0, ticket_on(office.sms, ZHANG)), FIRST_MS * 16 / 2, FIRST_MS * 16);
}

static void no_retry_waits_longer_than_a_quarter_of_an_hour(void **state)
{
	(void)state;
	between(retried_after(17, 0, ticket_on(office.sms, ZHANG)), MOST_MS / 2, MOST_MS);
}

static void the_channel_may_ask_for_a_longer_pause(void **state)
{
	(void)state;
	between(retried_after(0, 3600 * 1000, ticket_on(office.sms, ZHANG)), 3600 * 1000, 3600 * 1000);
}

static void a_retried_message_is_sent_again_with_its_id(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_RETRY;
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->count == at + 1);
	office.sms->mode = LINE_ACCEPT;
	UNTIL(office.sms->count == at + 2);
	assert_int_equal(office.sms->said[at + 1].id, id);
	assert_int_equal(office.sms->said[at + 1].attempt, 2);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_string_equal(message_of(number, id)->error, "");
}

static void after_the_last_try_a_message_is_dead_and_the_next_one_goes(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	const struct seen_message *m = retried_after(TRIES - 1, 0, number);
	assert_int_equal(m->state, OUT_DEAD);
	assert_string_equal(m->error, "as the test says");
	office.sms->mode = LINE_ACCEPT;
	reply(number, "下一条");
	UNTIL(got(office.sms, ZHANG, "下一条") == 1);
}

static void a_refused_message_says_why_and_the_next_one_goes(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_REFUSE;
	uint64_t id = reply(number, "答复");
	UNTIL(state_of(number, id) == OUT_FAILED);
	assert_string_equal(message_of(number, id)->error, "as the test says");
	office.sms->mode = LINE_ACCEPT;
	reply(number, "下一条");
	UNTIL(got(office.sms, ZHANG, "下一条") == 1);
}

static void who_refuses_does_not_tell_staff_the_citizens_address(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->count == at + 1);
	line_end(office.sms, at, SENT_REFUSED, arena_printf(office.arena, "550 %s and %s <secretli@example.org>: no such user", ZHANG, ZHANG + 3));
	UNTIL(state_of(number, id) == OUT_FAILED);
	assert_string_equal(message_of(number, id)->error, "550 138****8000 and 138****8000 <s***@example.org>: no such user");
}

/* --- parked, full, unknown --- */

static void a_parked_message_waits_for_the_citizen_and_costs_no_try(void **state)
{
	(void)state;
	const char *number = ticket_on(office.chat, "visitor");
	office.chat->mode = LINE_PARK;
	uint64_t id = reply(number, "答复");
	UNTIL(state_of(number, id) == OUT_QUEUED && message_of(number, id)->attempts == 0 &&
		message_of(number, id)->next_at > clock_now());
	office.chat->mode = LINE_ACCEPT;
	size_t at = office.chat->count;
	office.chat->host->back(&office.chat->base, "somebody else");
	const char *other = ticket_on(office.chat, "another"); /* the lane is alive */
	(void)other;
	assert_int_equal(office.chat->count, at + 1);
	office.chat->host->back(&office.chat->base, "visitor");
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_int_equal(message_of(number, id)->attempts, 1);
}

static void a_full_window_keeps_the_message_until_there_is_room(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_FULL;
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->full == 1);
	reply(ticket_on(office.chat, "visitor"), "别的渠道");
	UNTIL(got(office.chat, "visitor", "别的渠道") == 1); /* other channels go on */
	assert_int_equal(office.sms->count, at);
	assert_int_equal(office.sms->full, 1); /* not asked again until it says so */
	office.sms->mode = LINE_ACCEPT;
	office.sms->host->ready(&office.sms->base);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_int_equal(office.sms->said[at].attempt, 1);
}

static void a_window_that_is_full_again_keeps_the_order(void **state)
{
	(void)state;
	const char *a = ticket_on(office.sms, ZHANG), *b = ticket_on(office.sms, WANG);
	channel_at(flow_channels(office.flow), 0)->up = false;
	size_t at = office.sms->count;
	reply(a, "先");
	reply(b, "后");
	office.sms->mode = LINE_FULL;
	office.sms->host->state(&office.sms->base, true, NULL);
	UNTIL(office.sms->full > 0);
	office.sms->host->ready(&office.sms->base);
	office.sms->mode = LINE_ACCEPT;
	office.sms->host->ready(&office.sms->base);
	UNTIL(office.sms->count == at + 2);
	assert_string_equal(office.sms->said[at].peer, ZHANG);
	assert_string_equal(office.sms->said[at + 1].peer, WANG);
}

static void only_a_few_are_claimed_ahead_of_a_full_window(void **state)
{
	(void)state;
	enum { MANY = 60, A_FEW = 20 };
	for (unsigned i = 0; i < MANY; i++)
		(void)ticket_on(office.sms, arena_printf(office.arena, "+86138000%05u", i));
	channel_at(flow_channels(office.flow), 0)->up = false;
	for (unsigned i = 0; i < MANY; i++)
		(void)write_in(office.sms, arena_printf(office.arena, "+86138000%05u", i), "查询");
	office.sms->mode = LINE_FULL;
	office.sms->host->state(&office.sms->base, true, NULL);
	UNTIL(office.sms->full > 0);
	/* After a crash these would be unknown though nothing of them was written. */
	assert_in_range(count((struct count){ .what = COUNT_SENDING }), 1, A_FEW);
	size_t at = office.sms->count;
	office.sms->mode = LINE_ACCEPT;
	office.sms->host->ready(&office.sms->base);
	UNTIL(office.sms->count == at + MANY);
}

static void a_message_nobody_knows_about_is_never_sent_again_and_the_next_one_goes(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_UNKNOWN;
	uint64_t id = reply(number, "也许到了");
	UNTIL(state_of(number, id) == OUT_UNKNOWN);
	office.sms->mode = LINE_ACCEPT;
	reply(number, "下一条");
	UNTIL(got(office.sms, ZHANG, "下一条") == 1);
	struct aging a = { id, 1, "sms" };
	assert_int_equal(store_now(office.store, true, aging_run, &a, NULL), E_CORRUPT); /* nothing to claim */
	assert_int_equal(got(office.sms, ZHANG, "也许到了"), 1);
}

static void a_late_receipt_settles_an_unknown_message_whose_id_is_ours(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_UNKNOWN;
	office.sms->ids[0] = "ours-1";
	office.sms->id_count = 1;
	uint64_t id = reply(number, "也许到了");
	UNTIL(state_of(number, id) == OUT_UNKNOWN);
	struct receipt r = { .external_id = "ours-1", .peer = ZHANG, .state = OUT_DELIVERED, .at = clock_now() };
	office.sms->host->receipt(&office.sms->base, &r, NULL, NULL);
	UNTIL(state_of(number, id) == OUT_DELIVERED);
}

static void a_channel_that_asks_gets_what_stands_in_a_notice(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG), *chat = ticket_on(office.chat, "visitor");
	reply(number, "今天修\"好\"了");
	UNTIL(got(office.sms, ZHANG, "今天修") == 1);
	const struct said *received = &office.sms->said[0], *answer = &office.sms->said[office.sms->count - 1];
	assert_string_equal(received->event, "received");
	assert_non_null(strstr(received->fields, arena_printf(office.arena, "\"number\":\"%s\"", number)));
	assert_null(strstr(received->fields, "\"text\"")); /* what this notice does not know */
	assert_string_equal(answer->event, "reply");
	assert_non_null(strstr(answer->fields, "\"text\":\"今天修\\\"好\\\"了\""));
	assert_non_null(strstr(answer->fields, "\"hotline\":\"示范市12345\""));
	reply(chat, "您好");
	UNTIL(got(office.chat, "visitor", "您好") == 1);
	assert_null(office.chat->said[office.chat->count - 1].fields);
}

static void a_channel_that_is_down_is_given_nothing(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->host->state(&office.sms->base, false, "the carrier is away");
	assert_string_equal(channel_at(flow_channels(office.flow), 0)->words, "the carrier is away");
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	ticket_on(office.chat, "visitor");
	assert_int_equal(office.sms->count, at);
	assert_int_equal(state_of(number, id), OUT_QUEUED);
	office.sms->host->state(&office.sms->base, true, NULL); /* no words at all */
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_string_equal(channel_at(flow_channels(office.flow), 0)->words, "");
}

static void a_channel_of_which_only_another_part_is_down_is_given_what_waits(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	const struct channel *c = channel_at(flow_channels(office.flow), 0);
	office.sms->host->state(&office.sms->base, false, "neither way");
	uint64_t id = reply(number, "答复");
	office.sms->sends = true;
	office.sms->host->state(&office.sms->base, false, "nothing comes in");
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_false(c->up);
	assert_string_equal(c->words, "nothing comes in");
}

/* --- stops --- */

static bool drain_done;

static void on_drained(void *arg)
{
	(void)arg;
	drain_done = true;
}

static void what_was_never_lent_is_queued_again_at_a_stop(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_FULL;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->full == 1);
	assert_int_equal(state_of(number, id), OUT_SENDING);
	drain_done = false;
	flow_drain(office.flow, 60000, on_drained, NULL);
	UNTIL(drain_done);
	assert_int_equal(state_of(number, id), OUT_QUEUED);
	office_crash();
	office_open();
	office_start();
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_int_equal(got(office.sms, ZHANG, "答复"), 1);
}

static void a_loan_under_way_ends_before_the_drain_does(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->count == at + 1);
	drain_done = false;
	flow_drain(office.flow, 60000, on_drained, NULL);
	for (int i = 0; i < 5; i++)
		uv_run(&office.loop, UV_RUN_ONCE);
	assert_false(drain_done);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(drain_done);
	assert_int_equal(state_of(number, id), OUT_ACCEPTED);
}

static void after_a_crash_what_may_have_arrived_is_unknown(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.sms->count == at + 1);
	office_crash();
	office_open();
	office_start();
	assert_int_equal(state_of(number, id), OUT_UNKNOWN);
	assert_int_equal(office.sms->count, 0);
}

static void after_a_crash_an_idempotent_channel_is_given_it_again(void **state)
{
	(void)state;
	const char *number = ticket_on(office.chat, "visitor");
	office.chat->mode = LINE_KEEP;
	size_t at = office.chat->count;
	uint64_t id = reply(number, "答复");
	UNTIL(office.chat->count == at + 1);
	office_crash();
	office_open();
	office_start();
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_int_equal(office.chat->said[0].id, id);
}

/* --- three days --- */

struct later { int64_t at; size_t n; };

static int expire_run(struct tx *tx, void *arg, struct err *e)
{
	struct later *l = arg;
	(void)e;
	tx_set_now(tx, l->at);
	return outbox_expire(tx, 100, &l->n);
}

static int claim_run_at(struct tx *tx, void *arg, struct err *e)
{
	struct later *l = arg;
	struct outbox_claim *c;
	(void)e;
	tx_set_now(tx, l->at);
	return outbox_claim(tx, "sms", 0, 100, &c, &l->n);
}

static void after_three_days_a_message_expires_unsent(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->host->state(&office.sms->base, false, "away");
	uint64_t id = reply(number, "答复");
	int64_t said = message_of(number, id)->expires_at - LIFE_MS;
	assert_in_range(clock_now() - said, 0, 10000 * slack());
	struct later l = { .at = said + LIFE_MS - 1 };
	assert_int_equal(store_now(office.store, true, expire_run, &l, NULL), 0);
	assert_int_equal(l.n, 0);
	l.at = said + LIFE_MS;
	assert_int_equal(store_now(office.store, true, claim_run_at, &l, NULL), 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(state_of(number, id), OUT_EXPIRED);
}

static int64_t counted(const char *channel, const char *state)
{
	char labels[80];
	(void)snprintf(labels, sizeof labels, "channel=\"%s\",state=\"%s\"", channel, state);
	return metric_get(metric_counter("xinqiao_messages_out_total", labels, ""));
}

static void the_clocks_work_expires_what_nobody_claims(void **state)
{
	(void)state;
	int64_t before = counted("sms", "expired");
	const char *number = ticket_on(office.sms, ZHANG);
	office.sms->host->state(&office.sms->base, false, "away");
	uint64_t id = reply(number, "答复");
	struct later l = { .at = clock_now() + LIFE_MS + 1000 };
	assert_int_equal(store_now(office.store, true, expire_run, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(state_of(number, id), OUT_EXPIRED);
	assert_int_equal(counted("sms", "expired"), before + 1);
}

/* --- receipts --- */

static void receipt(const char *id, enum out_state state, const char *reason)
{
	struct receipt r = { .external_id = id, .state = state, .reason = reason, .at = clock_now() };
	struct took *t = took_begin();
	office.sms->host->receipt(&office.sms->base, &r, on_took, t);
	assert_false(t->done);
	UNTIL(t->done);
	assert_int_equal(t->taken, TAKEN_STORED);
}

/* A reply lent to the channel, which has said nothing yet. */
static uint64_t lent(const char *number, size_t *at, const char *id, const char *id2)
{
	office.sms->mode = LINE_KEEP;
	office.sms->ids[0] = id;
	office.sms->ids[1] = id2;
	office.sms->id_count = id2 ? 2 : 1;
	*at = office.sms->count;
	uint64_t message = reply(number, "答复");
	UNTIL(office.sms->count == *at + 1);
	return message;
}

static void a_receipt_faster_than_its_sends_answer_is_not_lost(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", NULL);
	receipt("smsc-1", OUT_DELIVERED, NULL);
	assert_int_equal(state_of(number, id), OUT_SENDING);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_DELIVERED);
}

static void a_receipt_moves_the_message_and_a_second_one_changes_nothing(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", NULL);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	receipt("smsc-1", OUT_FAILED, "UNDELIV 005");
	assert_int_equal(state_of(number, id), OUT_FAILED);
	assert_string_equal(message_of(number, id)->error, "UNDELIV 005");
	receipt("smsc-1", OUT_DELIVERED, NULL);
	assert_int_equal(state_of(number, id), OUT_FAILED);
}

static void what_fails_by_a_receipt_is_counted_as_what_is_refused_at_once(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	int64_t accepted = counted("sms", "accepted"), failed = counted("sms", "failed"), web = counted("web", "failed");
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", NULL);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	receipt("smsc-1", OUT_FAILED, "UNDELIV 005");
	receipt("smsc-1", OUT_FAILED, "UNDELIV 005");
	assert_int_equal(counted("sms", "accepted"), accepted + 1);
	assert_int_equal(counted("sms", "failed"), failed + 1);
	assert_int_equal(counted("web", "failed"), web);
}

static void a_receipt_does_not_tell_staff_the_citizens_address(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", NULL);
	receipt("smsc-1", OUT_FAILED, "5.1.1 smtp; 550 <SecretLi@example.org> 13800138000 unknown"); /* faster than the answer */
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_FAILED);
	assert_string_equal(message_of(number, id)->error, "5.1.1 smtp; 550 <S***@example.org> 138****8000 unknown");
}

static void a_message_in_parts_is_delivered_when_all_are(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", "smsc-2");
	receipt("smsc-2", OUT_DELIVERED, NULL); /* early */
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	receipt("smsc-2", OUT_DELIVERED, NULL);
	assert_int_equal(state_of(number, id), OUT_ACCEPTED);
	receipt("smsc-1", OUT_DELIVERED, NULL);
	assert_int_equal(state_of(number, id), OUT_DELIVERED);
}

static void a_message_in_parts_fails_when_one_does(void **state)
{
	(void)state;
	const char *number = ticket_on(office.sms, ZHANG);
	size_t at;
	uint64_t id = lent(number, &at, "smsc-1", "smsc-2");
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	receipt("smsc-1", OUT_DELIVERED, NULL);
	receipt("smsc-2", OUT_FAILED, "EXPIRED");
	assert_int_equal(state_of(number, id), OUT_FAILED);
}

static void a_receipt_settles_what_was_unknown(void **state)
{
	(void)state;
	const char *number = ticket_on(office.chat, "visitor");
	office.chat->mode = LINE_UNKNOWN;
	uint64_t id = reply(number, "答复");
	UNTIL(state_of(number, id) == OUT_UNKNOWN);
	struct receipt r = { .peer = "visitor", .upto_seq = 1000, .state = OUT_READ, .at = clock_now() };
	office.chat->host->receipt(&office.chat->base, &r, NULL, NULL);
	UNTIL(state_of(number, id) == OUT_READ);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_conversation_is_sent_in_order_and_does_not_hold_up_others),
		TEST(what_waits_for_a_retry_holds_up_what_was_said_later),
		TEST(the_first_retry_comes_within_seconds),
		TEST(each_retry_waits_twice_as_long),
		TEST(no_retry_waits_longer_than_a_quarter_of_an_hour),
		TEST(the_channel_may_ask_for_a_longer_pause),
		TEST(a_retried_message_is_sent_again_with_its_id),
		TEST(after_the_last_try_a_message_is_dead_and_the_next_one_goes),
		TEST(a_refused_message_says_why_and_the_next_one_goes),
		TEST(who_refuses_does_not_tell_staff_the_citizens_address),
		TEST(a_parked_message_waits_for_the_citizen_and_costs_no_try),
		TEST(a_full_window_keeps_the_message_until_there_is_room),
		TEST(a_window_that_is_full_again_keeps_the_order),
		TEST(only_a_few_are_claimed_ahead_of_a_full_window),
		TEST(a_message_nobody_knows_about_is_never_sent_again_and_the_next_one_goes),
		TEST(a_late_receipt_settles_an_unknown_message_whose_id_is_ours),
		TEST(a_channel_that_asks_gets_what_stands_in_a_notice),
		TEST(a_channel_that_is_down_is_given_nothing),
		TEST(a_channel_of_which_only_another_part_is_down_is_given_what_waits),
		TEST(what_was_never_lent_is_queued_again_at_a_stop),
		TEST(a_loan_under_way_ends_before_the_drain_does),
		TEST(after_a_crash_what_may_have_arrived_is_unknown),
		TEST(after_a_crash_an_idempotent_channel_is_given_it_again),
		TEST(after_three_days_a_message_expires_unsent),
		TEST(the_clocks_work_expires_what_nobody_claims),
		TEST(a_receipt_faster_than_its_sends_answer_is_not_lost),
		TEST(what_fails_by_a_receipt_is_counted_as_what_is_refused_at_once),
		TEST(a_receipt_does_not_tell_staff_the_citizens_address),
		TEST(a_receipt_moves_the_message_and_a_second_one_changes_nothing),
		TEST(a_message_in_parts_is_delivered_when_all_are),
		TEST(a_message_in_parts_fails_when_one_does),
		TEST(a_receipt_settles_what_was_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
