/* Long text messages that come in pieces: joined, once each, and shown with a gap where one never comes. */
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/place.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/segment.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000", WANG[] = "+8613900139000";
static const int64_t MINUTE = 60 * 1000, HOUR = 3600 * 1000;

static struct msg_in part_of(unsigned index, const char *bytes)
{
	return (struct msg_in){ .kind = MSG_PART, .peer = ZHANG, .account = "12345", .received_at = clock_now(),
		.verified = true, .part = { .key = "zhang/7/3", .index = index, .total = 3, .bytes = (const uint8_t *)bytes,
		.n = strlen(bytes) } };
}

static void pieces_in_any_order_become_one_message(void **state)
{
	(void)state;
	struct msg_in c = part_of(3, "没人修"), a = part_of(1, "路灯"), b = part_of(2, "坏了三天");
	struct took *first = take(office.sms, &c);
	assert_int_equal(first->taken, TAKEN_STORED);
	assert_int_equal(first->seq, 0);
	assert_null(first->ticket);
	assert_int_equal(take(office.sms, &a)->seq, 0);
	assert_int_equal(tickets(), 0);
	struct took *last = take(office.sms, &b);
	assert_int_equal(last->seq, 1);
	assert_string_equal(see(last->ticket)->m[0].text, "路灯坏了三天没人修");
}

static void octets_of_pieces_that_are_no_text_stay_with_the_message(void **state)
{
	(void)state;
	struct msg_in a = part_of(1, "路灯"), b = part_of(2, "\xEF\xBF\xBD"), c = part_of(3, "没人修");
	take(office.sms, &a);
	take(office.sms, &b);
	struct took *last = take(office.sms, &c);
	const struct seen_message *m = &see(last->ticket)->m[0];
	assert_string_equal(m->text, "路灯\xEF\xBF\xBD没人修");
	assert_int_equal(strlen(m->raw_sha256), 64);
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row *q;
	size_t n, *bytes = arg;
	(void)e;
	int rc = quarantine_list(tx, 0, 10, &q, &n);
	assert_int_equal(n, 1);
	assert_string_equal(q[0].reason, "not-legible");
	assert_string_equal(q[0].peer, ZHANG);
	*bytes = q[0].n;
	return rc;
}

static void more_of_them_than_go_with_a_message_are_set_aside(void **state)
{
	(void)state;
	static char much[MSG_RAW_MAX];
	size_t bytes = 0;
	memset(much, 'a', sizeof much - 1);
	struct msg_in a = part_of(1, "路灯"), b = part_of(2, "\xEF\xBF\xBD"), c = part_of(3, much);
	take(office.sms, &a);
	take(office.sms, &b);
	struct took *last = take(office.sms, &c);
	const struct seen_message *m = &see(last->ticket)->m[0];
	assert_int_equal(strlen(m->text), strlen("路灯") + 3 + strlen(much));
	assert_true(m->raw_sha256 == NULL || !*m->raw_sha256);
	assert_int_equal(store_now(office.store, false, aside_run, &bytes, NULL), 0);
	assert_int_equal(bytes, strlen(m->text));
}

static void a_piece_that_comes_twice_counts_once(void **state)
{
	(void)state;
	struct msg_in a = part_of(1, "路灯"), b = part_of(2, "坏了三天"), c = part_of(3, "没人修");
	assert_int_equal(take(office.sms, &a)->taken, TAKEN_STORED);
	assert_int_equal(take(office.sms, &a)->taken, TAKEN_DUPLICATE);
	a.session_at = clock_now() - 60000; /* over the same link: written twice, it is the same piece all the same */
	assert_int_equal(take_at(office.sms, &a, clock_now() + FINGERPRINT_ELSEWHERE_MS).taken, TAKEN_STORED);
	assert_int_equal(take(office.sms, &b)->seq, 0);
	struct took *last = take(office.sms, &c);
	assert_string_equal(see(last->ticket)->m[0].text, "路灯坏了三天没人修");
	assert_int_equal(take(office.sms, &c)->taken, TAKEN_DUPLICATE); /* the whole was kept */
	assert_int_equal(tickets(), 1);
}

struct found { const char *text; };

static int newest_run(struct tx *tx, void *arg, struct err *e)
{
	struct found *f = arg;
	struct ticket_row *t;
	struct message_row *m;
	size_t n;
	uint64_t next;
	(void)e;
	int rc = ticket_list(tx, &(struct ticket_query){ .state = -1, .limit = 1 }, &t, &n, &next);
	if (rc < 0 || n == 0 || (rc = message_list_ticket(tx, t[0].id, &m, &n)) < 0)
		return rc;
	f->text = keep(m[0].text);
	return 0;
}

/* One ticket says what is missing, in these words. */
static int noted_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	struct event_row *row;
	size_t n, found = 0;
	assert_int_equal(event_list(tx, "0", 100, &row, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(row[i].kind, "partial") == 0) {
			assert_string_equal(row[i].data, arg);
			assert_true(row[i].ticket > 0);
			found++;
		}
	assert_int_equal(found, 1);
	return 0;
}

static void pieces_whose_rest_never_comes_are_shown_with_a_gap(void **state)
{
	(void)state;
	int64_t long_ago = clock_now() - 11 * MINUTE;
	struct msg_in a = part_of(1, "路灯"), c = part_of(3, "没人修"), young = part_of(2, "小区噪音");
	young.peer = WANG;
	young.part.key = "wang/8/3";
	take_at(office.sms, &a, long_ago);
	take_at(office.sms, &c, long_ago + 1000);
	take_at(office.sms, &young, clock_now());
	ticks();
	UNTIL(tickets() == 1);
	UNTIL(got(office.sms, ZHANG, "已收到") == 1);
	assert_int_equal(talk_length(office.sms, WANG), 0);
	struct found f = { 0 };
	char missing[] = "{\"missing\":1,\"total\":3}";
	assert_int_equal(store_now(office.store, false, newest_run, &f, NULL), 0);
	assert_string_equal(f.text, "路灯[…]没人修");
	assert_int_equal(store_now(office.store, false, noted_run, missing, NULL), 0);
}

static void a_piece_of_another_message_under_the_same_reference_is_kept_beside_the_rest_of_the_first(void **state)
{
	(void)state;
	struct msg_in old = part_of(1, "路灯"), a = part_of(1, "小区"), b = part_of(2, "夜里"), c = part_of(3, "噪音");
	take(office.sms, &old);
	struct took *first = take(office.sms, &a);
	assert_int_equal(first->taken, TAKEN_STORED);
	assert_int_equal(first->seq, 0); /* a piece still */
	assert_int_equal(tickets(), 1);
	struct found f = { 0 };
	char missing[] = "{\"missing\":2,\"total\":3}";
	assert_int_equal(store_now(office.store, false, newest_run, &f, NULL), 0);
	assert_string_equal(f.text, "路灯[…][…]");
	assert_int_equal(store_now(office.store, false, noted_run, missing, NULL), 0);
	take(office.sms, &b);
	struct took *last = take(office.sms, &c);
	const struct seen *s = see(last->ticket);
	size_t at = 0;
	while (at < s->n && s->m[at].seq != last->seq)
		at++;
	assert_true(at < s->n);
	assert_string_equal(s->m[at].text, "小区夜里噪音");
	assert_int_equal(take(office.sms, &old)->taken, TAKEN_DUPLICATE);
}

/* Of a channel that is not here: so many messages, the oldest there are. */
struct left { unsigned n; int64_t ago; };

static int left_run(struct tx *tx, void *arg, struct err *e)
{
	const struct left *l = arg;
	(void)e;
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < l->n; i++) {
		struct segment_row row = { .key = arena_printf(tx_arena(tx), "li/%u", i), .peer = "+8613700137000", .account = "12345", .index = 2,
			.total = 3, .bytes = (const uint8_t *)"old", .n = 3, .at = clock_now() - l->ago };
		rc = segment_put(tx, "sms-old", &row);
	}
	return rc;
}

static int old_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row *q;
	size_t n;
	(void)arg;
	(void)e;
	int rc = quarantine_list(tx, 0, 1, &q, &n);
	assert_string_equal(q[0].channel, "sms-old");
	assert_string_equal(q[0].reason, "pieces-left");
	assert_string_equal(q[0].peer, "+8613700137000");
	assert_string_equal(q[0].note, "1 of 3 pieces");
	assert_int_equal(q[0].n, 3);
	return rc;
}

static void pieces_that_a_renamed_channel_left_are_set_aside_and_hold_up_nobodys(void **state)
{
	(void)state;
	struct left left = { 60, 25 * HOUR };
	struct msg_in a = part_of(1, "路灯");
	assert_int_equal(store_now(office.store, true, left_run, &left, NULL), 0);
	take_at(office.sms, &a, clock_now() - 11 * MINUTE);
	ticks();
	UNTIL(tickets() == 1);
	UNTIL(quarantined() == left.n);
	assert_int_equal(store_now(office.store, false, old_run, NULL, NULL), 0);
}

static void pieces_of_a_channel_that_only_another_node_has_are_left_to_it(void **state)
{
	(void)state;
	struct left left = { 60, 23 * HOUR };
	struct msg_in a = part_of(1, "路灯");
	assert_int_equal(store_now(office.store, true, left_run, &left, NULL), 0);
	take_at(office.sms, &a, clock_now() - 11 * MINUTE);
	ticks();
	UNTIL(tickets() == 1);
	assert_int_equal(quarantined(), 0);
}

static void a_node_joins_its_channels_pieces_though_another_does_the_clocks_work(void **state)
{
	(void)state;
	struct left left = { 1, 25 * HOUR };
	struct msg_in a = part_of(1, "路灯");
	UNTIL(office.flow->clock);
	office.flow->clock = false;
	assert_int_equal(store_now(office.store, true, left_run, &left, NULL), 0);
	take_at(office.sms, &a, clock_now() - 11 * MINUTE);
	ticks();
	UNTIL(tickets() == 1);
	assert_int_equal(quarantined(), 0); /* that is the other's */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pieces_in_any_order_become_one_message),
		TEST(octets_of_pieces_that_are_no_text_stay_with_the_message),
		TEST(more_of_them_than_go_with_a_message_are_set_aside),
		TEST(a_piece_that_comes_twice_counts_once),
		TEST(pieces_whose_rest_never_comes_are_shown_with_a_gap),
		TEST(a_piece_of_another_message_under_the_same_reference_is_kept_beside_the_rest_of_the_first),
		TEST(pieces_that_a_renamed_channel_left_are_set_aside_and_hold_up_nobodys),
		TEST(pieces_of_a_channel_that_only_another_node_has_are_left_to_it),
		TEST(a_node_joins_its_channels_pieces_though_another_does_the_clocks_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
