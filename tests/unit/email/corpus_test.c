/* The corpus: mails of our own making, written as QQ, 163, Foxmail, Outlook, phones and others write them, and as nobody
 * should; beside each what must be read out of it. Then every mail is damaged: cut at each 64th byte, each header field
 * repeated, emptied and blown up. Whatever is done to a mail, it stays a message. */
#include "cmocka_all.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/file.h"
#include "gateway/base/utf8.h"
#include "gateway/model/address.h"
#include "gateway/model/text.h"
#include "mails.h"

enum { MAILS_MAX = 1000, CUT = 64, BLOWN = 120000 };
static const char DIR_NAME[] = "tests/unit/email/corpus";

static char *name[MAILS_MAX];
static size_t names;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int begin(void **state)
{
	(void)state;
	DIR *d = opendir(DIR_NAME);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) && names < MAILS_MAX;) {
		size_t n = strlen(e->d_name);
		if (n > 4 && !strcmp(e->d_name + n - 4, ".eml"))
			name[names++] = mem_strndup(e->d_name, n - 4);
	}
	closedir(d);
	qsort(name, names, sizeof *name, by_name);
	return 0;
}

static int end(void **state)
{
	for (size_t i = 0; i < names; i++)
		free(name[i]);
	return mails_end(state);
}

static void load(size_t i, const char *ending, struct buf *out)
{
	char path[400];
	struct err e;
	snprintf(path, sizeof path, "%s/%s.%s", DIR_NAME, name[i], ending);
	buf_init(out, MAIL_MAX);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s is not there", path);
	char piece[4096];
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
		buf_add(out, piece, n);
	fclose(f);
	(void)e;
}

/* --- as it must be read --- */

static const char *mail;
static unsigned faults;

static void fault(const char *what, const char *want, const char *got)
{
	print_error("%s: %s\n  want: %s\n  got:  %s\n", mail, what, want ? want : "(none)", got ? got : "(none)");
	faults++;
}

static void same(const char *what, const char *want, const char *got)
{
	if (!want != !got || (want && strcmp(want, got) != 0))
		fault(what, want, got);
}

static void same_files(json_t *want, const struct msg_in *m)
{
	size_t i;
	json_t *file;
	if (json_array_size(want) != m->attachment_count) {
		fault("files", NULL, m->attachment_count ? m->attachment[0].name : NULL);
		return;
	}
	json_array_foreach(want, i, file) {
		same("file name", json_string_value(json_array_get(file, 0)), m->attachment[i].name);
		same("file type", json_string_value(json_array_get(file, 1)), m->attachment[i].type);
		if ((uint64_t)json_integer_value(json_array_get(file, 2)) != m->attachment[i].size)
			fault("file size", NULL, m->attachment[i].name);
	}
}

static void same_mail(json_t *want, const struct msg_in *m)
{
	static const char *const kinds[] = { "person", "auto-reply", "bounce", "list", "own-loop", "no-reply" };
	json_t *quoted = json_object_get(want, "quoted");
	size_t i;
	json_t *part;
	same("from", json_string_value(json_object_get(want, "from")), m->peer);
	if (json_is_string(json_object_get(want, "name")))
		same("name", json_string_value(json_object_get(want, "name")), m->peer_name);
	same("subject", json_string_value(json_object_get(want, "subject")), m->subject);
	same("text", json_string_value(json_object_get(want, "text")), m->text);
	same("kind", json_string_value(json_object_get(want, "kind")), kinds[m->automatic]);
	if (json_array_size(quoted) == 0)
		same("quoted", NULL, m->quoted);
	json_array_foreach(quoted, i, part)
		if (!m->quoted || !strstr(m->quoted, json_string_value(part)))
			fault("quoted", json_string_value(part), m->quoted);
	same_files(json_object_get(want, "files"), m);
}

static void every_mail_is_read_as_is_written_beside_it(void **state)
{
	(void)state;
	assert_true(names >= 150);
	for (size_t i = 0; i < names; i++) {
		struct buf raw, beside;
		load(i, "eml", &raw);
		load(i, "json", &beside);
		json_t *want = json_loadb(buf_str(&beside), beside.len, 0, NULL);
		assert_non_null(want);
		mail = name[i];
		const struct msg_in *m = read_mail(raw.data, raw.len);
		assert_false(letter.is_receipt);
		same_mail(want, m);
		json_decref(want);
		buf_fini(&raw);
		buf_fini(&beside);
	}
	assert_int_equal(faults, 0);
}

/* --- damaged --- */

/* What holds of any bytes: something to read, all of it UTF-8, an id, an address or the mark of none. */
static void stays_a_message(const void *p, size_t n)
{
	char *copy = mem_dup(p, n ? n : 1); /* its own block, so that ASan sees a step beyond */
	const struct msg_in *m = read_mail(copy, n);
	char peer[MSG_PEER_MAX];
	if (!letter.is_receipt) {
		assert_true(n == 0 || !text_blank(m->text) || m->attachment_count || m->subject || m->quoted);
		assert_true(utf8_valid(m->text, strlen(m->text)) && strlen(m->text) < MSG_TEXT_MAX);
		assert_true(!m->subject || (utf8_valid(m->subject, strlen(m->subject)) && strlen(m->subject) < MSG_SUBJECT_MAX));
		assert_true(!m->quoted || utf8_valid(m->quoted, strlen(m->quoted)));
		assert_true(m->external_id && strlen(m->external_id) < MSG_EXTERNAL_ID_MAX);
		assert_true(!strcmp(m->peer, LETTER_UNKNOWN_PEER) || address_email(m->peer, peer));
		for (size_t i = 0; i < m->attachment_count; i++)
			assert_true(*m->attachment[i].name && utf8_valid(m->attachment[i].name, strlen(m->attachment[i].name)));
	}
	free(copy);
}

static void cut_anywhere_a_mail_stays_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < names; i++) {
		struct buf raw;
		load(i, "eml", &raw);
		for (size_t n = 0; n < raw.len; n += CUT)
			stays_a_message(raw.data, n);
		buf_fini(&raw);
	}
}

/* The field at *at of a header block; false at its end. *end: behind its line end and folded lines. */
static bool next_field(const struct buf *raw, size_t at, size_t *colon, size_t *end)
{
	const char *p = buf_str(raw), *lf = memchr(p + at, '\n', raw->len - at), *c;
	if (!lf || !(c = memchr(p + at, ':', (size_t)(lf - p) - at)))
		return false;
	*colon = (size_t)(c - p);
	*end = (size_t)(lf - p) + 1;
	while (*end < raw->len && (p[*end] == ' ' || p[*end] == '\t') && (lf = memchr(p + *end, '\n', raw->len - *end)))
		*end = (size_t)(lf - p) + 1;
	return true;
}

static void with_middle(const struct buf *raw, size_t from, const struct buf *middle, size_t to)
{
	struct buf m;
	buf_init(&m, MAIL_MAX);
	buf_add(&m, raw->data, from);
	buf_add(&m, middle->data, middle->len);
	buf_add(&m, raw->data + to, raw->len - to);
	stays_a_message(m.data, m.len);
	buf_fini(&m);
}

static void damage_field(const struct buf *raw, size_t at, size_t colon, size_t stop)
{
	struct buf middle;
	buf_init(&middle, MAIL_MAX);
	for (int i = 0; i < 3; i++)
		buf_add(&middle, raw->data + at, stop - at);
	with_middle(raw, at, &middle, stop); /* three times */
	buf_clear(&middle);
	buf_adds(&middle, "\r\n");
	with_middle(raw, colon + 1, &middle, stop); /* empty */
	buf_clear(&middle);
	while (middle.len < BLOWN)
		buf_add(&middle, raw->data + colon + 1, stop - colon - 1 > 2 ? stop - colon - 2 : 1);
	buf_adds(&middle, "\r\n");
	with_middle(raw, colon + 1, &middle, stop); /* past every cap */
	buf_fini(&middle);
}

static void each_field_repeated_emptied_or_blown_up_leaves_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < names; i++) {
		struct buf raw;
		load(i, "eml", &raw);
		size_t colon, stop;
		for (size_t at = 0; next_field(&raw, at, &colon, &stop); at = stop)
			damage_field(&raw, at, colon, stop);
		buf_fini(&raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mail_is_read_as_is_written_beside_it),
		cmocka_unit_test(cut_anywhere_a_mail_stays_a_message),
		cmocka_unit_test(each_field_repeated_emptied_or_blown_up_leaves_a_message),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
