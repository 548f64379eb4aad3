#include "gateway/model/text.h"

#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/guide.h"
#include "gateway/model/reading.h"
#include "gateway/model/ticket.h"

enum {
	SMALL_TALK_MAX = 200,  /* bytes: nothing longer is mere courtesy or a bare question for the status */
	UNSOLVED_SCAN = 8192
};

static const char PUNCTUATION[] =
	" |\n|,|.|!|?|;|:|~|-|…|、|。|，|！|？|；|：|～|—|·|“|”|\"|'|(|)|[|]|【|】|（|）|「|」|《|》|*|^|_|/|#|@|&|=|+|"
	"😊|😄|😁|😀|🙂|😃|👌|❤|💕|🌸|🎉|☺|😂|👏|💪|🤝|😘|✌";

void text_fold(const char *text, struct buf *out)
{
	bool white = false, begun = false;
	for (size_t i = 0, n = strlen(text); i < n;) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		i += took + !took;
		cp = fold_char(cp);
		if (cp == ' ' || cp == '\n') {
			white = begun;
		} else if (cp) {
			if (white)
				buf_addc(out, ' ');
			utf8_put(out, cp);
			white = false;
			begun = true;
		}
	}
}

bool text_blank(const char *text)
{
	for (size_t i = 0, n = strlen(text); i < n;) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		i += took + !took;
		cp = fold_char(cp);
		if (cp && cp != ' ' && cp != '\n')
			return false;
	}
	return true;
}

static bool is_han(uint32_t cp)
{
	return cp == 0x3007 || (cp >= 0x3400 && cp <= 0x4DBF) || (cp >= 0x4E00 && cp <= 0x9FFF) ||
		(cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x323AF);
}

static bool is_letter(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 0xC0 && cp <= 0x1FFF && cp != 0xD7 && cp != 0xF7);
}

const char *text_language(const char *text)
{
	bool letters = false;
	for (size_t i = 0, n = strlen(text); i < n;) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		i += took + !took;
		if (is_han(cp))
			return "zh-CN";
		letters |= is_letter(fold_char(cp));
	}
	return letters ? "en" : "zh-CN";
}

bool text_has(const char *folded, const char *word)
{
	return *word && words_in(folded, 0, strlen(folded), word);
}

/* --- titles --- */

static bool ends_sentence(const char *p)
{
	switch ((uint8_t)*p) {
	case '\n': return true;
	case '.':
	case '!':
	case '?':
	case ';': return !p[1] || p[1] == ' ' || p[1] == '\n';
	case 0xE2:
	case 0xE3:
	case 0xEF: return words_at(p, 0, "。|！|？|；|…");
	default: return false;
	}
}

static size_t sentence_len(const char *p)
{
	size_t n = 0;
	while (p[n] && !ends_sentence(p + n))
		n++;
	return n;
}

static size_t skip_sentence_end(const char *p)
{
	size_t n = 0;
	while (p[n] && (ends_sentence(p + n) || p[n] == ' ')) {
		n++;
		while (((unsigned char)p[n] & 0xC0) == 0x80)
			n++;
	}
	return n;
}

/* Is s made of nothing but words of these lists and punctuation, with at least one word of the first `core` lists? */
static bool made_of(const char *s, const char *const *list, size_t core, size_t lists)
{
	bool found = false;
	while (*s) {
		size_t best = 0, from = lists;
		for (size_t i = 0; i < lists; i++) {
			size_t n = words_at(s, 0, list[i]);
			if (n > best) {
				best = n;
				from = i;
			}
		}
		if (!best)
			best = words_at(s, 0, PUNCTUATION);
		if (!best)
			return false;
		found |= from < core;
		s += best;
	}
	return found;
}

/* "您好！", "救命！", "我想问一下" and "有人吗" say nothing about the matter. */
static const char CALLING[] =
	"救命|救命啊|救人|快救人|快来人|来人啊|急|紧急|急急急|十万火急|求助|求救|sos|help|urgent|emergency|"
	"please help|help me|i need help|can you help me";
static const char LEADING_UP[] =
	"市长好|书记好|区长好|县长好|厅长好|局长好|投诉|举报|咨询|反映|建议|反馈|问一下|想问|要问|请问|请教|问个问题|问个事|问问|有问题|有个问题|有个事|有件事|有事|说个事|打扰|打扰一下|打扰了|听我说|"
	"取消|退出|返回|菜单|重新开始|上一步|下一步|跳过|"
	"question|complain|complaint|report|i have a problem|excuse me|ask|"
	"inquire|menu|cancel|back|exit|quit|skip|start over";
static const char ANYBODY[] =
	"在不在|在么|有人|没人|没有人|有没有人|人呢|有没有在|怎么没人|怎么没有人|怎么不|为什么不|为什么没人|没人回|没人理|"
	"回复|回复我|回我|理我|回话|说话|回一下|anyone there|anybody there|is anyone|is anybody|"
	"are you there|anyone|anybody";
static const char AROUND[] =
	"啊|呀|吗|呢|吧|哦|了|的|我|我们|你们|你|您|要|想|想要|需要|在|一下|下|个|一个|一件|件|事|事情|问题|情况|点|快|快点|请|麻烦|能不能|可以|可不可以|"
	"there|a|an|i|i'd|i'm|want|would|like|to|have|something|some|may|can|could|you|please|about|just|here";

static bool is_opening(const char *s, size_t n)
{
	static const char *const LISTS[] = { WORDS_GREETING, CALLING, LEADING_UP, ANYBODY, AROUND };
	char small[SMALL_TALK_MAX + 1];
	struct fold f;
	if (n > SMALL_TALK_MAX)
		return false;
	memcpy(small, s, n);
	small[n] = '\0';
	fold_init(&f, small);
	bool opens = made_of(buf_str(&f.s), LISTS, 4, 5);
	fold_fini(&f);
	return opens;
}

bool text_opens_only(const char *s)
{
	return is_opening(s, strlen(s));
}

static void add_cut(struct buf *out, const char *s, size_t n, unsigned max)
{
	if (utf8_count(s, n) <= max) {
		buf_add(out, s, n);
		return;
	}
	size_t end = 0;
	for (unsigned i = 1; i < max; i++) {
		uint32_t cp;
		size_t took = utf8_next(s + end, n - end, &cp);
		end += took + !took;
	}
	buf_add(out, s, end);
	buf_adds(out, "…");
}

enum { TITLE_SCAN = 4096 }; /* bytes: what a title could come from */

/* White space to single blanks, line breaks kept, what cannot be seen dropped; letters stay as they are. */
static size_t tidy(const char *text, char out[TITLE_SCAN])
{
	enum { ROOM_MAX = 6 }; /* a character, the blank before it and the end */
	uint32_t gap = 0;
	size_t len = 0;
	for (size_t i = 0, n = strlen(text); i < n && len < TITLE_SCAN - ROOM_MAX;) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		uint32_t folded = fold_char(cp);
		if (folded == '\n' || folded == ' ') {
			gap = gap == '\n' ? gap : folded;
		} else if (folded) {
			if (gap && len)
				out[len++] = (char)gap;
			gap = 0;
			memcpy(out + len, took ? text + i : "\xEF\xBF\xBD", took ? took : 3);
			len += took ? took : 3;
		}
		i += took + !took;
	}
	out[len] = '\0';
	return len;
}

void text_title(const char *subject, const char *text, unsigned max, struct buf *out)
{
	char tidied[TITLE_SCAN];
	bool from_subject = subject && !text_blank(subject);
	size_t len = tidy(from_subject ? subject : text, tidied);
	char *s = tidied;
	size_t marks = from_subject ? 0 : skip_sentence_end(s); /* "？？？" alone is a title all the same */
	if (s[marks])
		s += marks;
	size_t n = from_subject || !*s || ends_sentence(s) ? len : sentence_len(s);
	while (!from_subject && is_opening(s, n) && s[n + skip_sentence_end(s + n)]) {
		s += n + skip_sentence_end(s + n);
		n = sentence_len(s);
	}
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\n')
			s[i] = ' ';
	add_cut(out, s, n, max);
}

void text_cut(const char *text, unsigned max, struct buf *out)
{
	add_cut(out, text, strlen(text), max);
}

/* --- what a short text means --- */

static const char COURTESY[] =
	"好|好的|好滴|好哒|好嘞|好吧|好呀|好啊|好了|行|行吧|行的|收到|已收到|收到了|收悉|知悉|已知悉|知道了|知道|晓得了|明白|明白了|了解|了解了|"
	"嗯|嗯嗯|恩|哦|噢|喔|可以|可以的|没事|没事了|没关系|没问题|不客气|再见|拜拜|已阅|祝好|祝工作顺利|祝你们工作顺利|祝身体健康|新年快乐|"
	"节日快乐|ok|okay|okey|k|got it|received|noted|understood|i see|alright|all right|sure|fine|bye|goodbye|"
	"you're welcome|no problem|best regards|kind regards|regards";
static const char COURTESY_FILLER[] =
	"了|啦|的|啊|呀|哦|哈|哈哈|您|你|你们|我|大家|一下|领导|政府|工作人员|同志|各位|先|那|那就|都|也|再次|最后|"
	"the|you|very much|so much|a lot|again|for your help|for your reply|for the reply|for the help|for your work|sir|"
	"madam|all|and|i|to|everyone|for everything|for the quick reply|for letting me know|与|和|支持|帮助|帮忙|回复|答复|"
	"关心|对|为|这么快|及时|耐心|解答";

bool text_courtesy(const char *text)
{
	static const char *const LISTS[] = { WORDS_THANKS, COURTESY, COURTESY_FILLER, WORDS_GREETING };
	if (strlen(text) > SMALL_TALK_MAX)
		return false;
	struct fold f;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	/* A question wants an answer, however polite. */
	bool polite = !strchr(s, '?') && !strstr(s, "？") && made_of(s, LISTS, 2, 4);
	fold_fini(&f);
	return polite;
}

bool text_unsolved(const char *text)
{
	struct fold f;
	size_t at = 0;
	bool found = false;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	size_t end = f.s.len < UNSOLVED_SCAN ? f.s.len : UNSOLVED_SCAN;
	for (; at < end && !found; at++)
		found = ((unsigned char)s[at] & 0xC0) != 0x80 && words_unsolved_at(s, at);
	fold_fini(&f);
	return found;
}

static bool holds_word(const char *text, const char *list)
{
	struct fold f;
	fold_init(&f, text);
	bool holds = words_in(buf_str(&f.s), 0, f.s.len, list);
	fold_fini(&f);
	return holds;
}

/* What this hotline answered or was told: others' answers ("物业回复说") stand in a first complaint as well. */
static const char ANSWERED[] =
	"你们说|你们回复|你们答复|你们告知|你们的回复|你们的答复|你们上次|上次你们|你们短信|12345说|12345回复|12345答复|12345短信|热线回复|热线答复|对答复|对回复|对部门答复|对部门的答复|"
	"对部门回复|对这个答复|认可这个答复|接受这个答复|答复收悉|上次反映|上回反映|上次投诉|之前反映的|之前投诉的|前几天反映的|前几天投诉的|已办结|已经办结|就办结|就结案|请重新处理|请重新办理|请重新派|重新派人|"
	"重新投诉|you told|you said|you replied|your reply|your answer|marked as solved|last time i|ticket was closed|"
	"case was closed|request was closed|complaint was closed";

bool text_answered(const char *text)
{
	return holds_word(text, ANSWERED);
}

static const char QUERY[] =
	"查询|查|查一下|查下|查查|查看|进度|进展|状态|怎么样了|怎样了|如何了|办到哪了|办到哪里了|到哪一步了|到哪步了|到哪了|有结果吗|有结果了吗|"
	"有结果没|有没有结果|有进展吗|有没有进展|有消息吗|有没有消息|办好了吗|办好了没|处理好了吗|处理了吗|处理了没|处理了没有|解决了吗|解决了没|"
	"解决了没有|修好了吗|修好了没|修好了没有|受理了吗|受理了没|受理了没有|咋样了|cx|"
	"status|progress|track|check|any news|any update|any updates|update";
static const char QUERY_FILLER[] =
	"我|我的|我们|我们的|的|一下|下|请|请问|帮我|帮忙|麻烦|麻烦您|麻烦你|想|想要|要|现在|目前|工单|单子|投诉|举报|诉求|反映|反映的|问题|事|事情|"
	"事项|那个|这个|上次|昨天|前天|上周|之前|办理|处理|处理得|办得|得|办|情况|结果|号|号码|编号|单号|了|吗|呢|啊|吧|呀|是|什么|有|没有|到|哪|件|件事|那件|查询|"
	"您好|你好|谢谢|多谢|感谢|麻烦了|办理情况|受理|受理编号|工单号|最新|查询码|码|"
	"my|the|of|ticket|case|number|no|for|please|what|what's|is|what is|check|on|complaint|request|issue|a|an|"
	"thanks|thank you|hello|hi|code|query code|latest|current|ref|reference|order|can|you|i|could|want|to|know|tell|me|about|case's";

static const char *const ASKING[] = { QUERY, QUERY_FILLER };

/* A number alone asks too, or one with nothing but filling words and a query code around it: both become blanks. */
static bool number_asks(const char *folded, const char *number)
{
	char rest[SMALL_TALK_MAX * 3 + 1], code[TICKET_CODE_LEN + 1];
	const char *at = strstr(folded, number);
	size_t n = strlen(folded);
	if (!at || n >= sizeof rest)
		return false;
	memcpy(rest, folded, n + 1);
	memset(rest + (at - folded), ' ', strlen(number));
	if (ticket_code_find(rest, code))
		memset(strstr(rest, code), ' ', TICKET_CODE_LEN);
	return text_blank(rest) || made_of(rest, ASKING, 2, 2);
}

/* Words that order the answer; the others ("到哪了") ask only who has a ticket. */
static const char *const ORDERS[] = { "查", "进度", "进展", "状态", "status", "progress", "track", "check" };

bool reading_orders(const struct reading *r)
{
	char number[TICKET_NUMBER_MAX];
	const char *s = buf_str(&r->fold.s);
	for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (strstr(s, ORDERS[i]) != NULL)
			return true;
	return ticket_number_find(s, number);
}

bool reading_query(const struct reading *r)
{
	char number[TICKET_NUMBER_MAX];
	const char *s = buf_str(&r->fold.s);
	if (strlen(r->text) > SMALL_TALK_MAX)
		return false;
	return ticket_number_find(s, number) ? number_asks(s, number) : made_of(s, ASKING, 1, 2);
}

bool text_query(const char *text)
{
	struct reading r;
	reading_init(&r, text);
	bool asks = reading_query(&r);
	reading_fini(&r);
	return asks;
}

bool text_new_matter(const char *text)
{
	return holds_word(text, WORDS_MATTER);
}

static const char PERSON[] =
	"客服|人工|转人工|人工服务|人工客服|人工坐席|真人|找人工|转人工客服|转人工服务|接人工|要人工|转接人工|工作人员|human|agent|person|operator|officer|staff|"
	"representative|real person|talk to a person|talk to a human|speak to someone";
static const char PERSON_FILLER[] = "请|我要|我想|需要|要|找|转|接|一下|谢谢|您好|你好|please|i want|i need|a|an|the|to|with|talk|speak|thanks";

bool reading_person(const struct reading *r)
{
	static const char *const LISTS[] = { PERSON, PERSON_FILLER };
	return strlen(r->text) <= SMALL_TALK_MAX && made_of(buf_str(&r->fold.s), LISTS, 1, 2);
}

bool text_person(const char *text)
{
	struct reading r;
	reading_init(&r, text);
	bool wants = reading_person(&r);
	reading_fini(&r);
	return wants;
}

static const char GUIDE[] = "自助下单|自助工单|自助登记|下单|我要下单|引导下单|引导|guide|guide me|guided|new request|file a request";
static const char GUIDE_FILLER[] = "请|我要|我想|一下|谢谢|您好|你好|please|i want to|thanks|hello|hi";

bool reading_guide(const struct reading *r)
{
	static const char *const LISTS[] = { GUIDE, GUIDE_FILLER };
	return strlen(r->text) <= SMALL_TALK_MAX && made_of(buf_str(&r->fold.s), LISTS, 1, 2);
}
