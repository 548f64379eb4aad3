#include "adapters/wechat/push.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/percent.h"
#include "gateway/base/utf8.h"

/* Menu buttons whose key begins so are the citizen's own words: "say:查询". */
#define SAYS "say:"
#define SCENE_PREFIX "qrscene_"

enum { CODE_UNSOLVED = 6, COORDINATE_MAX = 24, KIND_MAX = 40, ID_KEY_MAX = 80, SECOND_MS = 1000 };

/* --- survey items --- */

uint64_t push_menu_id(uint64_t survey, int rating, enum msg_solved solved)
{
	unsigned code = rating ? (unsigned)rating : solved == SOLVED_NO ? CODE_UNSOLVED : 0;
	must(code >= 1 && code <= CODE_UNSOLVED && survey <= UINT64_MAX / PUSH_MENU_CODES);
	return survey * PUSH_MENU_CODES + code;
}

static bool number_read(const char *s, uint64_t *out)
{
	char *end;
	if (!s || *s < '0' || *s > '9')
		return false;
	errno = 0;
	*out = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0';
}

bool push_menu_read(const char *id, struct push *p)
{
	uint64_t n;
	if (!number_read(id, &n))
		return false;
	unsigned code = (unsigned)(n % PUSH_MENU_CODES);
	if (n / PUSH_MENU_CODES == 0 || code < 1 || code > CODE_UNSOLVED)
		return false;
	p->survey = n / PUSH_MENU_CODES;
	p->rating = code < CODE_UNSOLVED ? (int)code : 0;
	p->solved = code == CODE_UNSOLVED ? SOLVED_NO : SOLVED_UNSAID;
	return true;
}

/* Bytes of s, at most max, that are whole characters. */
static int upto(const char *s, size_t max)
{
	return (int)utf8_cut(s, strlen(s), max);
}

const char *push_of_kind(struct arena *a, const char *kind)
{
	return arena_printf(a, "[%.*s]", upto(kind, KIND_MAX), kind);
}

const char *push_notice_id(struct arena *a, const char *openid, const char *template_id)
{
	return arena_printf(a, "notice:%s:%s", openid, template_id);
}

/* --- places --- */

/* A coordinate goes into a link: digits, one dot, a sign, and nothing else. */
static bool coordinate(const char *s)
{
	return s && *s && strlen(s) < COORDINATE_MAX && strspn(s, "+-.0123456789") == strlen(s);
}

static const char *taken(struct arena *a, struct buf *b)
{
	const char *s = arena_strndup(a, buf_str(b), utf8_cut(buf_str(b), b->len, PUSH_TEXT_MAX));
	buf_fini(b);
	return s;
}

const char *push_place(struct arena *a, const char *name, const char *address, const char *latitude, const char *longitude)
{
	struct buf b;
	buf_init(&b, 4 * PUSH_TEXT_MAX);
	const char *first = name && *name ? name : address && *address ? address : "";
	buf_addf(&b, "📍 %s", *first ? first : "");
	if (address && *address && first != address)
		buf_addf(&b, "\n%s", address);
	if (coordinate(latitude) && coordinate(longitude)) {
		buf_addf(&b, "%s%s,%s\nhttps://apis.map.qq.com/uri/v1/marker?marker=coord:%s,%s;title:", *first ? "\n" : "", latitude,
			longitude, latitude, longitude);
		percent_add(&b, *first ? first : "12345", "");
	}
	return taken(a, &b);
}

/* --- fields --- */

static const char *get(const struct xml_fields *f, const char *path)
{
	const char *s = xml_get(f, path);
	return s ? s : "";
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static const char *lines(struct arena *a, const char *const *line, size_t n)
{
	struct buf b;
	buf_init(&b, 4 * PUSH_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		if (line[i] && *line[i])
			buf_addf(&b, "%s%s", b.len ? "\n" : "", line[i]);
	return taken(a, &b);
}
#define LINES(a, ...) lines(a, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* --- messages --- */

static void read_text(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a;
	p->text = get(f, "Content");
	if (push_menu_read(xml_get(f, "bizmsgmenuid"), p)) {
		p->kind = PUSH_RATING;
		p->note.event = STANDING_TAP;
	}
}

static void read_media(const struct xml_fields *f, struct push *p, enum push_media media)
{
	p->media_id = get(f, "MediaId");
	p->media = *p->media_id ? media : MEDIA_NONE;
}

static void read_image(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a;
	read_media(f, p, MEDIA_IMAGE);
}

static void read_voice(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a;
	read_media(f, p, MEDIA_VOICE);
	p->text = get(f, "Recognition");
}

static void read_video(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a;
	read_media(f, p, MEDIA_VIDEO);
}

static void read_file(struct arena *a, const struct xml_fields *f, struct push *p)
{
	read_media(f, p, MEDIA_FILE);
	p->text = LINES(a, get(f, "Title"), get(f, "Description"));
}

static void read_location(struct arena *a, const struct xml_fields *f, struct push *p)
{
	p->text = push_place(a, NULL, get(f, "Label"), get(f, "Location_X"), get(f, "Location_Y"));
}

static void read_link(struct arena *a, const struct xml_fields *f, struct push *p)
{
	p->text = LINES(a, get(f, "Title"), get(f, "Description"), get(f, "Url"));
}

static void read_page(struct arena *a, const struct xml_fields *f, struct push *p)
{
	p->text = LINES(a, get(f, "Title"), *get(f, "AppId") ? arena_printf(a, "%s %s", get(f, "AppId"), get(f, "PagePath")) : "");
}

static const struct { const char *type; void (*read)(struct arena *, const struct xml_fields *, struct push *); } TYPES[] = {
	{ "text", read_text }, { "image", read_image }, { "voice", read_voice }, { "video", read_video },
	{ "shortvideo", read_video }, { "file", read_file }, { "location", read_location }, { "link", read_link },
	{ "miniprogrampage", read_page },
};

static int message_read(struct arena *a, const struct xml_fields *f, const char *type, struct push *p)
{
	const char *id = get(f, "MsgId");
	uint64_t number;
	if (!number_read(id, &number) || strlen(id) > 20)
		return -1;
	p->kind = PUSH_MESSAGE;
	p->id = arena_printf(a, "m%s", id);
	p->noted = true;
	p->note.event = STANDING_MESSAGE;
	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (is(TYPES[i].type, type)) {
			TYPES[i].read(a, f, p);
			return 1;
		}
	p->text = push_of_kind(a, type);
	return 1;
}

/* --- events --- */

static void note_event(struct push *p, enum standing_event event)
{
	p->kind = PUSH_NOTE;
	p->noted = true;
	p->note.event = event;
}

static void event_subscribe(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *key = get(f, "EventKey");
	(void)a;
	note_event(p, STANDING_TAP);
	if (strncmp(key, SCENE_PREFIX, sizeof SCENE_PREFIX - 1) == 0)
		p->note.scene = key + sizeof SCENE_PREFIX - 1;
}

static void event_scan(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a;
	note_event(p, STANDING_TAP);
	p->note.scene = get(f, "EventKey");
}

static void event_unsubscribe(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a, (void)f;
	note_event(p, STANDING_GONE);
}

/* A button that stands for words is a message; any other is a sign of life. */
static void event_click(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *key = get(f, "EventKey");
	(void)a;
	note_event(p, STANDING_TAP);
	if (strncmp(key, SAYS, sizeof SAYS - 1) != 0 || !key[sizeof SAYS - 1])
		return;
	p->kind = PUSH_MESSAGE;
	p->text = key + sizeof SAYS - 1;
}

/* A menu button that scans: what was scanned is what the citizen says, behind the button's own words. */
static void event_scanned(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *key = get(f, "EventKey"), *result = get(f, "ScanCodeInfo/ScanResult");
	note_event(p, STANDING_TAP);
	if (!*result)
		return;
	p->kind = PUSH_MESSAGE;
	bool says = strncmp(key, SAYS, sizeof SAYS - 1) == 0 && key[sizeof SAYS - 1];
	p->text = says ? arena_printf(a, "%s\n%s", key + sizeof SAYS - 1, result) : result;
}

static void event_tap(struct arena *a, const struct xml_fields *f, struct push *p)
{
	(void)a, (void)f;
	note_event(p, STANDING_TAP);
}

static void event_sent(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *status = get(f, "Status");
	bool right = is(status, "success");
	p->kind = PUSH_RECEIPT;
	p->receipt = arena_strdup(a, get(f, "MsgID"));
	p->state = right ? OUT_DELIVERED : OUT_FAILED;
	p->reason = right ? NULL : status;
	if (is(status, "failed:user block") || is(status, "failed: user block")) {
		p->noted = true;
		p->note.event = STANDING_REFUSING;
	}
}

static void event_notice(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *code = get(f, "SubscribeMsgSentEvent/List/ErrorCode");
	bool right = is(code, "0") || is(get(f, "SubscribeMsgSentEvent/List/ErrorStatus"), "success");
	const char *template_id = get(f, "SubscribeMsgSentEvent/List/TemplateId");
	if (!*template_id)
		return;
	p->kind = PUSH_RECEIPT;
	p->receipt = push_notice_id(a, p->from, template_id);
	p->state = right ? OUT_DELIVERED : OUT_FAILED;
	p->reason = right ? NULL : arena_printf(a, "%s %s", code, get(f, "SubscribeMsgSentEvent/List/ErrorStatus"));
}

/* Of each template whether the citizen accepts its messages: asked in a page (popup), or changed in the account's settings. */
static void event_subscribed(struct arena *a, const struct xml_fields *f, struct push *p)
{
	char list[STANDING_LINE_MAX] = "";
	const char *template_id = "";
	for (size_t i = 0; i < f->n; i++) {
		const char *name = strrchr(f->field[i].path, '/');
		if (name && strcmp(name, "/TemplateId") == 0)
			template_id = f->field[i].text;
		else if (name && strcmp(name, "/SubscribeStatusString") == 0 && (is(f->field[i].text, "accept") || is(f->field[i].text, "reject")))
			standing_notice_add(list, is(f->field[i].text, "accept"), template_id);
	}
	if (!*list)
		return;
	note_event(p, STANDING_NOTICES);
	p->note.scene = arena_strdup(a, list);
}

static const struct { const char *event; void (*read)(struct arena *, const struct xml_fields *, struct push *); } EVENTS[] = {
	{ "subscribe", event_subscribe }, { "SCAN", event_scan }, { "unsubscribe", event_unsubscribe }, { "CLICK", event_click },
	{ "scancode_waitmsg", event_scanned }, { "scancode_push", event_tap },
	{ "TEMPLATESENDJOBFINISH", event_sent }, { "subscribe_msg_sent_event", event_notice },
	{ "subscribe_msg_popup_event", event_subscribed }, { "subscribe_msg_change_event", event_subscribed },
};

static int event_read(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *event = get(f, "Event");
	if (!*event)
		return -1;
	p->kind = PUSH_NOTHING;
	const char *key = get(f, "EventKey"), *job = get(f, "MsgID");
	p->id = arena_printf(a, "e%.*s:%" PRId64 ":%.*s:%.*s%.*s", MSG_PEER_MAX / 2, p->from, p->at / SECOND_MS, upto(event, KIND_MAX), event,
		upto(key, ID_KEY_MAX), key, upto(job, ID_KEY_MAX), job);
	for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++)
		if (is(EVENTS[i].event, event)) {
			EVENTS[i].read(a, f, p);
			break;
		}
	return p->kind == PUSH_RECEIPT && !*p->receipt ? -1 : 1;
}

/* --- both --- */

static bool word(const char *s, size_t most)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7F)
			return false;
	return n > 0 && n <= most;
}

int push_read(struct arena *a, const struct xml_fields *f, struct push *p)
{
	const char *type = get(f, "MsgType");
	uint64_t seconds;
	*p = (struct push){ .text = "", .from = get(f, "FromUserName"), .to = get(f, "ToUserName") };
	if (!*type || !word(p->from, 64) || !word(p->to, 64) || !number_read(get(f, "CreateTime"), &seconds) || seconds > INT32_MAX * 4ULL)
		return -1;
	p->at = (int64_t)seconds * SECOND_MS;
	p->note.at = p->at;
	int rc = is(type, "event") ? event_read(a, f, p) : message_read(a, f, type, p);
	if (rc == 1 && strlen(p->text) > PUSH_TEXT_MAX)
		p->text = arena_strndup(a, p->text, utf8_cut(p->text, strlen(p->text), PUSH_TEXT_MAX));
	return rc;
}
