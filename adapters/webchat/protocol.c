#include "adapters/webchat/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/text.h"

static const struct { const char *code, *zh, *en; } errors[CHAT_ERRORS] = {
	{ "", "", "" },
#define CHAT_ERROR(symbol, code, zh, en) { code, zh, en },
#include "adapters/webchat/errors.def"
#undef CHAT_ERROR
};

const char *chat_error_code(enum chat_error e)
{
	must(e < CHAT_ERRORS);
	return errors[e].code;
}

const char *chat_error_text(enum chat_error e, bool english)
{
	must(e < CHAT_ERRORS);
	return english ? errors[e].en : errors[e].zh;
}

enum chat_error chat_error_of_reason(const char *reason)
{
	if (reason && strcmp(reason, chat_error_code(CHAT_EMPTY)) == 0)
		return CHAT_EMPTY;
	if (reason && strcmp(reason, chat_error_code(CHAT_SURVEY_UNKNOWN)) == 0)
		return CHAT_SURVEY_UNKNOWN;
	return CHAT_REFUSED;
}

/* --- reading --- */

/* Jansson descends by recursion, thousands of levels deep; our frames need two. */
static bool too_deep(const char *p, size_t n)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '[') && ++depth > CHAT_DEPTH_MAX)
			return true;
		else if (!quoted && (c == '}' || c == ']') && depth)
			depth--;
	}
	return false;
}

/* The code unit of an escape that stands at p, or -1. */
static int escaped_unit(const char *p, const char *end)
{
	int unit = 0;
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef", *at = strchr(digits, p[i] >= 'A' && p[i] <= 'F' ? p[i] + ('a' - 'A') : p[i]);
		if (p[i] == '\0' || at == NULL)
			return -1;
		unit = unit * 16 + (int)(at - digits);
	}
	return unit;
}

static bool between(int unit, int first, int last)
{
	return unit >= first && unit <= last;
}

/* Half of a pair, as of an emoji that was cut, and NUL are escapes that JSON may hold and no text: each reads as U+FFFD, and the rest of
 * what the citizen wrote stays. */
static void mend_escapes(char *p, size_t n)
{
	for (const char *end = p + n; p < end;) {
		int unit = escaped_unit(p, end);
		bool pair = between(unit, 0xd800, 0xdbff) && between(escaped_unit(p + 6, end), 0xdc00, 0xdfff);
		if (!pair && (unit == 0 || between(unit, 0xd800, 0xdfff)))
			memcpy(p + 2, "fffd", 4);
		p += pair ? 12 : unit >= 0 ? 6 : *p == '\\' ? 2 : 1;
	}
}

static json_t *load(const char *frame, size_t n)
{
	char *text = mem_alloc(n + 1); /* a NUL may stand in it */
	memcpy(text, frame, n);
	mend_escapes(text, n);
	json_t *root = json_loadb(text, n, 0, NULL);
	free(text);
	return root;
}

static int fail(struct chat_in *in, enum chat_error e)
{
	in->error = e;
	return -1;
}

/* The string member `key` into *out: NULL when absent or null. false: something else than a string. */
static bool get_string(const json_t *o, const char *key, const char **out)
{
	const json_t *v = json_object_get(o, key);
	*out = json_string_value(v);
	return !v || json_is_null(v) || json_is_string(v);
}

static bool get_seq(const json_t *o, const char *key, int64_t *out)
{
	const json_t *v = json_object_get(o, key);
	*out = json_integer_value(v);
	return (!v || json_is_null(v) || json_is_integer(v)) && *out >= 0;
}

static bool id_valid(const char *id)
{
	size_t n = strlen(id);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f)
			return false;
	return n > 0 && n <= CHAT_ID_MAX;
}

static int read_hello(struct chat_in *in)
{
	const char *language;
	if (!get_string(in->root, "token", &in->token) || !get_seq(in->root, "last_seq", &in->seq) ||
	    !get_string(in->root, "language", &language) || !get_string(in->root, "identity", &in->identity))
		return fail(in, CHAT_BAD_JSON);
	if (language && strncmp(language, "en", 2) == 0)
		in->language = "en";
	else if (language && strncmp(language, "zh", 2) == 0)
		in->language = "zh-CN";
	return 1;
}

/* null stands for none. */
static int read_files(struct chat_in *in)
{
	const json_t *list = json_object_get(in->root, "files");
	if (!list || json_is_null(list))
		return 1;
	if (!json_is_array(list))
		return fail(in, CHAT_BAD_JSON);
	if (json_array_size(list) > CHAT_FILES_MAX)
		return fail(in, CHAT_BAD_FILE);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);
		if (!json_is_object(f) || !get_string(f, "file", &in->file[i].ref) || !get_string(f, "name", &in->file[i].name))
			return fail(in, CHAT_BAD_JSON);
		if (!in->file[i].ref)
			return fail(in, CHAT_BAD_FILE);
	}
	in->files = json_array_size(list);
	return 1;
}

static int read_message(struct chat_in *in, unsigned max_text)
{
	if (!in->id)
		return fail(in, CHAT_BAD_ID);
	if (!get_string(in->root, "text", &in->text) || !get_string(in->root, "department", &in->department))
		return fail(in, CHAT_BAD_JSON);
	if (in->department && (!*in->department || strlen(in->department) > CHAT_DEPARTMENT_MAX))
		in->department = NULL;
	int rc = read_files(in);
	if (rc < 0)
		return rc;
	if (!in->files && (!in->text || text_blank(in->text)))
		return fail(in, CHAT_EMPTY);
	if (in->text && utf8_count(in->text, strlen(in->text)) > max_text)
		return fail(in, CHAT_TOO_LONG);
	return 1;
}

/* 1 to 5, or 0 when nothing is said; -1: no level of the scale. */
static int get_rating(const json_t *o)
{
	const json_t *v = json_object_get(o, "rating");
	if (!v || json_is_null(v))
		return 0;
	json_int_t n = json_integer_value(v);
	return json_is_integer(v) && n >= 1 && n <= 5 ? (int)n : -1;
}

static int read_rating(struct chat_in *in, unsigned max_text)
{
	const json_t *solved = json_object_get(in->root, "solved");
	if (!get_string(in->root, "survey", &in->survey) || !get_string(in->root, "comment", &in->text) ||
	    (solved && !json_is_null(solved) && !json_is_boolean(solved)))
		return fail(in, CHAT_BAD_JSON);
	if (!in->survey || !*in->survey || strlen(in->survey) > CHAT_SURVEY_MAX)
		return fail(in, CHAT_SURVEY_UNKNOWN);
	in->rating = get_rating(in->root);
	in->solved = !json_is_boolean(solved) ? SOLVED_UNSAID : json_is_true(solved) ? SOLVED_YES : SOLVED_NO;
	if (in->rating < 0 || (in->rating == 0 && in->solved == SOLVED_UNSAID))
		return fail(in, CHAT_BAD_RATING);
	if (in->text && utf8_count(in->text, strlen(in->text)) > max_text)
		return fail(in, CHAT_TOO_LONG);
	return 1;
}

static int read_phone(struct chat_in *in)
{
	if (!get_string(in->root, "number", &in->number) || !get_string(in->root, "code", &in->code) || !in->number == !in->code ||
	    strlen(in->number ? in->number : in->code) > CHAT_PHONE_MAX)
		return fail(in, CHAT_BAD_JSON);
	return 1;
}

static int read_verb(const char *type, enum chat_verb *verb)
{
	static const char *const verbs[] = { "hello", "message", "rating", "typing", "seen", "phone" };
	for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(type, verbs[i]) == 0) {
			*verb = (enum chat_verb)i;
			return 0;
		}
	return E_NOTFOUND;
}

int chat_read(const char *frame, size_t n, unsigned max_text, struct chat_in *in)
{
	const char *type, *id;
	*in = (struct chat_in){ 0 };
	if (!too_deep(frame, n))
		in->root = load(frame, n);
	bool named = get_string(in->root, "id", &id);
	in->id = id; /* beside an error too, so that its sender knows which it is of */
	if (!json_is_object(in->root) || !get_string(in->root, "type", &type) || !type)
		return fail(in, CHAT_BAD_JSON);
	if (read_verb(type, &in->verb) < 0)
		return fail(in, CHAT_UNKNOWN_TYPE);
	if (!named || (id && !id_valid(id)))
		return fail(in, CHAT_BAD_ID);
	switch (in->verb) {
	case CHAT_HELLO:
		return read_hello(in);
	case CHAT_MESSAGE:
		return read_message(in, max_text);
	case CHAT_RATING:
		return read_rating(in, max_text);
	case CHAT_TYPING:
		return 1;
	case CHAT_SEEN:
		return get_seq(in->root, "seq", &in->seq) ? 1 : fail(in, CHAT_BAD_JSON);
	case CHAT_PHONE:
		return read_phone(in);
	}
	must(!"a verb");
	return -1;
}

char *chat_external_id(const char *peer, const struct chat_in *in)
{
	char hash[HEX_SHA256];
	uint8_t bytes[SHA256_LEN];
	if (in->id)
		return mem_printf("%s:%s", peer, in->id);
	char *said = mem_printf("%s %d %d %s", in->survey, in->rating, (int)in->solved, in->text ? in->text : "");
	crypto_sha256(said, strlen(said), bytes);
	free(said);
	return mem_printf("%s:rating:%.32s", peer, crypto_hex(bytes, sizeof bytes, hash));
}

void chat_in_fini(struct chat_in *in)
{
	json_decref(in->root);
	*in = (struct chat_in){ 0 };
}

/* --- writing --- */

static json_t *frame(const char *type)
{
	json_t *o = json_object();
	must(o && json_object_set_new(o, "type", json_string(type)) == 0);
	return o;
}

static void put(json_t *o, const char *key, json_t *value)
{
	must(json_object_set_new(o, key, value) == 0);
}

/* NULL is left out. */
static void put_text(json_t *o, const char *key, const char *text)
{
	if (!text)
		return;
	size_t n = strlen(text);
	if (utf8_valid(text, n)) {
		put(o, key, json_stringn(text, n));
		return;
	}
	struct buf mended;
	buf_init(&mended, 3 * n);
	utf8_mend(&mended, text, n);
	put(o, key, json_string(buf_str(&mended)));
	buf_fini(&mended);
}

static void put_seq(json_t *o, int64_t seq)
{
	if (seq > 0)
		put(o, "seq", json_integer(seq));
}

static int add_piece(const char *p, size_t n, void *b)
{
	return buf_add(b, p, n) ? 0 : -1;
}

static void finish(struct buf *b, json_t *o)
{
	buf_clear(b);
	must(json_dump_callback(o, add_piece, b, JSON_COMPACT) == 0);
	json_decref(o);
}

void chat_write_welcome(struct buf *b, const char *token, int64_t last_seq, bool english)
{
	json_t *o = frame("welcome");
	put_text(o, "token", token);
	put(o, "last_seq", json_integer(last_seq));
	put_text(o, "language", english ? "en" : "zh-CN");
	finish(b, o);
}

void chat_write_ack(struct buf *b, const char *id, const char *survey, int64_t seq, const char *ticket)
{
	json_t *o = frame("ack");
	put_text(o, "id", id);
	put_text(o, "survey", survey);
	put_seq(o, seq);
	put_text(o, "ticket", ticket);
	finish(b, o);
}

static const char *own_id(const char *external_id, const char *peer)
{
	size_t n = strlen(peer);
	if (!external_id || strncmp(external_id, peer, n) != 0 || external_id[n] != ':')
		return NULL;
	return external_id + n + 1;
}

static void put_files(json_t *o, const struct history_item *item, const struct secret *secret)
{
	if (!item->attachment_count)
		return;
	json_t *list = json_array();
	for (size_t i = 0; i < item->attachment_count; i++)
		must(json_array_append_new(list, chat_file_json(secret, &item->attachment[i])) == 0);
	put(o, "files", list);
}

void chat_write_item(struct buf *b, const struct history_item *item, const char *peer, const struct secret *secret)
{
	static const char *const from[] = { "citizen", "staff", "system" };
	char at[CLOCK_TEXT];
	bool survey = item->kind == OUT_SURVEY && item->survey;
	json_t *o = frame(survey ? "survey" : "message");
	put_seq(o, item->seq);
	put_text(o, "from", from[item->from]);
	if (item->from == HISTORY_CITIZEN)
		put_text(o, "id", own_id(item->external_id, peer));
	else if (item->author && *item->author)
		put_text(o, "name", item->author);
	put_text(o, "text", item->text ? item->text : "");
	if (survey) {
		put_text(o, "survey", item->survey);
		put(o, "scale", json_integer(5));
		put(o, "open", json_boolean(item->survey_open));
	}
	put_files(o, item, secret);
	put_text(o, "ticket", item->ticket);
	put_text(o, "at", clock_rfc3339(item->at, at));
	finish(b, o);
}

void chat_write_typing(struct buf *b)
{
	json_t *o = frame("typing");
	put_text(o, "from", "staff");
	finish(b, o);
}

void chat_write_seen(struct buf *b, const char *ticket, int64_t seq)
{
	json_t *o = frame("seen");
	put_seq(o, seq);
	put_text(o, "ticket", ticket);
	finish(b, o);
}

/* In the order of enum phone_said. */
static const struct { const char *state, *zh, *en; } phone_states[PHONE_SAIDS] = {
	{ "sent", "验证码已发送到 %s，5 分钟内有效。", "A code was sent to %s. It is valid for 5 minutes." },
	{ "proven", "手机号 %s 已验证。", "Your mobile number %s is confirmed." },
	{ "invalid", "请输入 11 位大陆手机号。", "Type a mobile number of mainland China, 11 digits." },
	{ "wait", "验证码发送过于频繁，请稍后再试。", "Too many codes were sent. Please try again later." },
	{ "wrong", "验证码不正确，请核对后再输入。", "This is not the code. Check it and type it again." },
	{ "over", "验证码已失效，请重新获取。", "The code is no longer valid. Get a new one." },
	{ "failed", "系统繁忙，请稍后再试。", "The service is busy. Please try again in a moment." },
};

void chat_write_phone(struct buf *b, const struct phone_answer *answer, bool english)
{
	json_t *o = frame("phone");
	const char *words = english ? phone_states[answer->said].en : phone_states[answer->said].zh, *slot = strstr(words, "%s");
	put_text(o, "state", phone_states[answer->said].state);
	char *text = slot ? mem_printf("%.*s%s%s", (int)(slot - words), words, answer->number, slot + 2) : mem_strdup(words);
	put_text(o, "text", text);
	free(text);
	if (slot)
		put_text(o, "number", answer->number);
	if (answer->retry_ms)
		put(o, "retry_ms", json_integer(answer->retry_ms));
	finish(b, o);
}

void chat_write_error(struct buf *b, enum chat_error e, bool english, const char *id, const char *survey, unsigned retry_ms)
{
	json_t *o = frame("error");
	put_text(o, "code", chat_error_code(e));
	put_text(o, "text", chat_error_text(e, english));
	put_text(o, "id", id);
	put_text(o, "survey", survey);
	if (retry_ms)
		put(o, "retry_ms", json_integer(retry_ms));
	finish(b, o);
}
