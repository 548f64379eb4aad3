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
	",|.|!|。|、|我要|我想|我们要|我们想|我|本人|请帮我|请|麻烦|帮我|申请|现在|想|要|您好|你好|先|把|将|"
	"please|i|want to|would like to|wish to|to|hello|hi";
static const char OBJECT[] =
	"这个|这件|这条|这次|该|此|本|我的|我|之前的|上次的|昨天的|反映的|提交的|的|工单号|工单|诉求|投诉|举报|反映|求助|申请|问题|事项|事|单子|单|了|吧|"
	"一下|号码|号|my|the|this|it|request|ticket|complaint|report|case|number|please";
/* Behind the mark stands no reason but a protest, a question or a threat: nobody took anything back of his own will. */
static const char NOT_WILLING[] =
	"?|？|吗|凭什么|为什么|谁|怎么|不可能|没同意|没有同意|不同意|未经|不是我|不是本人|并非|否则|不然|威胁|逼|被迫|强迫|让我撤|叫我撤|要我撤|要求我撤|请恢复|"
	"不要|请别|别撤|别取消|别关|继续|骗|骂我|骂人|骚扰|欺负|不作为|忽悠|糊弄|也没用|都没用|改主意|就不给|不撤|才给|才肯|才同意|才帮|要投诉|投诉你|举报你|去北京|上访|曝光|"
	"why|who|nobody|did not|didn't|never|threat|forced|otherwise|liar|liars";
/* Words of the willing in which those stand. */
static const char WILLING[] =
	"不知道是谁|不知是谁|不知道谁|不知怎么|不知道怎么|没怎么|不用继续|不必继续|无需继续|不需继续|不需要继续|不再继续|没必要继续|没有必要继续|不要了|不要处理|不要再处理|不要再办|不要办理|不要管|"
	"刚才给|刚才帮|不再骚扰";
static const char CONFIDENTIAL[] =
	"请保密|请予保密|请予以保密|请为我保密|请替我保密|请给我保密|请帮我保密|为我保密|替我保密|要求保密|希望保密|务必保密|身份保密|信息保密|"
	"个人信息请保密|不要透露我|不要泄露我|不要公开我|别透露我|别泄露我|勿透露|请勿泄露|请勿公开|匿名举报|匿名投诉|匿名反映|keep it confidential|"
	"keep this confidential|keep my name|keep me anonymous|remain anonymous|stay anonymous|do not disclose my|don't disclose my|"
	"anonymously";
static const char NOT_CONFIDENTIAL[] = "不需要保密|不需保密|不用保密|无需保密|不必保密|不要求保密";

static bool mark(const char *s)
{
	static const char *const MARKS[] = { "\n", ",", ".", ":", ";", "!", "-", "，", "。", "：", "；", "！", "、", "（", "(" };
	for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
		if (strncmp(s, MARKS[i], strlen(MARKS[i])) == 0)
			return true;
	return false;
}

/* Every word of the list that stands here, with blanks between. */
static size_t skip(const char *s, size_t at, const char *list)
{
	size_t n = 1;
	for (; n > 0; at += n)
		n = s[at] == ' ' ? 1 : words_at(s, at, list);
	return at;
}

/* Does what stands behind the word refuse what it says: a protest, or that nothing was solved? */
static bool unwilling(const char *s, size_t from, size_t len)
{
	size_t n = 0;
	for (size_t at = from; at < len; at += n ? n : 1) {
		n = words_at(s, at, WILLING);
		if (!n && (words_at(s, at, NOT_WILLING) || words_unsolved_at(s, at)))
			return true;
	}
	return false;
}

/* "我要撤回工单2026…，已经解决了" withdraws; "撤销我的行政处罚" is a matter of its own: behind the word stands what is withdrawn, a number,
 * or nothing but a reason set off by a mark. */
bool reading_withdraw(const struct reading *r)
{
	const char *s = buf_str(&r->fold.s);
	if (strlen(r->text) > WITHDRAW_MAX)
		return false;
	size_t at = skip(s, 0, BEFORE), n = words_at(s, at, WITHDRAW);
	if (n == 0)
		return false;
	at = skip(s, at + n, OBJECT);
	size_t digits = strspn(s + at, "0123456789");
	at = skip(s, at + digits, OBJECT);
	return (s[at] == '\0' || mark(s + at) || digits == TICKET_NUMBER_LEN) && !unwilling(s, at, r->fold.s.len);
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

bool text_confidential(const char *text)
{
	return reads(text, reading_confidential);
}
