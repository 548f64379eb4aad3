/* From a push to the gateway. Media is fetched first, for it lasts three days at the platform and ours shall not depend on that.
 *
 *   fetching ──kept──▶ with its file
 *     ▲  │ the platform is busy or away
 *     └──┴─ pause, which doubles ──time over, or it never will──▶ with words in its place, and the id for a person
 *
 * All tries share the time of one: the platform sends a push three times and then no more, and behind one in WeCom's list all others
 * wait. At a stop that is left to be pulled again. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/media.h"
#include "gateway/base/mem.h"

enum { MB = 1 << 20, SECOND = 1000, PAUSE_MS = 1000, ID_SHOWN_MAX = 256 };

struct delivery {
	struct delivery *next, **at;
	struct wx *wx;             /* NULL: ended while a worker was at it */
	struct arena *arena;
	struct push push;
	struct deliver_more more;
	uv_work_t work;
	uv_sem_t worked;
	bool working;
	uv_timer_t *timer;         /* until the next try */
	unsigned tries;
	int64_t until;             /* monotonic: no further try behind it */
	struct blob_store *blobs;
	uint8_t *bytes;            /* owned, until they are a blob */
	size_t n;
	char sha256[HEX_SHA256];
	int rc;
	struct err err;
	struct msg_attachment file;
	bool has_file;
	void (*done)(void *, enum taken);
	void *arg;
};

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

static void delivery_free(struct delivery *d)
{
	if (d->wx) {
		*d->at = d->next;
		if (d->next)
			d->next->at = d->at;
	}
	free(d->bytes);
	if (d->timer)
		uv_close((uv_handle_t *)d->timer, on_timer_closed);
	uv_sem_destroy(&d->worked);
	arena_destroy(&d->arena);
	free(d);
}

static void finish(struct delivery *d, enum taken taken)
{
	void (*done)(void *, enum taken) = d->done;
	void *arg = d->arg;
	struct wx *w = d->wx;
	delivery_free(d);
	done(arg, taken);
	wx_settle(w);
}

static void on_taken(struct adapter *a, void *ack, enum taken taken, const struct taken_info *info)
{
	struct delivery *d = ack;
	(void)a, (void)info;
	if (d->push.kind == PUSH_RECEIPT && taken != TAKEN_RETRY)
		notices_told(d->wx->awaited, d->push.receipt);
	finish(d, taken);
}

/* --- words where there are none --- */

static const char *const WORDS[][2][2] = { /* media, fetched or not, Chinese and English */
	[MEDIA_IMAGE] = { { "[图片未能取回]", "[a picture that could not be fetched]" }, { "[图片]", "[picture]" } },
	[MEDIA_VOICE] = { { "[语音未能取回]", "[a voice message that could not be fetched]" }, { "[语音]", "[voice message]" } },
	[MEDIA_VIDEO] = { { "[视频未能取回]", "[a video that could not be fetched]" }, { "[视频]", "[video]" } },
	[MEDIA_FILE] = { { "[文件未能取回]", "[a file that could not be fetched]" }, { "[文件]", "[file]" } },
};

static const char *const KEPT[2] = { "平台保留三天，编号：", "The platform keeps it for three days as " };

static const char *text_of(const struct delivery *d)
{
	const struct push *p = &d->push;
	if (p->media == MEDIA_NONE)
		return p->text;
	bool english = strcmp(d->wx->host->language, "en") == 0;
	const char *mark = WORDS[p->media][d->has_file][english];
	if (!d->has_file && strlen(p->media_id) <= ID_SHOWN_MAX)
		mark = arena_printf(d->arena, "%s\n%s%s", mark, KEPT[english], p->media_id);
	if (!*p->text)
		return mark;
	return d->has_file ? p->text : arena_printf(d->arena, "%s\n%s", p->text, mark);
}

/* --- into the gateway --- */

static void take(struct delivery *d, const char *note)
{
	struct wx *w = d->wx;
	const struct push *p = &d->push;
	struct msg_in m = {
		.kind = p->kind == PUSH_RATING ? MSG_RATING : MSG_TEXT, .external_id = p->id, .peer = p->from, .peer_name = d->more.name,
		.account = p->to, .text = text_of(d), .sent_at = p->at, .received_at = clock_now(), .automatic = MSG_BY_PERSON,
		.verified = true, .note = note, .cursor_key = d->more.cursor_key, .cursor_value = d->more.cursor_value,
	};
	if (p->kind == PUSH_RATING)
		m.rating = (struct msg_rating){ .number = p->survey, .rating = p->rating, .solved = p->solved };
	if (d->has_file) {
		m.attachment = &d->file;
		m.attachment_count = 1;
	}
	w->host->take(&w->base, &m, on_taken, d);
}

static void hand_over(struct delivery *d)
{
	struct wx *w = d->wx;
	const struct push *p = &d->push;
	char note[STANDING_LINE_MAX];
	struct memo memo = { .cursor_key = d->more.cursor_key, .cursor_value = d->more.cursor_value };
	if (p->noted) {
		standing_write(&p->note, note);
		memo.peer = p->from;
		memo.note = note;
	}
	if (p->kind == PUSH_MESSAGE || p->kind == PUSH_RATING) {
		take(d, memo.note);
		return;
	}
	if (p->kind != PUSH_RECEIPT) {
		w->host->remember(&w->base, &memo, on_taken, d);
		return;
	}
	if (memo.note || memo.cursor_key)
		w->host->remember(&w->base, &memo, NULL, NULL);
	w->host->receipt(&w->base, &(struct receipt){ .external_id = p->receipt, .state = p->state, .reason = p->reason,
		.at = p->at }, on_taken, d);
}

/* --- media --- */

static void work(uv_work_t *r)
{
	struct delivery *d = r->data;
	d->rc = blob_put(d->blobs, d->bytes, d->n, d->sha256, &d->err);
	uv_sem_post(&d->worked);
}

static void name_file(struct delivery *d)
{
	static const char *const kind[] = { [MEDIA_IMAGE] = "image", [MEDIA_VOICE] = "voice", [MEDIA_VIDEO] = "video",
		[MEDIA_FILE] = "file" };
	const char *type = media_type(d->bytes, d->n, "", NULL), *slash = strchr(type, '/');
	bool short_ending = slash && strlen(slash + 1) <= 5 && !strchr(slash, '+');
	d->file = (struct msg_attachment){ .type = type, .sha256 = d->sha256, .size = d->n, .name = arena_printf(d->arena, "%s-%s.%s",
		kind[d->push.media], d->push.id + 1, short_ending ? slash + 1 : "bin") };
}

static void worked(uv_work_t *r, int status)
{
	struct delivery *d = r->data;
	d->working = false;
	if (!d->wx) {
		delivery_free(d);
		return;
	}
	if (status < 0 || d->rc < 0) {
		log_error(d->wx->base.channel, "media not kept", "reason=%s", d->err.words);
		finish(d, TAKEN_RETRY); /* the disk's trouble: the platform asks again */
		return;
	}
	name_file(d);
	d->has_file = true;
	hand_over(d);
}

static void fetch_media(struct delivery *d);

static void give_up(struct delivery *d)
{
	if (d->wx->wecom && d->wx->draining)
		finish(d, TAKEN_RETRY);
	else
		hand_over(d);
}

static void on_timer(uv_timer_t *t)
{
	fetch_media(t->data);
}

static bool may_pass(const struct api_answer *a)
{
	return a->fate == FATE_UNREACHED || a->fate == FATE_LOST || a->fate == FATE_BUSY || a->fate == FATE_DEFER;
}

/* Asks again after a pause; false: that would be too late. */
static bool again_later(struct delivery *d)
{
	unsigned pause = (unsigned)PAUSE_MS << d->tries++;
	if (d->wx->draining || clock_monotonic() + pause >= d->until)
		return false;
	if (!d->timer) {
		d->timer = mem_new(uv_timer_t);
		must(uv_timer_init(d->wx->host->loop, d->timer) == 0);
		d->timer->data = d;
	}
	must(uv_timer_start(d->timer, on_timer, pause, 0) == 0);
	return true;
}

static void on_media(void *arg, const struct api_answer *a)
{
	struct delivery *d = arg;
	if (a->fate != FATE_OK || a->n == 0) {
		bool again = may_pass(a) && again_later(d);
		log_warn(d->wx->base.channel, again ? "media not fetched yet" : "media not fetched", "id=%s reason=%s", d->push.id, a->words);
		if (!again)
			give_up(d);
		return;
	}
	d->bytes = mem_dup(a->bytes, a->n);
	d->n = a->n;
	d->work.data = d;
	d->working = true;
	must(uv_queue_work(d->wx->host->loop, &d->work, work, worked) == 0);
}

static void fetch_media(struct delivery *d)
{
	char *id = curl_easy_escape(NULL, d->push.media_id, 0), *query = mem_printf("media_id=%s", id);
	unsigned most = (unsigned)d->wx->c->media_wait * SECOND;
	int64_t now = clock_monotonic();
	if (!d->until)
		d->until = now + most;
	api_download(d->wx->api, "/cgi-bin/media/get", query, (size_t)d->wx->c->media_max * MB,
		now < d->until ? (unsigned)(d->until - now) : most, on_media, d);
	free(query);
	curl_free(id);
}

/* --- begin and end --- */

static void push_copy(struct arena *a, struct push *to, const struct push *from)
{
	*to = *from;
	const char **const text[] = { &to->id, &to->from, &to->to, &to->text, &to->media_id, &to->note.scene, &to->receipt, &to->reason };
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = arena_strdup(a, *text[i]);
}

void deliver(struct wx *w, const struct push *p, const struct deliver_more *more, void (*done)(void *, enum taken), void *arg)
{
	struct delivery *d = mem_new(struct delivery);
	d->wx = w;
	d->blobs = w->host->blobs;
	d->arena = arena_create(2048);
	d->done = done;
	d->arg = arg;
	must(uv_sem_init(&d->worked, 0) == 0);
	push_copy(d->arena, &d->push, p);
	if (more)
		d->more = (struct deliver_more){ arena_strdup(d->arena, more->name), arena_strdup(d->arena, more->cursor_key),
			arena_strdup(d->arena, more->cursor_value) };
	d->next = w->deliveries;
	d->at = &w->deliveries;
	if (d->next)
		d->next->at = &d->next;
	w->deliveries = d;
	if (p->media == MEDIA_NONE)
		hand_over(d);
	else
		fetch_media(d);
}

void deliver_drain(struct wx *w)
{
	for (struct delivery *d = w->deliveries, *next; d; d = next) {
		next = d->next;
		if (d->timer && uv_is_active((uv_handle_t *)d->timer)) {
			(void)uv_timer_stop(d->timer);
			give_up(d);
		}
	}
}

void deliver_end_all(struct wx *w)
{
	for (struct delivery *d = w->deliveries, *next; d; d = next) {
		next = d->next;
		if (d->working && uv_cancel((uv_req_t *)&d->work) != 0)
			uv_sem_wait(&d->worked);
		bool working = d->working; /* then worked() comes once more and frees it; the host calls nobody after destroy() */
		api_forget(w->api, d);
		d->wx = NULL;
		if (!working)
			delivery_free(d);
	}
	w->deliveries = NULL;
}
