/* Reading an answer to a survey. The text is cut into tokens; an answer must stand at its beginning (greetings and
 * framing words aside) and be made of known words only. Whatever is not clearly an answer is a message: a complaint
 * taken for a rating is lost, a rating taken for a complaint is only asked about again.
 *
 *   text    := greeting* frame* (number unit? | level | solved | unsolved) more* [comment]
 *   level   := (intensifier | negation)* core       "非常 不满意", "不 太 满意", "not very satisfied"
 *   more    := level | number | solved | unsolved | courtesy, behind punctuation or directly
 *
 * A level in words outranks a number: the words cannot be mistaken for the other scale. */
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/fold.h"
#include "gateway/model/survey.h"
#include "gateway/model/text.h"
#include "gateway/model/words.h"

enum {
	TOKENS_MAX = 200,
	SIDE_CLAUSE_MAX = 240, /* bytes of a text in which the rating may stand behind its reason */
	LOOSE_COMMENT_MAX = 300,
	SENTENCE_MAX = 120
};

enum kind {
	T_END, T_STOP, T_MARK, T_BLANK, T_WRAP, T_ASK, T_DIGITS, T_CIRCLED, T_HAN_NUMBER, T_WORD_NUMBER, T_STARS, T_UNIT, T_STAR_UNIT,
	T_FRAME, T_LEAD, T_THANKS, T_GREETING, T_STRONG, T_TOTAL, T_MILD, T_DIM, T_NOT, T_GOOD, T_NICE, T_BAD, T_LEVEL, T_SOLVED,
	T_UNSOLVED, T_BUT, T_FILL, T_OTHER
};

struct token {
	enum kind kind;
	int value;
	size_t at, end; /* in the folded text */
};

static const struct { enum kind kind; int value; const char *list; } LEXICON[] = {
	{ T_STOP, 0, "，|,|。|！|!|；|;|\n|…|~|～|—" },
	{ T_MARK, 0, "、|.|:|：|)|）|-|/" },
	{ T_WRAP, 0, "“|”|\"|'|「|」|『|』|(|（|[|]|【|】|《|》|*|#" },
	{ T_ASK, 0, "?|？|吗|么|嘛|什么|为什么|个屁|才怪|不了|度|有没有|是不是|谁" },
	{ T_HAN_NUMBER, 1, "一|壹" }, { T_HAN_NUMBER, 2, "二|两|贰" }, { T_HAN_NUMBER, 3, "三|叁" }, { T_HAN_NUMBER, 4, "四|肆" },
	{ T_HAN_NUMBER, 5, "五|伍" }, { T_HAN_NUMBER, 6, "六" }, { T_HAN_NUMBER, 7, "七" }, { T_HAN_NUMBER, 8, "八" },
	{ T_HAN_NUMBER, 9, "九" }, { T_HAN_NUMBER, 10, "十" },
	{ T_WORD_NUMBER, 1, "one" }, { T_WORD_NUMBER, 2, "two" }, { T_WORD_NUMBER, 3, "three" }, { T_WORD_NUMBER, 4, "four" },
	{ T_WORD_NUMBER, 5, "five" },
	{ T_UNIT, 0, "分|points|point|out of 5|out of five|/5" },
	{ T_STAR_UNIT, 0, "星|颗星|个星|颗星星|星级|星好评|星评价|stars|star" },
	{ T_FRAME, 0,
		"评价|评价是|评价为|我的评价是|我的评价|我评价|本次评价|此次评价|评分|评分是|评分为|打分|满意度|满意度是|满意度为|评级|rating|my rating|"
		"my rating is|rating is|i rate it|i rate|i'd rate it|score|my score is|feedback" },
	{ T_LEAD, 0,
		"我选|我选择|选|选择|选项|我选项|回复|回|答|答案|我回复|我给|我打|给|给你们|给您|打|我给你们|给个|给予|我的回复是|我的回答是|我觉得|觉得|我|"
		"我们|我对|对|对于|本人|个人|总体|整体|总的来说|总体来说|整体来说|总体上|结果|处理结果|处理|办理结果|办理|效果|答复|你们的|你们|服务|"
		"服务态度|态度|工作态度|办事效率|办理效率|处理效率|效率|速度|处理速度|办理速度|工作|工作效率|这次|此次|本次|这个|这次服务|本次服务|表示|"
		"感到|感觉|是|就是|为|那就|就|很多|12345|热线|贵单位|部门|该部门|相关部门|工作人员|街道|社区|问题|这件事|此事|事情|这事|都|也|已|"
		"项|工单|解决结果|解决方案|处理情况|办理情况|解决情况|处理方式|你们工作|"
		"i am|i'm|we are|we're|i was|i feel|i|we|it is|it's|it was|the service is|the service was|service is|"
		"service was|service|the service|overall|i give|i give it|i give you|i'd give|i choose|choose|option|reply|answer|"
		"my answer is|my answer|answer is|the result is|the result was|result is|result|the answer is|the reply is|"
		"the handling is|the handling was|everything is|everything was|feeling|that is|that was|that's|am|was|is|are" },
	{ T_STRONG, 0, "非常|很|十分|特别|极其|极|极度|相当|太|超级|超|最|真|真是|真的|确实|实在|实在是|好生|格外|百分百|100%|万分|无比|高度|强烈|严重|"
		"very|really|so|extremely|completely|totally|absolutely|highly|most|super|truly|fully|deeply" },
	{ T_TOTAL, 0, "一点都|一点也|一点儿都|一点儿也|完全|根本|丝毫|压根|压根就|根本就|全然|毫|绝对|彻底|at all" },
	{ T_MILD, 0, "挺|蛮|比较|较|较为|还是|还是比较|quite|pretty|rather|mostly" },
	{ T_DIM, 0, "基本|基本上|基本都|大致|大体|大体上|勉强|还算|算是|somewhat|fairly|basically|partly|partially" },
	{ T_NOT, 0,
		"不|不是|不是很|不是太|不是非常|不太|不大|不怎么|不够|不算|不能|不能说|不觉得|并不|并不是|并非|并没有|没|没有|没那么|谈不上|说不上|算不上|"
		"称不上|无法|难以|很难|难|不可能|怎么可能|怎能|怎么会|岂能|哪能|从不|绝不|绝非|从来不|从来没有|远不|远没有|无|非|未|别想|未能|不敢|"
		"not|not very|not really|not so|not quite|not entirely|not too|not at all|never|hardly|no|neither|isn't|"
		"isn't very|wasn't|wasn't very|wasn't really|aren't|ain't|don't feel|do not feel|can't say i'm|cannot say i am|"
		"can't say i am|far from|anything but|less than|don't think i am|i'm not|am not|are not|is not|was not" },
	{ T_GOOD, 4, "满意|认可|认同|高兴|开心|欣慰|satisfied|happy|pleased|content|satisfactory" },
	{ T_NICE, 0, "好|快|高|专业|负责|负责任" }, /* alone they say nothing: "好" is "all right" */
	{ T_NICE, 4, "给力|到位|及时|热情|周到|耐心|用心|感动|贴心|good|nice|helpful|quick|fast" },
	{ T_BAD, 2,
		"不满意|不满|不爽|不悦|失望|差|差劲|糟|糟糕|恶劣|烂|垃圾服务|敷衍|生气|气愤|愤怒|慢|寒心|心寒|dissatisfied|unsatisfied|unhappy|"
		"disappointed|bad|poor|unsatisfactory|displeased|slow|angry|not good|not great|not ok|not okay|not happy|not satisfied" },
	{ T_LEVEL, 5, "满分|好评|点赞|赞|很赞|棒|很棒|真棒|太棒了|太好了|完美|优秀|优|一流|极好|没得说|没话说|好极了|excellent|perfect|great|"
		"awesome|wonderful|fantastic|amazing|outstanding|superb|great job|great work|well done|very good|great service|"
		"excellent service|love it" },
	{ T_LEVEL, 4, "不错|挺不错|还不错|挺好|蛮好|挺好的|良好|良|可以接受|good job|good work|good service|not bad" },
	{ T_LEVEL, 3, "一般|一般般|一般吧|还行|还行吧|还可以|还好|还成|凑合|马马虎虎|中等|中评|普通|及格|过得去|so so|so-so|average|"
		"neutral|just ok|just okay|it's ok|it's okay|it was ok|it is ok|acceptable|moderate|mediocre|"
		"neither satisfied nor dissatisfied|neither good nor bad|neither happy nor unhappy" },
	{ T_LEVEL, 2, "不好|不行|不怎么样|不怎样|不咋样|不咋地|不咋的|不太好|不太行|不理想|较差|不佳|不及格|不合格|有点差|not impressed" },
	{ T_LEVEL, 1, "差评|很差|太差|极差|最差|非常差|差极了|差到极点|烂透了|零分|负分|terrible|awful|horrible|worst|useless|"
		"very bad|very poor|disgusting|pathetic|appalling|unacceptable|rubbish service|zero stars" },
	{ T_SOLVED, 0,
		"已解决|已经解决|解决了|解决|都解决了|全部解决|问题解决|问题解决了|问题已解决|问题已经解决|问题都解决了|得到解决|得到了解决|圆满解决|完美解决|"
		"顺利解决|基本解决|解决好了|解决完了|修好了|修好|已修好|已经修好|修复了|已修复|维修好了|修完了|处理好了|处理了|处理好|已处理|已经处理|"
		"处理完了|处理完毕|办好了|已办好|办完了|搞定|搞定了|弄好了|搞好了|恢复了|已恢复|恢复正常|来修了|清理了|清理干净了|通水了|来电了|来水了|"
		"solved|resolved|fixed|it's fixed|it is fixed|it's solved|problem solved|problem fixed|been solved|been fixed|"
		"is fixed|is solved|is resolved|was fixed|was solved|been resolved|has been solved|has been fixed|has been resolved|"
		"all good now|issue resolved|issue solved" },
	{ T_BUT, 0, "但|但是|不过|可是|可|然而|只是|就是|而且|因为|由于|希望|并且|虽然|尽管|理由|原因|建议|but|however|though|although|"
		"because|since|only|except" },
	{ T_FILL, 0, "了|的|啊|呀|哦|噢|吧|呢|哈|啦|咯|嗯|呵|喔|哇|哒|滴|一下|at all|now|indeed|thank god|your service|your work|😊|😄|👌|😀|🙂|❤|😃|😁|🎉" },
};

/* What one may be satisfied with, behind the word: "满意你们的工作". */
static const char OBJECT[] =
	"你们|您们|你们的|处理|服务|答复|回复|结果|这次|此次|本次|工作|工作人员|态度|12345|解决|该|对|贵|办理|效率|速度|with the result|"
	"with the outcome|with the reply|with the response|with the answer|with the handling|with the service|with your|"
	"with it|with this|with that|with how|with everything|with the solution|with the work|with you|about it|"
	"about this|about the result|about the reply|about the service";
/* Parts of the service: "态度很好" rates the person, "不满意" behind it the outcome. */
static const char ASPECT[] = "服务|态度|速度|效率|工作人员|及时|很快|service|staff|quick|fast";
static const char ABOUT_SATISFACTION[] =
	"满意|不满|好评|差评|点赞|satisfied|unsatisfied|dissatisfied|happy|unhappy|very good|excellent";

/* --- tokens --- */

/* ① ⑴ ⒈ ❶ ➀ ➊ ㈠ Ⅰ and their followers; 0: none of them. */
static int circled(uint32_t cp)
{
	static const uint32_t first[] = { 0x2460, 0x2474, 0x2488, 0x2776, 0x2780, 0x278A, 0x24F5, 0x3220, 0x3280, 0x2160 };
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (cp >= first[i] && cp < first[i] + 9)
			return (int)(cp - first[i]) + 1;
	return 0;
}

static size_t count_stars(const char *s, size_t at, int *stars)
{
	size_t n = 0;
	*stars = 0;
	while (!strncmp(s + at + n, "★", 3) || !strncmp(s + at + n, "⭐", 3)) {
		n += 3;
		++*stars;
	}
	while (!strncmp(s + at + n, "☆", 3))
		n += *stars ? 3 : 0;
	return n;
}

static struct token special(const char *s, size_t at)
{
	struct token t = { .kind = T_OTHER, .at = at };
	size_t digits = strspn(s + at, "0123456789"), n;
	uint32_t cp = 0;
	if (digits) {
		t.kind = T_DIGITS;
		for (size_t i = 0; i < digits && i < 6; i++)
			t.value = t.value * 10 + (s[at + i] - '0');
		t.end = at + digits;
		return t;
	}
	if ((n = count_stars(s, at, &t.value)) && t.value) {
		t.kind = T_STARS;
		t.end = at + n;
		return t;
	}
	n = utf8_next(s + at, strlen(s + at) < 4 ? strlen(s + at) : 4, &cp);
	t.value = circled(cp);
	if (t.value)
		t.kind = T_CIRCLED;
	t.end = at + n + !n;
	return t;
}

static struct token token_at(const char *s, size_t at)
{
	struct token t = special(s, at);
	if (s[at] == ' ')
		return (struct token){ T_BLANK, 0, at, at + 1 };
	size_t best = 0;
	for (size_t i = 0; i < sizeof LEXICON / sizeof *LEXICON; i++) {
		size_t n = words_at(s, at, LEXICON[i].list);
		if (n > best) {
			best = n;
			t = (struct token){ LEXICON[i].kind, LEXICON[i].value, at, at + n };
		}
	}
	size_t n = words_at(s, at, WORDS_THANKS);
	if (n > best)
		t = (struct token){ T_THANKS, 0, at, at + (best = n) };
	n = words_at(s, at, WORDS_GREETING);
	if (n > best)
		t = (struct token){ T_GREETING, 0, at, at + (best = n) };
	n = words_unsolved_at(s, at);
	if (n > best)
		t = (struct token){ T_UNSOLVED, 0, at, at + n };
	return t;
}

struct reading {
	const char *s; /* folded */
	size_t len;
	enum survey_scale scale;
	bool superseded;
	struct token t[TOKENS_MAX + 1];
	size_t n;

	bool found, in_words, framed, aspect;
	bool unclear; /* an answer, but not which */
	int level, given;
	enum msg_solved solved;
	size_t raw_at, raw_end, comment; /* folded offsets; comment == len: none */
};

static void cut_tokens(struct reading *r)
{
	size_t at = 0;
	while (at < r->len && r->n < TOKENS_MAX) {
		r->t[r->n] = token_at(r->s, at);
		at = r->t[r->n++].end;
	}
	r->t[r->n] = (struct token){ T_END, 0, at, at };
}

static bool is_number(enum kind k)
{
	return k == T_DIGITS || k == T_CIRCLED || k == T_HAN_NUMBER || k == T_WORD_NUMBER || k == T_STARS;
}

static size_t skip_blanks(const struct reading *r, size_t i)
{
	while (r->t[i].kind == T_BLANK)
		i++;
	return i;
}

/* --- levels in words --- */

struct degree { bool strong, total, dim, modified; unsigned nots; };

static int grade(const struct token *core, const struct degree *d)
{
	if (d->nots > 1)
		return 0;
	bool strongly = d->strong || d->total;
	switch (core->kind) {
	case T_NICE:
		if (!d->modified)
			return core->value;
		/* fall through */
	case T_GOOD:
		if (d->nots)
			return strongly ? 1 : 2;
		return d->dim ? 3 : d->strong || d->total ? 5 : 4;
	case T_BAD:
		if (d->nots)
			return strongly ? 0 : 3;
		return strongly ? 1 : 2;
	case T_LEVEL:
		if (d->nots || core->value == 3)
			return d->nots ? 0 : 3;
		return !strongly ? core->value : core->value > 3 ? 5 : 1;
	default:
		return 0;
	}
}

/* A level at token i: the index behind it and its grade, or 0. */
static size_t read_level(const struct reading *r, size_t i, int *level)
{
	struct degree d = { 0 };
	for (;; i = skip_blanks(r, i + 1)) {
		const struct token *t = &r->t[i];
		switch (t->kind) {
		case T_STRONG:
			/* "不是很满意": an intensifier behind the negation makes it no worse. */
			d.strong |= !d.nots;
			break;
		case T_TOTAL:
			d.total = true;
			break;
		case T_MILD:
			break;
		case T_DIM:
			d.dim = true;
			break;
		case T_NOT:
			d.nots++;
			break;
		case T_GOOD: case T_NICE: case T_BAD: case T_LEVEL:
			*level = grade(t, &d);
			return *level ? i + 1 : 0;
		default:
			return 0;
		}
		d.modified = true;
		if (r->t[i + 1].kind == T_FILL && !strncmp(r->s + r->t[i + 1].at, "的", 3))
			i++;
	}
}

static bool is_latin(const struct reading *r, size_t i)
{
	char c = r->s[r->t[i].at];
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* May words end at token i? Not in the middle of a longer sentence: "满意度", "satisfied customers". */
static bool ends_here(const struct reading *r, size_t i)
{
	while (r->t[i].kind == T_FILL)
		i++;
	switch (r->t[i].kind) {
	case T_END: case T_STOP: case T_MARK: case T_WRAP: case T_THANKS: case T_BUT: case T_SOLVED:
	case T_UNSOLVED: case T_STARS: case T_CIRCLED: case T_GREETING:
		return true;
	case T_DIGITS:
		return r->t[i].end - r->t[i].at == 1 && r->t[i + 1].kind != T_OTHER && r->t[i + 1].kind != T_MARK;
	case T_BLANK:
		if (!is_latin(r, i + 1) || !is_latin(r, i - 1))
			return r->t[i + 1].kind != T_ASK;
		return r->t[i + 1].kind != T_DIGITS && ends_here(r, i + 1);
	default:
		return words_at(r->s, r->t[i].at, OBJECT) > 0;
	}
}

/* A question, a condition or a wish is no statement. */
static bool is_asked(const struct reading *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->t[i].kind == T_ASK)
			return true;
	return words_in(r->s, r->t[from].at, r->t[to].at, WORDS_IF);
}

static size_t clause_end(const struct reading *r, size_t i)
{
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP)
		i++;
	return i;
}

/* --- numbers --- */

/* Counting words: what stands behind "3" in a complaint about number three. */
static const char CLASSIFIER[] =
	"号|楼|栋|幢|单元|月|日|点|年|个|人|次|元|块|层|米|天|小时|期|室|户|路|线|公里|千米|里|斤|吨|岁|名|位|辆|台|条|家|间|件|份|张|只|头|棵|盏|"
	"根|座|所|处|区|组|村|队|排|弄|巷|街|环|周|星期|礼拜|分钟|秒|万|千|百|十|亿|平|亩|厘|毫|%|℃|度|折|成|倍|种|类|步|代|届|中|小|高|院|校|班|"
	"级|季|杯|瓶|袋|箱|桶|套|对|双|群|批|片|段|站|口|门|车|轮|桥|洞|档|卡|手|毛|角|刻|本|首|部|场|道|支|把|面|幅|封|顿|餐|针|胎|码|厂|股|串|孩|"
	"居|社|大队|时|到|至|比|多|来|几|余|第|等|款|项|样|边|侧|方|标|井|坊|里|库|平方|立方|座位|梯|台阶|环路|丁目|am|pm|km|kg|m|g|k|w|cm|mm|h|min|"
	"day|days|week|weeks|month|months|year|years|hour|hours|people|buses|cars|street|road|floor|floors|building|"
	"bus|meters|metres|km|times|kids|children|st|nd|rd|th|bedroom|houses|lamps|lights|trees|dogs|apartments|rmb|yuan";
/* Words that begin with such a character and count nothing. */
static const char NOT_CLASSIFIER[] =
	"路灯|路面|路口|路边|路上|路没|路还没修|路仍|路依然|路一直没|楼道|楼下|车位|车库|家里|家门|门口|面前|小区|人员|道路|水|时间|时效|方面|处理|"
	"处理得|处理的|对处理|对答复|对结果|对你们|对部门|对工作|对服务|多次|多谢|到现在|至今|等了|比较|比以前|对方|来人|来得|级别|成效|部门|街道|社区|村里|村委|项目|线路|站台|高效|高兴|小问题|"
	"中规中矩|手续|点赞|点评|平时|本来|本人|样子|代表|线上|期待|期望|日常|天天|年年|月月|个别|个人|次次|人家|大家|层层|类似|套话|首先";
static const char ABOUT_ANSWER[] = /* what a comment on how a matter was handled talks about */
	"态度|服务|处理|答复|回复|效率|速度|办理|办事|工作人员|你们|解决|满意|谢谢|感谢|辛苦|敷衍|推诿|推脱|拖延|太慢|很慢|慢|很快|及时|很好|不错|不好|"
	"没修|没人管|没用|一般|希望|继续努力|加油|点赞|修得|修好|修了|结果|没有回复|不了了之|走过场|形式|应付|负责|耐心|专业|改进|不作为|给力|"
	"service|slow|quick|fast|reply|answer|staff|response|handled|thanks|thank|please|solved|fixed|satisfied|happy|good|bad|"
	"better|nobody|nothing|never|attitude|helpful|rude|took|too long";

/* Another number of a list further on ("1、… 2、…"): this is an enumeration. */
static bool has_list(const struct reading *r, size_t i)
{
	for (; r->t[i].kind != T_END; i++) {
		bool number = (r->t[i].kind == T_DIGITS && r->t[i].end - r->t[i].at == 1) || r->t[i].kind == T_CIRCLED ||
			r->t[i].kind == T_HAN_NUMBER;
		bool starts = r->t[i - 1].kind == T_STOP || r->t[i - 1].kind == T_BLANK || r->t[i - 1].kind == T_WRAP;
		bool marked = r->t[i + 1].kind == T_MARK || (r->t[i + 1].kind == T_STOP && r->t[i + 1].at + 1 < r->len) ||
			(r->t[i + 1].kind == T_BLANK && r->t[i].kind != T_HAN_NUMBER) || r->t[i].kind == T_CIRCLED;
		if (number && starts && marked && r->t[i].value >= 2)
			return true;
	}
	return false;
}

static bool counts_something(const struct reading *r, size_t at)
{
	return words_at(r->s, at, CLASSIFIER) && !words_at(r->s, at, NOT_CLASSIFIER);
}

/* "3 路还没修" comments, "3 路公交车又晚点了" does not. Only s[at, to) is asked. */
static bool is_about_answer(const struct reading *r, size_t at, size_t to)
{
	if (words_in(r->s, at, to, ABOUT_ANSWER))
		return true;
	for (size_t i = at; i < to; i++)
		if (((unsigned char)r->s[i] & 0xC0) != 0x80 && words_unsolved_at(r->s, i))
			return true;
	return false;
}

static bool is_known(enum kind k)
{
	return k == T_END || k == T_THANKS || k == T_SOLVED || k == T_UNSOLVED || k == T_BUT || k == T_FRAME;
}

/* Where the first sentence behind a number ends: what comes later may be about anything. */
static size_t first_sentence(const struct reading *r, size_t i)
{
	size_t at = r->t[i].at;
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP && r->t[i].kind != T_ASK && r->t[i].at - at < SENTENCE_MAX &&
		!(r->t[i].kind == T_MARK && r->s[r->t[i].at] == '.'))
		i++;
	return r->t[i].at;
}

/* Is the text at token i, behind a bare number and what stands between, a comment on the answer? */
static bool is_comment(const struct reading *r, size_t i, enum kind between)
{
	size_t at = r->t[i].at, left = r->len - at;
	int level;
	if (is_known(r->t[i].kind) || read_level(r, i, &level))
		return true;
	if (is_number(r->t[i].kind))
		return r->t[i + 1].kind == T_END || r->t[i + 1].kind == T_THANKS;
	if (words_at(r->s, at, WORDS_MATTER) || has_list(r, i))
		return false;
	if (between == T_STOP)
		return true;
	return left <= LOOSE_COMMENT_MAX && !counts_something(r, at) &&
		is_about_answer(r, at, first_sentence(r, i));
}

/* Behind a number without anything between: only words that can go on from a rating. */
static bool goes_on(const struct reading *r, size_t i)
{
	int level;
	enum kind k = r->t[i].kind;
	return is_known(k) || k == T_GREETING || read_level(r, i, &level) ||
		words_at(r->s, r->t[i].at, "你们|服务|态度|处理|速度|效率|答复|问题没|问题还|工作人员|办事");
}

/* What stands behind number i decides whether it was meant as a rating at all. */
static bool number_is_answer(const struct reading *r, size_t i)
{
	size_t next = i;
	while (r->t[next].kind == T_FILL || r->t[next].kind == T_WRAP)
		next++;
	enum kind between = r->t[next].kind;
	if (between != T_STOP && between != T_MARK && between != T_BLANK)
		return goes_on(r, next);
	size_t first = next;
	while (r->t[next].kind == T_STOP || r->t[next].kind == T_MARK || r->t[next].kind == T_BLANK || r->t[next].kind == T_WRAP ||
		r->t[next].kind == T_FILL) {
		if (r->t[next].kind == T_STOP)
			between = T_STOP;
		next++;
	}
	/* "3.5", "3-1-201", "8:30" are no rating with a remark. */
	if (r->t[first].kind == T_MARK && next == first + 1 && is_number(r->t[next].kind))
		return false;
	return is_comment(r, next, between);
}

/* Number at token i with its unit: the index behind it, or 0 when it is no answer. */
static size_t read_number(struct reading *r, size_t i)
{
	const struct token *t = &r->t[i];
	size_t next = i + 1, unit = skip_blanks(r, next);
	bool stars = t->kind == T_STARS || r->t[unit].kind == T_STAR_UNIT;
	bool points = r->t[unit].kind == T_UNIT;
	if (points || r->t[unit].kind == T_STAR_UNIT)
		next = unit + 1;
	else if (t->kind == T_HAN_NUMBER || t->kind == T_WORD_NUMBER)
		unit = 0;
	if (t->kind == T_DIGITS && t->end - t->at > 2 && !points && !stars)
		return 0;
	if (!unit && !r->framed && r->t[skip_blanks(r, next)].kind != T_END && r->t[next].kind != T_STOP)
		return 0;
	if (!unit && !r->framed && clause_end(r, next) + 1 < r->n)
		return 0;
	if (!number_is_answer(r, next))
		return 0;
	r->framed |= stars;
	r->given = t->value;
	/* Five stars are the best everywhere; five "points" where 1 is best could mean either end. */
	if (stars)
		r->level = survey_normalise(SURVEY_FIVE_BEST, t->value);
	else if (points && r->scale == SURVEY_ONE_BEST && t->value != 3)
		r->level = 0;
	else
		r->level = survey_normalise(r->scale, t->value);
	r->unclear = !r->level;
	if (!stars && !points && r->scale == SURVEY_ONE_BEST && t->value == 6) {
		r->solved = SOLVED_NO;
		r->unclear = false;
	}
	return next;
}

/* --- the whole --- */

static void mark_raw(struct reading *r, size_t from, size_t to)
{
	if (!r->found)
		r->raw_at = r->t[from].at;
	r->raw_end = r->t[to - 1].end;
	r->found = true;
}

static size_t skip_opening(struct reading *r, size_t i)
{
	int level;
	for (;; i++) {
		enum kind k = r->t[i].kind;
		if (k == T_FRAME)
			r->framed = true;
		else if ((k == T_LEAD || k == T_FILL) && read_level(r, i, &level))
			return i;
		else if (k != T_LEAD && k != T_GREETING && k != T_THANKS && k != T_STOP && k != T_BLANK &&
			k != T_WRAP && k != T_FILL && !(k == T_MARK && (r->s[r->t[i].at] != '-' || i)))
			return i;
	}
}

/* The first thing said: index behind it, 0 when the text does not begin with an answer. */
static size_t read_first(struct reading *r, size_t i)
{
	int level;
	size_t next;
	if (is_number(r->t[i].kind) && (next = read_number(r, i))) {
		mark_raw(r, i, next);
		return next;
	}
	if ((next = read_level(r, i, &level))) {
		if (!ends_here(r, next) || is_asked(r, i, clause_end(r, i)))
			return 0;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
		return next;
	}
	if (r->t[i].kind != T_SOLVED && r->t[i].kind != T_UNSOLVED)
		return 0;
	if (!ends_here(r, i + 1) || is_asked(r, i, clause_end(r, i)))
		return 0;
	r->solved = r->t[i].kind == T_SOLVED ? SOLVED_YES : SOLVED_NO;
	mark_raw(r, i, i + 1);
	return i + 1;
}

/* A second number: the same again, a 6 for "not solved", or a contradiction. */
static bool merge_number(struct reading *r, size_t i)
{
	int value = r->t[i].value;
	size_t behind = i + 1;
	while (r->t[behind].kind == T_UNIT || r->t[behind].kind == T_STAR_UNIT || r->t[behind].kind == T_FILL)
		behind++;
	if (r->t[behind].kind != T_END && r->t[behind].kind != T_STOP && r->t[behind].kind != T_THANKS)
		return false;
	if (r->in_words)
		return true;
	if (!r->given) {
		r->given = value;
		r->level = survey_normalise(r->scale, value);
		r->unclear = !r->level;
	} else if (r->scale == SURVEY_ONE_BEST && (value == 6) != (r->given == 6)) {
		r->level = survey_normalise(r->scale, value == 6 ? r->given : value);
		r->solved = SOLVED_NO;
	} else if (value != r->given) {
		r->unclear = true;
	}
	return true;
}

/* One more thing at token i; the index behind it, or 0 where the comment begins. */
static size_t read_more(struct reading *r, size_t i)
{
	int level;
	size_t next = read_level(r, i, &level);
	if (next && ends_here(r, next) && !is_asked(r, i, clause_end(r, i))) {
		bool on_whole = words_in(r->s, 0, r->raw_end, ASPECT) &&
			words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION);
		if (r->in_words && !on_whole)
			return level == r->level ? next : 0;
		r->level = level;
		r->in_words = true;
		r->unclear = false;
		mark_raw(r, i, next);
		return next;
	}
	switch (r->t[i].kind) {
	case T_STOP: case T_MARK: case T_BLANK: case T_WRAP: case T_FILL: case T_THANKS: case T_GREETING: case T_UNIT:
	case T_STAR_UNIT:
		return i + 1;
	case T_SOLVED:
		if (!ends_here(r, i + 1) || is_asked(r, i, clause_end(r, i)))
			return 0;
		if (r->solved == SOLVED_UNSAID)
			r->solved = SOLVED_YES;
		return i + 1;
	case T_DIGITS: case T_CIRCLED: case T_STARS:
		return merge_number(r, i) ? i + 1 : 0;
	default:
		return 0;
	}
}

/* "非常满意 不满意 …": somebody sent the menu back. */
static bool is_menu(const struct reading *r, size_t from)
{
	unsigned kinds = 0;
	for (size_t i = from; i < r->n; i++) {
		int level;
		size_t next = read_level(r, i, &level);
		if (next && i && is_number(r->t[i - 1].kind)) {
			kinds |= 1u << level;
			i = next - 1;
		}
	}
	return (kinds & (kinds - 1)) && (kinds & (kinds - 1)) != 1u << 31 && __builtin_popcount(kinds) > 2;
}

static bool opposite(int a, int b)
{
	return (a > 3 && b < 3) || (a < 3 && b > 3);
}

/* The comment may contradict what was read. Words on the whole outrank a number and praise for a part ("态度很好，但是不满意");
 * an extreme number beside its contrary ("5 态度很差", but not "5，但是慢") was meant on the other scale: asked again. */
static void settle(struct reading *r, size_t i)
{
	while (i < r->n) {
		int level = 0;
		size_t next;
		while (r->t[i].kind == T_STOP || r->t[i].kind == T_BLANK)
			i++;
		size_t from = i;
		while ((r->t[i].kind == T_LEAD || r->t[i].kind == T_BUT || r->t[i].kind == T_BLANK) && !read_level(r, i, &level))
			i++;
		next = read_level(r, i, &level);
		bool whole = next && words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION);
		if (next && ends_here(r, next) && opposite(level, r->level)) {
			if (whole && (!r->in_words || r->aspect))
				r->level = level;
			else if (!r->in_words && r->t[from].kind != T_BUT && (r->level == 1 || r->level == 5))
				r->unclear = true;
			return;
		}
		i = clause_end(r, from > i ? from : i) + 1;
	}
}

static bool read_from_start(struct reading *r)
{
	size_t i = skip_opening(r, 0), next = read_first(r, i);
	if (!next)
		return false;
	size_t end = next;
	while ((next = read_more(r, end)))
		end = next;
	r->comment = r->t[end].at;
	r->aspect = words_in(r->s, 0, r->raw_end, ASPECT);
	if (r->level)
		settle(r, end);
	r->unclear |= is_menu(r, i);
	return true;
}

/* "路修好了，很满意": the reason first, then a clause that is nothing but the rating. */
static bool read_side_clause(struct reading *r)
{
	if (r->len > SIDE_CLAUSE_MAX || is_asked(r, 0, r->n) || words_in(r->s, 0, r->len, WORDS_MATTER) ||
		!is_about_answer(r, 0, r->len))
		return false;
	for (size_t from = clause_end(r, 0); r->t[from].kind != T_END; from = clause_end(r, from)) {
		int level;
		from++;
		size_t end = clause_end(r, from), i = from, next;
		while (i < end && (r->t[i].kind == T_LEAD || r->t[i].kind == T_FRAME || r->t[i].kind == T_BLANK) &&
			!read_level(r, i, &level))
			i++;
		next = read_level(r, i, &level);
		while (next && (r->t[next].kind == T_FILL || r->t[next].kind == T_BLANK || r->t[next].kind == T_THANKS))
			next++;
		/* Anger alone is also how a new complaint ends; being satisfied or not is what the survey asked. */
		if (!next || next < end || !words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION))
			continue;
		if (r->found && level != r->level)
			return r->found = false;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
	}
	return r->found;
}

static void fill_answer(const struct reading *r, const struct fold *f, const char *text, struct survey_answer *out)
{
	bool bare = !r->in_words && !r->framed && r->given;
	if (bare && r->superseded)
		return;
	out->reading = r->unclear ? READ_OUT_OF_SCALE : READ_ANSWER;
	out->rating = r->unclear ? 0 : r->level;
	out->solved = r->solved;
	size_t from = f->at[r->raw_at], to = f->at[r->raw_end];
	size_t n = utf8_cut(text + from, to - from, SURVEY_RAW_MAX - 1);
	memcpy(out->raw, text + from, n);
	if (r->comment < r->len)
		out->comment_at = f->at[r->comment];
	if (out->comment_at < strlen(text) && text_unsolved(text + out->comment_at))
		out->solved = SOLVED_NO;
}

/* "ok" is a level only as the whole answer to the question just asked. */
static size_t bare_ok(const struct reading *r)
{
	size_t n = words_at(r->s, 0, "ok|okay");
	for (size_t i = n; n && i < r->len; i++)
		if (!strchr("!.~ ", r->s[i]))
			return 0;
	return n;
}

void survey_read(const char *text, enum survey_scale scale, bool superseded, struct survey_answer *out)
{
	*out = (struct survey_answer){ .comment_at = strlen(text) };
	struct fold f;
	fold_init(&f, text);
	struct reading r = { .s = buf_str(&f.s), .len = f.s.len, .scale = scale, .superseded = superseded };
	r.comment = r.len;
	cut_tokens(&r);
	size_t ok = bare_ok(&r);
	if (ok && !superseded) {
		r.level = 3;
		r.in_words = true;
		r.raw_end = ok;
		fill_answer(&r, &f, text, out);
	} else if (!text_courtesy(text)) {
		if (read_from_start(&r)) {
			fill_answer(&r, &f, text, out);
		} else {
			r.found = r.framed = r.in_words = r.unclear = false;
			r.given = r.level = 0;
			r.solved = SOLVED_UNSAID;
			r.comment = 0;
			if (read_side_clause(&r))
				fill_answer(&r, &f, text, out);
		}
	}
	fold_fini(&f);
}
