#include <stdio.h>
#include <string.h>

#include "gateway/base/err.h"
#include "gateway/model/fold.h"
#include "gateway/model/ticket.h"

enum { DAY_DIGITS = 8, CHANNEL_MAX = 90, SERIALS = 1000000 };

/* ISO 7064 MOD 11,10, the hybrid system: the check digit that makes the whole sum come out as 1. */
static char check_digit(const char *digits, size_t n)
{
	unsigned p = 10;
	for (size_t i = 0; i < n; i++) {
		unsigned s = (p + (unsigned)(digits[i] - '0')) % 10;
		p = (s ? s : 10) * 2 % 11;
	}
	return (char)('0' + (11 - p) % 10);
}

void ticket_number(int day, unsigned channel_code, unsigned serial, char out[TICKET_NUMBER_MAX])
{
	must(day >= 10000101 && day <= 99991231 && channel_code <= CHANNEL_MAX && channel_code % 10 == 0 && serial <= TICKET_SERIAL_MAX);
	snprintf(out, TICKET_NUMBER_MAX, "%08d%02u%06u", day, channel_code + serial / SERIALS, serial % SERIALS);
	out[TICKET_NUMBER_LEN - 1] = check_digit(out, TICKET_NUMBER_LEN - 1);
	out[TICKET_NUMBER_LEN] = '\0';
}

static bool is_day(const char *d)
{
	int day = 0;
	for (int i = 0; i < DAY_DIGITS; i++)
		day = day * 10 + (d[i] - '0');
	int month = day / 100 % 100;
	return day >= 20000101 && month >= 1 && month <= 12 && day % 100 >= 1 && day % 100 <= 31;
}

bool ticket_number_valid(const char *number)
{
	return strlen(number) == TICKET_NUMBER_LEN && strspn(number, "0123456789") == TICKET_NUMBER_LEN && is_day(number) &&
		check_digit(number, TICKET_NUMBER_LEN - 1) == number[TICKET_NUMBER_LEN - 1];
}

/* Nearly no text holds a number, and finding one folds the whole text: first see whether it has the digits at all. */
static bool has_digits(const char *text)
{
	unsigned digits = 0;
	for (const unsigned char *s = (const unsigned char *)text; *s && digits < TICKET_NUMBER_LEN; s++)
		digits += (*s >= '0' && *s <= '9') || (s[0] == 0xEF && s[1] == 0xBC && s[2] >= 0x90 && s[2] <= 0x99);
	return digits == TICKET_NUMBER_LEN;
}

bool ticket_number_find(const char *text, char out[TICKET_NUMBER_MAX])
{
	struct fold f;
	bool found = false;
	if (!has_digits(text))
		return false;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	while (*s && !found) {
		size_t n = strspn(s, "0123456789");
		if (n == TICKET_NUMBER_LEN) {
			memcpy(out, s, n);
			out[n] = '\0';
			found = ticket_number_valid(out);
		}
		s += n ? n : 1;
	}
	fold_fini(&f);
	return found;
}

bool ticket_code_find(const char *text, char out[TICKET_CODE_LEN + 1])
{
	struct fold f;
	bool found = false;
	fold_init(&f, text);
	for (const char *s = buf_str(&f.s); *s && !found;) {
		size_t n = strspn(s, "0123456789");
		found = n == TICKET_CODE_LEN;
		if (found) {
			memcpy(out, s, n);
			out[n] = '\0';
		}
		s += n ? n : 1;
	}
	fold_fini(&f);
	return found;
}
