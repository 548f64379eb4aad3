#include "gateway/model/survey_token.h"

#include <stdint.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/words.h"

/* The longest word wins; between equals, the first. */
static const struct { enum survey_kind kind; int value; const char *list; } LEXICON[] = {
	{ T_STOP, 0, "，|,|。|！|!|；|;|\n|…|~|～|—" },
	{ T_MARK, 0, "、|.|:|：|)|）|-|/" },
	{ T_WRAP, 0, "“|”|\"|'|「|」|『|』|(|（|[|]|【|】|《|》|*|#" },
	{ T_ASK, 0, "?|？|吗|么|嘛|什么|为什么|个屁|才怪|不了|度|有没有|是不是|谁" },
	{ T_HAN_NUMBER, 1, "一|壹" }, { T_HAN_NUMBER, 2, "二|两|贰" }, { T_HAN_NUMBER, 3, "三|叁" }, { T_HAN_NUMBER, 4, "四|肆" },
	{ T_HAN_NUMBER, 5, "五|伍" }, { T_HAN_NUMBER, 6, "六" }, { T_HAN_NUMBER, 7, "七" }, { T_HAN_NUMBER, 8, "八" },
	{ T_HAN_NUMBER, 9, "九" }, { T_HAN_NUMBER, 10, "十" },
	{ T_WORD_NUMBER, 1, "one" }, { T_WORD_NUMBER, 2, "two" }, { T_WORD_NUMBER, 3, "three" }, { T_WORD_NUMBER, 4,
	"four" },
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
		"service was|service|the service|overall|i give|i give it|i give you|i'd give|i choose|choose|option|reply|"
		"answer|"
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
		"disappointed|bad|poor|unsatisfactory|displeased|slow|angry|not good|not great|not ok|not okay|not happy|"
		"not satisfied" },
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
		"is fixed|is solved|is resolved|was fixed|was solved|been resolved|has been solved|has been fixed|"
		"has been resolved|"
		"all good now|issue resolved|issue solved" },
	{ T_BUT, 0, "但|但是|不过|可是|可|然而|只是|就是|而且|因为|由于|希望|并且|虽然|尽管|理由|原因|建议|but|however|though|although|"
		"because|since|only|except" },
	{ T_FILL, 0, "了|的|啊|呀|哦|噢|吧|呢|哈|啦|咯|嗯|呵|喔|哇|哒|滴|一下|at all|now|indeed|thank god|your service|your work|😊|😄|👌|😀|"
	"🙂|❤|😃|😁|🎉" },
};

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
	while (*stars && !strncmp(s + at + n, "☆", 3)) /* empty ones alone say nothing */
		n += 3;
	return n;
}

static struct survey_token special(const char *s, size_t at)
{
	struct survey_token t = { .kind = T_OTHER, .at = at };
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
	else if ((cp >= 0x1F300 && cp <= 0x1FAFF) || (cp >= 0x2600 && cp <= 0x27BF)) /* faces, hands, hearts */
		t.kind = T_FILL;
	t.end = at + n + !n;
	return t;
}

static struct survey_token token_at(const char *s, size_t at)
{
	struct survey_token t = special(s, at);
	if (s[at] == ' ')
		return (struct survey_token){ T_BLANK, 0, at, at + 1 };
	size_t best = 0;
	for (size_t i = 0; i < sizeof LEXICON / sizeof *LEXICON; i++) {
		size_t n = words_at(s, at, LEXICON[i].list);
		if (n > best) {
			best = n;
			t = (struct survey_token){ LEXICON[i].kind, LEXICON[i].value, at, at + n };
		}
	}
	size_t n = words_at(s, at, WORDS_THANKS);
	if (n > best)
		t = (struct survey_token){ T_THANKS, 0, at, at + (best = n) };
	n = words_at(s, at, WORDS_GREETING);
	if (n > best)
		t = (struct survey_token){ T_GREETING, 0, at, at + (best = n) };
	n = words_unsolved_at(s, at);
	if (n > best)
		t = (struct survey_token){ T_UNSOLVED, 0, at, at + n };
	return t;
}

size_t survey_tokens(const char *s, size_t len, struct survey_token *out, size_t max)
{
	size_t n = 0, at = 0;
	while (at < len && n < max) {
		out[n] = token_at(s, at);
		at = out[n++].end;
	}
	out[n] = (struct survey_token){ T_END, 0, at, at };
	return n;
}

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

bool survey_counts(const char *s, size_t at)
{
	return words_at(s, at, CLASSIFIER) && !words_at(s, at, NOT_CLASSIFIER);
}

static const char ABOUT_ANSWER[] = /* what a comment on how a matter was handled talks about */
	"态度|服务|处理|答复|回复|效率|速度|办理|办事|工作人员|你们|解决|满意|谢谢|感谢|辛苦|敷衍|推诿|推脱|拖延|太慢|很慢|慢|很快|及时|很好|不错|不好|"
	"没修|没人管|没用|一般|希望|继续努力|加油|点赞|修得|修好|修了|结果|没有回复|不了了之|走过场|形式|应付|负责|耐心|专业|改进|不作为|给力|"
	"service|slow|quick|fast|reply|answer|staff|response|handled|thanks|thank|please|solved|fixed|satisfied|happy|"
	"good|bad|better|nobody|nothing|never|attitude|helpful|rude|took|too long";

bool survey_about_answer(const char *s, size_t at, size_t to)
{
	if (words_in(s, at, to, ABOUT_ANSWER))
		return true;
	for (size_t i = at; i < to; i++)
		if (((unsigned char)s[i] & 0xC0) != 0x80 && words_unsolved_at(s, i))
			return true;
	return false;
}

/* --- praise that is none --- */

static const char MOCKERY[] = "才怪|反话|讽刺|呸|骂人的话|满意了吧|高兴了吧|开心了吧|你们满意了|😡|😠|🤬|😤|👎|💩|🤮|🙄";
/* What nobody is satisfied with. It mocks where its clause holds little else ("你们的不作为", "部门之间推诿"): who says more tells that it is
 * over, did not happen, or was another's. */
static const char OUTRAGE[] = "骂人|气死|做梦|不作为|踢皮球|推诿扯皮|推诿|扯皮|推来推去|拖了";
static const char BEFORE[] =
	"我|我们|你|你们|您|他们|的|对|满意|非常|很|十分|太|真|好|感谢|谢谢|佩服|服了|部门|各|有关|相关|单位|街道|社区|政府|工作人员|人员|干部|领导|监管|职能|行政|严重|明显|存在|是否|是不是|"
	"不要|请问|可以|属于|之间|互相|相互|这种|这样|如此|还是|还在|还|仍然|仍|依然|照样|一样|继续|一直|现在|又|都是|都|全是|净是|就是|就|只会|只知道|就知道|就会|老是|总是|天天|到处|各种|真会|"
	"会|是|在|搞|事情|问题|这事|此事|给我|把我|让我|想|、";
static const char BEHIND[] =
	"我|我们|人|了|的|吧|啊|呀|呢|吗|嘛|着|得|去|死|话|精神|态度|作风|行为|服务|很|太|真|好|和|与|、|推诿|扯皮|不作为|乱作为|慢作为|踢皮球|推来推去|一|二|两|三|四|五|六|七|八|九|十|"
	"半|几|多|个|年|月|天|周|星期|次|回|0|1|2|3|4|5|6|7|8|9";
static const char ENDED[] = "好|解决|完|成|通|修|装|拆|退|换|落实|恢复|到位";
static const char STOPS[] = "，|,|。|！|!|？|?|；|;|\n|…|:|（|）|(|)";

/* `from`: where its clause begins. */
static bool outrages(const char *s, size_t from, size_t at, size_t n, size_t len)
{
	size_t behind = at + n, to = words_find(s, behind, len, STOPS, NULL);
	if (!words_only(s, from, at, BEFORE))
		return false;
	size_t late = words_find(s, behind, to, "才", NULL); /* "拖了半年才来", but not "拖了三年才办好" */
	if (words_at(s, at, "拖了"))
		return late < to && !words_in(s, late, to, ENDED);
	return words_only(s, behind, to, BEHIND);
}

bool survey_mocks(const char *s, size_t len)
{
	size_t n = 0, from = 0, took;
	if (words_in(s, 0, len, MOCKERY))
		return true;
	for (size_t at = 0; (at = words_find(s, at, len, OUTRAGE, &n)) < len; at += n) {
		for (size_t next; (next = words_find(s, from, at, STOPS, &took)) < at;)
			from = next + took;
		if (outrages(s, from, at, n, len))
			return true;
		from = words_at(s, at + n, "、|和|与") ? from : at + n;
	}
	return false;
}
