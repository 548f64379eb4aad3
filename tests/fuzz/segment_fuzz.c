/* Long messages: what a stranger's header says, texts cut and joined, alphabets both ways. Input: a byte that chooses,
 * then user data or text. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/segment.h"

enum { FUZZ_MAX = 1024 };
enum { OUT_MAX = 1 << 20 };

static void read_header(const uint8_t *p, size_t n)
{
	struct udh u;
	int rc = udh_read(p, n, &u);
	must(rc == 1 || rc == -1);
	if (rc < 0)
		return;
	must(u.len >= 1 && u.len <= n);
	must(u.total ? u.index >= 1 && u.index <= u.total && u.total <= MSG_PARTS_MAX : !u.index);
	must(u.ref <= (u.wide ? 0xFFFFu : 0xFFu));
}

/* Does it begin with a byte-order mark, or with what is one the other way round? UCS-2 is read by it. */
static bool begins_with_order(const char *text)
{
	return !strncmp(text, "\xEF\xBB\xBF", 3) || !strncmp(text, "\xEF\xBF\xBE", 3);
}

/* Any bytes give clean text; what that text is written as gives the same text again. */
static void there_and_back(enum coding c, const uint8_t *p, size_t n)
{
	struct buf text, coded, again;
	buf_init(&text, OUT_MAX);
	buf_init(&coded, OUT_MAX);
	buf_init(&again, OUT_MAX);
	coding_decode(c, p, n, &text);
	must(!text.overflow && utf8_valid(buf_str(&text), text.len) && strlen(buf_str(&text)) == text.len);
	if (!(c == CODING_UCS2 && begins_with_order(buf_str(&text))) && coding_encode(c, buf_str(&text), text.len, &coded)) {
		must(coding_decode(c, coded.data, coded.len, &again) <= n);
		must(again.len == text.len && !memcmp(buf_str(&again), buf_str(&text), text.len));
	}
	buf_fini(&again);
	buf_fini(&coded);
	buf_fini(&text);
}

/* Bytes as parts of one message, with gaps, doubles and changes of alphabet. */
static void join_what_came(const uint8_t *p, size_t n)
{
	enum { PARTS = 8 };
	struct msg_part part[PARTS];
	struct buf text;
	buf_init(&text, OUT_MAX);
	size_t parts = 0, at = 0;
	unsigned index = 1;
	while (parts < PARTS && at + 2 <= n) {
		size_t len = p[at] % 141u;
		len = len < n - at - 2 ? len : n - at - 2;
		index += p[at + 1] >> 6;
		part[parts++] = (struct msg_part){ .key = "k", .index = index, .total = 12,
			.coding = (p[at + 1] & 15u) % CODINGS, .bytes = p + at + 2, .n = len };
		at += 2 + len;
	}
	must(segment_join(part, parts, &text));
	must(utf8_valid(buf_str(&text), text.len));
	buf_fini(&text);
}

static void cut_and_join(const char *text, enum coding narrow)
{
	struct segments s;
	if (segments_init(&s, text, narrow, &segment_limits_gsm) < 0) {
		must(segment_count(text) > MSG_PARTS_MAX);
		segments_fini(&s);
		return;
	}
	struct msg_part part[MSG_PARTS_MAX];
	must(s.parts >= 1 && s.parts <= MSG_PARTS_MAX);
	size_t most = s.parts == 1 ? 140 : 134; /* octets */
	if (s.coding != CODING_UCS2)
		most = s.parts == 1 ? 160 : 153;
	for (unsigned i = 0; i < s.parts; i++) {
		size_t len = s.cut[i + 1] - s.cut[i];
		must(s.cut[i] <= s.cut[i + 1] && len <= most);
		part[i] = (struct msg_part){ .key = "k", .index = i + 1, .total = s.parts, .coding = s.coding,
			.bytes = (const uint8_t *)buf_str(&s.bytes) + s.cut[i], .n = len };
	}
	must(s.cut[s.parts] == s.bytes.len);
	struct buf joined;
	buf_init(&joined, OUT_MAX);
	must(segment_join(part, s.parts, &joined));
	bool guessed = coding_guess(s.coding, (const uint8_t *)buf_str(&s.bytes), s.bytes.len) != s.coding; /* what a carrier never sends under it */
	must(guessed || (s.coding == CODING_UCS2 && begins_with_order(text)) || !strcmp(buf_str(&joined), text));
	buf_fini(&joined);
	segments_fini(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	unsigned choice = input_byte(&in);
	struct input same = in;
	uint8_t *bytes = input_bytes(&in, in.n);
	read_header(bytes, same.n);
	there_and_back(choice % CODING_BINARY, bytes, same.n);
	join_what_came(bytes, same.n);
	free(bytes);
	char *text = input_rest_utf8(&same);
	cut_and_join(text, choice % CODING_UCS2);
	free(text);
	return 0;
}
