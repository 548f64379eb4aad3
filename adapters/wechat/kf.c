#include "adapters/wechat/kf.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

enum { ORIGIN_CUSTOMER = 3, NAME_MAX_BYTES = 64 };

static const char *get(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static bool id_ok(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7F)
			return false;
	return n > 0 && n <= NAME_MAX_BYTES;
}

static const char *line(struct arena *a, const char *first, const char *second, const char *third)
{
	return arena_printf(a, "%s%s%s%s%s", first, *first && *second ? "\n" : "", second, *third ? "\n" : "", third);
}

/* --- what the citizen sent --- */

static void read_text(struct arena *a, const json_t *o, struct push *p)
{
	(void)a;
	p->text = get(o, "content");
	if (push_menu_read(get(o, "menu_id"), p))
		p->kind = PUSH_RATING;
}

static void media(const json_t *o, struct push *p, enum push_media kind)
{
	p->media_id = get(o, "media_id");
	p->media = *p->media_id ? kind : MEDIA_NONE;
}

static void read_image(struct arena *a, const json_t *o, struct push *p) { (void)a; media(o, p, MEDIA_IMAGE); }
static void read_voice(struct arena *a, const json_t *o, struct push *p) { (void)a; media(o, p, MEDIA_VOICE); }
static void read_video(struct arena *a, const json_t *o, struct push *p) { (void)a; media(o, p, MEDIA_VIDEO); }
static void read_file(struct arena *a, const json_t *o, struct push *p) { (void)a; media(o, p, MEDIA_FILE); }

static const char *number(struct arena *a, const json_t *o, const char *name)
{
	json_t *n = json_object_get(o, name);
	return json_is_number(n) ? arena_printf(a, "%.6f", json_number_value(n)) : get(o, name);
}

static void read_location(struct arena *a, const json_t *o, struct push *p)
{
	p->text = push_place(a, get(o, "name"), get(o, "address"), number(a, o, "latitude"), number(a, o, "longitude"));
}

static void read_link(struct arena *a, const json_t *o, struct push *p)
{
	p->text = line(a, get(o, "title"), get(o, "desc"), get(o, "url"));
}

static void read_page(struct arena *a, const json_t *o, struct push *p)
{
	p->text = line(a, get(o, "title"), arena_printf(a, "%s %s", get(o, "appid"), get(o, "pagepath")), "");
}

static const struct { const char *type; void (*read)(struct arena *, const json_t *, struct push *); } TYPES[] = {
	{ "text", read_text }, { "image", read_image }, { "voice", read_voice }, { "video", read_video }, { "file", read_file },
	{ "location", read_location }, { "link", read_link }, { "miniprogram", read_page },
};

static void message_read(struct arena *a, const json_t *item, const char *type, struct push *p)
{
	p->kind = PUSH_MESSAGE;
	p->noted = true;
	p->note.event = STANDING_MESSAGE;
	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (strcmp(TYPES[i].type, type) == 0) {
			TYPES[i].read(a, json_object_get(item, type), p);
			return;
		}
	p->text = push_of_kind(a, type);
}

/* --- what the platform says --- */

static void event_read(struct arena *a, const json_t *event, struct push *p)
{
	const char *type = get(event, "event_type"), *scene = get(event, "scene_param");
	p->from = get(event, "external_userid");
	p->to = get(event, "open_kfid");
	if (strcmp(type, "msg_send_fail") == 0 && *get(event, "fail_msgid")) {
		p->kind = PUSH_RECEIPT;
		p->receipt = get(event, "fail_msgid");
		p->state = OUT_FAILED;
		p->reason = arena_printf(a, "the platform could not deliver it (%d)", (int)json_integer_value(json_object_get(event, "fail_type")));
	} else if (strcmp(type, "enter_session") == 0 && id_ok(p->from)) {
		p->kind = PUSH_NOTE;
		p->noted = true;
		p->note = (struct standing_note){ .event = STANDING_SCENE, .at = p->at, .scene = *scene ? scene : get(event, "scene") };
	}
}

int kf_read(struct arena *a, const json_t *item, struct push *p)
{
	const char *id = get(item, "msgid"), *type = get(item, "msgtype");
	json_int_t at = json_integer_value(json_object_get(item, "send_time"));
	json_int_t origin = json_integer_value(json_object_get(item, "origin"));
	*p = (struct push){ .kind = PUSH_NOTHING, .text = "", .from = get(item, "external_userid"), .to = get(item, "open_kfid") };
	if (!id_ok(id) || !*type || at < 0 || at > INT32_MAX * 4LL)
		return -1;
	p->id = arena_printf(a, "k%s", id);
	p->at = at * 1000;
	p->note.at = p->at;
	if (strcmp(type, "event") == 0)
		event_read(a, json_object_get(item, "event"), p);
	else if (origin == ORIGIN_CUSTOMER)
		message_read(a, item, type, p);
	if (p->kind != PUSH_NOTHING && p->kind != PUSH_RECEIPT && (!id_ok(p->from) || !id_ok(p->to)))
		return -1;
	if (strlen(p->text) > PUSH_TEXT_MAX)
		p->text = arena_strndup(a, p->text, utf8_cut(p->text, strlen(p->text), PUSH_TEXT_MAX));
	return 1;
}
