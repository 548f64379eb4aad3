/* What is left of a citizen who was erased: nothing that he said or is found by, and all that is counted. */
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/drafts.h"
#include "gateway/store/erase.h"
#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/raw.h"
#include "gateway/store/search.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/upload.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

static struct conversation_row li(struct fixture *f, struct ticket_row *t, struct message_row *m)
{
	struct conversation_row c = a_citizen(f, "+8613800138000");
	c.peer_name = "李华";
	ok(conversation_update(f->tx, &c));
	*t = a_ticket(f, &c, "滨江路路灯不亮");
	struct attachment_row file = { .name = "身份证.jpg", .type = "image/jpeg", .sha256 = "aa11", .size = 3 };
	*m = (struct message_row){ .conversation = c.id, .ticket = t->id, .from = FROM_CITIZEN, .author = "李华", .text = "滨江路路灯不亮", .at = noon,
		.out_state = -1, .attachment = &file, .attachments = 1, .raw_sha256 = "bb22" };
	ok(message_insert(f->tx, m, t));
	size_t n;
	tx_set_now(f->tx, noon + 60000);
	ok(search_index(f->tx, 100, &n));
	assert_int_equal(n, 1);
	return c;
}

static void closed(struct fixture *f, struct ticket_row *t)
{
	ok(ticket_get(f->tx, t->id, t));
	t->state = TICKET_CLOSED;
	t->closed_at = noon;
	ok(ticket_update(f->tx, t));
}

static size_t found(struct fixture *f, const char *words)
{
	struct ticket_query q = { .state = -1, .text = words, .limit = 10 };
	struct ticket_row *rows;
	size_t n;
	uint64_t next;
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	return n;
}

static void nothing_is_erased_while_a_ticket_is_open(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m);
	assert_int_equal(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e), E_CONFLICT);
	ok(message_get(f->tx, m.id, &m));
	assert_string_equal(m.text, "滨江路路灯不亮");
}

static void words_names_and_addresses_go_and_what_is_counted_stays(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct conversation_row again;
	struct err e = { 0 };
	int64_t events;
	struct conversation_row c = li(f, &t, &m);
	closed(f, &t);
	const char *kept;
	ok(kept_put(f->tx, "idempotency", "api:core k1", arena_printf(f->arena, "f00 200 {\"number\":\"%s\",\"title\":\"滨江路路灯不亮\"}", t.number)));
	ok(kept_put(f->tx, "idempotency", "api:core k2", "f00 200 {\"number\":\"20260101100000000\"}"));
	assert_int_equal(found(f, "路灯"), 1);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_int_equal(out.messages, 1);
	assert_int_equal(out.tickets, 1);
	assert_int_equal(out.files, 2);
	commit(f);
	assert_int_equal(found(f, "路灯"), 0);
	ok(message_get(f->tx, m.id, &m));
	assert_string_equal(m.text, "");
	assert_string_equal(m.author, "");
	assert_int_equal(m.attachments, 0);
	ok(ticket_get(f->tx, t.id, &t));
	assert_string_equal(t.peer, "");
	assert_string_equal(t.title, "");
	assert_string_equal(t.last_text, "");
	assert_int_equal(kept_get(f->tx, "idempotency", "api:core k1", &kept), E_NOTFOUND);
	ok(kept_get(f->tx, "idempotency", "api:core k2", &kept));
	assert_int_equal(t.state, TICKET_CLOSED);
	assert_int_equal(t.closed_at, noon);
	assert_int_equal(conversation_find(f->tx, "sms", "+8613800138000", &again), E_NOTFOUND);
	ok(event_verify(f->tx, &events, NULL, NULL, &e));
	assert_int_equal(events, 2);
	a_citizen(f, "+8613800138000"); /* who writes again is new */
}

static void what_was_about_to_be_written_to_him_and_why_it_failed_go_too(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct outbox_row o;
	struct draft_row draft;
	struct conversation_row c = li(f, &t, &m), d = a_citizen(f, "+8613900139000");
	struct ticket_row other = a_ticket(f, &d, "路灯");
	struct message_row sent = a_reply(f, &c, &t, "李先生，已修好");
	ok(outbox_set(f->tx, sent.id, OUT_EXPIRED, 0, "550 <li@example.org> unknown"));
	ok(draft_put(f->tx, &(struct draft_row){ .staff = "chen", .ticket = t.id, .text = "李先生", .rev = 1 }));
	ok(draft_put(f->tx, &(struct draft_row){ .staff = "chen", .ticket = other.id, .text = "您好", .rev = 1 }));
	closed(f, &t);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	ok(outbox_get(f->tx, sent.id, &o));
	assert_string_equal(o.error, "");
	assert_int_equal(o.state, OUT_EXPIRED);
	assert_int_equal(draft_get(f->tx, "chen", t.id, DRAFT_REPLY, &draft), E_NOTFOUND);
	ok(draft_get(f->tx, "chen", other.id, DRAFT_REPLY, &draft));
}

static const char *erasing_of(struct fixture *f, uint64_t ticket)
{
	struct event_row *v;
	size_t n;
	ok(event_list_ticket(f->tx, ticket, &v, &n));
	assert_string_equal(v[n - 1].kind, "erased");
	return v[n - 1].data;
}

/* Who left the chat may not come back for days: what waits for him is no reason to keep him. */
static void what_waits_for_him_is_never_sent(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct outbox_row o;
	struct outbox_claim *claimed;
	struct held_row held = { .staff = "chen", .body = "{\"text\":\"已修好\"}", .send_at = noon };
	size_t n;
	struct conversation_row c = li(f, &t, &m);
	struct message_row first = a_reply(f, &c, &t, "李先生，已修好"), again = a_reply(f, &c, &t, "请评价");
	held.ticket = t.id;
	ok(held_insert(f->tx, &held));
	ok(outbox_claim(f->tx, c.channel, 0, 10, &claimed, &n));
	assert_int_equal(n, 1);
	closed(f, &t);
	assert_int_equal(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e), E_CONFLICT); /* it may be arriving */
	assert_non_null(strstr(e.words, "on its way"));
	ok(outbox_set(f->tx, first.id, OUT_RETRY, noon, "busy"));
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	for (int i = 0; i < 2; i++) {
		ok(outbox_get(f->tx, i ? again.id : first.id, &o));
		assert_int_equal(o.state, OUT_EXPIRED);
		assert_non_null(strstr(o.error, "erased"));
	}
	assert_non_null(strstr(erasing_of(f, t.id), "\"unsent\":2"));
	ok(outbox_claim(f->tx, c.channel, 0, 10, &claimed, &n));
	assert_int_equal(n, 0);
	assert_int_equal(held_get(f->tx, held.id, &held), E_NOTFOUND);
}

static void a_file_that_somebody_else_sent_too_stays(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m, other;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m), d = a_citizen(f, "+8613900139000");
	struct attachment_row file = { .name = "a.jpg", .type = "image/jpeg", .sha256 = "aa11", .size = 3 };
	other = (struct message_row){ .conversation = d.id, .from = FROM_CITIZEN, .text = "", .at = noon, .out_state = -1, .attachment = &file, .attachments = 1 };
	ok(message_insert(f->tx, &other, NULL));
	closed(f, &t);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_int_equal(out.files, 1);
	assert_string_equal(out.file[0].sha256, "bb22");
}

static struct message_row a_mail(struct fixture *f, const char *citizen, const char *raw_sha256, const char *file)
{
	struct conversation_row c = a_citizen(f, citizen);
	struct attachment_row one = { .name = "mail.eml", .type = "message/rfc822", .sha256 = file, .size = 3 };
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .text = "路灯", .at = noon, .out_state = -1, .raw_sha256 = raw_sha256,
		.external_id = "<1@example.org>#A", .attachment = file ? &one : NULL, .attachments = file ? 1 : 0 };
	ok(message_insert(f->tx, &m, NULL));
	return m;
}

/* What goes with him, who has nothing open; "" when nothing does. */
static const char *files_with(struct fixture *f, uint64_t conversation)
{
	struct erased out;
	struct err e = { 0 };
	ok(erase_conversation(f->tx, conversation, "command", "asked for it", &out, &e));
	assert_true(out.files < 2);
	return out.files ? arena_strdup(f->arena, out.file[0].sha256) : "";
}

/* One mail to two mailboxes is one file. */
static void a_raw_mail_that_another_message_has_too_stays_until_the_last_goes(void **state)
{
	struct fixture *f = *state;
	struct message_row m = a_mail(f, "a@example.org", "ee55", NULL), n = a_mail(f, "b@example.org", "ee55", NULL);
	struct message_row r = a_mail(f, "c@example.org", "ee55", NULL);
	assert_string_equal(files_with(f, r.conversation), "");
	assert_string_equal(files_with(f, m.conversation), "");
	assert_string_equal(files_with(f, n.conversation), "ee55");
}

static void a_raw_mail_stays_that_somebody_enclosed_and_a_file_that_is_somebodys_raw_mail(void **state)
{
	struct fixture *f = *state;
	struct message_row m = a_mail(f, "a@example.org", "ee55", NULL), n = a_mail(f, "b@example.org", NULL, "ee55");
	assert_string_equal(files_with(f, m.conversation), "");
	m = a_mail(f, "c@example.org", "ee55", NULL);
	assert_string_equal(files_with(f, n.conversation), "");
	assert_string_equal(files_with(f, m.conversation), "ee55");
}

static void a_raw_mail_stays_that_was_kept_aside_too(void **state)
{
	struct fixture *f = *state;
	struct erased out;
	struct message_row m = a_mail(f, "a@example.org", "ee55", NULL);
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "mail", .reason = "r", .peer = "b@example.org", .at = noon, .raw_sha256 = "ee55" }));
	assert_string_equal(files_with(f, m.conversation), "");
	m = a_mail(f, "c@example.org", "ee55", NULL);
	ok(erase_aside_old(f->tx, noon + 3600000, 10, &out));
	assert_int_equal(out.aside, 1);
	assert_int_equal(out.files, 0);
	assert_string_equal(files_with(f, m.conversation), "ee55");
}

static void an_upload_that_was_never_sent_takes_nobodys_raw_mail(void **state)
{
	struct fixture *f = *state;
	bool needed;
	struct message_row m = a_mail(f, "a@example.org", "ee55", NULL);
	struct attachment_row file = { .name = "mail.eml", .type = "message/rfc822", .sha256 = "ee55", .size = 3 };
	ok(upload_insert(f->tx, &file));
	ok(upload_drop(f->tx, file.id, "ee55", &needed));
	assert_true(needed);
	assert_string_equal(files_with(f, m.conversation), "ee55");
}

/* Somebody's mail may be on its way: its files are put before its row is written. */
static void what_was_put_in_the_last_minutes_may_be_somebody_elses(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m);
	closed(f, &t);
	tx_set_now(f->tx, noon + 86400000);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_true(out.file[0].since < tx_now(f->tx) - 60000);
	assert_true(out.file[0].since > tx_now(f->tx) - 3600000);
}

/* Else what he sent a minute before it was erased would stay for ever. */
static void what_came_with_the_message_itself_goes_however_young(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m);
	closed(f, &t);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_true(out.file[0].since >= id_at(m.id));
}

static void raw_messages_go_too_where_they_are_rows(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m, mail;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m);
	const void *p;
	size_t n;
	mail = (struct message_row){ .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .text = "滨江路", .at = noon, .out_state = -1,
		.raw_sha256 = "cc33", .raw = "Subject: x", .raw_n = 10 };
	ok(message_insert(f->tx, &mail, &t));
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "sms", .reason = "r", .peer = "+8613800138000", .at = noon,
		.raw_sha256 = "dd44", .whole = "Subject: y", .whole_n = 10 }));
	struct quarantine_row *q;
	ok(quarantine_list(f->tx, 0, 1, &q, &n));
	uint64_t aside = q[0].id;
	ok(raw_get(f->tx, mail.id, &p, &n));
	ok(raw_get(f->tx, aside, &p, &n));
	closed(f, &t);
	uint64_t next;
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_int_equal(out.files, 2); /* those of li()'s message, as before */
	ok(erase_aside(f->tx, c.channel, c.peer, 0, 10, &next, &out));
	assert_int_equal(out.aside, 1);
	assert_int_equal(out.files, 0);
	assert_int_equal(raw_get(f->tx, mail.id, &p, &n), E_NOTFOUND);
	assert_int_equal(raw_get(f->tx, aside, &p, &n), E_NOTFOUND);
}

static size_t asides(struct fixture *f)
{
	struct quarantine_row *q;
	size_t n;
	ok(quarantine_list(f->tx, 0, 100, &q, &n));
	return n;
}

static void put_aside(struct fixture *f, const char *channel, const char *peer)
{
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = channel, .reason = "r", .peer = peer, .raw = "路灯", .n = 6, .at = tx_now(f->tx) }));
}

static void what_was_kept_aside_goes_page_by_page_also_of_who_never_wrote_otherwise(void **state)
{
	struct fixture *f = *state;
	struct erased out;
	const char *note;
	const char *const came[] = { "li@example.org", "robot@example.org", " Li@Example.ORG", "", "li@example.org" };
	for (size_t i = 0; i < 5; i++)
		put_aside(f, "mail", came[i]);
	put_aside(f, "sms", "13800138000");
	put_aside(f, "letters", "li@example.org");
	ok(citizen_note_put(f->tx, "mail", "li@example.org", "a line"));
	int64_t gone = 0;
	for (uint64_t after = 0, next = 1; next; after = next) {
		ok(erase_aside(f->tx, "mail", "li@example.org", after, 2, &next, &out));
		gone += out.aside;
	}
	assert_int_equal(gone, 3);
	assert_int_equal(asides(f), 4); /* the robot's, nobody's, and those of other channels */
	assert_int_equal(citizen_note_get(f->tx, "mail", "li@example.org", &note), E_NOTFOUND);
	uint64_t next;
	ok(erase_aside(f->tx, "mail", "", 0, 10, &next, &out)); /* nobody's is not everybody's who has no address */
	assert_int_equal(out.aside, 0);
	ok(erase_aside(f->tx, "sms", "+8613800138000", 0, 10, &next, &out));
	assert_int_equal(out.aside, 1);
	assert_true(next == 0);
}

static void what_was_kept_aside_has_an_age_too(void **state)
{
	struct fixture *f = *state;
	struct erased out;
	put_aside(f, "mail", "robot@example.org");
	put_aside(f, "mail", "");
	tx_set_now(f->tx, noon + 86400000);
	put_aside(f, "mail", "robot@example.org");
	ok(erase_aside_old(f->tx, noon - 1, 10, &out));
	assert_int_equal(out.aside, 0);
	ok(erase_aside_old(f->tx, noon + 3600000, 1, &out));
	assert_int_equal(out.aside, 1);
	ok(erase_aside_old(f->tx, noon + 3600000, 10, &out));
	assert_int_equal(out.aside, 1);
	assert_int_equal(asides(f), 1);
}

/* A note has no place in the citizen's conversation. */
static void notes_go_too_also_from_a_ticket_that_was_merged_into_anothers(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m), d = a_citizen(f, "+8613900139000");
	struct message_row note = a_message(f, &c, &t, FROM_NOTE, "李先生很着急");
	struct ticket_row into = a_ticket(f, &d, "路灯");
	struct message_row stays = a_message(f, &d, &into, FROM_NOTE, "与李先生说的是同一盏");
	ok(message_move(f->tx, m.id, t.id, into.id));
	ok(message_move(f->tx, note.id, t.id, into.id));
	ok(ticket_set_merged(f->tx, t.id, into.id));
	closed(f, &t);
	closed(f, &into);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	assert_int_equal(out.messages, 2);
	ok(message_get(f->tx, note.id, &note));
	assert_string_equal(note.text, "");
	ok(message_get(f->tx, m.id, &m));
	assert_string_equal(m.text, "");
	ok(message_get(f->tx, stays.id, &stays));
	assert_string_equal(stays.text, "与李先生说的是同一盏");
}

/* His own ticket, which went into one of another conversation, is closed; what he said is being worked on there. */
static struct ticket_row worked_on_elsewhere(struct fixture *f, struct conversation_row *c, struct ticket_row *t, struct message_row *m)
{
	*c = li(f, t, m);
	struct conversation_row d = a_citizen(f, "+8613900139000");
	struct ticket_row into = a_ticket(f, &d, "路灯");
	(void)a_message(f, &d, &into, FROM_CITIZEN, "第一句");
	ok(message_move(f->tx, m->id, t->id, into.id));
	ok(ticket_set_merged(f->tx, t->id, into.id));
	closed(f, t);
	return into;
}

static void what_is_worked_on_in_another_conversations_ticket_is_not_erased(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct conversation_row c;
	struct erased out;
	struct err e = { 0 };
	uint64_t *id;
	size_t n;
	struct ticket_row into = worked_on_elsewhere(f, &c, &t, &m);
	assert_int_equal(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e), E_CONFLICT);
	ok(erase_due(f->tx, noon + 86400000, 0, 10, &id, &n));
	assert_int_equal(n, 0);
	closed(f, &into);
	ok(erase_due(f->tx, noon + 86400000, 0, 10, &id, &n));
	assert_int_equal(n, 2);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
}

static void no_list_shows_what_he_said_in_another_conversations_ticket(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t, off, later;
	struct message_row m;
	struct conversation_row c;
	struct erased out;
	struct err e = { 0 };
	struct ticket_row into = worked_on_elsewhere(f, &c, &t, &m);
	struct conversation_row d = a_citizen(f, "+8613900139001");
	off = a_ticket(f, &d, "李先生的路灯"); /* what was split off is called by its first words, and those are his */
	struct message_row moved = a_message(f, &c, &into, FROM_CITIZEN, "李先生的路灯");
	ok(message_move(f->tx, moved.id, into.id, off.id));
	later = a_ticket(f, &d, "井盖"); /* somebody's own words came after his */
	(void)a_message(f, &d, &later, FROM_CITIZEN, "井盖没了");
	(void)a_message(f, &c, &later, FROM_CITIZEN, "李先生的井盖");
	(void)a_message(f, &d, &later, FROM_CITIZEN, "请快一点");
	struct ticket_row *all[] = { &into, &off, &later };
	for (size_t i = 0; i < 3; i++) {
		ok(ticket_get(f->tx, all[i]->id, all[i]));
		all[i]->last_text = i < 2 ? "滨江路路灯不亮" : "请快一点";
		ok(ticket_update(f->tx, all[i]));
		closed(f, all[i]);
	}
	ok(message_get(f->tx, m.id, &m));
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	for (size_t i = 0; i < 3; i++)
		ok(ticket_get(f->tx, all[i]->id, all[i]));
	assert_string_equal(off.title, "");
	assert_string_equal(off.last_text, "");
	assert_string_equal(later.title, "井盖");
	assert_string_equal(later.last_text, "请快一点");
	assert_string_equal(later.peer, "+8613900139001");
}

/* The first that was said there is his, but it is called by what its own citizen said. */
static void a_ticket_that_his_older_one_went_into_keeps_its_own_title(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m), d = a_citizen(f, "+8613900139000");
	struct ticket_row into = a_ticket(f, &d, "建议增加公交班次");
	(void)a_message(f, &d, &into, FROM_CITIZEN, "建议增加公交班次");
	ok(message_move(f->tx, m.id, t.id, into.id));
	ok(ticket_set_merged(f->tx, t.id, into.id));
	closed(f, &t);
	closed(f, &into);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	ok(message_get(f->tx, m.id, &m));
	assert_string_equal(m.text, "");
	ok(ticket_get(f->tx, into.id, &into));
	assert_string_equal(into.title, "建议增加公交班次");
}

/* The same sentence by text message and by mail: that is why the two were merged. */
static void a_title_that_another_citizens_words_give_too_stays(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row c = li(f, &t, &m), d = a_citizen(f, "+8613900139000");
	struct ticket_row into = a_ticket(f, &d, "滨江路路灯不亮");
	(void)a_message(f, &d, &into, FROM_CITIZEN, "滨江路路灯不亮");
	ok(message_move(f->tx, m.id, t.id, into.id));
	ok(ticket_set_merged(f->tx, t.id, into.id));
	closed(f, &t);
	closed(f, &into);
	ok(erase_conversation(f->tx, c.id, "command", "asked for it", &out, &e));
	ok(ticket_get(f->tx, into.id, &into));
	assert_string_equal(into.title, "滨江路路灯不亮");
	ok(erase_conversation(f->tx, d.id, "command", "asked for it", &out, &e));
	ok(ticket_get(f->tx, into.id, &into));
	assert_string_equal(into.title, "");
}

/* Of three who said it the first two are erased: what is left of them does not keep it. */
static void what_was_said_by_who_is_erased_too_keeps_no_title(void **state)
{
	struct fixture *f = *state;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row a = a_citizen(f, "+8613900139001"), b = a_citizen(f, "+8613900139002");
	struct conversation_row d = a_citizen(f, "+8613900139003");
	struct ticket_row t = a_ticket(f, &d, "李先生的路灯");
	(void)a_message(f, &a, &t, FROM_CITIZEN, "李先生的路灯");
	(void)a_message(f, &b, &t, FROM_CITIZEN, "李先生的路灯");
	(void)a_message(f, &d, &t, FROM_CITIZEN, "请快一点");
	closed(f, &t);
	ok(erase_conversation(f->tx, a.id, "command", "asked for it", &out, &e));
	ok(ticket_get(f->tx, t.id, &t));
	assert_string_equal(t.title, "李先生的路灯");
	ok(erase_conversation(f->tx, b.id, "command", "asked for it", &out, &e));
	ok(ticket_get(f->tx, t.id, &t));
	assert_string_equal(t.title, "");
}

/* It was opened with a greeting, and named by the words of a reply, whose subject only repeats that. */
static void words_of_a_reply_that_named_a_ticket_go_with_who_wrote_them(void **state)
{
	struct fixture *f = *state;
	struct erased out;
	struct err e = { 0 };
	struct conversation_row a = a_citizen(f, "+8613900139001"), d = a_citizen(f, "+8613900139003");
	struct ticket_row t = a_ticket(f, &d, "李先生的路灯");
	struct message_row m = { .conversation = a.id, .ticket = t.id, .from = FROM_CITIZEN, .subject = "Re: 您好",
		.text = "李先生的路灯", .at = tx_now(f->tx), .out_state = -1 };
	(void)a_message(f, &d, &t, FROM_CITIZEN, "您好");
	ok(message_insert(f->tx, &m, &t));
	closed(f, &t);
	ok(erase_conversation(f->tx, a.id, "command", "asked for it", &out, &e));
	ok(ticket_get(f->tx, t.id, &t));
	assert_string_equal(t.title, "");
}

static void what_is_old_and_has_nothing_open_is_due_once(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t;
	struct message_row m;
	struct erased out;
	struct err e = { 0 };
	uint64_t *id;
	size_t n;
	struct conversation_row c = li(f, &t, &m);
	ok(erase_due(f->tx, noon + 86400000, 0, 10, &id, &n));
	assert_int_equal(n, 0);
	closed(f, &t);
	ok(erase_due(f->tx, noon - 1, 0, 10, &id, &n));
	assert_int_equal(n, 0);
	ok(erase_due(f->tx, noon + 86400000, 0, 10, &id, &n));
	assert_int_equal(n, 1);
	assert_int_equal(id[0], c.id);
	ok(erase_due(f->tx, noon + 86400000, c.id, 10, &id, &n));
	assert_int_equal(n, 0);
	ok(erase_conversation(f->tx, c.id, "system", "retention", &out, &e));
	ok(erase_due(f->tx, noon + 86400000, 0, 10, &id, &n));
	assert_int_equal(n, 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_erased_while_a_ticket_is_open),
		TEST(words_names_and_addresses_go_and_what_is_counted_stays),
		TEST(what_was_about_to_be_written_to_him_and_why_it_failed_go_too),
		TEST(what_waits_for_him_is_never_sent),
		TEST(a_file_that_somebody_else_sent_too_stays),
		TEST(a_raw_mail_that_another_message_has_too_stays_until_the_last_goes),
		TEST(a_raw_mail_stays_that_somebody_enclosed_and_a_file_that_is_somebodys_raw_mail),
		TEST(a_raw_mail_stays_that_was_kept_aside_too),
		TEST(an_upload_that_was_never_sent_takes_nobodys_raw_mail),
		TEST(what_was_put_in_the_last_minutes_may_be_somebody_elses),
		TEST(what_came_with_the_message_itself_goes_however_young),
		TEST(raw_messages_go_too_where_they_are_rows),
		TEST(what_was_kept_aside_goes_page_by_page_also_of_who_never_wrote_otherwise),
		TEST(what_was_kept_aside_has_an_age_too),
		TEST(notes_go_too_also_from_a_ticket_that_was_merged_into_anothers),
		TEST(what_is_worked_on_in_another_conversations_ticket_is_not_erased),
		TEST(no_list_shows_what_he_said_in_another_conversations_ticket),
		TEST(a_ticket_that_his_older_one_went_into_keeps_its_own_title),
		TEST(a_title_that_another_citizens_words_give_too_stays),
		TEST(what_was_said_by_who_is_erased_too_keeps_no_title),
		TEST(words_of_a_reply_that_named_a_ticket_go_with_who_wrote_them),
		TEST(what_is_old_and_has_nothing_open_is_due_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
