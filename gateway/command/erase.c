#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/blob.h"
#include "gateway/base/mem.h"
#include "gateway/command/print.h"
#include "gateway/model/address.h"
#include "gateway/store/erase.h"

enum { JOINED_MAX = 100 };

struct erase {
	const struct app *app;
	struct blob_store *blobs;
	const char *address, *reason;
	int64_t conversations, messages, tickets, files;
	uint64_t id[JOINED_MAX];
	size_t n;
};

static void add(struct erase *x, uint64_t id)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->id[i] == id)
			return;
	if (x->n < JOINED_MAX)
		x->id[x->n++] = id;
}

/* His conversations on every channel, also those that staff have joined with them. */
static int find(struct erase *x, struct tx *tx, const char *address)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < x->app->channels; i++) {
		struct conversation_row c;
		uint64_t citizen = 0, *id;
		size_t n = 0;
		rc = conversation_find(tx, x->app->channel[i].name, address, &c);
		if (rc == E_NOTFOUND) {
			rc = 0;
			continue;
		}
		if (rc == 0)
			add(x, c.id);
		if (rc == 0 && (rc = conversation_citizen(tx, c.id, &citizen)) == 0 && citizen &&
			(rc = citizen_conversations(tx, citizen, JOINED_MAX, &id, &n)) == 0)
			for (size_t k = 0; k < n; k++)
				add(x, id[k]);
	}
	return rc;
}

static int find_run(struct tx *tx, void *arg, struct err *e)
{
	struct erase *x = arg;
	char form[MSG_PEER_MAX];
	int rc = find(x, tx, x->address);
	if (rc == 0 && address_phone(x->address, form))
		rc = find(x, tx, form);
	if (rc == 0 && address_email(x->address, form))
		rc = find(x, tx, form);
	if (rc < 0)
		return err_set(e, rc, "the conversations could not be read");
	return x->n ? 0 : err_set(e, E_NOTFOUND, "nobody of that address has written on any channel");
}

struct one { struct erase *x; uint64_t id; char (*file)[HEX_SHA256]; size_t files; };

static int erase_run(struct tx *tx, void *arg, struct err *e)
{
	struct one *o = arg;
	struct erased done;
	int rc = erase_conversation(tx, o->id, "command", o->x->reason, &done, e);
	if (rc < 0)
		return rc;
	free(o->file);
	o->file = mem_calloc(done.files + 1, sizeof *o->file);
	o->files = done.files;
	for (size_t i = 0; i < done.files; i++)
		(void)snprintf(o->file[i], HEX_SHA256, "%s", done.file[i]);
	o->x->messages += done.messages;
	o->x->tickets += done.tickets;
	return 0;
}

/* The files last: should this stop between, they are nobody's, and no row names one that is missing. */
static int erase_one(struct erase *x, struct store *s, uint64_t id, struct err *e)
{
	struct one o = { .x = x, .id = id };
	int rc = store_now(s, true, erase_run, &o, e);
	for (size_t i = 0; rc == 0 && i < o.files; i++) {
		int gone = blob_remove(x->blobs, o.file[i], e);
		x->files += gone == 0;
		rc = gone == E_NOTFOUND ? 0 : gone;
	}
	x->conversations += rc == 0;
	free(o.file);
	return rc;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *reason = option_value(&argc, argv, "--reason", &bad);
	if (bad || argc != 2 || reason == NULL || !*reason)
		return command_usage(&command_erase, "whose data, and why?");
	struct err e = { 0 };
	struct erase x = { .app = a, .address = argv[1], .reason = reason };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = (x.blobs = blob_open(a->set.files, &e)) == NULL ? E_IO : store_now(s, false, find_run, &x, &e);
	for (size_t i = 0; rc == 0 && i < x.n; i++)
		rc = erase_one(&x, s, x.id[i], &e);
	store_close(&s);
	blob_close(&x.blobs);
	if (rc < 0)
		return command_failed(&e);
	if (a->json)
		(void)printf("{\"conversations\":%" PRId64 ",\"tickets\":%" PRId64 ",\"messages\":%" PRId64 ",\"files\":%" PRId64 "}\n", x.conversations,
			x.tickets, x.messages, x.files);
	else
		(void)printf("erased: %" PRId64 " messages of %" PRId64 " tickets, %" PRId64 " files; numbers, times, steps and ratings stay\n", x.messages,
			x.tickets, x.files);
	return EXIT_DONE;
}

const struct command command_erase = {
	.name = "erase",
	.usage = "erase ADDRESS --reason TEXT",
	.about = "erases what a citizen wrote, his address, name and files; what statistics and the chain need stays",
	.run = run,
};
