/* How many messages a second the store takes, each one complete: the view of it, a conversation, a ticket, the message,
 * its key, an event, the "received" answer and its outbox row. Prints a line for each batch size.
 *
 *   store_bench [jobs a batch size] [folder]     the folder should be on the disk that is meant */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/rows.h"

static const char *const words =
	"您好，我要反映幸福路小区3号楼电梯坏了一个星期了，物业一直没有人来修，老人上下楼非常不方便，请尽快处理，谢谢！";

struct bench {
	struct store *store;
	uv_loop_t *loop;
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

static void measure(const char *folder, const char *what, unsigned jobs, unsigned citizens, unsigned batch)
{
	struct err e = { 0 };
	struct bench b = { .jobs = jobs, .citizens = citizens, .window = batch == 1 ? 1 : 2 * batch };
	uv_loop_t loop;
	char path[4096], dsn[4200];
	snprintf(path, sizeof path, "%s/xinqiao-bench-%ld.db", folder, (long)getpid());
	snprintf(dsn, sizeof dsn, "sqlite:%s", path);
	rules_defaults(&b.rules);
	must(uv_loop_init(&loop) == 0);
	b.loop = &loop;
	struct store_config c = { .dsn = dsn, .batch_max = batch };
	if (store_open(&b.store, &c, &e) < 0 || store_start(b.store, &loop, &e) < 0) {
		fprintf(stderr, "%s\n", e.words);
		exit(1);
	}
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
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(dsn, sizeof dsn, "%s%s", path, ends[i]);
		(void)unlink(dsn);
	}
}

int main(int argc, char **argv)
{
	unsigned jobs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	const char *folder = argc > 2 ? argv[2] : ".";
	if (jobs < 1000)
		jobs = 1000;
	measure(folder, "new", jobs / 100, jobs, 1);
	measure(folder, "new", jobs / 10, jobs, 16);
	measure(folder, "new", jobs, jobs, 256);
	measure(folder, "append", jobs, jobs / 10, 256);
	return 0;
}
