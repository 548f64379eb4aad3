#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/blob.h"
#include "gateway/base/mem.h"
#include "gateway/command/print.h"
#include "gateway/model/address.h"
#include "gateway/store/conversation.h"
#include "gateway/store/erase.h"
#include "gateway/store/merge.h"
#include "gateway/store/ticket.h"

enum { JOINED_MAX = 100, FORMS = 3, ASIDE_AT_ONCE = 500 };

struct erase {
	const struct app *app;
	struct blob_store *blobs;
	const char *reason;
	char address[FORMS][MSG_PEER_MAX]; /* as it was given, and as a number and a mail address are kept */
	size_t forms;
	int64_t conversations, messages, tickets, files, aside;
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

/* With those that staff have joined with it. */
static int add_joined(struct erase *x, struct tx *tx, uint64_t conversation)
{
	uint64_t citizen = 0, *id;
	size_t n = 0;
	add(x, conversation);
	int rc = conversation_citizen(tx, conversation, &citizen);
	if (rc == 0 && citizen && (rc = citizen_conversations(tx, citizen, JOINED_MAX, &id, &n)) == 0)
		for (size_t k = 0; k < n; k++)
			add(x, id[k]);
	return rc;
}

/* A visitor of the chat knows no other name of his than his ticket's number. */
static int find_ticket(struct erase *x, struct tx *tx, const char *number)
{
	struct ticket_row t;
	int rc = ticket_get_number(tx, number, &t);
	if (rc == E_NOTFOUND || (rc == 0 && *t.peer == '\0')) /* erased before */
		return 0;
	return rc < 0 ? rc : add_joined(x, tx, t.conversation);
}

/* His conversations on every channel. */
static int find(struct erase *x, struct tx *tx, const char *address)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < x->app->channels; i++) {
		struct conversation_row c;
		rc = conversation_find(tx, x->app->channel[i].name, address, &c);
		if (rc == 0)
			rc = add_joined(x, tx, c.id);
		else if (rc == E_NOTFOUND)
			rc = 0;
	}
	return rc;
}

static int find_run(struct tx *tx, void *arg, struct err *e)
{
	struct erase *x = arg;
	x->n = 0; /* a read whose connection was lost runs again */
	int rc = find_ticket(x, tx, x->address[0]);
	for (size_t i = 0; rc == 0 && i < x->forms; i++)
		rc = find(x, tx, x->address[i]);
	if (rc < 0)
		return err_set(e, rc, "the conversations could not be read");
	for (size_t i = 0; rc == 0 && i < x->n; i++) /* all of them, or none */
		rc = erase_may(tx, x->id[i], e);
	return rc;
}

/* One job's worth: a conversation, or a page of what was kept aside from an address. */
struct one {
	struct erase *x;
	uint64_t id, after, next;
	char *channel, *peer;
	struct erased done;
	struct blob_gone *file;
};

static void of(struct one *o, const char *channel, const char *peer)
{
	free(o->channel);
	free(o->peer);
	o->channel = mem_strdup(channel);
	o->peer = mem_strdup(peer);
}

static void one_fini(struct one *o)
{
	free(o->channel);
	free(o->peer);
	free(o->file);
}

static void files_keep(struct one *o)
{
	free(o->file);
	o->file = mem_calloc(o->done.files + 1, sizeof *o->file);
	if (o->done.files)
		memcpy(o->file, o->done.file, o->done.files * sizeof *o->file);
}

static int erase_run(struct tx *tx, void *arg, struct err *e)
{
	struct one *o = arg;
	struct conversation_row c;
	int rc = conversation_get(tx, o->id, &c);
	if (rc < 0)
		return err_set(e, rc, "there is no such conversation");
	of(o, c.channel, c.peer);
	if ((rc = erase_conversation(tx, o->id, "command", o->x->reason, &o->done, e)) == 0)
		files_keep(o);
	return rc;
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct one *o = arg;
	int rc = erase_aside(tx, o->channel, o->peer, o->after, ASIDE_AT_ONCE, &o->next, &o->done);
	if (rc < 0)
		return err_set(e, rc, "what was kept aside could not be erased (%s)", err_name(rc));
	files_keep(o);
	return 0;
}

/* The files last: should this stop between, they are nobody's, and no row names one that is missing. */
static int now(struct one *o, struct store *s, store_run_f *run, struct err *e)
{
	struct erase *x = o->x;
	int rc = store_now(s, true, run, o, e);
	for (size_t i = 0; rc == 0 && i < o->done.files; i++) {
		int gone = blob_remove(x->blobs, &o->file[i], e);
		x->files += gone > 0;
		rc = gone < 0 ? gone : 0;
	}
	if (rc < 0)
		return rc;
	x->messages += o->done.messages;
	x->tickets += o->done.tickets;
	x->aside += o->done.aside;
	return 0;
}

/* Page by page, each in a transaction of its own: very much may have been kept aside, of others. */
static int aside(struct one *o, struct store *s, struct err *e)
{
	int rc;
	do {
		o->after = o->next;
		rc = now(o, s, aside_run, e);
	} while (rc == 0 && o->next);
	return rc;
}

static int erase_all(struct erase *x, struct store *s, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < x->n; i++) {
		struct one o = { .x = x, .id = x->id[i] };
		if ((rc = now(&o, s, erase_run, e)) == 0)
			rc = aside(&o, s, e);
		x->conversations += rc == 0;
		one_fini(&o);
	}
	for (size_t i = 0; rc == 0 && i < x->app->channels * x->forms; i++) {
		struct one o = { .x = x };
		of(&o, x->app->channel[i / x->forms].name, x->address[i % x->forms]);
		rc = aside(&o, s, e);
		one_fini(&o);
	}
	if (rc == 0 && !x->n && !x->aside)
		return err_set(e, E_NOTFOUND, "nobody of that address has written on any channel, and no ticket of that number has words left");
	return rc;
}

static int forms(struct erase *x, const char *address, struct err *e)
{
	if (strlen(address) >= MSG_PEER_MAX)
		return err_set(e, E_RANGE, "an address has at most %d characters", MSG_PEER_MAX - 1);
	(void)snprintf(x->address[x->forms++], MSG_PEER_MAX, "%s", address);
	x->forms += address_phone(address, x->address[x->forms]);
	x->forms += address_email(address, x->address[x->forms]);
	return 0;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *reason = option_value(&argc, argv, "--reason", &bad);
	if (bad || argc != 2 || reason == NULL || !*reason)
		return command_usage(&command_erase, "whose data, and why?");
	struct err e = { 0 };
	struct erase x = { .app = a, .reason = reason };
	if (forms(&x, argv[1], &e) < 0)
		return command_failed(&e);
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = (x.blobs = blob_open(a->set.files, &e)) == NULL ? E_IO : store_now(s, false, find_run, &x, &e);
	if (rc == 0)
		rc = erase_all(&x, s, &e);
	store_close(&s);
	blob_close(&x.blobs);
	if (rc < 0)
		return command_failed(&e);
	if (a->json)
		(void)printf("{\"conversations\":%" PRId64 ",\"tickets\":%" PRId64 ",\"messages\":%" PRId64 ",\"files\":%" PRId64 ",\"kept_aside\":%" PRId64 "}\n",
			x.conversations, x.tickets, x.messages, x.files, x.aside);
	else
		(void)printf("erased: %" PRId64 " messages of %" PRId64 " tickets, %" PRId64 " kept aside, %" PRId64 " files; numbers, times, steps and ratings stay\n",
			x.messages, x.tickets, x.aside, x.files);
	return EXIT_DONE;
}

const struct command command_erase = {
	.name = "erase",
	.usage = "erase ADDRESS|TICKET --reason TEXT",
	.about = "erases what a citizen wrote, his address, name and files; what statistics and the chain need stays",
	.run = run,
};
