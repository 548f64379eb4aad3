/* live.h says what this is. Loop thread only. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/live_internal.h"
#include "gateway/console/seats.h"
#include "gateway/store/staff.h"

/* Words of ours: "presence" or "seats", a tab, and an object of one line; "presence" alone asks everybody to say where they are. */
static const char kind[] = "presence", seats_kind[] = "seats";

/* LATE_MS: pages say it again every fifteen seconds, and we of seats every SEATS_TICKS, so this long is two of them and the way.
 * NEW_MS: a node that has just begun is heard before it is known to live. SEATS_ROOM: of a word, for names. */
enum { AFAR_MAX = 5000, LATE_MS = PRESENCE_MS + 10 * 1000, NEW_MS = 2000, SEATS_TICKS = 3, SEATS_ROOM = STORE_WORD_MAX - 200 };

struct away {
	struct away *next;
	unsigned node;
	uint64_t ticket; /* 0: a seat, the console is open there */
	char number[TICKET_NUMBER_MAX], audience[AUDIENCE_MAX], name[STAFF_NAME_MAX], display[STAFF_NAME_MAX];
	bool writing;
	unsigned duty;   /* of a seat */
	int64_t until;
};

struct afar {
	struct away *first;
	unsigned count, ticks;
};

/* --- what is said --- */

/* Takes o. */
static void say(struct store *store, const char *what, json_t *o)
{
	must(o != NULL);
	char *text = json_dumps(o, JSON_COMPACT), *word = mem_printf("%s\t%s", what, text);
	store_say(store, word);
	free(word);
	free(text);
	json_decref(o);
}

void afar_say(struct live *l, const struct viewer *v, const char *what)
{
	struct store *store = l->console->set.store;
	if (!store_shared(store))
		return;
	json_t *o = json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s}", "node", (int)store_node(store), "ticket", (json_int_t)v->ticket,
		"number", v->number, "audience", v->audience, "staff", v->name, "display", v->display, "what", what);
	say(store, kind, o);
}

/* Takes seats: [[name, duty], …]. what: "here" or "gone". */
static void say_seats(struct live *l, const char *what, json_t *seats)
{
	struct store *store = l->console->set.store;
	say(store, seats_kind, json_pack("{s:i, s:o}", "node", (int)store_node(store), what, seats));
}

static json_t *seat_json(const struct viewer *v)
{
	return json_pack("[s, i]", v->name, (int)v->duty);
}

void afar_seat(struct live *l, const struct viewer *v, bool here)
{
	if (store_shared(l->console->set.store))
		say_seats(l, here ? "here" : "gone", json_pack("[o]", seat_json(v)));
}

static void say_all_seats(struct live *l)
{
	json_t *seats = json_array();
	size_t room = SEATS_ROOM;
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next) {
		size_t n = strlen(v->name) + sizeof "[\"\",0],";
		if (!v->known)
			continue;
		if (n > room) {
			say_seats(l, "here", seats);
			seats = json_array();
			room = SEATS_ROOM;
		}
		must(json_array_append_new(seats, seat_json(v)) == 0);
		room -= n;
	}
	say_seats(l, "here", seats);
}

static void say_all(struct live *l)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && v->ticket != 0)
			afar_say(l, v, presence_what(v->writing));
	say_all_seats(l);
}

/* --- who is there --- */

bool afar_there(const struct live *l, uint64_t ticket, const char *staff)
{
	for (const struct away *a = l->afar->first; a != NULL; a = a->next)
		if (a->ticket == ticket && strcmp(a->name, staff) == 0)
			return true;
	return false;
}

void afar_list(const struct live *l, const struct viewer *to, json_t *items)
{
	for (const struct away *a = l->afar->first; a != NULL; a = a->next)
		if (a->ticket != 0 && sees(to, a->audience))
			must(json_array_append_new(items, presence_json(a->number, a->name, a->display, presence_what(a->writing))) == 0);
}

void afar_on_duty(const struct live *l, void (*each)(void *arg, const char *staff), void *arg)
{
	for (const struct away *a = l->afar->first; a != NULL; a = a->next)
		if (a->ticket == 0 && a->duty == DUTY_ON)
			each(arg, a->name);
}

void afar_moved(struct live *l, uint64_t ticket, const char *audience)
{
	for (struct away *a = l->afar->first; a != NULL; a = a->next)
		if (a->ticket == ticket)
			copy_text(a->audience, sizeof a->audience, audience);
}

/* A seat is not told to the pages, which ask for colleagues when they want to know; but there is somebody to give work to. */
static void tell(struct live *l, const struct away *a, const char *what)
{
	if (a->ticket == 0)
		seats_kick(l->console->seats);
	else
		feed_presence(l, a->audience, presence_json(a->number, a->name, a->display, what));
}

/* Where the same person has the ticket open somewhere else as well, nobody is gone. */
static void end(struct live *l, struct away **at)
{
	struct away *a = *at;
	*at = a->next;
	l->afar->count--;
	if (!presence_here(l, a->ticket, a->name, NULL) && !afar_there(l, a->ticket, a->name))
		tell(l, a, "gone");
	free(a);
}

static struct away **find(struct live *l, unsigned node, uint64_t ticket, const char *staff)
{
	struct away **at = &l->afar->first;
	while (*at != NULL && ((*at)->node != node || (*at)->ticket != ticket || strcmp((*at)->name, staff) != 0))
		at = &(*at)->next;
	return at;
}

static void set(struct live *l, struct away **at, const struct away *now)
{
	bool news = *at == NULL || (*at)->writing != now->writing || (*at)->duty != now->duty;
	if (*at == NULL) {
		if (l->afar->count >= AFAR_MAX)
			return;
		l->afar->count++;
		*at = mem_new(struct away);
	}
	struct away *a = *at, *next = a->next;
	*a = *now;
	a->next = next;
	if (news)
		tell(l, a, presence_what(a->writing));
}

/* --- what is heard --- */

static bool read_word(const char *json, struct away *a, const char **what, json_t **o)
{
	const char *number, *audience, *staff, *display;
	int node;
	json_int_t ticket;
	*o = json_loads(json, 0, NULL);
	if (json_unpack(*o, "{s:i, s:I, s:s, s:s, s:s, s:s, s:s}", "node", &node, "ticket", &ticket, "number", &number, "audience",
		&audience, "staff", &staff, "display", &display, "what", what) < 0)
		return false;
	*a = (struct away){ .node = (unsigned)node, .ticket = (uint64_t)ticket, .until = clock_monotonic() + LATE_MS,
		.writing = strcmp(*what, "writing") == 0 };
	copy_text(a->number, sizeof a->number, number);
	copy_text(a->audience, sizeof a->audience, audience);
	copy_text(a->name, sizeof a->name, staff);
	copy_text(a->display, sizeof a->display, display);
	return true;
}

static void take(struct live *l, const struct away *a, bool gone)
{
	struct away **at = find(l, a->node, a->ticket, a->name);
	if (!gone)
		set(l, at, a);
	else if (*at != NULL)
		end(l, at);
}

static void on_seats(struct live *l, const char *json)
{
	json_t *o = json_loads(json, 0, NULL), *here = json_object_get(o, "here"), *gone = json_object_get(o, "gone"), *seat;
	size_t i;
	int node;
	if (json_unpack(o, "{s:i}", "node", &node) == 0)
		json_array_foreach(here ? here : gone, i, seat) {
			const char *staff;
			int duty;
			struct away a = { .node = (unsigned)node, .until = clock_monotonic() + LATE_MS };
			if (json_unpack(seat, "[s, i]", &staff, &duty) < 0)
				continue;
			a.duty = (unsigned)duty;
			copy_text(a.name, sizeof a.name, staff);
			take(l, &a, here == NULL);
		}
	json_decref(o);
}

/* What follows a word of this kind: "" or "\t…"; NULL: it is another. */
static const char *after(const char *word, const char *what)
{
	size_t n = strlen(what);
	return strncmp(word, what, n) == 0 && (word[n] == '\0' || word[n] == '\t') ? word + n : NULL;
}

static void on_word(void *arg, const char *word)
{
	struct live *l = arg;
	struct away a;
	const char *what, *presence = after(word, kind), *seats = after(word, seats_kind);
	json_t *o = NULL;
	if (l->closing)
		return;
	if (presence && *presence == '\0')
		say_all(l);
	else if (presence && read_word(presence + 1, &a, &what, &o))
		take(l, &a, strcmp(what, "gone") == 0);
	else if (seats && *seats)
		on_seats(l, seats + 1);
	json_decref(o);
}

static bool is_over(struct live *l, const struct away *a, int64_t now)
{
	bool fresh = now < a->until - LATE_MS + NEW_MS;
	return a->until < now || (!fresh && !store_node_lives(l->console->set.store, a->node));
}

static void end_where(struct live *l, int64_t now)
{
	for (struct away **at = &l->afar->first; *at != NULL;)
		if (is_over(l, *at, now))
			end(l, at);
		else
			at = &(*at)->next;
}

static void on_gone(void *arg)
{
	struct live *l = arg;
	if (!l->closing)
		end_where(l, clock_monotonic());
}

/* The first time also asks: whoever was there before this node began is seen at once, not at his page's next sign. */
void afar_tick(struct live *l)
{
	struct store *store = l->console->set.store;
	if (l->afar->ticks == 0)
		store_say(store, kind);
	if (l->afar->ticks++ % SEATS_TICKS == 0 && store_shared(store))
		say_all_seats(l);
	end_where(l, clock_monotonic());
}

/* --- life --- */

struct afar *afar_create(struct live *l)
{
	store_hear(l->console->set.store, on_word, l);
	store_on_gone(l->console->set.store, on_gone, l);
	return mem_new(struct afar);
}

void afar_destroy(struct afar **out)
{
	while ((*out)->first != NULL) {
		struct away *a = (*out)->first;
		(*out)->first = a->next;
		free(a);
	}
	free(*out);
	*out = NULL;
}
