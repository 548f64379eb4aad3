/* What receipts cost that have not come yet: as many messages as asked are accepted by a carrier, each with its id; then some
 * receipts come, in any order. Prints one line of JSON: disk and memory, and the time to find one and move its message.
 *
 *   receipt_bench [receipts] [folder] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/receipt.h"
#include "gateway/store/tx.h"

enum { AT_ONCE = 5000, EACH = 4, ASKED = 2000 };

static unsigned total, next;
static int64_t took[ASKED];

static int need(int rc)
{
	if (rc < 0)
		fprintf(stderr, "receipt_bench: %s\n", err_name(rc));
	return rc;
}

static int one(struct tx *tx, struct conversation_row *c, unsigned i)
{
	char id[32];
	const char *ids[] = { id };
	(void)snprintf(id, sizeof id, "%016llx", (unsigned long long)i * 2654435761u);
	struct message_row m = { .conversation = c->id, .from = FROM_STAFF, .author = "", .text = "请放心，已派人处理。", .event = "reply",
		.at = tx_now(tx), .out_state = OUT_QUEUED };
	int rc;
	if ((rc = message_insert(tx, &m, NULL)) < 0 || (rc = outbox_insert(tx, &m, "sms", 0)) < 0 ||
		(rc = outbox_set(tx, m.id, OUT_SENDING, 0, NULL)) < 0)
		return rc;
	return outbox_handed(tx, m.id, OUT_ACCEPTED, NULL, "sms", ids, 1);
}

static int fill(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row c = { 0 };
	(void)arg, (void)e;
	for (unsigned k = 0; k < AT_ONCE && next < total; k++, next++) {
		char peer[24];
		int rc = 0;
		(void)snprintf(peer, sizeof peer, "+86139%08u", next / EACH);
		if (next % EACH == 0 || !c.id) {
			c = (struct conversation_row){ .channel = "sms", .kind = "sms", .peer = peer, .account = "12345", .language = "zh-CN",
				.created_at = tx_now(tx), .last_at = tx_now(tx) };
			rc = conversation_insert(tx, &c);
		}
		if (rc < 0 || (rc = one(tx, &c, next)) < 0)
			return need(rc);
	}
	return 0;
}

static int find(struct tx *tx, void *arg, struct err *e)
{
	(void)arg, (void)e;
	for (unsigned k = 0; k < ASKED; k++) {
		char id[32];
		unsigned i = (unsigned)((uint64_t)k * 7919u * 127u % total);
		(void)snprintf(id, sizeof id, "%016llx", (unsigned long long)i * 2654435761u);
		struct receipt r = { .external_id = id, .state = OUT_DELIVERED, .at = tx_now(tx) };
		int64_t began = (int64_t)uv_hrtime();
		int rc = outbox_receipt(tx, "sms", &r);
		took[k] = (int64_t)uv_hrtime() - began;
		if (rc < 0)
			return need(rc);
	}
	return 0;
}

static double resident_mb(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct store *s;
	struct stat st = { 0 };
	char path[4096], dsn[4200];
	total = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000;
	(void)snprintf(path, sizeof path, "%s/receipts-%ld.db", argc > 2 ? argv[2] : ".", (long)getpid());
	(void)snprintf(dsn, sizeof dsn, "sqlite:%s", path);
	if (store_open(&s, &(struct store_config){ .dsn = dsn }, &e) < 0)
		return fprintf(stderr, "%s\n", e.words), 1;
	double before = resident_mb();
	while (next < total)
		if (store_now(s, true, fill, NULL, &e) < 0)
			return fprintf(stderr, "%s\n", e.words), 1;
	double after = resident_mb();
	if (store_now(s, true, find, NULL, &e) < 0)
		return fprintf(stderr, "%s\n", e.words), 1;
	store_close(&s);
	(void)stat(path, &st);
	qsort(took, ASKED, sizeof took[0], by_size);
	printf("{\"receipts\":%u,\"disk_mb\":%.1f,\"rss_mb\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", total, (double)st.st_size / 1048576,
		after - before, (double)took[ASKED / 2] / 1e3, (double)took[ASKED - ASKED / 100] / 1e3);
	(void)unlink(path);
	return 0;
}
