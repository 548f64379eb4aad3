#include "gateway/model/alarm.h"

#include <string.h>

/* Guards that hold even when the sentence says "now": the word names a danger to prevent, not one that is here. */
static const char PREVENTION[] = "隐患|演练|演习|预防|防范|drill|hazard|exercise|prevention";
static const char NOW[] = "现在|正在|又在|昨晚开始|昨天开始|刚刚|刚才|此刻|快来|快救|快派|快叫|来人|马上来|赶紧来|赶快来|救命|right now|just now|help|hurry";
/* Who fears or supposes behind the word does so because of it: "着火了，我好害怕", "触电了，可能是漏电引起的". */
static const char SUPPOSED[] = "万一|如果|要是|假如|若|怕|担心|担忧|害怕|恐|可能|会不会|引发|引起|导致|造成|致使|威胁|could|might|may|would|if";
static const char POLITE[] = "could you|could someone|would you";
static const char HAPPENED[] = "了|啦|起来";
enum { AROUND = 90, PIECE_MAX = 30 }; /* bytes: some 30 characters each side; a long word */

static const char SENTENCE_ENDS[] = "\n|!|?|;|。|！|？|；|. |.\n";
static const char CLAUSE_ENDS[] = "\n|!|?|;|。|！|？|；|. |.\n|,|，";

/* The stretch around s[at, at + n) between two of the marks. */
static void stretch(const char *s, size_t len, size_t at, size_t n, const char *ends, size_t *from, size_t *to)
{
	*from = at > AROUND ? at - AROUND : 0;
	for (size_t next = *from; (next = words_find(s, next, at, ends, NULL)) < at; *from = ++next)
		;
	size_t limit = len - at - n > AROUND ? at + n + AROUND : len;
	*to = words_find(s, at + n, limit, ends, NULL);
}

/* "跳楼价", "救命钱": the word is only a piece of another one. */
static bool is_piece(const char *s, size_t at, size_t n, const char *unless)
{
	for (size_t i = at > PIECE_MAX ? at - PIECE_MAX : 0; i <= at; i++) {
		size_t whole = words_at(s, i, unless);
		if (i + whole >= at + n && whole > n)
			return true;
	}
	return false;
}

/* Does a word that takes the alarm back stand in s[from, to)? Behind `behind` what is only supposed does not. */
static bool guarded(const char *s, size_t from, size_t to, size_t behind, const char *unless)
{
	size_t n = 0;
	for (size_t g = from; (g = words_find(s, g, to, unless, &n)) < to; g++)
		if (!words_at(s, g, POLITE) && (g < behind || !words_at(s, g, SUPPOSED)))
			return true;
	return false;
}

/* What happened once, or might, is no alarm, unless the very clause says that it is happening now. */
static bool taken_back(const struct rule_word *w, const char *s, size_t len, size_t at, size_t n)
{
	size_t from, to, begin, end;
	if (!w->unless || !*w->unless)
		return false;
	stretch(s, len, at, n, SENTENCE_ENDS, &from, &to);
	stretch(s, len, at, n, CLAUSE_ENDS, &begin, &end);
	bool happened = words_at(s, at + n, HAPPENED) ||
		(at + n >= strlen("了") && words_at(s, at + n - strlen("了"), HAPPENED));
	if (!guarded(s, from, to, happened ? at + n : end, w->unless))
		return false;
	if (is_piece(s, at, n, w->unless) || words_in(s, from, to, PREVENTION))
		return true;
	return !words_in(s, begin, end, NOW);
}

static bool raises_alarm(const struct rule_word *w, const struct reading *in)
{
	const char *s = buf_str(&in->fold.s);
	size_t n = 0, len = in->fold.s.len;
	for (size_t at = 0; (at = seen_find(&in->seen, s, at, len, w->word, &n)) < len; at += n)
		if (!taken_back(w, s, len, at, n))
			return true;
	return false;
}

const struct rule_word *alarm_find(const struct rules *r, const struct reading *in)
{
	for (unsigned i = 0; i < r->emergencies; i++)
		if (raises_alarm(&r->emergency[i], in))
			return &r->emergency[i];
	return NULL;
}
