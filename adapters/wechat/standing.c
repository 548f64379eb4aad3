#include "adapters/wechat/standing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define HOUR_MS (3600LL * 1000)

enum { TAP_QUOTA = 3, MESSAGE_HOURS = 48, TAP_MS = 60 * 1000 };

struct standing {
	int64_t heard_at, tapped_at, gone_at; /* 0: never */
	unsigned left, tap_left;
	char scene[STANDING_SCENE_MAX + 1];
};

/* "1 heard left tapped tap_left gone scene": one line, the scene last, without blanks of its own at the ends. */
static void standing_read(const char *line, struct standing *s)
{
	int scene = 0;
	*s = (struct standing){ 0 };
	if (!line || sscanf(line, "1 %" SCNd64 " %u %" SCNd64 " %u %" SCNd64 " %n", &s->heard_at, &s->left, &s->tapped_at, &s->tap_left,
		&s->gone_at, &scene) != 5 || !scene) {
		*s = (struct standing){ 0 };
		return;
	}
	(void)snprintf(s->scene, sizeof s->scene, "%.*s", (int)utf8_cut(line + scene, strlen(line + scene), STANDING_SCENE_MAX),
		line + scene);
}

void standing_write(const struct standing_note *n, char out[STANDING_LINE_MAX])
{
	const char *scene = n->scene ? n->scene : "";
	int cut = (int)utf8_cut(scene, strlen(scene), STANDING_SCENE_MAX);
	(void)snprintf(out, STANDING_LINE_MAX, "%d %" PRId64 " %u %.*s", (int)n->event, n->at, n->count, cut, scene);
	for (char *c = out; *c; c++) /* it is one line */
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

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
			(void)snprintf(s->scene, sizeof s->scene, "%s", n->scene);
		return;
	case STANDING_SCENE:
		(void)snprintf(s->scene, sizeof s->scene, "%s", n->scene ? n->scene : "");
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
	}
}

void standing_fold(const char *state, const char *note, struct buf *next)
{
	struct standing s;
	struct standing_note n = { 0 };
	int event = -1, scene = 0;
	standing_read(state, &s);
	if (sscanf(note, "%d %" SCNd64 " %u %n", &event, &n.at, &n.count, &scene) == 3 && event >= STANDING_MESSAGE &&
		event <= STANDING_REFUSING) {
		n.event = (enum standing_event)event;
		n.scene = scene ? note + scene : NULL;
		apply(&s, &n);
	}
	buf_addf(next, "1 %" PRId64 " %u %" PRId64 " %u %" PRId64 " %s", s.heard_at, s.left, s.tapped_at, s.tap_left, s.gone_at, s.scene);
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
