#include "gateway/model/alarm.h"

#include <string.h>

/* Guards that hold even when the sentence says "now": the word names a danger to prevent, not one that is here. */
static const char PREVENTION[] = "隐患|演练|演习|预防|防范|drill|hazard|exercise|prevention";
static const char NOW[] = "现在|正在|又在|昨晚开始|昨天开始|刚刚|刚才|此刻|快来|快救|快派|快叫|来人|马上来|赶紧来|赶快来|救命|right now|just now|help|hurry";
/* Who fears or supposes behind the word does so because of it: "着火了，我好害怕", "触电了，可能是漏电引起的". */
static const char SUPPOSED[] = "万一|如果|要是|假如|若|怕|担心|担忧|害怕|恐|可能|会不会|引发|引起|导致|造成|致使|威胁|could|might|may|would|if";
static const char POLITE[] = "could you|could someone|would you";
static const char HAPPENED[] = "了|啦|起来";
static const char GOES_ON[] = "is|are|am|has|have|there's|it's|he's|she's|i'm"; /* before the word, in its clause */
static const char SOMEBODY[] = "有人|他|她|爸|妈|老人|孩子";
/* In another clause than what befalls somebody now this tells how it came to be: "有人晕倒，以前有心脏病", "之前没人管，着火了". */
static const char HISTORY[] =
	"以前|之前|曾|多次|经常|屡次|多年|半年没|一年没|两年没|个月没|了半年|了一年|了两年|了三年|了几年";
/* Whichever clause says so, it is over, a matter for an office, or a way to speak of the heat. */
static const char SETTLED[] =
	"演练|演习|drill|exercise|赔偿|理赔|报销|认定|鉴定|判决|起诉|立案|法院|补偿|补助|伤残|工伤|后遗症|嫌疑人|责任划分|保险不|保险公司不|保险公司拒|"
	"派出所不管|派出所不处理|派出所不立|派出所不受理|派出所一直|派出所至今|派出所拖|派出所调解|找到了|找回|狗|猫|宠物|鹦鹉|电影|小说|游戏|生育津贴|准生证|建档|丧葬|骨灰|户口|compensation|"
	"吵|热|忙|累|困死|饿|冷|无聊|笑|考试|作业|房贷|月供|还贷|养老金|退休金|低保|抚养费|跑路|卷款|催收";
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

/* Where the word stands: its own bytes within its clause within its sentence. */
struct place {
	size_t from, begin, at, behind, end, to;
	bool happened; /* "着火了", "is on fire": here and now */
	bool befalls;  /* "有人晕倒": somebody is named */
};

static void look_around(struct place *p, const char *s, size_t len, size_t at, size_t n)
{
	p->at = at;
	p->behind = at + n;
	stretch(s, len, at, n, SENTENCE_ENDS, &p->from, &p->to);
	stretch(s, len, at, n, CLAUSE_ENDS, &p->begin, &p->end);
	p->happened = words_at(s, at + n, HAPPENED) ||
		(at + n >= strlen("了") && words_at(s, at + n - strlen("了"), HAPPENED)) || words_in(s, p->begin, at, GOES_ON);
	p->befalls = words_in(s, p->begin, at, SOMEBODY);
}

/* Does the guard that stands at g take the alarm back? In another clause than what has happened only what ends it does: the
 * years before, the fear, the insurance do not put out a fire. */
static bool holds(const char *s, size_t g, const struct place *p)
{
	if (words_at(s, g, POLITE))
		return false;
	if (g < p->behind)
		return g >= p->begin || !p->happened || !words_at(s, g, HISTORY);
	if (p->happened && g >= p->end)
		return words_at(s, g, SETTLED) > 0;
	if (words_at(s, g, SUPPOSED))
		return g < p->end && !p->happened;
	return g < p->end || !p->befalls || !words_at(s, g, HISTORY);
}

static bool guarded(const char *s, const struct place *p, const char *unless)
{
	for (size_t g = p->from; (g = words_find(s, g, p->to, unless, NULL)) < p->to; g++)
		if (holds(s, g, p))
			return true;
	return false;
}

/* What happened once, or might, is no alarm, unless the very clause says that it is happening now. */
static bool taken_back(const struct rule_word *w, const char *s, size_t len, size_t at, size_t n)
{
	struct place p;
	if (!w->unless || !*w->unless)
		return false;
	look_around(&p, s, len, at, n);
	if (!guarded(s, &p, w->unless))
		return false;
	if (is_piece(s, at, n, w->unless) || words_in(s, p.happened ? p.begin : p.from, p.happened ? p.end : p.to, PREVENTION))
		return true;
	return !words_in(s, p.begin, p.end, NOW);
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
