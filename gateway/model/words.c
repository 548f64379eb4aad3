#include "gateway/model/words.h"

#include <string.h>

const char WORDS_THANKS[] =
	"谢谢|谢谢你|谢谢您|谢谢你们|谢谢您们|谢谢了|谢谢啦|谢谢啊|谢谢大家|多谢|多谢了|谢了|谢啦|谢|谢谢各位|谢谢领导|谢谢政府|"
	"感谢|很感谢|真的很感谢|非常感谢|非常谢谢|十分感谢|十分谢谢|太谢谢了|太谢谢你们了|太谢谢|真是太感谢了|万分感谢|衷心感谢|太感谢了|真诚感谢|感谢你|感谢您|感谢你们|感谢政府|感谢领导|感谢各位|感谢党|感恩|"
	"感谢工作人员|谢谢工作人员|感谢12345|谢谢12345|"
	"辛苦了|辛苦|辛苦啦|你们辛苦了|您辛苦了|你辛苦了|大家辛苦了|麻烦了|麻烦你们了|麻烦您了|费心了|让你们费心了|"
	"thank you|thank you very much|thank you so much|thanks|thanks a lot|many thanks|thanks so much|thx|tks|ty|"
	"cheers|much appreciated|appreciated|appreciate it|i appreciate it|🙏|🌹|👍|💐";
const char WORDS_GREETING[] =
	"您好|你好|你们好|大家好|领导好|领导您好|尊敬的领导|尊敬的|各位领导|工作人员您好|早上好|上午好|中午好|下午好|晚上好|喂|在吗|"
	"hello|hi|hey|dear sir|dear sir or madam|dear|good morning|good afternoon|good evening";
const char WORDS_MATTER[] =
	"我要投诉|我想投诉|要投诉|我要举报|我想举报|举报|我要反映|我想反映|想反映|反映一下|反映一个|反映另|再反映|我要咨询|我想咨询|咨询一下|想咨询|"
	"我想问|想问一下|我要问|请问|另外|另有|还有一个|还有一件|还有个|顺便|新的问题|另一个问题|另一件|别的问题|我们小区|我家小区|我是|"
	"特此投诉|特此反映|特此举报|,望处理|。望处理|,望部门|。望部门|,望相关|。望相关|,望有关|。望有关|"
	"i want to report|i would like to report|i want to complain|i would like to complain|another issue|another problem|"
	"another matter|by the way|one more thing|new issue|new problem|also,";
const char WORDS_IF[] = "如果|如能|如若|要是|假如|假若|若是|倘若|万一|除非|假使|只要|什么时候|何时|if|unless|once|until|when";

static bool alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool stands_alone(const char *s, size_t at, size_t n)
{
	return !(alnum(s[at]) && at && alnum(s[at - 1])) && !(alnum(s[at + n - 1]) && alnum(s[at + n]));
}

static const char *next_word(const char *w)
{
	while (*w && *w != '|')
		w++;
	return w + (*w == '|');
}

/* Bytes of the word at w when it stands at s + at by itself. */
static size_t word_stands(const char *s, size_t at, const char *w)
{
	size_t n = 0;
	while (w[n] == s[at + n] && w[n] && w[n] != '|')
		n++;
	return n && (!w[n] || w[n] == '|') && stands_alone(s, at, n) ? n : 0;
}

/* Of hundreds of words few begin with the character that stands there: they are looked for by its last byte, which tells more
 * Chinese characters apart than the first. */
size_t words_at(const char *s, size_t at, const char *list)
{
	size_t best = 0, more = 0;
	if (!s[at])
		return 0;
	while (((uint8_t)s[at + more + 1] & 0xC0) == 0x80)
		more++;
	for (const char *p = list; (p = strchr(p, s[at + more])); p++) {
		const char *w = p - more;
		if ((size_t)(p - list) < more || (w != list && w[-1] != '|'))
			continue;
		size_t n = word_stands(s, at, w);
		best = n > best ? n : best;
	}
	return best;
}

/* --- what a text has at all --- */

/* The character at s, as a number of its bytes; *n: how many they are. */
static uint32_t char_at(const char *s, size_t *n)
{
	uint32_t c = (uint8_t)*s;
	for (*n = 1; ((uint8_t)s[*n] & 0xC0) == 0x80; ++*n)
		c = c << 8 | (uint8_t)s[*n];
	return c;
}

/* next 0: the character by itself. */
static unsigned seen_place(uint32_t c, uint32_t next)
{
	return ((c * 0x9E3779B1u) ^ (next * 0x85EBCA77u)) * 0xC2B2AE3Du >> (32 - SEEN_BITS);
}

static void seen_add(struct seen *f, unsigned place)
{
	f->bit[place / 64] |= 1ull << place % 64;
}

void seen_init(struct seen *f, const char *s, size_t n)
{
	memset(f, 0, sizeof *f);
	uint32_t before = 0;
	for (size_t i = 0, took; i < n; i += took) {
		uint32_t c = char_at(s + i, &took);
		seen_add(f, seen_place(c, 0));
		if (before)
			seen_add(f, seen_place(before, c));
		before = c;
	}
}

/* May the word at w, up to its '|', stand in the text? */
static bool seen_word(const struct seen *f, const char *w)
{
	size_t n;
	uint32_t c = char_at(w, &n), next = w[n] && w[n] != '|' ? char_at(w + n, &n) : 0;
	unsigned place = seen_place(c, next);
	return f->bit[place / 64] >> place % 64 & 1;
}

bool seen_any(const struct seen *f, const char *list)
{
	for (const char *w = list; *w; w = next_word(w))
		if (*w != '|' && seen_word(f, w))
			return true;
	return false;
}

/* --- finding --- */

/* Where the one word stands by itself in s[from, to), or to. */
static size_t find_word(const char *s, size_t from, size_t to, const char *w, size_t n)
{
	const char *p = s + from;
	while ((p = memmem(p, (size_t)(s + to - p), w, n)) && !stands_alone(s, (size_t)(p - s), n))
		p++;
	return p ? (size_t)(p - s) : to;
}

static size_t find(const char *s, size_t from, size_t to, const char *list, const struct seen *f, size_t *n)
{
	size_t first = to;
	for (const char *w = list; *w; w = next_word(w)) {
		if (*w == '|' || (f && !seen_word(f, w)))
			continue;
		size_t len = strcspn(w, "|"), at = find_word(s, from, first, w, len);
		if (at < first && n)
			*n = len;
		first = at;
	}
	return first;
}

size_t words_find(const char *s, size_t from, size_t to, const char *list, size_t *n)
{
	return find(s, from, to, list, NULL, n);
}

size_t seen_find(const struct seen *f, const char *s, size_t from, size_t to, const char *list, size_t *n)
{
	return find(s, from, to, list, f, n);
}

bool words_in(const char *s, size_t from, size_t to, const char *list)
{
	return words_find(s, from, to, list, NULL) < to;
}

bool words_only(const char *s, size_t from, size_t to, const char *list)
{
	for (size_t n; from < to; from += n)
		if ((n = s[from] == ' ' ? 1 : words_at(s, from, list)) == 0)
			return false;
	return from <= to;
}

/* --- not solved --- */

static const char NOT[] = "没有能|没有|没能|没|未能|未|不予|不肯|不给|拒不|不";
static const char NOT_YET[] = /* with these, every verb of a repair tells */
	"还没有|还没|还未|仍没有|仍没|仍未|仍然没有|仍然没|仍然未|依然没有|依然没|依然未|依旧没有|依旧没|依旧未|一直没有|一直没|一直未|"
	"至今没有|至今没|至今未|至今仍未|到现在没有|到现在没|到现在还没有|到现在还没|始终没有|始终没|始终未|迟迟没有|迟迟没|迟迟未|迟迟不|"
	"还是没有|还是没|还是未|还是不|尚未|并未|从未|并没有|并没|根本没有|根本没|根本未|没人|没有人|无人|都没有|都没|也没有|也没|压根没|就没";
static const char BETWEEN[] =
	"有人|有|能|被|得到|得以|人来|过来|来|人|任何|真正|完全|彻底|根本|再|去|把|及时|有效|妥善|给我们|给我|给|见|见到|看到|看见|进行|实际|"
	"实质性的|实质性|实质|圆满|帮我|派人|一点|什么|丝毫|全部|都|怎么";
static const char TOLD[] =
	"解决|处理|修|维修|整改|落实|改善|改进|改变|变化|恢复|好转|动静|效果|进展|下文|结果|说法|着落|整治|弄好|搞好|办好|处置|修复|疏通|通水|通电|"
	"通气|见效";
static const char TOLD_YET[] =
	"解决|处理|修|维修|整改|落实|改善|改进|改变|变化|恢复|好转|动静|效果|进展|下文|结果|说法|着落|整治|弄|搞|办|清理|清运|清走|清掉|清除|"
	"打扫|拆|通水|通电|通气|通车|通|退|补|装|动工|管|理|回应|回复|答复|回电|到位|完成|完工|履行|执行|兑现|取缔|制止|疏通|赔|好|换|移|搬|"
	"来修|行动|改|停|亮|干净|平|铺";
static const char ALREADY_SAID[] =
	"又坏|又堵|又漏|又停水|又停电|又不亮|又出现|又开始|又来了|又犯|又反弹|又复发|又臭|又吵|又塌|又脏|又乱|反弹|复发|老样子|老问题|"
	"依旧存在|问题依旧|依然如故|照旧|还存在|仍存在|仍然存在|依然存在|还是存在|问题还在|还在漏|还在响|还在吵|还在臭|还在堵|还是坏|还是漏|"
	"还是堵|还是臭|还是吵|还是脏|还是乱|还是一样|还是老|还是原样|跟以前一样|和以前一样|和原来一样|跟原来一样|一点没变|一点都没变|解决不了|"
	"治标不治本|假办结|虚假办结|虚假回复|虚假答复|答复不属实|回复不属实|与事实不符|与实际不符|部分解决|解决了一半|解决一半|只解决了|"
	"解决了一部分|解决一部分|没人来|没有人来|无人来|没人过来|没有人过来|"
	"不同意结案|不同意办结|怎么就结案|怎么就办结|为什么结案|为什么办结|就结案了|就办结了|请重新处理|请重新办理|要求重新处理|要求重新办理|"
	"什么都没做|什么也没做|啥都没做|啥也没做|什么都没干|啥都没干|没人联系|没有人联系|没有联系我|没联系我|还是没水|还是没有水|还是没电|还是没有电|水还没来|电还没来|还是不行|还是没用|还是那样|回复不实|答复不实|和事实不符|"
	"not solved|not resolved|not fixed|not repaired|not been fixed|not been solved|not been resolved|not been repaired|"
	"not been done|not been cleaned|not yet fixed|not yet solved|not yet resolved|not yet repaired|isn't fixed|"
	"isn't solved|"
	"isn't resolved|wasn't fixed|wasn't solved|wasn't resolved|hasn't been|haven't fixed|have not fixed|unsolved|"
	"unresolved|unfixed|still broken|still not|still no|still leaking|still the same|still there|still waiting|"
	"still happening|still dark|still blocked|still noisy|still a problem|still flooded|nothing changed|"
	"nothing has changed|"
	"nothing was done|nothing has been done|nothing happened|nothing is done|nobody came|no one came|nobody has come|"
	"no one has come|nobody fixed|broken again|broke again|leaking again|blocked again|happened again|happening again|same problem|"
	"problem persists|problem remains|not done|did not fix|didn't fix|didn't solve|did not solve|never fixed|"
	"never solved|not cleaned|not removed|not finished|partly solved|partially solved|half solved";

static bool ends_with(const char *s, size_t at, const char *what)
{
	size_t n = strlen(what);
	return at >= n && !memcmp(s + at - n, what, n);
}

/* Where the clause that holds s[at] begins. */
static size_t clause_start(const char *s, size_t at)
{
	static const char *const STOP[] = { "，", "。", "！", "？", "；", "、" };
	while (at) {
		if (strchr(",.!?;\n", s[at - 1]))
			return at;
		for (size_t i = 0; i < sizeof STOP / sizeof *STOP; i++)
			if (ends_with(s, at, STOP[i]))
				return at;
		at--;
	}
	return 0;
}

static size_t not_done_at(const char *s, size_t at, const char *not, const char *verbs)
{
	size_t n = words_at(s, at, not);
	/* "有没有解决", "解决没解决" ask. */
	if (!n || ends_with(s, at, "有") || ends_with(s, at, "修") || ends_with(s, at, "决"))
		return 0;
	size_t verb, i = at + n;
	for (unsigned skipped = 0; skipped <= 3; skipped++) {
		verb = words_at(s, i, verbs);
		if (verb)
			break;
		size_t between = words_at(s, i, BETWEEN);
		if (!between)
			return 0;
		i += between;
	}
	if (!verb)
		return 0;
	i += verb;
	if (words_at(s, i, "法|办法|由|不了|养|贴|论|好吗|了吗|吗|好意思|解"))
		return 0;
	i += words_at(s, i, "好|了|完|过|掉|到位|的");
	return i - at;
}

/* "又黑又臭" describes; "又臭了" says that it is back. */
static bool describes(const char *s, size_t at)
{
	enum { WORD = sizeof "又臭" - 1 };
	return words_at(s, at, "又") && ((at >= WORD && words_at(s, at - WORD, "又")) ||
		(strnlen(s + at, WORD) == WORD && words_at(s, at + WORD, "又")));
}

size_t words_unsolved_at(const char *s, size_t at)
{
	size_t n = describes(s, at) ? 0 : words_at(s, at, ALREADY_SAID);
	size_t yet = not_done_at(s, at, NOT_YET, TOLD_YET), told = not_done_at(s, at, NOT, TOLD);
	n = n > yet ? n : yet;
	n = n > told ? n : told;
	return n && words_in(s, clause_start(s, at), at, WORDS_IF) ? 0 : n;
}
