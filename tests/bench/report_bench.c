/* How long reports take in a store of so many tickets, a year's: the sums made from the events, as the gateway makes them behind the
 * writer, then the reports and the lists behind their numbers, and a search among the same tickets. A line of JSON each.
 *
 *   report_bench [tickets] [folder] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/model/rising.h"
#include "gateway/store/report.h"
#include "gateway/store/search.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/tx.h"

enum { YEAR_DAYS = 365 };
static const int64_t END = 1795320000000; /* 2026-11-22 12:00 in Shanghai */

static double now_ms(void)
{
	return (double)uv_hrtime() / 1e6;
}

static void need(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "report_bench: %s\n", e->words);
	exit(1);
}

static void say(const char *what, double began, size_t rows)
{
	(void)printf("{\"what\":\"%s\",\"ms\":%.1f,\"rows\":%zu}\n", what, now_ms() - began, rows);
}

/* Straight into the tables: an id is the millisecond since 2024, shifted. Thirty departments, sixty categories, three channels; two
 * in three are answered, one in three is rated. */
static int fill(struct tx *tx, void *arg, struct err *e)
{
	unsigned long tickets = strtoul(arg, NULL, 10);
	char *sql = mem_printf("CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lu)"
		" SELECT i, %lld - (%lu - i) * (%lld / %lu) AS at FROM n;"
		"INSERT INTO ticket (id, number, conversation, channel, kind, account, peer, peer_name, language, title, nature, category, department,"
		" assignee, state, flags, priority, rounds, bounces, opened_at, due_at, accepted_at, dispatched_at, replied_at, closed_at,"
		" updated_at, last_at, last_text, last_from, version, contacted_at)"
		" SELECT ((at - 1704067200000) << 22) + i %% 1024, printf('2026%%013d', i), i, CASE i %% 3 WHEN 0 THEN 'sms' WHEN 1 THEN 'web' ELSE 'mail' END,"
		" 'sms', '12345', '+86138' || i, '', 'zh-CN', '小区第' || i || '号路灯不亮', '', 'c' || (i %% 60), 'd' || (i %% 30), '',"
		" CASE WHEN i %% 100 = 0 THEN i / 100 %% 4 ELSE 5 END, 0, 0, 0, i %% 50 = 0, at, at + 86400000, at, at,"
		" CASE WHEN i %% 3 THEN at + i %% 200000 ELSE 0 END, CASE WHEN i %% 100 = 0 THEN 0 ELSE at + 90000000 END, at, at, '请尽快处理',"
		" 'citizen', 1, CASE WHEN i %% 3 THEN at + i %% 400000 ELSE 0 END FROM n;"
		"INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text)"
		" SELECT id + 1024, conversation, id, 1, 0, 0, opened_at, 0, 0, '', '', CASE WHEN rowid %% 7 = 0 THEN '楼下广场舞太吵，晚上十点还在放音乐，影响孩子学习，'"
		" WHEN opened_at > %lld AND rowid %% 11 = 0 THEN '家里暖气片冰凉，物业说供热公司没有供水，' ELSE '我要反映' || title || '，天黑以后老人走路很危险，' END"
		" || '请尽快派人来处理，谢谢' FROM ticket;"
		"INSERT INTO survey (id, ticket, conversation, message, token, channel, agent, department, state, scale, round, created_at, asked_at,"
		" expires_at, answered_at, raw, comment, rating, solved) SELECT id, id, conversation, 0, number, channel, '', department, 2, 0, 0, 0, 1, 0, 1,"
		" '', '', 1 + (id >> 22) %% 5, 1 + (id >> 23) %% 2 FROM ticket WHERE (id >> 22) %% 3 = 0;"
		"INSERT INTO event (id, node, seq, at, ticket, kind, actor, data, hash) SELECT id + 2048, 1, id, opened_at, id, 'received', 'citizen', '{}',"
		" zeroblob(32) FROM ticket;"
		"INSERT INTO node (node, last_id, event_seq, event_hash) SELECT 1, MAX(id), MAX(seq), zeroblob(32) FROM event;", tickets, (long long)END, tickets, YEAR_DAYS * 86400000LL, tickets, (long long)END - 7 * 86400000LL);
	int rc = tx->session->ops->script(tx->session->db, sql, e);
	free(sql);
	return rc;
}

static bool letter(const void *arg, const char *channel)
{
	return strcmp(channel, arg) == 0;
}

static int follow(struct tx *tx, void *arg, struct err *e)
{
	struct report_follow *w = arg;
	(void)e;
	tx_set_now(tx, END);
	return report_follow(tx, w);
}

static void keep_up(struct store *s)
{
	struct err e = { 0 };
	struct report_follow w = { .limits = { 180000, 86400000 }, .letter = letter, .arg = "mail", .limit = 400, .seen = 1 };
	size_t all = 0;
	double began = now_ms();
	for (; w.seen > 0; all += w.seen)
		need(store_now(s, true, follow, &w, &e), &e);
	say("events followed", began, all);
}

static int index_some(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	return search_index(tx, 4000, arg);
}

struct question { const char *what; enum report_by by; unsigned days; int mark; const char *department, *word; bool search; };

static int ask(struct tx *tx, void *arg, struct err *e)
{
	const struct question *k = arg;
	struct report_query q = { .from = report_day(END) - k->days + 1, .to = report_day(END), .department = k->department };
	struct report_line *l;
	struct ticket_row *t;
	size_t n;
	uint64_t next;
	(void)e;
	double began = now_ms();
	int rc = k->search ? ticket_list(tx, &(struct ticket_query){ .state = -1, .text = k->word, .limit = 50 }, &t, &n, &next) :
		k->mark < 0 ? report_load(tx, &q, k->by, &l, &n) : report_tickets(tx, &q, (unsigned)k->mark, k->word, 1, 0, 50, &t, &n, &next);
	say(k->what, began, n);
	return rc;
}

struct texts { struct rising *rising; bool now; };

static int text_add(void *arg, const struct report_text *t)
{
	struct texts *x = arg;
	rising_add(x->rising, x->now, t->title, t->text);
	return rising_texts(x->rising, x->now) == RISING_TEXTS_MAX;
}

/* As the report on topics does it: found in some, counted in all. */
static int count_all(void *arg, const struct report_text *t)
{
	struct { const struct rising_word *w; size_t n, all; } *c = arg;
	for (size_t i = 0; i < c->n; i++)
		c->all += rising_holds(t->title, t->text, c->w[i].word);
	return 0;
}

static int topics(struct tx *tx, void *arg, struct err *e)
{
	const unsigned *days = arg;
	struct texts x = { .rising = rising_create() };
	struct rising_word w[RISING_WORDS];
	struct { const struct rising_word *w; size_t n, all; } c = { w, 0, 0 };
	char what[60];
	(void)e;
	double began = now_ms();
	for (int i = 0; i < 2; i++) {
		struct report_query q = { .from = report_day(END) - (int64_t)*days * (2 - i) + 1, .to = report_day(END) - (int64_t)*days * (1 - i) };
		x.now = i == 1;
		need(report_each(tx, &q, 1 + *days / 4, 0, text_add, &x), e);
	}
	c.n = rising_find(x.rising, w);
	rising_destroy(&x.rising);
	for (int i = 0; i < 2; i++) {
		struct report_query q = { .from = report_day(END) - (int64_t)*days * (2 - i) + 1, .to = report_day(END) - (int64_t)*days * (1 - i) };
		need(report_each(tx, &q, 1 + *days / 20, 0, count_all, &c), e);
	}
	(void)snprintf(what, sizeof what, "rising words of %u days", *days);
	say(what, began, c.n);
	return 0;
}

int main(int argc, char **argv)
{
	static char million[] = "1000000";
	static struct question all[] = {
		{ "rates of a year", REPORT_BY_ALL, YEAR_DAYS, -1, NULL, NULL, false },
		{ "rates of a year, departments", REPORT_BY_DEPARTMENT, YEAR_DAYS, -1, NULL, NULL, false },
		{ "rates of a year, categories", REPORT_BY_CATEGORY, YEAR_DAYS, -1, NULL, NULL, false },
		{ "rates of a year, days", REPORT_BY_DAY, YEAR_DAYS, -1, NULL, NULL, false },
		{ "rates of a year, one department", REPORT_BY_DAY, YEAR_DAYS, -1, "d7", NULL, false },
		{ "rates of a month, departments", REPORT_BY_DEPARTMENT, 30, -1, NULL, NULL, false },
		{ "tickets: poor, a year", REPORT_BY_ALL, YEAR_DAYS, REPORT_poor, NULL, NULL, false },
		{ "tickets: returned, one department", REPORT_BY_ALL, YEAR_DAYS, REPORT_returned, "d7", NULL, false },
		{ "tickets: reopened (none), a year", REPORT_BY_ALL, YEAR_DAYS, REPORT_reopened, NULL, NULL, false },
		{ "tickets: with a word, a week", REPORT_BY_ALL, 7, REPORT_received, NULL, "暖气片", false },
		{ "search: common words", REPORT_BY_ALL, 1, -1, NULL, "路灯不亮", true },
		{ "search: one ticket", REPORT_BY_ALL, 1, -1, NULL, "第777号", true },
		{ "search: nowhere", REPORT_BY_ALL, 1, -1, NULL, "恐龙", true },
	};
	struct err e = { 0 };
	struct store *s;
	size_t n = 1, indexed = 0;
	const char *folder = argc > 2 ? argv[2] : ".";
	char *path = mem_printf("%s/report_bench.db", folder), *dsn = mem_printf("sqlite:%s", path);
	(void)remove(path);
	need(store_open(&s, &(struct store_config){ .dsn = dsn }, &e), &e);
	double began = now_ms();
	need(store_now(s, true, fill, argc > 1 ? argv[1] : million, &e), &e);
	say("filled", began, strtoul(argc > 1 ? argv[1] : million, NULL, 10));
	keep_up(s);
	began = now_ms();
	for (; n; indexed += n)
		need(store_now(s, true, index_some, &n, &e), &e);
	say("messages indexed", began, indexed);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		need(store_now(s, false, ask, &all[i], &e), &e);
	for (unsigned days = 7; days <= 30; days += 23)
		need(store_now(s, false, topics, &days, &e), &e);
	store_close(&s);
	static const char *const end[] = { "", "-wal", "-shm" };
	for (size_t i = 0; i < 3; i++) {
		char *file = mem_printf("%s%s", path, end[i]);
		(void)remove(file);
		free(file);
	}
	free(path);
	free(dsn);
	return 0;
}
