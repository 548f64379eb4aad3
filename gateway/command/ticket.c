#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/command/print.h"
#include "gateway/model/address.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100000, PAGE = 200 };

struct ticket_job { struct command_print *print; struct ticket_query q; unsigned left; const char *number; };

static json_t *ticket_json(const struct ticket_row *t)
{
	char opened[CLOCK_TEXT], due[CLOCK_TEXT], peer[MSG_PEER_MAX];
	address_mask(t->peer, peer);
	json_t *flags = json_array();
	for (unsigned i = 0; ticket_flag_name(i) != NULL; i++)
		if (t->flags & (1u << i))
			must(json_array_append_new(flags, json_string(ticket_flag_name(i))) == 0);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "number", t->number, "state", sm_name(&ticket_machine, t->state),
		"channel", t->channel, "account", t->account, "peer", peer, "opened_at", clock_rfc3339(t->opened_at, opened),
		"due_at", clock_rfc3339(t->due_at, due), "department", t->department, "title", t->title, "flags", flags);
}

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_job *j = arg;
	while (j->left > 0) {
		struct ticket_row *row;
		size_t n;
		uint64_t next = 0;
		j->q.limit = j->left < PAGE ? j->left : PAGE;
		int rc = ticket_list(tx, &j->q, &row, &n, &next);
		if (rc < 0)
			return err_set(e, rc, "the tickets could not be read");
		for (size_t i = 0; i < n; i++)
			print_row(j->print, ticket_json(&row[i]));
		j->left -= (unsigned)n;
		if (next == 0 || n == 0)
			break;
		j->q.after = next;
	}
	return 0;
}

static int with_store(struct app *a, store_run_f *run, struct ticket_job *j, const char *empty)
{
	struct err e = { 0 };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, false, run, j, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	if (empty != NULL)
		print_end(j->print, empty);
	return EXIT_DONE;
}

static int list(struct app *a, int argc, char **argv)
{
	static const char *const column[] = { "number", "state", "channel", "opened_at", "due_at", "department", "title", NULL };
	struct command_print print = { .json = a->json, .column = column };
	struct ticket_job j = { .print = &print, .left = LIMIT_DEFAULT, .q = { .state = -1 } };
	bool bad = false;
	const char *state = option_value(&argc, argv, "--state", &bad), *since = option_value(&argc, argv, "--since", &bad),
		*limit = option_value(&argc, argv, "--limit", &bad);
	j.q.channel = option_value(&argc, argv, "--channel", &bad);
	if (bad || argc != 2)
		return command_usage(&command_ticket, "ticket list does not take that");
	if (state != NULL && (j.q.state = sm_find(&ticket_machine, state)) < 0)
		return command_usage(&command_ticket, "'%s' is no state: new accepted dispatched handling replied closed refused", state);
	if (since != NULL && clock_parse(since, &j.q.since) < 0)
		return command_usage(&command_ticket, "'%s' is no time: 2026-11-22 or 2026-11-22T08:00:00+08:00", since);
	char *end = NULL;
	unsigned long n = limit ? strtoul(limit, &end, 10) : LIMIT_DEFAULT;
	if (n < 1 || n > LIMIT_MAX || (end != NULL && *end != '\0'))
		return command_usage(&command_ticket, "--limit is a number from 1 to %d", LIMIT_MAX);
	j.left = (unsigned)n;
	return with_store(a, list_run, &j, "no ticket fits");
}

static void show_people(const struct ticket_row *t, const struct message_row *m, size_t n)
{
	char at[CLOCK_TEXT], peer[MSG_PEER_MAX];
	address_mask(t->peer, peer);
	(void)printf("%s  %s  %s  ", t->number, sm_name(&ticket_machine, t->state), t->channel);
	print_words(peer, "");
	(void)fputc('\n', stdout);
	print_words(t->title, "");
	(void)printf("\nopened %s", clock_people(t->opened_at, at));
	(void)printf(", due %s%s%s\n", clock_people(t->due_at, at), *t->department ? ", with " : "", t->department);
	for (size_t i = 0; i < n; i++) {
		(void)printf("\n%s  %s%s", clock_people(m[i].at, at), message_from_name((enum message_from)m[i].from), *m[i].author ? " " : "");
		print_words(m[i].author, "");
		if (m[i].out_state >= 0) {
			const char *why = m[i].out_error ? m[i].out_error : "";
			(void)printf("  [%s%s", sm_name(&out_machine, (unsigned)m[i].out_state), *why ? ": " : "");
			print_words(why, "");
			(void)fputc(']', stdout);
		}
		(void)fputc('\n', stdout);
		print_words(m[i].text, "\n\t");
		(void)fputc('\n', stdout);
	}
}

static int show_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_job *j = arg;
	struct ticket_row t;
	struct message_row *m;
	size_t n;
	int rc = ticket_get_number(tx, j->number, &t);
	if (rc < 0)
		return err_set(e, rc, "no ticket has the number '%s'", j->number);
	if ((rc = message_list_ticket(tx, t.id, &m, &n)) < 0)
		return err_set(e, rc, "its messages could not be read");
	if (!j->print->json) {
		show_people(&t, m, n);
		return 0;
	}
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) {
		char at[CLOCK_TEXT];
		must(json_array_append_new(all, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s*, s:s?}", "seq", (json_int_t)m[i].seq, "from",
			message_from_name((enum message_from)m[i].from), "author", m[i].author, "text", m[i].text, "at", clock_rfc3339(m[i].at, at),
			"state", m[i].out_state >= 0 ? sm_name(&out_machine, (unsigned)m[i].out_state) : NULL, "external_id", m[i].external_id)) == 0);
	}
	json_t *row = ticket_json(&t);
	must(json_object_set_new(row, "messages", all) == 0);
	print_row(j->print, row);
	return 0;
}

static int run(struct app *a, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return list(a, argc, argv);
	if (argc != 3 || strcmp(argv[1], "show") != 0)
		return command_usage(&command_ticket, "ticket list or show");
	struct command_print print = { .json = a->json };
	struct ticket_job j = { .print = &print, .number = argv[2] };
	return with_store(a, show_run, &j, NULL);
}

const struct command command_ticket = {
	.name = "ticket",
	.usage = "ticket list [--state S] [--channel C] [--since TIME] [--limit N]\n       xinqiao [--config FILE] ticket show NUMBER",
	.about = "tickets, newest first, or one with its messages",
	.run = run,
};
