/* Frames of a browser; and, where the first byte is no brace, frames we write with anybody's words in them. */
#include "tests/fuzz/fuzz.h"

#include "adapters/webchat/identity.h"
#include "adapters/webchat/protocol.h"
#include "gateway/model/text.h"

enum { FUZZ_MAX = 512 };
enum { MOST_TEXT = 500 };

static void check(const struct chat_in *in)
{
	switch (in->verb) {
	case CHAT_HELLO:
		must(in->seq >= 0 && (!in->token || text_valid(in->token)));
		break;
	case CHAT_MESSAGE:
		must(in->id && *in->id && strlen(in->id) <= CHAT_ID_MAX);
		must(in->text && !text_blank(in->text) && text_valid(in->text));
		must(utf8_count(in->text, strlen(in->text)) <= MOST_TEXT);
		break;
	case CHAT_RATING:
		must(in->survey && *in->survey && strlen(in->survey) <= CHAT_SURVEY_MAX);
		must(in->rating >= 0 && in->rating <= 5 && (in->rating || in->solved != SOLVED_UNSAID));
		must(!in->text || utf8_count(in->text, strlen(in->text)) <= MOST_TEXT);
		break;
	case CHAT_TYPING:
		break;
	case CHAT_SEEN:
		must(in->seq >= 0);
		break;
	case CHAT_PHONE:
		must((in->number || in->code) && strlen(in->number ? in->number : in->code) <= CHAT_PHONE_MAX);
		break;
	}
}

/* Is b one frame of this type, whose member says this text? */
static void must_say(const struct buf *b, const char *type, const char *member, const char *text)
{
	json_t *o = json_loadb(buf_str(b), b->len, 0, NULL);
	must(o && !b->overflow);
	must(!strcmp(json_string_value(json_object_get(o, "type")), type));
	const char *said = json_string_value(json_object_get(o, member));
	struct buf mended;
	buf_init(&mended, 1 << 20);
	utf8_mend(&mended, text, strlen(text));
	must(said && !strcmp(said, buf_str(&mended)));
	buf_fini(&mended);
	json_decref(o);
}

static const struct secret secret = { .key = { 1, 2, 3 } };

static void write_it(const char *text)
{
	struct buf b;
	buf_init(&b, CHAT_WRITE_MAX);
	struct history_item item = { .seq = 7, .from = HISTORY_STAFF, .author = text, .text = text, .ticket = text,
		.survey = text, .survey_open = true, .at = 1790000000000 };
	chat_write_item(&b, &item, "w", &secret);
	must_say(&b, "message", "text", text);
	item.kind = OUT_SURVEY;
	chat_write_item(&b, &item, "w", &secret);
	must_say(&b, "survey", "survey", text);
	chat_write_ack(&b, text, text, 3, text);
	must_say(&b, "ack", "id", text);
	chat_write_error(&b, CHAT_EMPTY, true, text, text, 5);
	must_say(&b, "error", "survey", text);
	chat_write_welcome(&b, text, 9, false);
	must_say(&b, "welcome", "token", text);
	buf_fini(&b);
}

static void read_it(const uint8_t *p, size_t n)
{
	struct input bytes = { p, n };
	struct chat_in in;
	char *frame = (char *)input_bytes(&bytes, n);
	int rc = chat_read(frame, n, MOST_TEXT, &in);
	must(rc == 1 || (rc == -1 && in.error > CHAT_NO_ERROR && in.error < CHAT_ERRORS));
	if (rc == 1) {
		must(!in.id || (*in.id && strlen(in.id) <= CHAT_ID_MAX));
		check(&in);
	} else if (in.id) { /* said back as it came, however wrong */
		struct buf b;
		buf_init(&b, CHAT_WRITE_MAX);
		chat_write_error(&b, in.error, false, in.id, NULL, 0);
		must_say(&b, "error", "id", in.id);
		buf_fini(&b);
	}
	if (rc == 1 && in.verb == CHAT_HELLO && in.token)
		must(!chat_token_valid(&secret, in.token) || strlen(in.token) == CHAT_TOKEN_LEN);
	chat_in_fini(&in);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const sites[] = { "https://city.example" };
	read_it(p, n);
	if (n && *p == '{')
		return 0;
	struct input words = { p, n };
	char *text = input_rest(&words);
	write_it(text);
	must(!chat_origin_allowed(text, "chat.city.example", "https://chat.city.example", sites, 1) ||
		chat_origin_valid(text));
	free(text);
	return 0;
}
