#include "adapters/sms/receipt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/clock.h"

static const char *skip(const char *p, const char *end, const char *these)
{
	while (p < end && *p && strchr(these, *p))
		p++;
	return p;
}

/* The end of `label` at p, where '_' and ' ' in it are one, and a ':' or '=' follows; NULL: another word stands
 * there. */
static const char *after_label(const char *p, const char *end, const char *label)
{
	for (; *label; label++, p++) {
		bool blank = *label == ' ';
		if (p == end || (blank ? *p != ' ' && *p != '_' : tolower((unsigned char)*p) != *label))
			return NULL;
	}
	p = skip(p, end, " ");
	return p < end && (*p == ':' || *p == '=') ? skip(p + 1, end, " ") : NULL;
}

static bool label_at(const char *p, const char *end)
{
	static const char *const labels[] = { "id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text" };
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (after_label(p, end, labels[i]))
			return true;
	return false;
}

/* The value behind a label that begins a word; the words behind "text:" are the message's, not labels. */
static const char *find(const char *text, const char *end, const char *label)
{
	for (const char *p = text; p < end; p++) {
		if (p > text && !strchr(" \t\r\n,;", p[-1]))
			continue;
		const char *value = after_label(p, end, label);
		if (value) /* when the value is missing the next label stands in its place */
			return label_at(value, end) ? NULL : value;
		if (after_label(p, end, "text"))
			return NULL;
	}
	return NULL;
}

static void copy_word(const char *text, const char *end, const char *label, char *out, size_t size)
{
	const char *p = find(text, end, label);
	size_t n = 0;
	for (; p && p < end && n + 1 < size && *p > ' ' && !strchr(",;", *p); p++)
		out[n++] = *p;
	out[n] = '\0';
}

int64_t receipt_date(const char *digits)
{
	size_t n = strspn(digits, "0123456789");
	if (n != 10 && n != 12)
		return 0;
	char people[CLOCK_TEXT];
	int64_t at;
	snprintf(people, sizeof people, "20%.2s-%.2s-%.2s %.2s:%.2s", digits, digits + 2, digits + 4, digits + 6, digits + 8);
	if (clock_parse(people, &at) < 0)
		return 0;
	return n == 12 ? at + atoi(digits + 10) * 1000LL : at;
}

bool receipt_read(const char *text, size_t n, struct receipt_text *out)
{
	const char *end = text + strnlen(text, n);
	char date[CLOCK_TEXT];
	copy_word(text, end, "id", out->id, sizeof out->id);
	copy_word(text, end, "stat", out->stat, sizeof out->stat);
	copy_word(text, end, "err", out->err, sizeof out->err);
	copy_word(text, end, "done date", date, sizeof date);
	out->done_at = receipt_date(date);
	return out->id[0] || out->stat[0];
}

enum out_state receipt_state(const char *stat)
{
	static const struct {
		const char *stat;
		enum out_state state;
	} words[] = {
		{ "DELIVRD", OUT_DELIVERED }, { "DELIVERED", OUT_DELIVERED }, { "EXPIRED", OUT_EXPIRED },
		{ "ENROUTE", OUT_ACCEPTED }, { "ACCEPTD", OUT_ACCEPTED }, { "ACCEPTED", OUT_ACCEPTED },
		{ "BUFFRED", OUT_ACCEPTED }, { "BUFFERED", OUT_ACCEPTED }, { "SCHEDULED", OUT_ACCEPTED }
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!strcasecmp(stat, words[i].stat))
			return words[i].state;
	return OUT_FAILED;
}

enum out_state receipt_state_of_number(unsigned message_state, const char **stat)
{
	static const char *const words[] = { "SCHEDULED", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD",
		"UNKNOWN", "REJECTD" };
	*stat = message_state < sizeof words / sizeof words[0] ? words[message_state] : "UNKNOWN";
	return receipt_state(*stat);
}

void receipt_reason(enum out_state state, const char *stat, const char *err, char out[RECEIPT_REASON_MAX])
{
	out[0] = '\0';
	if (state == OUT_DELIVERED)
		return;
	bool known = err[0] && strspn(err, "0") != strlen(err);
	snprintf(out, RECEIPT_REASON_MAX, "%s%s%s", stat[0] ? stat : "UNKNOWN", known ? " err " : "", known ? err : "");
}

/* Rewrites a number in this base as decimal; false: it is none, or has more than 64 bits. */
static bool to_decimal(const char *id, int base, char out[RECEIPT_ID_MAX])
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	size_t n = strlen(id), zeros = strspn(id, "0");
	if (!n || strspn(id, digits) != n || n - zeros > (base == 16 ? 16 : 19))
		return false;
	snprintf(out, RECEIPT_ID_MAX, "%llu", strtoull(id, NULL, base));
	return true;
}

void receipt_id(enum receipt_ids mode, bool from_receipt, const char *id, char out[RECEIPT_ID_MAX])
{
	bool hex = from_receipt ? mode == IDS_RECEIPT_HEX : mode == IDS_RESP_HEX;
	if (mode != IDS_RAW && to_decimal(id, hex ? 16 : 10, out))
		return;
	size_t n = 0;
	for (; id[n] && n + 1 < RECEIPT_ID_MAX; n++)
		out[n] = (char)tolower((unsigned char)id[n]);
	out[n] = '\0';
}
