#include "gateway/model/alarm.h"

#include <string.h>

/* A clause that says so tells of what is here: no guard beside the word takes it back. */
static const char NOW[] = "现在|正在|又在|昨晚开始|昨天开始|刚刚|刚才|此刻|快来|快救|快派|快叫|来人|马上来|赶紧来|赶快来|救命|right now|just now|help|hurry";
/* Who fears or supposes behind the word does so because of it: "着火了我好害怕", "触电可能是漏电引起的". */
static const char SUPPOSED[] = "万一|如果|要是|假如|若|怕|担心|担忧|害怕|恐|可能|会不会|引发|引起|导致|造成|致使|威胁|could|might|may|if";
/* What may stand beside guards in a clause that says nothing but them: "是前天的事情", "是我家的狗", "请问医保怎么报销". */
static const char FILLER[] =
	" |的事情|的事|的时候|的|了|是|这|那|都|也|已经|后来|现在|我家|发生|公司|派出所不|要|搞|接好|修好|划分|不公|不赔|拒赔|拖着不办|演|请问|想问|怎么|在哪里|哪里|办|领|"
	"it|this|that|was|all|and|the|since";
static const char CLAUSE_ENDS[] = "\n|!|?|;|,|。|. |.\n"; /* as a fold has them */
enum { AROUND = 90, PIECE_MAX = 30 }; /* bytes: some 30 characters each side; a long word */

struct clause { size_t begin, end; };

/* The clause around s[at, behind), as far as it is near. */
static struct clause clause_of(const char *s, size_t len, size_t at, size_t behind)
{
	struct clause c = { .begin = at > AROUND ? at - AROUND : 0 };
	size_t n = 0;
	for (size_t mark = c.begin; (mark = words_find(s, mark, at, CLAUSE_ENDS, &n)) < at; mark += n)
		c.begin = mark + n;
	c.end = words_find(s, behind, len - behind > AROUND ? behind + AROUND : len, CLAUSE_ENDS, NULL);
	return c;
}

/* The clauses that commas join to it; empty where there is none. */
static struct clause clause_before(const char *s, size_t len, struct clause c)
{
	return c.begin && s[c.begin - 1] == ',' ? clause_of(s, len, c.begin - 1, c.begin - 1) : (struct clause){ c.begin, c.begin };
}

static struct clause clause_behind(const char *s, size_t len, struct clause c)
{
	return s[c.end] == ',' ? clause_of(s, len, c.end + 1, c.end + 1) : (struct clause){ c.end, c.end };
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

/* Bytes of the guard at s + i, but for one that a word of its row is a piece of: that one speaks of this word alone. */
static size_t guard_at(const struct rule_word *w, const char *s, size_t i, bool supposed)
{
	size_t n = words_at(s, i, w->unless);
	return n && (words_in(s, i, i + n, w->word) || (!supposed && words_at(s, i, SUPPOSED))) ? 0 : n;
}

static bool guarded(const struct rule_word *w, const char *s, struct clause c, size_t behind)
{
	for (size_t g = c.begin; (g = words_find(s, g, c.end, w->unless, NULL)) < c.end; g++)
		if (guard_at(w, s, g, g < behind))
			return true;
	return false;
}

/* "去年的事", "已经扑灭了": a clause of guards and nothing else says it of the one beside it. "去年也着过一次" does not. */
static bool says_only(const struct rule_word *w, const char *s, struct clause c)
{
	bool guard = false;
	for (size_t i = c.begin, n; i < c.end; i += n) {
		n = guard_at(w, s, i, false);
		guard |= n > 0;
		if (!n && !(n = words_at(s, i, FILLER)))
			return false;
	}
	return guard;
}

/* What happened once, or might, is no alarm. */
static bool taken_back(const struct rule_word *w, const char *s, size_t len, struct clause c, size_t at, size_t n)
{
	if (!w->unless || !*w->unless)
		return false;
	if (is_piece(s, at, n, w->unless))
		return true;
	return !words_in(s, c.begin, c.end, NOW) && (guarded(w, s, c, at + n) || says_only(w, s, clause_before(s, len, c)) ||
		says_only(w, s, clause_behind(s, len, c)));
}

/* "没反应" is a cry where somebody was named before it: "我妈突然没反应了", "孩子发烧，没反应了". */
static bool befalls(const struct rule_word *w, const char *s, size_t len, struct clause c, size_t at)
{
	return !w->only || !*w->only || words_in(s, clause_before(s, len, c).begin, at, w->only);
}

static bool raises_alarm(const struct rule_word *w, const struct reading *in)
{
	const char *s = buf_str(&in->fold.s);
	size_t n = 0, len = in->fold.s.len;
	for (size_t at = 0; (at = seen_find(&in->seen, s, at, len, w->word, &n)) < len; at += n) {
		struct clause c = clause_of(s, len, at, at + n);
		if (befalls(w, s, len, c, at) && !taken_back(w, s, len, c, at, n))
			return true;
	}
	return false;
}

const struct rule_word *alarm_find(const struct rules *r, const struct reading *in)
{
	for (unsigned i = 0; i < r->emergencies; i++)
		if (raises_alarm(&r->emergency[i], in))
			return &r->emergency[i];
	return NULL;
}
