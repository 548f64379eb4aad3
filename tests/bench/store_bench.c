/* How many messages a second the store takes, each one complete: the view of it, a conversation, a ticket, the message,
 * its key, an event, the "received" answer and its outbox row. Prints a line for each batch size; *: with sealed fields.
 *
 *   store_bench [jobs] [folder]              the folder should be on the disk that is meant
 *   store_bench on DSN [jobs]                new tickets only, into an empty store of any kind; a line of JSON
 *   store_bench lists [tickets] [folder]     how long lists, counts and searches take in a store of that size
 *   store_bench articles [count] [folder]    how long a search of the knowledge base takes among so many */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/article.h"
#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/intake.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/rekey.h"
#include "gateway/store/search.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/tx.h"
#include "gateway/store/view.h"

static const char *const words =
	"您好，我要反映幸福路小区3号楼电梯坏了一个星期了，物业一直没有人来修，老人上下楼非常不方便，请尽快处理，谢谢！";

struct bench {
	struct store *store;
	struct rules rules;
	unsigned jobs, citizens, given, done, window, failed;
	int64_t longest_us;
};
struct intake {
	struct bench *b;
	unsigned i;
	int64_t began_us;
};

static int64_t now_us(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

static int open_conversation(struct tx *tx, struct conversation_row *c, const char *peer)
{
	if (c->id)
		return 0;
	*c = (struct conversation_row){ .channel = "sms", .kind = "sms", .peer = peer, .account = "12345", .language = "zh-CN",
		.verified = true, .created_at = tx_now(tx), .last_at = tx_now(tx) };
	return conversation_insert(tx, c);
}

static int put_ticket(struct tx *tx, const struct conversation_row *c, const struct view *v, struct ticket_row *t)
{
	int64_t now = tx_now(tx);
	if (v->tickets) {
		int rc = ticket_get(tx, v->ticket[0].id, t);
		t->last_at = now;
		return rc < 0 ? rc : ticket_update(tx, t);
	}
	*t = (struct ticket_row){ .conversation = c->id, .channel = "sms", .kind = "sms", .account = "12345", .peer = c->peer,
		.language = "zh-CN", .title = "幸福路小区3号楼电梯坏了", .opened_at = now, .due_at = now + 86400000, .last_at = now,
		.last_text = words, .last_from = "citizen" };
	return ticket_insert(tx, t, 20);
}

static int answer(struct tx *tx, const struct conversation_row *c, const struct ticket_row *t)
{
	struct message_row m = { .conversation = c->id, .ticket = t->id, .from = FROM_SYSTEM, .event = "received", .at = tx_now(tx),
		.text = "【示范市12345】您的诉求已收到，工单号20261122200000017，我们将尽快转交承办单位办理。" };
	int rc = message_insert(tx, &m, t);
	return rc < 0 ? rc : outbox_insert(tx, &m, "sms", tx_now(tx) + 259200000);
}

static int run(struct tx *tx, void *arg, struct err *e)
{
	struct intake *j = arg;
	char peer[32], external[40];
	struct intake_row seen;
	struct view view;
	struct conversation_row c;
	struct ticket_row t;
	snprintf(peer, sizeof peer, "+86138%08u", j->i % j->b->citizens * 7919u % 100000000u);
	snprintf(external, sizeof external, "sms-%08x-%u", j->i * 2654435761u, j->i);
	struct msg_in in = { .external_id = external, .peer = peer, .account = "12345", .text = words, .received_at = tx_now(tx),
		.verified = true };
	int rc = intake_find(tx, "sms", external, &seen);
	if (rc != E_NOTFOUND)
		return err_set(e, E_CONFLICT, "%s came before", external);
	if ((rc = view_load(tx, "sms", false, &in, &j->b->rules, &view, &c)) < 0 || (rc = open_conversation(tx, &c, peer)) < 0 ||
		(rc = put_ticket(tx, &c, &view, &t)) < 0)
		return rc;
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .text = words,
		.external_id = external, .at = tx_now(tx) };
	if ((rc = message_insert(tx, &m, &t)) < 0 ||
		(rc = event_append(tx, t.id, "received", "citizen", "{\"channel\":\"sms\",\"outcome\":\"new\",\"rule\":\"new\"}")) < 0 ||
		(rc = answer(tx, &c, &t)) < 0)
		return rc;
	return intake_insert(tx, "sms", external, &(struct intake_row){ .message = m.id, .seq = m.seq, .ticket = t.number,
		.at = tx_now(tx) });
}

static void finished(void *arg, int rc, const struct err *e);

static void give(struct bench *b)
{
	while (b->given < b->jobs && b->given - b->done < b->window) {
		struct intake *j = mem_new(struct intake);
		*j = (struct intake){ .b = b, .i = b->given++, .began_us = now_us() };
		must(store_write(b->store, run, finished, j) == 0);
	}
}

static void finished(void *arg, int rc, const struct err *e)
{
	struct intake *j = arg;
	struct bench *b = j->b;
	int64_t took = now_us() - j->began_us;
	if (took > b->longest_us)
		b->longest_us = took;
	if (rc < 0 && b->failed++ == 0)
		fprintf(stderr, "job %u: %s\n", j->i, e->words);
	free(j);
	b->done++;
	give(b);
}

static double cpu_seconds(void)
{
	struct rusage u;
	must(getrusage(RUSAGE_SELF, &u) == 0);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct place {
	char path[4096], dsn[4200];
};

static struct place place_in(const char *folder)
{
	struct place p;
	snprintf(p.path, sizeof p.path, "%s/xinqiao-bench-%ld.db", folder, (long)getpid());
	snprintf(p.dsn, sizeof p.dsn, "sqlite:%s", p.path);
	return p;
}

static void place_remove(const struct place *p)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char name[4200];
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", p->path, ends[i]);
		(void)unlink(name);
	}
}

static void need(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s\n", e->words);
	exit(1);
}

/* What a new ticket is, in rows: conversation, ticket, two messages, key of intake, event, outbox. */
enum { ROWS_A_TICKET = 7 };

static void measure_on(const char *dsn, unsigned jobs)
{
	struct err e = { 0 };
	struct bench b = { .jobs = jobs, .citizens = jobs, .window = 512 };
	uv_loop_t loop;
	rules_defaults(&b.rules);
	must(uv_loop_init(&loop) == 0);
	need(store_open(&b.store, &(struct store_config){ .dsn = dsn, .batch_max = 256 }, &e), &e);
	need(store_start(b.store, &loop, &e), &e);
	double cpu = cpu_seconds();
	int64_t began = now_us();
	give(&b);
	while (b.done < b.jobs) /* a shared store's watch over its nodes goes on */
		uv_run(&loop, UV_RUN_ONCE);
	double took = (double)(now_us() - began) / 1e6;
	cpu = cpu_seconds() - cpu;
	printf("{\"jobs\":%u,\"failed\":%u,\"per_second\":%.0f,\"rows_per_second\":%.0f,\"cpu_us\":%.1f}\n", jobs, b.failed, jobs / took,
		ROWS_A_TICKET * jobs / took, cpu / jobs * 1e6);
	store_stop(b.store);
	store_close(&b.store);
	uv_run(&loop, UV_RUN_DEFAULT);
	must(uv_loop_close(&loop) == 0);
}

static void measure(const char *folder, const char *what, unsigned jobs, unsigned citizens, unsigned batch, bool sealed)
{
	struct err e = { 0 };
	struct bench b = { .jobs = jobs, .citizens = citizens, .window = batch == 1 ? 1 : 2 * batch };
	uv_loop_t loop;
	struct place p = place_in(folder);
	rules_defaults(&b.rules);
	must(uv_loop_init(&loop) == 0);
	char *key_file = sealed ? mem_printf("%s.key", p.path) : NULL;
	struct store_config c = { .dsn = p.dsn, .batch_max = batch, .key_file = key_file, .exclusive = sealed };
	need(store_open(&b.store, &c, &e), &e);
	need(store_start(b.store, &loop, &e), &e);
	store_sealed_whole(b.store); /* an empty store is */
	double cpu = cpu_seconds();
	int64_t began = now_us();
	give(&b);
	uv_run(&loop, UV_RUN_DEFAULT);
	double took = (double)(now_us() - began) / 1e6;
	cpu = cpu_seconds() - cpu;
	printf("%-8s batch %4u: %8.0f jobs/s  %6.1f us cpu a job  slowest %6.1f ms%s\n", what, batch, jobs / took,
		cpu / jobs * 1e6, (double)b.longest_us / 1e3, b.failed ? "  (FAILED)" : "");
	store_stop(b.store);
	store_close(&b.store);
	uv_run(&loop, UV_RUN_DEFAULT);
	must(uv_loop_close(&loop) == 0);
	if (key_file)
		unlink(key_file);
	free(key_file);
	place_remove(&p);
}

/* --- lists in a large store --- */

#define COLUMNS "id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, subject, external_id," \
	" raw_sha256, text, quoted"
/* One open ticket in a hundred; ten departments; two messages a ticket. */
static int fill(struct tx *tx, void *arg, struct err *e)
{
	const char *tickets = arg;
	char *sql = mem_printf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
		" INSERT INTO ticket (id, number, conversation, channel, kind, account, peer, peer_name, language, title, nature, category,"
		" department, assignee, state, flags, priority, rounds, bounces, opened_at, due_at, accepted_at, dispatched_at, replied_at,"
		" closed_at, updated_at, last_at, last_text, last_from, version) SELECT i * 4096, printf('2026%%013d', i), i / 3, 'sms', 'sms', '12345', '+86138' || i, '', 'zh-CN',"
		" '小区第' || i || '号路灯不亮', '', '', CASE WHEN i %% 3 = 0 THEN '' ELSE 'd' || (i %% 10) END,"
		" CASE WHEN i %% 7 = 0 THEN 's' || (i %% 50) ELSE '' END, CASE WHEN i %% 100 = 0 THEN i / 100 %% 5 ELSE 5 END,"
		" CASE WHEN i %% 5000 = 0 THEN 8 ELSE 0 END, 0, 0, 0, i * 1000, i * 1000 + 500, 0, 0, 0,"
		" CASE WHEN i %% 100 = 0 THEN 0 ELSE i * 1000 END, 0, i * 1000, '请尽快处理', 'citizen', 1 FROM n;"
		"INSERT INTO message (" COLUMNS ") SELECT id + 1, conversation, id, id, 0, 0, opened_at, 0, 0, '', '', NULL, NULL, NULL,"
		" '我要反映' || title || '，请尽快派人来修，谢谢', NULL FROM ticket;"
		"INSERT INTO message (" COLUMNS ") SELECT id + 2, conversation, id, id + 1, 2, 0, opened_at, 0, 0, '', 'received', NULL, NULL, NULL,"
		" '您的诉求已收到', NULL FROM ticket;", tickets);
	int rc = tx->session->ops->script(tx->session->db, sql, e);
	free(sql);
	return rc;
}

struct question {
	const char *name;
	struct ticket_query q;
};

static int ask(struct tx *tx, void *arg, struct err *e)
{
	const struct question *k = arg;
	struct ticket_row *rows;
	struct ticket_counts counts;
	uint64_t next;
	size_t n = 0;
	(void)e;
	int64_t began = now_us();
	int rc = k->q.limit ? ticket_list(tx, &k->q, &rows, &n, &next) : ticket_count(tx, k->q.department, &counts);
	printf("%-24s %9.2f ms  %zu rows\n", k->name, (double)(now_us() - began) / 1e3, n);
	return rc;
}

static int index_some(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	return search_index(tx, 4000, arg);
}

/* As the gateway does it, a batch a transaction. */
static void fill_index(struct store *s)
{
	struct err e = { 0 };
	size_t n = 1, all = 0;
	int64_t began = now_us();
	for (; n; all += n)
		need(store_now(s, true, index_some, &n, &e), &e);
	double took = (double)(now_us() - began) / 1e6;
	printf("%-24s %9.0f ms  %zu messages, %.0f/s\n", "index", took * 1e3, all, (double)all / took);
}

static void lists(char *tickets, const char *folder)
{
	struct err e = { 0 };
	struct store *s;
	struct place p = place_in(folder);
	static struct question all[] = {
		{ "newest", { .state = -1, .limit = 50 } },
		{ "new", { .state = TICKET_NEW, .limit = 50 } },
		{ "refused (none)", { .state = TICKET_REFUSED, .limit = 50 } },
		{ "open", { .state = -1, .open_only = true, .limit = 50 } },
		{ "overdue", { .state = -1, .overdue_only = true, .limit = 50 } },
		{ "department", { .state = -1, .department = "d1", .limit = 50 } },
		{ "department, open", { .state = -1, .department = "d0", .open_only = true, .limit = 50 } },
		{ "department, refused", { .state = TICKET_REFUSED, .department = "d1", .limit = 50 } },
		{ "assignee", { .state = -1, .assignee = "s7", .limit = 50 } },
		{ "emergency", { .state = -1, .flags_any = FLAG_EMERGENCY, .limit = 50 } },
		{ "since", { .state = -1, .since = 1, .limit = 50 } },
		{ "words, common", { .state = -1, .text = "路灯", .limit = 50 } },
		{ "words, nowhere", { .state = -1, .text = "恐龙", .limit = 50 } },
		{ "words, open, nowhere", { .state = -1, .text = "恐龙", .open_only = true, .limit = 50 } },
		{ "words, one character", { .state = -1, .text = "灯", .limit = 50 } },
		{ "words, one ticket", { .state = -1, .text = "第77777号", .limit = 50 } },
		{ "words, of a few open", { .state = -1, .text = "路灯不亮", .department = "d0", .open_only = true, .limit = 50 } },
		{ "counts", { .department = "" } },
		{ "counts of department", { .department = "d1" } },
	};
	need(store_open(&s, &(struct store_config){ .dsn = p.dsn }, &e), &e);
	need(store_now(s, true, fill, tickets, &e), &e);
	fill_index(s);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		need(store_now(s, false, ask, &all[i], &e), &e);
	store_close(&s);
	place_remove(&p);
}

/* --- the knowledge base --- */

static const char *const THING[] = { "公积金", "居住证", "身份证", "养老保险", "医保卡", "营业执照", "不动产证", "公租房", "老年卡", "驾驶证",
	"疫苗接种", "入学报名", "婚姻登记", "宅基地", "低保", "失业金", "创业贷款", "停车证", "图书证", "健康证" };
static const char *const DEED[] = { "怎么办理", "需要什么材料", "多久能办好", "在哪里办", "怎么补办", "怎么注销", "怎么转移", "收费标准", "办理条件",
	"怎么预约" };

static int write_articles(struct tx *tx, void *arg, struct err *e)
{
	unsigned *next = arg;
	for (unsigned i = 0; i < 500; i++, ++*next) {
		char title[200], body[600];
		snprintf(title, sizeof title, "%s%s（%u区）", THING[*next % 20], DEED[*next / 20 % 10], *next / 200);
		snprintf(body, sizeof body, "%s的办理：请带齐材料到%u区服务窗口，%u个工作日内办结。%s也可以在网上预约，结果会用短信告诉您。",
			THING[*next % 20], *next / 200, *next % 30 + 1, THING[*next * 7 % 20]);
		struct article_row a = { .owner = "a", .department = "", .category = "", .title = title, .body = body, .language = "zh-CN",
			.author = "a", .approver = "b", .note = "" };
		int rc = article_insert(tx, &a);
		if (rc == 0)
			rc = article_update(tx, &a, ARTICLE_REVIEW);
		if (rc == 0)
			rc = article_update(tx, &a, ARTICLE_APPROVED);
		if (rc < 0)
			return err_set(e, rc, "article %u", *next);
	}
	return 0;
}

struct lookup { const char *words; bool any; };

static int look_up(struct tx *tx, void *arg, struct err *e)
{
	const struct lookup *l = arg;
	struct article_row *rows;
	size_t n;
	(void)e;
	int64_t began = now_us();
	int rc = article_search(tx, l->words, l->any, &rows, &n);
	printf("%-40s %s %9.2f ms  %zu rows\n", l->words, l->any ? "some" : "all ", (double)(now_us() - began) / 1e3, n);
	return rc;
}

static void articles(unsigned count, const char *folder)
{
	struct err e = { 0 };
	struct store *s;
	struct place p = place_in(folder);
	static struct lookup all[] = { { "公积金", false }, { "证", false }, { "居住证 补办", false }, { "恐龙", false },
		{ "公积金怎么转移", false }, { "买房提取公积金带什么材料", true }, { "居住证到期没有续签怎么补办", true } };
	need(store_open(&s, &(struct store_config){ .dsn = p.dsn }, &e), &e);
	int64_t began = now_us();
	for (unsigned next = 0; next < count;)
		need(store_now(s, true, write_articles, &next, &e), &e);
	printf("%u articles approved in %.0f ms\n", count, (double)(now_us() - began) / 1e3);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		need(store_now(s, false, look_up, &all[i], &e), &e);
	store_close(&s);
	place_remove(&p);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "on") == 0) {
		measure_on(argv[2], argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100000);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "articles") == 0) {
		articles(argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100000, argc > 3 ? argv[3] : ".");
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "lists") == 0) {
		static char million[] = "1000000";
		lists(argc > 2 ? argv[2] : million, argc > 3 ? argv[3] : ".");
		return 0;
	}
	unsigned jobs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	const char *folder = argc > 2 ? argv[2] : ".";
	if (jobs < 1000)
		jobs = 1000;
	measure(folder, "new", jobs / 100, jobs, 1, false);
	measure(folder, "new", jobs / 10, jobs, 16, false);
	for (int sealed = 0; sealed <= 1; sealed++) {
		measure(folder, sealed ? "new*" : "new", jobs, jobs, 256, sealed);
		measure(folder, sealed ? "append*" : "append", jobs, jobs / 10, 256, sealed);
	}
	return 0;
}
