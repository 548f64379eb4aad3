#include "adapters/wechat/standing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define HOUR_MS (3600LL * 1000)

enum { TAP_QUOTA = 3, MESSAGE_HOURS = 48, TAP_MS = 60 * 1000 };

struct notice { bool accepted; char template[STANDING_TEMPLATE_MAX + 1]; };

struct standing {
	int64_t heard_at, tapped_at, gone_at; /* 0: never */
	unsigned left, tap_left;
	struct notice notice[STANDING_NOTICES_MAX]; /* the newest first */
	size_t notices;
	char scene[STANDING_SCENE_MAX + 1];
};

/* Up to the first byte that is no text: cut again it is the same. */
static void scene_set(struct standing *s, const char *scene)
{
	uint32_t cp;
	size_t at = 0, n = strlen(scene), step;
	while (at < n && (step = utf8_next(scene + at, n - at, &cp)) > 0 && at + step <= STANDING_SCENE_MAX)
		at += step;
	(void)snprintf(s->scene, sizeof s->scene, "%.*s", (int)at, scene);
}

/* --- subscription messages: "+TEMPLATE,-TEMPLATE" --- */

static bool template_ok(const char *p, size_t n)
{
	return n > 0 && n <= STANDING_TEMPLATE_MAX &&
		strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") >= n;
}

/* What was heard last of a template stands; the oldest falls off. */
static void notice_set(struct standing *s, bool accepted, const char *template, size_t n)
{
	size_t at = 0;
	while (at < s->notices && (strlen(s->notice[at].template) != n || strncmp(s->notice[at].template, template, n) != 0))
		at++;
	if (at == s->notices)
		at = s->notices < STANDING_NOTICES_MAX ? s->notices++ : STANDING_NOTICES_MAX - 1;
	memmove(s->notice + 1, s->notice, at * sizeof *s->notice);
	s->notice->accepted = accepted;
	(void)snprintf(s->notice->template, sizeof s->notice->template, "%.*s", (int)n, template);
}

/* The last of a list is the newest. */
static void notices_read(struct standing *s, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ", ");
		if ((*list == '+' || *list == '-') && template_ok(list + 1, n - 1))
			notice_set(s, *list == '+', list + 1, n - 1);
		list += n;
		if (*list != ',')
			return;
		list++;
	}
}

void standing_notice_add(char scene[STANDING_LINE_MAX], bool accepted, const char *template_id)
{
	size_t have = strlen(scene), n = strlen(template_id);
	if (template_ok(template_id, n) && have + n + 3 < STANDING_NOTICES_MAX * (STANDING_TEMPLATE_MAX + 2))
		(void)snprintf(scene + have, STANDING_LINE_MAX - have, "%s%c%s", have ? "," : "", accepted ? '+' : '-', template_id);
}

/* --- the line --- */

/* A time of ours: with a window added it is still one. */
static bool time_ok(int64_t at)
{
	return at >= 0 && at < INT64_MAX / 2;
}

/* "2 heard left tapped tap_left gone notices scene": one line, the scene last, without blanks of its own at the ends. An older
 * gateway's, "1 …", has no notices. */
static void standing_read(const char *line, struct standing *s)
{
	int rest = 0;
	unsigned version = 0;
	*s = (struct standing){ 0 };
	if (!line || sscanf(line, "%1u %" SCNd64 " %9u %" SCNd64 " %9u %" SCNd64 " %n", &version, &s->heard_at, &s->left, &s->tapped_at,
		&s->tap_left, &s->gone_at, &rest) != 6 || !rest || version < 1 || version > 2) {
		*s = (struct standing){ 0 };
		return;
	}
	if (!time_ok(s->heard_at) || !time_ok(s->tapped_at) || !time_ok(s->gone_at)) {
		*s = (struct standing){ 0 };
		return;
	}
	line += rest;
	if (version == 2) {
		notices_read(s, line);
		line += strcspn(line, " ");
		line += *line == ' ';
	}
	scene_set(s, line);
}

void standing_write(const struct standing_note *n, char out[STANDING_LINE_MAX])
{
	const char *scene = n->scene ? n->scene : "";
	int cut = (int)utf8_cut(scene, strlen(scene), n->event == STANDING_NOTICES ? STANDING_LINE_MAX - 60 : STANDING_SCENE_MAX);
	(void)snprintf(out, STANDING_LINE_MAX, "%d %" PRId64 " %u %.*s", (int)n->event, n->at, n->count, cut, scene);
	for (char *c = out; *c; c++) /* it is one line */
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

static void standing_put(const struct standing *s, struct buf *out)
{
	buf_addf(out, "2 %" PRId64 " %u %" PRId64 " %u %" PRId64 " ", s->heard_at, s->left, s->tapped_at, s->tap_left, s->gone_at);
	for (size_t i = s->notices; i-- > 0;)
		buf_addf(out, "%c%s%s", s->notice[i].accepted ? '+' : '-', s->notice[i].template, i ? "," : "");
	buf_addf(out, "%s %s", s->notices ? "" : "-", s->scene);
}

int standing_notice(const char *state, const char *template_id)
{
	struct standing s;
	standing_read(state, &s);
	for (size_t i = 0; i < s.notices; i++)
		if (strcmp(s.notice[i].template, template_id) == 0)
			return s.notice[i].accepted ? 1 : -1;
	return 0;
}

/* --- what follows --- */

static bool tap_open(const struct standing *s, int64_t now)
{
	return s->tapped_at && now < s->tapped_at + TAP_MS && s->tap_left > 0;
}

/* The short window first: what is left of the long one stays for later. */
static void spend(struct standing *s, int64_t now, unsigned count)
{
	unsigned tap = tap_open(s, now) ? s->tap_left : 0;
	unsigned from_tap = count < tap ? count : tap, rest = count - from_tap;
	s->tap_left -= from_tap;
	s->left -= rest < s->left ? rest : s->left;
}

static void apply(struct standing *s, const struct standing_note *n)
{
	switch (n->event) {
	case STANDING_MESSAGE:
		if (n->at < s->heard_at)
			return;
		s->heard_at = n->at;
		s->left = STANDING_QUOTA;
		if (n->at >= s->gone_at)
			s->gone_at = 0;
		return;
	case STANDING_TAP:
		if (n->at <= s->tapped_at)
			return;
		s->tapped_at = n->at;
		s->tap_left = TAP_QUOTA;
		if (n->at >= s->gone_at)
			s->gone_at = 0;
		if (n->scene && *n->scene)
			scene_set(s, n->scene);
		return;
	case STANDING_SCENE:
		scene_set(s, n->scene ? n->scene : "");
		return;
	case STANDING_GONE:
	case STANDING_REFUSING:
		if (n->at >= s->heard_at && n->at >= s->tapped_at)
			s->gone_at = n->at;
		return;
	case STANDING_SENT:
		spend(s, n->at, n->count);
		return;
	case STANDING_SPENT:
		s->left = s->tap_left = 0;
		return;
	case STANDING_NOTICES:
		notices_read(s, n->scene ? n->scene : "");
		return;
	}
}

void standing_fold(const char *state, const char *note, struct buf *next)
{
	struct standing s;
	struct standing_note n = { 0 };
	int event = -1, scene = 0;
	standing_read(state, &s);
	if (sscanf(note, "%d %" SCNd64 " %9u %n", &event, &n.at, &n.count, &scene) == 3 && event >= STANDING_MESSAGE &&
		event <= STANDING_NOTICES && time_ok(n.at)) {
		n.event = (enum standing_event)event;
		n.scene = scene ? note + scene : NULL;
		apply(&s, &n);
	}
	standing_put(&s, next);
}

void standing_reach(const char *state, int64_t now, struct reach *out)
{
	struct standing s;
	*out = (struct reach){ 0 };
	standing_read(state, &s);
	out->known = s.heard_at || s.tapped_at || s.gone_at;
	(void)snprintf(out->entrance, sizeof out->entrance, "%s", s.scene);
	bool message = s.heard_at && now < s.heard_at + MESSAGE_HOURS * HOUR_MS && s.left > 0;
	bool tap = tap_open(&s, now);
	out->open = (message || tap) && !s.gone_at;
	if (!out->open)
		return;
	out->until = message ? s.heard_at + MESSAGE_HOURS * HOUR_MS : s.tapped_at + TAP_MS;
	out->left = (message ? s.left : 0) + (tap ? s.tap_left : 0);
}
