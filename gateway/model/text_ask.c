/* What a citizen asks of the hotline itself: to withdraw a matter, to keep it confidential. */
#include <string.h>

#include "gateway/model/reading.h"
#include "gateway/model/text.h"
#include "gateway/model/ticket.h"

enum { WITHDRAW_MAX = 400 }; /* bytes: who writes more tells a matter, whatever word it begins with */

static const char WITHDRAW[] =
	"撤回|撤销|撤单|撤诉求|取消诉求|取消工单|取消投诉|取消举报|取消反映|withdraw|cancel my request|cancel my ticket|"
	"cancel my complaint|cancel my report|cancel the request|cancel this request|cancel the ticket|cancel this ticket";
static const char BEFORE[] =
	",|.|!|。|、|我要|我想|我们要|我们想|我|本人|请帮我|请|麻烦|帮我|申请|现在|想|要|您好|你好|先|把|将|确认|确定|同意|自愿|决定|是的|对|还是|就|please|i|want to|"
	"would like to|wish to|to|hello|hi";
static const char OBJECT[] =
	"这个|这件|这条|这次|该|此|本|我的|我|之前的|上次的|昨天的|反映的|提交的|的|工单号|工单|诉求|投诉|举报|反映|求助|申请|问题|事项|事|单子|单|了|吧|一下|号码|号|my|the|this|it|"
	"request|ticket|complaint|report|case|number|please";
static const char MARK[] = "\n|,|.|:|;|!|-|~|(|)|，|。|：|；|！|、|（|）";
static const char ASKED[] = "?|？";

/* A matter ends by the bare word, or for a reason of one of these kinds, in words that are all known: whatever else somebody writes behind it
 * may be a protest, a condition or a threat, and he is asked. */
static const char GROUND[] = /* the citizen's own */
	"不要了|不用了|不必了|不需要|不需要了|不投诉了|不举报了|不反映了|不追究了|不计较了|不麻烦了|不麻烦你们了|不给你们添麻烦了|不添麻烦了|算了|没事|没事了|没问题|没问题了|误会|误报|误操作|发错|写错|填错|"
	"弄错|搞错|点错|记错|看错|重复|找到了|已找到|已经找到|来水了|来电了|自愿|没有人骂我|没人骂我|没有人逼我|没人逼我|no longer needed|not needed|not needed any more|"
	"no longer necessary|no need|mistake|by mistake|misunderstanding|false alarm|never mind";
static const char OWN[] = "我|我们|本人|也|就|那|都|真的|是|的|了|啦|吧|啊|一场|个|有|有点|因为|由于|提交|it|is|was|it's|there|a|the|my|i|please";
static const char SOLVED[] = "修好的|处理好的|已解决|已经解决|已修好|已经修好|已处理好|已经处理好|已处理完|已经处理完|已办好|已经办好|已办结|已经办结|已恢复|已经恢复|已和解|已经和解|已退款|已经退款|已退钱|已经退钱|已赔偿|已经赔偿|已道歉|已收到|已经收到|已拿到|已通水|已通电|已协商好|已经协商好|fixed|solved|resolved|repaired|settled|sorted out";
static const char ENDED[] = /* with one of DONE */
	"修好|修复|维修好|修|解决|处理|处理好|处理完|办|办好|办妥|办完|弄好|搞好|搞定|恢复|恢复正常|清理|清理好|清理干净|整改|整改好|和解|协商|协商好|协商一致|商量好|谈好|谈妥|调解|调解好|达成一致|"
	"达成协议|退款|退钱|赔偿|道歉|送到|收到|拿到|通水|通电|装好|换好";
static const char DONE[] = "了|啦|得到|完毕";
static const char AROUND[] =
	"已|已经|今天|昨天|前天|今早|昨晚|早上|上午|中午|下午|晚上|刚才|刚刚|刚|现在|目前|都|的|也|就|才|全|全部|均|终于|总算|完全|彻底|顺利|圆满|妥善|很快|这么快|及时|这|那|自己|自行|私下|给我|给我们|"
	"帮我|替我|跟我|我自己|我家|家里|本人|双方|对方|邻居|物业|社区|街道|村里|村委会|居委会|楼上|楼下|商家|店家|老板|房东|公司|单位|部门|工作人员|师傅|工人|他们|他|她|你们|您|别人|有人|人|朋友|"
	"家人|大家|开发商|施工方|问题|事情|事|此|个|件|情况|矛盾|纠纷|诉求|钱|给|帮|替|和|跟|与|把|来|过来|上门|派人|到|是|有|对|非常|十分|特别|很|太|真|帮助|支持|关心|耐心|工作|经过|通过|"
	"由|因为|由于|吧|啊|呀|再见|好的|it|is|it's|was|has|have|been|already|now|the|a|an|problem|issue|matter|all|everything|our|"
	"my|neighbour|neighbor|landlord|company|we|i|they|he|she|you|us|me|since|and|so|very|much|for your help|please|"
	"today|yesterday";
/* Nothing more of it is wanted: who says it or is told so, the words for that, and of what. */
static const char ME[] = "我|我们|我家|本人|也|就|现在|那|都|真的";
static const char I_WANT_NO[] = "不想|不想再|不再|不愿|不愿再|不愿意";
static const char YOU[] = "你们|您|我|我们|本人|也|就|现在|那|都|已经|请|麻烦";
static const char YOU_NEED_NO[] = "不用|不必|无需|不需|不需要|不要|别|请勿|没必要|没有必要|用不着";
static const char WORK[] = "处理|办理|解决|受理|继续|派人|投诉|举报|反映|跟进|管|办|来|修|维修|追究|调查|麻烦|操心|查|跑";
static const char AROUND_WORK[] = "再|了|啦|吧|的|你们|您|我|我们|人|过来|上门|一趟|为|帮|给|去|这个|这件|这|事情|事|此|问题|进行|下去";

static const char CONFIDENTIAL[] =
	"请保密|请予保密|请予以保密|请为我保密|请替我保密|请给我保密|请帮我保密|为我保密|替我保密|要求保密|希望保密|务必保密|身份保密|信息保密|"
	"个人信息请保密|不要透露我|不要泄露我|不要公开我|别透露我|别泄露我|勿透露|请勿泄露|请勿公开|匿名举报|匿名投诉|匿名反映|keep it confidential|"
	"keep this confidential|keep my name|keep me anonymous|remain anonymous|stay anonymous|do not disclose my|don't disclose my|"
	"anonymously";
static const char NOT_CONFIDENTIAL[] = "不需要保密|不需保密|不用保密|无需保密|不必保密|不要求保密";

/* Every word of the list that stands here, with blanks between. */
static size_t skip(const char *s, size_t at, const char *list)
{
	size_t n = 1;
	for (; n > 0; at += n)
		n = s[at] == ' ' ? 1 : words_at(s, at, list);
	return at;
}

static bool ends(const char *s, size_t at)
{
	return s[at] == '\0' || words_at(s, at, MARK);
}

enum { KINDS = 5 };

/* Where the clause ends, if it is made of words of these lists; 0: it is not. has: which lists had one. */
static size_t made_of(const char *s, size_t at, const char *const list[KINDS], bool has[KINDS])
{
	memset(has, 0, KINDS * sizeof *has);
	while (!ends(s, at)) {
		size_t best = s[at] == ' ', kind = KINDS;
		for (size_t i = 0; i < KINDS && list[i]; i++) {
			size_t n = words_at(s, at, list[i]);
			kind = n > best ? i : kind;
			best = n > best ? n : best;
		}
		if (best == 0)
			return 0;
		if (kind < KINDS)
			has[kind] = true;
		at += best;
	}
	return at;
}

/* "不用再派人了" */
static size_t no_more(const char *s, size_t at, const char *refusing)
{
	static const char *const LIST[KINDS] = { WORK, AROUND_WORK };
	bool has[KINDS];
	size_t n = words_at(s, at, refusing), end = n ? made_of(s, at + n, LIST, has) : 0;
	return end && has[0] ? end : 0;
}

/* "是我弄错了" */
static size_t own_ground(const char *s, size_t at)
{
	static const char *const LIST[KINDS] = { GROUND, OWN };
	bool has[KINDS];
	size_t end = made_of(s, at, LIST, has);
	return end && has[0] ? end : 0;
}

/* "物业昨天已经修好了", "谢谢" */
static size_t solved(const char *s, size_t at)
{
	const char *const list[KINDS] = { SOLVED, WORDS_THANKS, ENDED, DONE, AROUND };
	bool has[KINDS];
	size_t end = made_of(s, at, list, has);
	return end && (has[0] || has[1] || (has[2] && has[3])) ? end : 0;
}

static bool willing(const char *s, size_t at)
{
	while (s[at = skip(s, at, MARK)]) {
		size_t end = no_more(s, skip(s, at, ME), I_WANT_NO);
		end = end ? end : no_more(s, skip(s, at, YOU), YOU_NEED_NO);
		end = end ? end : own_ground(s, at);
		end = end ? end : solved(s, skip(s, at, ME));
		if (end == 0)
			return false;
		at = end;
	}
	return true;
}

/* Where the reason begins, behind the word and what is withdrawn; 0: the text does not take anything back. "我要撤回工单2026…，已经解决了"
 * does; "撤销我的行政处罚" is a matter of its own: behind the word stands what is withdrawn, a number, or something set off by a mark. */
static size_t behind_word(const struct reading *r)
{
	const char *s = buf_str(&r->fold.s);
	if (strlen(r->text) > WITHDRAW_MAX)
		return 0;
	size_t at = skip(s, 0, BEFORE), n = words_at(s, at, WITHDRAW);
	if (n == 0)
		return 0;
	at = skip(s, at + n, OBJECT);
	size_t digits = strspn(s + at, "0123456789");
	at = skip(s, at + digits, OBJECT);
	bool set_off = ends(s, at) || words_at(s, at, ASKED) || digits == TICKET_NUMBER_LEN || (s[at - 1] == ' ' && (s[at] & 0x80));
	return set_off ? at : 0;
}

bool reading_withdraw(const struct reading *r)
{
	size_t at = behind_word(r);
	return at && willing(buf_str(&r->fold.s), at);
}

bool reading_withdraw_unclear(const struct reading *r)
{
	size_t at = behind_word(r);
	return at && !willing(buf_str(&r->fold.s), at);
}

bool reading_confidential(const struct reading *r)
{
	const char *s = buf_str(&r->fold.s);
	size_t n = r->fold.s.len;
	return seen_any(&r->seen, CONFIDENTIAL) && words_in(s, 0, n, CONFIDENTIAL) && !words_in(s, 0, n, NOT_CONFIDENTIAL);
}

static bool reads(const char *text, bool (*f)(const struct reading *))
{
	struct reading r;
	reading_init(&r, text);
	bool is = f(&r);
	reading_fini(&r);
	return is;
}

bool text_withdraw(const char *text)
{
	return reads(text, reading_withdraw);
}

bool text_withdraw_unclear(const char *text)
{
	return reads(text, reading_withdraw_unclear);
}

bool text_confidential(const char *text)
{
	return reads(text, reading_confidential);
}
