/* Fills a store with years of finished tickets, straight into the tables, so that what grows with a store can be measured:
 *
 *   growth_fill DSN TICKETS KEY_FILE
 *
 * Store and key are made where they are not, sealed, so that a gateway with the same key goes on from there; 0 tickets make an
 * empty one. Each ticket is a citizen of his own, as
 * the worst case has it: his conversation, ticket, two messages, outbox row, the channel's id, two events, in one
 * of three a survey, and the rows of reports and search that the gateway makes behind the writer. All are closed and spread over
 * two years up to an hour ago. Prints one JSON line. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/model/search.h"
#include "gateway/store/rekey.h"
#include "gateway/store/tx.h"

enum { TEXTS = 8, CHUNK = 500000, SQL_MAX = 64 * 1024 };
static const int64_t SPAN_MS = 730LL * 86400000;
/* The number of a ticket's house stands in its text: this one in the texts below, each ticket's own in its rows. */
#define HOUSE "7777777"
static const char *const text[TEXTS] = {
	"我要反映小区第" HOUSE "号路灯不亮，天黑以后老人走路很危险，请尽快派人来处理，谢谢",
	"楼下广场舞太吵，晚上十点还在放音乐，影响孩子学习，地址是人民路" HOUSE "号，请管一管",
	"幸福路" HOUSE "号的垃圾已经三天没有清运，天气热气味很大，希望马上安排人来清理",
	"建设路" HOUSE "号门口的井盖松动，车一过就响，晚上有人差点掉下去，请赶快来修",
	"工地夜间施工噪声扰民，凌晨两点还在打桩，位置在解放路" HOUSE "号旁边，请查处",
	"自来水水压太低，六楼以上用不上水，已经一个星期了，中山路" HOUSE "号，请解决",
	"小区电梯停运，八十岁的老人下不了楼，物业说没有钱修，和平路" HOUSE "号三单元",
	"新华路" HOUSE "号路口占道经营，自行车走不过去，上班时间堵得厉害，请城管来看看",
};

struct fill {
	struct store *store;
	PGconn *postgres; /* of its own: no answer of the gateway's may take minutes; NULL: SQLite */
	unsigned long from, to, all;
	int64_t end;
};

/* An expression with the ticket's number where the text has HOUSE. */
static void with_house(struct buf *sql, const char *words)
{
	const char *at;
	(void)buf_addc(sql, '\'');
	for (; (at = strstr(words, HOUSE)) != NULL; words = at + strlen(HOUSE)) {
		(void)buf_add(sql, words, (size_t)(at - words));
		(void)buf_adds(sql, "' || n.i || '");
	}
	(void)buf_adds(sql, words);
	(void)buf_addc(sql, '\'');
}

static char *by_text(bool words)
{
	struct buf sql;
	buf_init(&sql, SQL_MAX);
	(void)buf_adds(&sql, "CASE n.i % 8");
	for (unsigned i = 0; i < TEXTS; i++) {
		struct buf unit;
		buf_init(&unit, SQL_MAX);
		search_words(text[i], &unit);
		(void)buf_addf(&sql, " WHEN %u THEN ", i);
		with_house(&sql, words ? buf_str(&unit) : text[i]);
		buf_fini(&unit);
	}
	(void)buf_adds(&sql, " END");
	char *made = mem_printf("%s", buf_str(&sql));
	buf_fini(&sql);
	return made;
}

/* As spread as a blind, and as long: base32 by chance, with the ticket's number at its end. New keys of the gateway's fall between all
 * of them. */
static void key(const struct fill *f, struct buf *sql)
{
	for (unsigned i = 0; i < 15; i++)
		(void)buf_addf(sql, "substr('abcdefghijklmnopqrstuvwxyz234567', 1 + %s, 1) || ", f->postgres ? "CAST(floor(random() * 32) AS INTEGER)" : "(random() & 31)");
	(void)buf_adds(sql, "CAST(10000000000000000 + i AS TEXT)");
}

/* n: i the ticket, at when it came, id its id; k such a key. */
static char *series(const struct fill *f)
{
	static const char sqlite[] = "WITH RECURSIVE s(i) AS (SELECT %lu UNION ALL SELECT i + 1 FROM s WHERE i < %lu)";
	static const char postgres[] = "WITH s(i) AS (SELECT generate_series(CAST(%lu AS BIGINT), %lu))";
	char head[200];
	(void)snprintf(head, sizeof head, f->postgres ? postgres : sqlite, f->from, f->to);
	struct buf k;
	buf_init(&k, SQL_MAX);
	key(f, &k);
	char *made = mem_printf("CREATE TEMP TABLE n AS %s, t AS (SELECT i, %lld - (%lu - i) * CAST(%lld AS BIGINT) / %lu AS at FROM s) SELECT i, at,"
		" (at - 1704067200000) * 4194304 + 10 AS id, %s AS k FROM t;", head, (long long)f->end, f->all, (long long)SPAN_MS, f->all, buf_str(&k));
	buf_fini(&k);
	return made;
}

#define DEPARTMENT "'d' || (n.i %% 30)"
#define CATEGORY "'c' || (n.i %% 60)"
#define PEER "'+86130' || (10000000 + n.i) || '-as-long-as-a-sealed-one-would-be-in-base64'"

static char *rows(const struct fill *f)
{
	char *said = by_text(false), *words = by_text(true), *n = series(f);
	const char *mark = f->postgres ? "chr(2)" : "char(2)", *hash = f->postgres ? "sha256(CAST(n.k AS BYTEA))" : "zeroblob(32)",
		*salt = f->postgres ? "substr(sha256(CAST(n.k AS BYTEA)), 1, 16)" : "zeroblob(16)";
	char *sql = mem_printf("%s"
		"INSERT INTO conversation (id, channel, kind, peer, peer_name, account, language, verified, last_seq, created_at, last_at, read_seq,"
		" peer_key) SELECT id - 1, 'sms', 'sms', " PEER ", '', '12345', 'zh-CN', 1, 2, at, at, 0, %s || '1.' || k FROM n ORDER BY i;"
		"INSERT INTO ticket (id, number, conversation, channel, kind, account, peer, peer_name, language, title, nature, category, department,"
		" assignee, state, flags, priority, rounds, bounces, opened_at, due_at, accepted_at, dispatched_at, replied_at, closed_at, updated_at,"
		" last_at, last_text, last_from, version, contacted_at, result) SELECT id, CAST(20250000000000000 + i AS TEXT), id - 1, 'sms', 'sms',"
		" '12345', " PEER ", '', 'zh-CN', substr(%s, 1, 20), 'complaint', " CATEGORY ", " DEPARTMENT ", '', 5, 0, 0, 0, 0, at, at + 86400000,"
		" at + 60000, at + 90000, at + 3600000, at + 7200000, at + 7200000, at, '请尽快处理', 'citizen', 5, at + 3600000, 'solved' FROM n ORDER BY i;"
		"INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text, once, salt,"
		" digest) SELECT id + 1, id - 1, id, 1, 0, 0, at, at, 0, '', '', %s, %s || '1.' || k, %s, %s FROM n ORDER BY i;"
		"INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text, salt,"
		" digest) SELECT id + 2, id - 1, id, 2, 2, 0, at, at, 0, '', 'received', '【示范市12345】您的诉求已收到，工单号' || i || '，我们将尽快办理。', %s, %s FROM n ORDER BY i;"
		"INSERT INTO outbox (message, ticket, conversation, channel, state, open, attempts, next_at, expires_at, updated_at, node, sends, parts,"
		" parts_done, error) SELECT id + 2, id, id - 1, 'sms', 3, 0, 1, 0, at + 259200000, at, 0, 1, 1, 1, '' FROM n ORDER BY i;"
		"INSERT INTO part (channel, external_id, message, send, done) SELECT 'sms', CAST(1000000000 + i AS TEXT), id + 2, 1, 1 FROM n ORDER BY i;"
		"INSERT INTO event (id, node, seq, at, ticket, kind, actor, data, hash) SELECT id + 3, 0, 2 * i, at, id, 'received', 'citizen',"
		" '{\"channel\":\"sms\",\"outcome\":\"new\",\"rule\":\"new\"}', %s FROM n ORDER BY i;"
		"INSERT INTO event (id, node, seq, at, ticket, kind, actor, data, hash) SELECT id + 4, 0, 2 * i + 1, at, id, 'close', 'staff',"
		" '{\"result\":\"solved\"}', %s FROM n ORDER BY i;"
		"INSERT INTO survey (id, ticket, conversation, message, token, channel, agent, department, state, scale, round, created_at, asked_at,"
		" expires_at, answered_at, raw, comment, rating, solved) SELECT id + 5, id, id - 1, id + 2, k, 'sms', '', " DEPARTMENT ", 2, 0, 1, at, at,"
		" at, at, '5', '', 1 + i %% 5, 1 + i %% 2 FROM n WHERE i %% 3 = 0 ORDER BY i;"
		"INSERT INTO report_ticket (ticket, day, department, category, channel, marks, bounces, lost_ms, first_ms) SELECT id,"
		" (at + 28800000) / 86400000, " DEPARTMENT ", " CATEGORY ", 'sms', CASE WHEN i %% 5 = 0 THEN 16395 ELSE 11 END, 0, 0, 60000 FROM n ORDER BY i;"
		"INSERT INTO search (%s, words) SELECT id + 1, %s%s%s FROM n ORDER BY i; DROP TABLE n;",
		n, mark, said, said, mark, salt, hash, salt, hash, hash, hash, f->postgres ? "id" : "rowid", f->postgres ? "array_to_tsvector(string_to_array(trim(" : "", words,
		f->postgres ? "), ' '))" : "");
	free(said);
	free(words);
	free(n);
	return sql;
}

static void need(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "growth_fill: %s\n", e->words);
	exit(1);
}

static int script(struct tx *tx, void *arg, struct err *e)
{
	return tx->session->ops->script(tx->session->db, arg, e);
}

/* One transaction. */
static void run(const struct fill *f, char *sql)
{
	struct err e = { 0 };
	if (f->postgres) {
		PGresult *r = PQexec(f->postgres, sql);
		need(PQresultStatus(r) == PGRES_COMMAND_OK ? 0 : err_set(&e, E_IO, "%s", PQerrorMessage(f->postgres)), &e);
		PQclear(r);
	} else
		need(store_now(f->store, true, script, sql, &e), &e);
	free(sql);
}

/* PostgreSQL makes an index faster than it grows one: they are taken away first and come back as they were. */
#define TABLES "('conversation', 'ticket', 'message', 'outbox', 'part', 'event', 'survey', 'report_ticket', 'search')"
static const char drop[] = "CREATE TABLE growth_index AS SELECT c.relname AS name, pg_get_indexdef(c.oid) AS def FROM pg_index x"
	" JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid WHERE t.relname IN " TABLES
	" AND t.relnamespace = CAST(current_schema() AS regnamespace) AND NOT x.indisprimary;"
	"DO $$ DECLARE r record; BEGIN FOR r IN SELECT name FROM growth_index LOOP EXECUTE format('DROP INDEX %I', r.name); END LOOP; END $$";
static const char make[] = "SET maintenance_work_mem = '512MB'; DO $$ DECLARE r record; BEGIN FOR r IN SELECT def FROM growth_index LOOP EXECUTE r.def; END LOOP; END $$;"
	" DROP TABLE growth_index";

/* What the index of words would have merged on its way, had it come a hundred messages at a time. */
static const char merge[] = "INSERT INTO search (search, rank) VALUES ('merge', 100000000)";
static const char roomy[] = "PRAGMA cache_size = -1000000";

/* The sums of days, and where the gateway's followers stand: behind all of it. */
static char *rest(const struct fill *f)
{
	return mem_printf("INSERT INTO report_day (day, department, category, channel, received, responded, prompt, finished, timed, overdue,"
		" returned, reopened, asked, answered, said, solved, rated, satisfied, poor, uncounted, category_suggested, category_taken,"
		" department_suggested, department_taken, bounces, lost_ms, first_ms) SELECT day, department, category, channel, COUNT(*), COUNT(*), 0,"
		" COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, COUNT(CASE WHEN marks > 11 THEN 1 END), 0, 0, 0, 0, 0, 0, 0, CAST(SUM(first_ms) AS BIGINT)"
		" FROM report_ticket GROUP BY day, department, category, channel;"
		"INSERT INTO kept (space, key, value, at) SELECT 'search', 'upto', CAST(MAX(id) AS TEXT), 0 FROM message;"
		"INSERT INTO kept (space, key, value, at) SELECT 'report', 'place', CAST(MAX(id) AS TEXT), 0 FROM event;"
		"INSERT INTO kept (space, key, value, at) VALUES ('report', 'as-of', '%lld', 0);", (long long)f->end);
}

static int seal(struct tx *tx, void *arg, struct err *e)
{
	size_t sealed;
	(void)e;
	return rekey_step(tx, 100, &sealed, arg);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	if (argc != 4)
		return (void)fprintf(stderr, "usage: growth_fill DSN TICKETS KEY_FILE\n"), 2;
	struct fill f = { .all = strtoul(argv[2], NULL, 10), .end = clock_now() - 3600000 };
	int64_t began = clock_monotonic();
	need(store_open(&f.store, &(struct store_config){ .dsn = argv[1], .key_file = argv[3], .exclusive = true }, &e), &e);
	for (bool done = false; !done;)
		need(store_now(f.store, true, seal, &done, &e), &e);
	if (strncmp(argv[1], "sqlite:", 7) != 0 && PQstatus(f.postgres = PQconnectdb(argv[1])) != CONNECTION_OK)
		need(err_set(&e, E_IO, "%s", PQerrorMessage(f.postgres)), &e);
	run(&f, mem_printf("%s", f.postgres ? drop : roomy));
	for (f.from = 1; f.from <= f.all; f.from = f.to + 1) {
		f.to = f.from + CHUNK - 1 < f.all ? f.from + CHUNK - 1 : f.all;
		run(&f, rows(&f));
		(void)fprintf(stderr, "  %lu of %lu after %lld s\n", f.to, f.all, (long long)(clock_monotonic() - began) / 1000);
	}
	if (f.all > 0)
		run(&f, rest(&f));
	run(&f, mem_printf("%s", f.postgres ? make : merge));
	PQfinish(f.postgres);
	store_close(&f.store);
	(void)printf("{\"tickets\":%lu,\"seconds\":%.1f}\n", f.all, (double)(clock_monotonic() - began) / 1000);
	return 0;
}
