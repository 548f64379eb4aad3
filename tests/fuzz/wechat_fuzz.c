/* What the platform's route is sent: an envelope, a push's XML, a WeCom message, a standing line. The first byte says which;
 * the rest is the input. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "adapters/wechat/envelope.h"
#include "adapters/wechat/kf.h"
#include "adapters/wechat/push.h"
#include "adapters/wechat/split.h"
#include "tests/unit/wechat/seal.h"

enum { FUZZ_MAX = 2048 };

static struct envelope_key key(void)
{
	struct envelope_key k = { .token = "t", .id = "wx0123456789abcdef", .has_aes = true };
	must(envelope_key_read("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", k.aes));
	return k;
}

/* A stranger's text opens nothing but what the keys made; a frame of any bytes is judged without a slip. */
static void envelope(char *text, size_t n)
{
	struct envelope_key k = key();
	struct buf out;
	buf_init(&out, ENVELOPE_MAX);
	int rc = envelope_open(&k, text, strlen(text), &out);
	must(rc == 0 || (rc == E_DENIED && out.len == 0));
	buf_clear(&out);
	uint8_t *frame = calloc(1, n + 32);
	memcpy(frame, text, n);
	char *sealed = seal_frame(k.aes, frame, (n + 31) / 16 * 16);
	rc = envelope_open(&k, sealed, strlen(sealed), &out);
	must(rc == 0 || out.len == 0);
	free(sealed);
	buf_clear(&out);
	sealed = seal(&k, "0123456789abcdef", text);
	must(envelope_open(&k, sealed, strlen(sealed), &out) == 0 && out.len == strlen(text) && !memcmp(buf_str(&out), text, out.len));
	free(sealed);
	free(frame);
	buf_fini(&out);
}

static void pushed_is_bounded(const struct push *p)
{
	must(p->text && text_valid(p->text) && strlen(p->text) <= PUSH_TEXT_MAX);
	must(p->kind == PUSH_NOTHING || (p->id && text_valid(p->id) && strlen(p->id) <= MSG_EXTERNAL_ID_MAX && strlen(p->id) < PUSH_ID_MAX));
	must(p->kind == PUSH_NOTHING || p->kind == PUSH_RECEIPT || (*p->from && strlen(p->from) <= MSG_PEER_MAX && text_valid(p->from)));
	must(p->kind != PUSH_RATING || (p->survey && (p->rating || p->solved == SOLVED_NO)));
	must(p->media == MEDIA_NONE || *p->media_id);
}

static void xml(const char *text, size_t n)
{
	struct arena *a = arena_create(4096);
	struct xml_fields f;
	struct push p;
	if (xml_read(a, text, n, &f) == 1) {
		must(f.n <= XML_FIELDS_MAX);
		for (size_t i = 0; i < f.n; i++)
			must(text_valid(f.field[i].path) && text_valid(f.field[i].text));
		if (push_read(a, &f, &p) == 1)
			pushed_is_bounded(&p);
	}
	arena_destroy(&a);
}

static void kf(const char *text, size_t n)
{
	struct arena *a = arena_create(4096);
	struct push p;
	json_t *j = json_loadb(text, n, 0, NULL);
	if (j && kf_read(a, j, &p) == 1)
		pushed_is_bounded(&p);
	json_decref(j);
	arena_destroy(&a);
}

/* Whatever stands in a line or note, what follows from it is read back the same. */
static void standing(const char *state, const char *note)
{
	struct buf next, again;
	struct reach r, same;
	buf_init(&next, 1000);
	buf_init(&again, 1000);
	standing_fold(state, note, &next);
	must(!next.overflow);
	standing_reach(buf_str(&next), 1767000000000, &r);
	standing_fold(buf_str(&next), "", &again);
	standing_reach(buf_str(&again), 1767000000000, &same);
	must(r.open == same.open && r.left == same.left && r.until == same.until && strcmp(r.entrance, same.entrance) == 0);
	must(!r.open || (r.left > 0 && r.until > 1767000000000));
	buf_fini(&again);
	buf_fini(&next);
}

static void split(const char *text, size_t n)
{
	for (size_t at = 0, step; at < n; at += step) {
		step = split_next(text + at, n - at);
		must(step > 0 && step <= SPLIT_MAX && step <= n - at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct input in = { bytes, n };
	if (n == 0)
		return 0;
	uint8_t which = *in.p;
	in.p++;
	in.n--;
	char *line = which == 's' ? input_line(&in) : NULL;
	size_t rest = in.n;
	char *text = (char *)input_bytes(&in, rest);
	text = realloc(text, rest + 1);
	text[rest] = '\0';
	switch (which) {
	case 'e': envelope(text, rest); break;
	case 'x': xml(text, rest); break;
	case 'k': kf(text, rest); break;
	case 's': standing(line, text); break;
	default: split(text, rest); break;
	}
	free(text);
	free(line);
	return 0;
}
